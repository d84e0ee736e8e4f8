//! Sends it.

use launchway_base::Failure;
use launchway_http::{Method, Response};
use launchway_runtime::Session;

use super::{Inputs, Outputs, preview, render};
use crate::channel::compose::compose;
use crate::channel::page;
use crate::channel::run::{self, Plan};
use crate::deliver::{Ended, Seen};

/// How the retired connectors say, with status 200, that they did not take a message.
const NOT_DELIVERED: &str = "Webhook message delivery failed";

/// Makes the message and sends it.
///
/// # Errors
/// Bad input; the workflow refuses the message or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let plan = Plan::new(&inputs.delivery, false)?;
    let delivery = &inputs.delivery;
    run::open(session, delivery);
    let url = run::place(session, delivery, inputs.webhook.as_ref(), "TEAMS_WEBHOOK_URL")?;
    let message = compose(session, &inputs.content, plan.deadline).await?;
    let body = render::body(&message);
    page::save(delivery, || preview::page(&body))?;
    let Some(url) = url.filter(|_| !delivery.dry_run) else {
        return run::print(
            session,
            "Teams",
            &format!(
                "{body}
"
            ),
        );
    };
    let request = run::json(Method::POST, &url, body)?;
    let sent = run::send(session, &plan, request, read).await?;
    session.write_outputs(&Outputs {
        ok: Some((sent.ended == Ended::Done).to_string()),
        status_code: Some(run::status(sent.response.as_ref())),
        error: Some(run::error_word(&sent.ended)),
        attempts: Some(sent.attempts.to_string()),
        response: Some(run::answer(sent.response.as_ref())),
    })?;
    let hint = "check that the workflow exists, is turned on and takes requests from anyone; copy its address again, with everything after `?`";
    let hint = matches!(sent.ended, Ended::Refused(_)).then(|| hint.to_owned());
    run::conclude(session, delivery, "Teams", &sent.ended, hint)
}

fn read(response: &Response) -> Seen {
    let seen = run::by_status(response);
    let text = response.text();
    match seen {
        Seen::Accepted if text.starts_with(NOT_DELIVERED) => {
            if text.contains("429") {
                Seen::Limited { wait: response.wait }
            } else {
                Seen::Refused { word: crate::line::one(&text, 200) }
            }
        }
        seen => seen,
    }
}

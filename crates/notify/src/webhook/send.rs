//! Sends it.

use jiff::Timestamp;
use launchway_base::{Failure, redact};
use launchway_http::{HeaderName, Method, Request, Url};
use launchway_runtime::Session;

use super::sign::{IDEMPOTENCY_KEY, SIGNATURE, TIMESTAMP, signature};
use super::{Inputs, Outputs, preview, render};
use crate::channel::compose::compose;
use crate::channel::run::{self, Plan};
use crate::channel::{once, page};
use crate::deliver::Ended;

/// Headers that are not the user's to set.
const OURS: [&str; 8] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    SIGNATURE,
    TIMESTAMP,
    IDEMPOTENCY_KEY,
];
/// Shorter values are not masked: a mask of `true` would blot out every `true`.
const SHORTEST_SECRET: usize = 6;

/// The longest `key`.
const LONGEST_KEY: usize = 500;

/// Makes the message and sends it.
///
/// # Errors
/// Bad input; the address refuses the message or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let plan = Plan::new(&inputs.delivery, false)?;
    let headers = headers(&inputs.headers)?;
    if inputs.key.as_ref().is_some_and(|key| key.chars().count() > LONGEST_KEY) {
        return Err(Failure::input(format!("`key` is longer than {LONGEST_KEY} characters"))
            .with_hint("name what the message is about, as in `deploy-production`"));
    }
    let delivery = &inputs.delivery;
    run::open(session, delivery);
    let url = run::place(session, delivery, inputs.webhook.as_ref(), "LAUNCHWAY_WEBHOOK_URL")?;
    let message = compose(session, &inputs.content, plan.deadline).await?;
    let body = render::body(&message, inputs.key.as_deref());
    page::save(delivery, || preview::page(&body))?;
    let Some(url) = url.filter(|_| !delivery.dry_run) else {
        return run::print(
            session,
            "the webhook",
            &format!(
                "{body}
"
            ),
        );
    };
    let now = Timestamp::now();
    let key = once::name(session, inputs.content.matrix.as_deref(), &[&body]);
    let request = request(&url, &inputs, headers, body, &key, now.as_second())?;
    let sent = run::send(session, &plan, request, run::by_status).await?;
    session.write_outputs(&Outputs {
        ok: Some((sent.ended == Ended::Done).to_string()),
        status_code: Some(run::status(sent.response.as_ref())),
        error: Some(run::error_word(&sent.ended)),
        attempts: Some(sent.attempts.to_string()),
        response: Some(run::answer(sent.response.as_ref())),
        idempotency_key: Some(key),
    })?;
    run::conclude(session, delivery, "the webhook", &sent.ended, None)
}

fn request(
    url: &Url,
    inputs: &Inputs,
    headers: Vec<(HeaderName, launchway_base::Secret)>,
    body: String,
    key: &str,
    timestamp: i64,
) -> Result<Request, Failure> {
    let signed = inputs.secret.as_ref().filter(|secret| !secret.is_empty());
    let signature = signed.map(|secret| signature(secret, timestamp, &body));
    let mut request = run::json(Method::POST, url, body)?
        .with_header(HeaderName::from_static(IDEMPOTENCY_KEY), key)?
        .with_header(HeaderName::from_static(TIMESTAMP), &timestamp.to_string())?;
    if let Some(signature) = signature {
        request = request.with_header(HeaderName::from_static(SIGNATURE), &signature)?;
    }
    for (name, value) in headers {
        request = request.with_secret_header(name, &value)?;
    }
    Ok(request)
}

/// Reads lines `Name: value`. No value is part of an error.
fn headers(lines: &[String]) -> Result<Vec<(HeaderName, launchway_base::Secret)>, Failure> {
    let lines = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
    let mut headers: Vec<(HeaderName, launchway_base::Secret)> = Vec::new();
    for (index, line) in lines.filter(|line| !line.is_empty()).enumerate() {
        let form = || {
            Failure::input(format!(
                "header {} of `headers` is not of the form `Name: value`",
                index + 1
            ))
            .with_hint("write one header per line, such as `Authorization: Bearer …`")
        };
        let (name, value) = line.split_once(':').ok_or_else(form)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| form())?;
        if OURS.contains(&name.as_str()) || headers.iter().any(|(other, _)| *other == name) {
            return Err(Failure::input(format!("`headers` has `{name}`, which is there already"))
                .with_hint("take it out"));
        }
        let value = value.trim();
        if value.chars().any(char::is_control) {
            return Err(Failure::input(format!(
                "the value of `{name}` in `headers` has control characters"
            )));
        }
        if sounds_secret(name.as_str()) && value.len() >= SHORTEST_SECRET {
            redact::register(value);
            // `Bearer …` is said with the token alone, too.
            if let Some((_, token)) =
                value.split_once(' ').filter(|(_, token)| token.len() >= SHORTEST_SECRET)
            {
                redact::register(token.trim());
            }
        }
        headers.push((name, launchway_base::Secret::unmasked(value)));
    }
    Ok(headers)
}

/// Whether a header of this name holds a secret, by what such headers are called.
fn sounds_secret(name: &str) -> bool {
    ["auth", "cookie", "key", "pass", "secret", "signature", "token"]
        .iter()
        .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_their_values_are_in_no_error() {
        let read =
            headers(&["X-Team: a: b\n\nAuthorization: Bearer tok_4711_secret".to_owned()]).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].1.expose(), "a: b");
        assert_eq!(redact::redact("the tok_4711_secret"), "the ***");
        for bad in [
            "nothing-hunter2",
            "Content-Type: hunter2",
            "X-A: 1hunter2\nX-A: 2",
            "X-A: hunter2\u{7}",
        ] {
            let failure = headers(&[bad.to_owned()]).unwrap_err();
            assert!(!failure.chain().contains("hunter2"), "{}", failure.chain());
        }
    }
}

//! Sends it.

use std::time::Duration;

use launchway_base::Failure;
use launchway_http::{Method, Response, Url};
use launchway_runtime::{Session, redact};
use serde_json::Value;

use super::render::{Payload, payload};
use super::{Inputs, Outputs, limits, preview};
use crate::channel::body::within;
use crate::channel::compose::compose;
use crate::channel::page;
use crate::channel::run::{self, Plan};
use crate::deliver::{Ended, Seen, Sent};
use crate::line;

/// The version of Discord's API that is spoken.
const VERSION: &str = "v10";

/// Makes the message and sends it.
///
/// # Errors
/// Bad input; Discord refuses the message or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    // Written twice, an update says the same.
    let plan = Plan::new(&inputs.delivery, inputs.update_id.is_some())?;
    let thread_name = check(&inputs)?;
    let delivery = &inputs.delivery;
    run::open(session, delivery);
    let url = run::place(session, delivery, inputs.webhook.as_ref(), "DISCORD_WEBHOOK_URL")?;
    let message = compose(session, &inputs.content, plan.deadline).await?;
    let payload = Payload { thread_name, ..named(payload(&message), &inputs) };
    let body = body(&payload, &inputs)?;
    page::save(delivery, || preview::page(&payload))?;
    let Some(url) = url.filter(|_| !delivery.dry_run) else {
        return run::print(session, "Discord", &format!("{body}\n"));
    };
    let (method, url) = target(&url, &inputs)?;
    let request = run::json(method, &url, body)?;
    let sent = run::send(session, &plan, request, read).await?;
    let answer = answer(&sent);
    session.write_outputs(&outputs(&sent, &answer))?;
    run::conclude(session, delivery, "Discord", &sent.ended, hint(&answer))
}

/// What the inputs cannot be. Answers the name of a new post, where there is one.
fn check(inputs: &Inputs) -> Result<Option<String>, Failure> {
    let ids = [("update-id", &inputs.update_id), ("thread-id", &inputs.thread_id)];
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    for (name, id) in ids {
        if id.as_deref().is_some_and(|id| !is_id(id)) {
            return Err(Failure::input(format!("`{name}` is no id of Discord's"))
                .with_hint("an id has digits only, such as 1199999999999999999"));
        }
    }
    let name = inputs.thread_name.as_deref().map(|name| line::one(name, usize::MAX));
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    if let Some((other, _)) = ids.iter().find(|(_, id)| id.is_some()) {
        return Err(Failure::input(format!("`thread-name` and `{other}` are both given"))
            .with_hint(
                "`thread-name` makes a new post; leave it out to write into one that is there",
            ));
    }
    Ok(Some(within(&name, limits::THREAD_NAME, str::to_owned)))
}

/// The message under the name and with the picture that are wanted. An update keeps those it was posted with.
fn named(payload: Payload, inputs: &Inputs) -> Payload {
    if inputs.update_id.is_some() {
        return payload;
    }
    let cut = |name: &str| within(&line::one(name, usize::MAX), limits::USERNAME, str::to_owned);
    let username = inputs.username.as_deref().map(cut);
    Payload { username, avatar_url: inputs.avatar_url.clone(), ..payload }
}

/// What is sent.
fn body(payload: &Payload, inputs: &Inputs) -> Result<String, Failure> {
    let mut body = serde_json::to_value(payload)
        .map_err(|error| Failure::internal("the message is no JSON").caused_by(error))?;
    // What an update does not name stays: who was called by what it says no more.
    if let Some(body) = body.as_object_mut().filter(|_| inputs.update_id.is_some()) {
        body.insert("content".to_owned(), Value::from(payload.content.as_str()));
    }
    Ok(body.to_string())
}

/// The last answer as JSON; `null` where it is none.
fn answer(sent: &Sent) -> Value {
    let read = |response: &Response| serde_json::from_slice(&response.body).ok();
    sent.response.as_ref().and_then(read).unwrap_or_default()
}

fn outputs(sent: &Sent, answer: &Value) -> Outputs {
    let id = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Outputs {
        ok: Some((sent.ended == Ended::Done).to_string()),
        message_id: Some(id("id")),
        channel_id: Some(id("channel_id")),
        status_code: Some(run::status(sent.response.as_ref())),
        error: Some(run::error_word(&sent.ended)),
        attempts: Some(sent.attempts.to_string()),
        response: Some(run::answer(sent.response.as_ref())),
    }
}

/// Where it goes: to the webhook, or to one of its messages.
fn target(webhook: &Url, inputs: &Inputs) -> Result<(Method, Url), Failure> {
    let mut url = webhook.clone();
    let mut method = Method::POST;
    // Without a version it would be an old one, whose rate limits are told in another unit.
    if let Some(rest) = webhook.path().strip_prefix("/api/webhooks/") {
        url.set_path(&format!("/api/{VERSION}/webhooks/{rest}"));
    }
    if let Some(id) = &inputs.update_id {
        let mut path =
            url.path_segments_mut().map_err(|()| Failure::input("`webhook` is no address"))?;
        path.pop_if_empty().push("messages").push(id);
        method = Method::PATCH;
    }
    let kept: Vec<_> =
        webhook.query_pairs().into_owned().filter(|(name, _)| name != "wait").collect();
    {
        let mut query = url.query_pairs_mut();
        query.clear();
        for (name, value) in
            kept.iter().filter(|(name, _)| name != "thread_id" || inputs.thread_id.is_none())
        {
            query.append_pair(name, value);
        }
        if let Some(id) = &inputs.thread_id {
            query.append_pair("thread_id", id);
        }
        // Only so there is an answer with the message, and an error when it is not kept.
        query.append_pair("wait", "true");
    }
    Ok((method, url))
}

fn read(response: &Response) -> Seen {
    let said: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    match (run::by_status(response), said.get("message").and_then(Value::as_str)) {
        // It was asked to answer with the message.
        (Seen::Accepted, _) if response.status.as_u16() == 200 && said.get("id").is_none() => {
            Seen::Unknown { why: "it answered 200 without the message".to_owned() }
        }
        (Seen::Limited { wait }, _) => Seen::Limited { wait: wait.max(asked(response, &said)) },
        (Seen::Refused { .. }, Some(message)) => {
            let code = said.get("code").and_then(Value::as_i64).unwrap_or_default();
            let details = said.get("errors").map(|errors| format!(" {errors}")).unwrap_or_default();
            let word = format!("{message} ({code}){details}");
            Seen::Refused { word: line::one(&redact(&word), 300) }
        }
        (seen, _) => seen,
    }
}

/// How long Discord asks to wait, by its own header or in the answer: seconds with a fraction.
fn asked(response: &Response, said: &Value) -> Option<Duration> {
    let header =
        response.header("x-ratelimit-reset-after").and_then(|text| text.trim().parse().ok());
    let seconds = said.get("retry_after").and_then(Value::as_f64);
    let wait = |seconds: Option<f64>| Duration::try_from_secs_f64(seconds?).ok();
    wait(header).max(wait(seconds))
}

/// What to do about a refusal, by Discord's code.
fn hint(answer: &Value) -> Option<String> {
    let hint = match answer.get("code").and_then(Value::as_i64)? {
        10_015 | 50_027 => {
            "the webhook is gone or its address is cut: copy it again from the channel's integrations"
        }
        10_003 => "check `thread-id`: there is no such thread in the webhook's channel",
        10_008 | 50_005 => "check `update-id`: a webhook can update its own messages only",
        220_001 => "the channel is a forum: give `thread-name` for a new post, or `thread-id`",
        220_003 => "`thread-name` is for forum and media channels; leave it out here",
        50_035 => "Discord names the part it does not take",
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Given {
        #[command(flatten)]
        inputs: Inputs,
    }

    fn goes_to(url: &str, args: &[&str]) -> String {
        let args = [&["x"], args].concat();
        target(&Url::parse(url).unwrap(), &Given::parse_from(args).inputs).unwrap().1.to_string()
    }

    #[test]
    fn the_address_names_a_version_and_asks_for_an_answer() {
        let plain = "https://discord.com/api/webhooks/1/tok";
        assert_eq!(goes_to(plain, &[]), "https://discord.com/api/v10/webhooks/1/tok?wait=true");
        assert_eq!(
            goes_to("https://discord.com/api/v9/webhooks/1/tok?wait=false&thread_id=7", &[]),
            "https://discord.com/api/v9/webhooks/1/tok?thread_id=7&wait=true"
        );
        assert_eq!(
            goes_to(plain, &["--update-id", "5", "--thread-id", "8"]),
            "https://discord.com/api/v10/webhooks/1/tok/messages/5?thread_id=8&wait=true"
        );
    }
}

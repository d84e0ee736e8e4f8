//! What came of it, for people and for later steps. Pure.

use launchway_base::Failure;
use launchway_runtime::{Markdown, Summary, redact};
use serde_json::Value;

use super::errors;
use super::inputs::Inputs;
use super::outputs::Outputs;
use crate::deliver::Ended;

/// The longest answer that becomes an output, in bytes. A job has 1 MiB for all its outputs, and
/// what was sent is not to be lost over what was answered.
const RESPONSE: usize = 256 << 10;
/// The longest id or address that becomes an output, in bytes.
const TEXT: usize = 4096;

/// What came of one thing that was sent.
#[derive(Debug, Default)]
pub struct Told {
    /// What was sent to whom: the name of the method, or of the kind of webhook.
    pub what: String,
    /// How it ended; nothing where nothing was sent.
    pub ended: Option<Ended>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// The body of the last answer.
    pub body: String,
    /// How many requests were sent.
    pub attempts: u32,
    /// What was done, where that is more than that it was taken.
    pub done: Option<String>,
    /// What to end with, where that is known better than by how it ended.
    pub failure: Option<Failure>,
}

impl Told {
    /// Whether it went well.
    pub fn is_ok(&self) -> bool {
        self.failure.is_none() && matches!(self.ended, None | Some(Ended::Done))
    }

    /// The id of the channel, as Slack says.
    pub fn channel(&self) -> Option<String> {
        self.text(&["/channel/id", "/channel"])
    }

    /// The timestamp of the message, as Slack says.
    pub fn ts(&self) -> Option<String> {
        self.text(&["/ts", "/message_ts", "/message/ts"])
    }

    /// A line for the log.
    pub fn success(&self) -> String {
        let again = match self.attempts {
            0 | 1 => String::new(),
            many => format!(", in {many} requests"),
        };
        let place = self.channel().zip(self.ts());
        let place = place.map(|(channel, ts)| format!(" in {channel} as {ts}")).unwrap_or_default();
        match &self.done {
            Some(done) => format!("{done}{place}"),
            None => format!("Slack took {}{place}{again}", self.what),
        }
    }

    fn text(&self, pointers: &[&str]) -> Option<String> {
        let answer = self.answer();
        let found = pointers.iter().find_map(|pointer| answer.pointer(pointer)?.as_str());
        // What has several lines or acts on a terminal is no id.
        let is_id = |text: &&str| text.len() <= TEXT && !text.contains(char::is_control);
        found.filter(is_id).map(str::to_owned)
    }

    fn answer(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Whether what could not be sent fails the step: `fail-on-error`, else `errors`, else it does.
pub fn fails(inputs: &Inputs) -> bool {
    inputs.delivery.fail_on_error.or(inputs.errors).unwrap_or(true)
}

/// What to end with where it did not go well.
pub fn failure(told: &Told) -> Option<Failure> {
    let what = &told.what;
    if let Some(known) = &told.failure {
        let failure = Failure::new(known.kind(), known.chain());
        return Some(match known.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        });
    }
    Some(match told.ended.as_ref()? {
        Ended::Done => return None,
        Ended::Refused(word) => {
            let detail = detail(&told.answer());
            Failure::rejected(format!("Slack refused {what}: `{word}`{detail}"))
                .with_hint(errors::remedy(word))
        }
        Ended::Ambiguous(why) => {
            Failure::remote(format!("whether Slack took {what} is unknown: {why}"))
                .with_hint(if is_extra(what) { EXTRA } else { UNKNOWN })
        }
        Ended::Exhausted(why) => Failure::remote(format!("Slack did not get {what}: {why}"))
            .with_hint(if is_extra(what) { EXTRA } else { "nothing was posted; run again" }),
        Ended::OutOfTime(why) => {
            Failure::remote(format!("Slack did not get {what} in time: {why}"))
                .with_hint(if is_extra(what) { EXTRA } else { LATE })
        }
    })
}

const UNKNOWN: &str = "look into the channel before running again: the message may be there; with a token, `key` finds out by itself, and `on-ambiguous: retry` sends again at the risk of two";
const LATE: &str = "nothing was posted; allow more time by `deadline-seconds`, or run again later";
const EXTRA: &str = "look into the channel, and send what is missing alone, below a message by its `thread-ts`; `deadline-seconds` allows more time";

/// Whether it is what goes along with a message, which may be there already.
fn is_extra(what: &str) -> bool {
    what.starts_with("files.") || what.starts_with("reactions.") || what.starts_with("the upload")
}

/// What Slack says besides its word: scopes that are missing, places in blocks.
fn detail(answer: &Value) -> String {
    let mut said = Vec::new();
    if let Some(needed) = answer.get("needed").and_then(Value::as_str) {
        let has = answer.get("provided").and_then(Value::as_str).unwrap_or_default();
        said.push(format!("needed is `{needed}`, the token has `{has}`"));
    }
    let lists = [answer.pointer("/response_metadata/messages"), answer.get("errors")];
    let mut places: Vec<&str> = lists
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .map(|text| text.trim_start_matches("[ERROR] "))
        .collect();
    places.sort_unstable();
    places.dedup();
    said.extend(places.into_iter().take(10).map(str::to_owned));
    if said.is_empty() {
        String::new()
    } else {
        redact(&format!(" ({})", said.join("; "))).into_owned()
    }
}

/// The word of the output `error`.
fn word(told: &Told) -> String {
    match &told.ended {
        None | Some(Ended::Done) => String::new(),
        Some(Ended::Refused(word)) => word.clone(),
        Some(Ended::Ambiguous(_)) => "unknown".to_owned(),
        Some(Ended::Exhausted(_)) => "unreachable".to_owned(),
        Some(Ended::OutOfTime(_)) => "deadline".to_owned(),
    }
}

/// The outputs of a step that was stopped while it sent: nobody knows.
pub fn stopped() -> Outputs {
    Outputs { ok: Some(false.to_string()), error: Some("unknown".to_owned()), ..Outputs::default() }
}

/// The outputs: of the message where one was sent, and of what went wrong first. `now` is in seconds
/// since 1970.
pub fn outputs(all: &[Told], permalink: Option<String>, now: u64) -> Outputs {
    let empty = Told::default();
    let first = all.first().unwrap_or(&empty);
    let wrong = all.iter().find(|told| !told.is_ok());
    let answer = first.answer();
    let ts = first.ts();
    let body = &first.body;
    let response = if answer.is_null() && body.trim() != "null" && first.status.is_some() {
        Value::from(body.as_str()).to_string()
    } else {
        body.clone()
    };
    let response = Some(response).filter(|text| text.len() <= RESPONSE).unwrap_or_default();
    Outputs {
        ok: Some(wrong.is_none().to_string()),
        thread_ts: first.text(&["/message/thread_ts", "/thread_ts"]).or_else(|| ts.clone()),
        ts,
        channel_id: first.channel(),
        permalink: permalink.filter(|link| crate::text::web(link).is_some()),
        status_code: wrong.unwrap_or(first).status.map(|status| status.to_string()),
        error: Some(wrong.map(word).unwrap_or_default()),
        attempts: Some(first.attempts.to_string()),
        response: Some(redact(&response).into_owned()),
        time: Some(now.to_string()),
    }
}

/// The summary of the job. Nothing is said where all went well and nothing can be looked at.
pub fn summary(outputs: &Outputs, title: &str) -> Option<Summary> {
    let link = outputs.permalink.as_deref()?;
    let title = if title.is_empty() { "The message" } else { title };
    Some(
        Summary::new()
            .paragraph(Markdown::link(title, link).and(Markdown::raw(" was sent to Slack."))),
    )
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

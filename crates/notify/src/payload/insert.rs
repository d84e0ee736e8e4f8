//! Facts in place of their names: `{{ name }}` in the texts of a payload.
//!
//! Only what is listed in [`names`] can be named: no variable of the environment, no token, not
//! the event. A value is put in once and not looked at again, so `{{ … }}` within it stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Origin, Payload, PayloadError};
use crate::facts::Facts;
use crate::message::Field;
use crate::text::mrkdwn;

/// Facts by their names.
pub type Names = BTreeMap<String, String>;

/// How a value is written where the payload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As text of Slack's: `&`, `<` and `>` as entities.
    Slack,
    /// As it is, for receivers that know no markup.
    Not,
}

impl Escape {
    fn write(self, value: &str) -> String {
        match self {
            Self::Slack => uncalled(&mrkdwn::escape(value)),
            Self::Not => value.to_owned(),
        }
    }
}

/// The text with a neighbour of no width for each `@` that begins a word: with `link_names`, `parse: full` or a text
/// that is not `verbatim`, Slack looks for names such as `@here` on its own.
fn uncalled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        let begins = sign == '@' && !out.ends_with(char::is_alphanumeric);
        out.push(sign);
        if begins {
            out.push(mrkdwn::BARRIER);
        }
    }
    out
}

/// What can be named: facts of the run, those of `github.…` that GitHub's own expressions know
/// under the same name, and `fields.Name`. A fact nobody knows is empty.
pub fn names(facts: &Facts, fields: &[Field]) -> Names {
    let text = |value: &str| value.to_owned();
    let url = |value: &Option<String>| value.clone().unwrap_or_default();
    let pull = facts.pull.clone().unwrap_or_default();
    let number = if pull.number == 0 { String::new() } else { pull.number.to_string() };
    let release = facts.release.clone().unwrap_or_default();
    let seconds = facts.duration.map(|duration| duration.as_secs().to_string());
    let short: String = facts.sha.chars().take(7).collect();
    let failed = facts.needs.iter().filter(|need| need.result == crate::status::Status::Failure);
    let failed: Vec<&str> = failed.map(|need| need.name.as_str()).collect();
    let mut names: Names = [
        ("status", facts.status.to_string()),
        ("repository", text(&facts.repository)),
        ("server_url", text(&facts.server)),
        ("workflow", text(&facts.workflow)),
        ("job", text(&facts.job)),
        ("event_name", text(&facts.event)),
        ("actor", text(&facts.actor)),
        ("run_id", text(&facts.run_id)),
        ("run_number", text(&facts.run_number)),
        ("run_attempt", facts.run_attempt.to_string()),
        ("run_url", url(&facts.run_url)),
        ("ref_name", text(&facts.reference)),
        ("ref_url", url(&facts.reference_url)),
        ("sha", text(&facts.sha)),
        ("short_sha", short),
        ("commit_url", url(&facts.commit_url)),
        ("commit_title", text(&facts.commit_title)),
        ("pull_number", number),
        ("pull_title", pull.title),
        ("pull_url", pull.url),
        ("release_tag", release.tag),
        ("release_name", release.name),
        ("release_url", release.url),
        ("version", text(&facts.version)),
        ("environment", text(&facts.environment)),
        ("environment_url", url(&facts.environment_url)),
        ("duration_seconds", seconds.unwrap_or_default()),
        ("failed_jobs", failed.join(", ")),
        ("changelog", text(&facts.changelog)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let same = [
        "repository",
        "server_url",
        "workflow",
        "job",
        "event_name",
        "actor",
        "run_id",
        "run_number",
        "run_attempt",
        "ref_name",
        "sha",
    ];
    // Spellings of the toolkit's context, which payloads for slack-github-action use.
    let toolkit = [
        ("serverUrl", "server_url"),
        ("eventName", "event_name"),
        ("runId", "run_id"),
        ("runNumber", "run_number"),
        ("runAttempt", "run_attempt"),
    ];
    for (alias, name) in same.iter().map(|name| (*name, *name)).chain(toolkit) {
        if let Some(value) = names.get(name).cloned() {
            names.insert(format!("github.{alias}"), value);
        }
    }
    for field in fields {
        names.insert(format!("fields.{}", field.name), field.value.clone());
    }
    names
}

/// Puts facts into the texts of `payload`, which is otherwise left as it is; keys are no texts.
/// `${{ name }}` is the same as `{{ name }}`. A name nobody knows stays as it stands and is answered, or
/// is an error when `strict`.
///
/// A value is written with `escape`, except in a text that is an address as a whole or an id, as
/// its key tells ([`is_text`]).
///
/// # Errors
/// A name is unknown, when `strict`.
pub fn fill(
    payload: &mut Payload,
    names: &Names,
    strict: bool,
    escape: Escape,
) -> Result<BTreeSet<String>, PayloadError> {
    let mut filler = Filler { names, strict, escape, unknown: BTreeSet::new() };
    for (key, value) in payload {
        filler.value(value, key, key)?;
    }
    Ok(filler.unknown)
}

struct Filler<'a> {
    names: &'a Names,
    strict: bool,
    escape: Escape,
    unknown: BTreeSet<String>,
}

impl Filler<'_> {
    fn value(&mut self, value: &mut Value, within: &str, path: &str) -> Result<(), PayloadError> {
        match value {
            Value::String(text) if text.contains("{{") => {
                let escape = if is_text(within) { self.escape } else { Escape::Not };
                *text = self.text(text, path, escape)?;
                Ok(())
            }
            Value::Array(list) => list.iter_mut().enumerate().try_for_each(|(index, value)| {
                self.value(value, within, &format!("{path}[{index}]"))
            }),
            Value::Object(map) => map.iter_mut().try_for_each(|(key, value)| {
                // Elsewhere it is what a button hands back; in a field of an attachment people read it.
                let is_read = key == "value" && within == "fields";
                let name = if is_read { "text" } else { key };
                self.value(value, name, &format!("{path}.{key}"))
            }),
            _ => Ok(()),
        }
    }

    /// The text with its facts.
    fn text(&mut self, text: &str, path: &str, escape: Escape) -> Result<String, PayloadError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let (before, tail) = rest.split_at(open);
            let inner = tail.get(2..).unwrap_or_default();
            // The last pair of braces in a row opens, as in `{{{ x }}`.
            if inner.starts_with('{') {
                out.push_str(before);
                out.push('{');
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
            // A name ends before the next one begins; so no text is looked through twice.
            let next = inner.find("{{").unwrap_or(inner.len());
            let Some(close) = inner.get(..next).and_then(|part| part.find("}}")) else {
                out.push_str(before);
                out.push_str("{{");
                rest = inner;
                continue;
            };
            let name = inner.get(..close).unwrap_or_default().trim();
            let Some(value) = self.names.get(name) else {
                if self.strict {
                    return Err(unknown(name, path, self.names));
                }
                self.unknown.insert(name.to_owned());
                out.push_str(before);
                out.push_str("{{");
                rest = inner;
                continue;
            };
            out.push_str(before.strip_suffix('$').unwrap_or(before));
            out.push_str(&escape.write(value));
            rest = inner.get(close + 2..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Whether the texts of a key are read by people.
pub fn is_text(key: &str) -> bool {
    let address =
        key == "url" || key.ends_with("_url") || key.ends_with("_link") || key.ends_with("_icon");
    let id = key.ends_with("_id")
        || key.ends_with("_ts")
        || matches!(key, "ts" | "channel" | "value" | "name" | "timestamp");
    !address && !id
}

fn unknown(name: &str, path: &str, names: &Names) -> PayloadError {
    let short = |text: &str| crate::text::cut::text(text, 60).escape_debug().to_string();
    let own: Vec<&str> =
        names.keys().map(String::as_str).filter(|name| !name.starts_with("github.")).collect();
    let known = crate::text::cut::text(&own.join(", "), 900);
    let reason =
        format!("`{}` at `{}` is no fact of the run; there are {known}", short(name), short(path));
    PayloadError::new(&Origin::Input, reason, None)
        .with_hint("give other values as `fields`, and name them as `{{ fields.Name }}`; the environment cannot be named")
}

#[cfg(test)]
#[path = "insert_tests.rs"]
mod tests;

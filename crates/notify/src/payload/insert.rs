//! Facts in place of their names: `{{ name }}` in the texts of a payload.
//!
//! Only what is listed in [`names`](super::names::names) can be named: no variable of the environment, no token, not
//! the event. A value is put in once and not looked at again, so `{{ … }}` within it stays.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names::Names;
use super::{Origin, Payload, PayloadError};
use crate::text::mrkdwn;

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

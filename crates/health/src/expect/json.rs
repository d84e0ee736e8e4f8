//! `expected-json`.

use std::borrow::Cow;
use std::cmp::Ordering;

use launchway_base::Failure;
use regex::Regex;
use serde_json::Value;
use serde_json::value::RawValue;

use super::number::Decimal;
use super::pointer::Pointer;
use super::{regex, shown, text};
use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::reason::Reason;

/// What is expected of one value of a JSON body.
#[derive(Debug)]
pub(super) struct Json {
    pointer: Pointer,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Exists,
    Is(String),
    IsNot(String),
    Matches(Regex),
    Compares { sign: &'static str, written: String, number: Decimal },
}

/// How comparisons are written; the longer before the shorter they begin with.
const SIGNS: [&str; 7] = ["!=", ">=", "<=", "=", ">", "<", "~"];

impl Json {
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let (pointer, sign, value) = split(line);
        let pointer = Pointer::parse(pointer).map_err(|problem| {
            let pointer = quote(pointer.as_bytes());
            Failure::input(format!("`expected-json` has the pointer `{pointer}`, which {problem}"))
                .with_hint("write it like `/status=ok`, `/checks/0/ready=true` or `/count>=3`")
        })?;
        let test = match sign {
            None => Test::Exists,
            Some("=") => Test::Is(value.to_owned()),
            Some("!=") => Test::IsNot(value.to_owned()),
            Some("~") => Test::Matches(regex("expected-json", value)?),
            Some(sign) => {
                let number = Decimal::parse(value).ok_or_else(|| {
                    Failure::input(format!(
                        "`expected-json` compares by `{sign}` with `{}`, which is no number",
                        quote(value.as_bytes())
                    ))
                    .with_hint("compare texts with `=`, `!=` or `~`")
                })?;
                Test::Compares { sign, written: value.to_owned(), number }
            }
        };
        Ok(Self { pointer, test })
    }

    fn check(&self, document: &RawValue) -> Result<(), String> {
        let at = quote(self.pointer.as_str().as_bytes());
        // Only the syntax of the whole is known to be good: a text with half a surrogate is found here.
        let found = self
            .pointer
            .find(document)
            .and_then(|found| found.map(plain).transpose())
            .map_err(|error| format!("the body is not JSON at `{at}`: {error}"))?;
        let Some(found) = found else { return Err(format!("the body has nothing at `{at}`")) };
        let (good, wanted) = match &self.test {
            Test::Exists => return Ok(()),
            Test::Is(value) => (found.is(value), format!("not `{}`", quote(value.as_bytes()))),
            Test::IsNot(value) => (!found.is(value), "which it must not be".to_owned()),
            Test::Matches(regex) => (
                regex.is_match(&found.text),
                format!("which does not match `{}`", quote(regex.as_str().as_bytes())),
            ),
            Test::Compares { sign, written, number } => match Decimal::parse(&found.text) {
                None => (false, "which is no number".to_owned()),
                Some(found) => (
                    holds(found.cmp(number), sign),
                    format!("not {sign} {}", quote(written.as_bytes())),
                ),
            },
        };
        if good {
            return Ok(());
        }
        Err(format!("`{at}` is `{}`, {wanted}", quote(found.text.as_bytes())))
    }
}

/// All of them, against one body.
pub(super) fn check(all: &[Json], response: &Response) -> Result<(), Fault> {
    if all.is_empty() {
        return Ok(());
    }
    let body = text(response)?;
    let document = document(&body).map_err(|detail| Fault::new(Reason::BodyMismatch, detail))?;
    all.iter()
        .try_for_each(|one| one.check(document))
        .map_err(|detail| Fault::new(Reason::BodyMismatch, detail))
}

/// The body as JSON. What is wrong reads as a sentence with the body in it.
pub(super) fn document(body: &str) -> Result<&RawValue, String> {
    let body = body.trim_start_matches('\u{feff}');
    serde_json::from_str(body).map_err(|_| format!("the body is not JSON: {}", shown(body)))
}

/// A value of a document, as it is compared.
pub(super) struct Plain<'a> {
    /// A text without its quotes, else the JSON as it stands.
    pub(super) text: Cow<'a, str>,
    raw: &'a str,
}

/// A value as it is compared.
pub(super) fn plain(value: &RawValue) -> Result<Plain<'_>, serde_json::Error> {
    let raw = value.get();
    let text = if raw.starts_with('"') {
        Cow::Owned(serde_json::from_str::<String>(raw)?)
    } else {
        Cow::Borrowed(raw)
    };
    Ok(Plain { text, raw })
}

impl Plain<'_> {
    fn is(&self, value: &str) -> bool {
        self.text == value || self.raw == value || self.is_same_structure(value)
    }

    /// Objects and arrays are the same however they are laid out.
    fn is_same_structure(&self, value: &str) -> bool {
        self.raw.starts_with(['{', '['])
            && value.starts_with(['{', '['])
            && serde_json::from_str::<Value>(value).is_ok_and(|value| {
                serde_json::from_str::<Value>(self.raw).is_ok_and(|raw| raw == value)
            })
    }
}

fn holds(order: Ordering, sign: &str) -> bool {
    match sign {
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        _ => order.is_le(),
    }
}

/// Pointer, comparison and value of a line; blanks around the comparison mean nothing. A `~` before
/// `0` or `1` belongs to the pointer.
fn split(line: &str) -> (&str, Option<&'static str>, &str) {
    for (at, c) in line.char_indices() {
        let (before, rest) = line.split_at(at);
        let is_escape = c == '~' && matches!(rest.as_bytes().get(1), Some(b'0' | b'1'));
        if is_escape {
            continue;
        }
        let sign = SIGNS.into_iter().find_map(|sign| Some((sign, rest.strip_prefix(sign)?)));
        if let Some((sign, value)) = sign {
            return (before.trim_end(), Some(sign), value.trim());
        }
    }
    (line, None, "")
}

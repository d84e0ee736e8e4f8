//! A canary on its way: how far it is stands in a field named `Weight`, `Traffic` or `Progress`.

use super::parts::{self, Shape, usual};
use super::title::{after, join, what};
use crate::facts::Facts;
use crate::line::one;
use crate::message::Message;
use crate::status::Status;
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let what = what(facts).unwrap_or_default();
    let on = after("on", &facts.environment);
    let far = words.fields.iter().find(|field| {
        ["weight", "traffic", "progress"].iter().any(|name| field.name.eq_ignore_ascii_case(name))
    });
    let at = far.map(|field| format!("at {}", one(&field.value, 20))).unwrap_or_default();
    let phrase = match facts.status {
        Status::Started if at.is_empty() => join(&["canary", &what, &on, "started"]),
        Status::Started | Status::Neutral => join(&["canary", &what, &on, &at]),
        Status::Success => join(&["canary", &what, &on, "passed", &at]),
        Status::Failure => join(&["canary", &what, &on, "failed", &at]),
        Status::Cancelled => join(&["canary", &what, &on, "cancelled", &at]),
        Status::Skipped => join(&["canary", &what, &on, "skipped"]),
        Status::Waiting => join(&["canary", &what, &on, "waits", &at]),
    };
    let fields = usual(facts, words);
    parts::message(facts, words, Shape { phrase, fields, ..Shape::default() })
}

//! A deployment.

use super::parts::{self, Shape, usual};
use super::title::{after, join, what};
use crate::facts::Facts;
use crate::message::Message;
use crate::status::Status;
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let what = what(facts).unwrap_or_default();
    let (of, to) = (after("of", &what), after("to", &facts.environment));
    let phrase = match facts.status {
        Status::Started => join(&["deploying", &what, &to]),
        Status::Success => join(&[&what, "deployed", &to]),
        Status::Failure => join(&["deploy", &of, &to, "failed"]),
        Status::Cancelled => join(&["deploy", &of, &to, "cancelled"]),
        Status::Skipped => join(&["deploy", &of, &to, "skipped"]),
        Status::Waiting => join(&["deploy", &of, &to, "waits"]),
        Status::Neutral => join(&["deploy", &of, &to]),
    };
    let fields = usual(facts, words);
    parts::message(facts, words, Shape { phrase, fields, all_jobs: true, ..Shape::default() })
}

//! Somebody has to say yes. Without a status, nobody has yet.

use super::parts::{self, Shape, link, usual};
use super::title::{after, join, what};
use crate::facts::Facts;
use crate::message::Message;
use crate::status::Status;
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let mut facts = facts.clone();
    if matches!(facts.status, Status::Neutral | Status::Started) {
        facts.status = Status::Waiting;
    }
    let what = what(&facts).unwrap_or_default();
    let to = after("to", &facts.environment);
    let subject = match join(&[&what, &to]) {
        none if none.is_empty() => "deploy".to_owned(),
        subject => subject,
    };
    let verdict = match facts.status {
        Status::Success => "approved",
        Status::Failure => "rejected",
        Status::Cancelled => "no longer asked for",
        Status::Skipped => "needs no approval",
        Status::Started | Status::Waiting | Status::Neutral => "waits for approval",
    };
    let first = match facts.status {
        Status::Waiting => link("Review", facts.run_url.as_ref()),
        _ => None,
    };
    let shape = Shape {
        phrase: join(&[&subject, verdict]),
        fields: usual(&facts, words),
        first: first.into_iter().collect(),
        all_jobs: false,
    };
    parts::message(&facts, words, shape)
}

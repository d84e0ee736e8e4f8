//! Tests and builds.

use super::parts::{self, Shape, usual};
use super::title::{after, join};
use crate::facts::Facts;
use crate::line::one;
use crate::message::Message;
use crate::status::Status;
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let workflow = match one(&facts.workflow, 40) {
        none if none.is_empty() => "CI".to_owned(),
        name => name,
    };
    let place = match &facts.pull {
        Some(pull) => format!("on #{}", pull.number),
        None => after("on", &facts.reference),
    };
    let verb = match facts.status {
        Status::Started => "runs",
        Status::Success => "passed",
        Status::Failure => "failed",
        Status::Cancelled => "cancelled",
        Status::Skipped => "skipped",
        Status::Waiting => "waits",
        Status::Neutral => "",
    };
    let mut phrase = join(&[&workflow, verb, &place]);
    let failed: Vec<_> = facts.needs.iter().filter(|need| need.result == Status::Failure).collect();
    if let (Status::Failure, Some((first, rest))) = (facts.status, failed.split_first()) {
        // The values of a matrix stand below.
        let name = first.name.split(" (").next().unwrap_or_default();
        phrase = format!("{phrase}: {}", one(name, 40));
        if !rest.is_empty() {
            phrase = format!("{phrase} and {} more", rest.len());
        }
    }
    let fields = usual(facts, words);
    parts::message(facts, words, Shape { phrase, fields, all_jobs: true, ..Shape::default() })
}

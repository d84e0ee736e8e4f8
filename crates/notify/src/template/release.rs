//! A release.

use super::parts::{self, Shape, field, link, place};
use super::title::{after, join, what};
use crate::facts::Facts;
use crate::line::one;
use crate::message::Message;
use crate::observe::human;
use crate::status::Status;
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let what = what(facts).unwrap_or_default();
    let of = after("of", &what);
    let phrase = match facts.status {
        Status::Started => join(&["releasing", &what]),
        Status::Success => join(&[&what, "released"]),
        Status::Failure => join(&["release", &of, "failed"]),
        Status::Cancelled => join(&["release", &of, "cancelled"]),
        Status::Skipped => join(&["release", &of, "skipped"]),
        Status::Waiting => join(&["release", &of, "waits"]),
        Status::Neutral => join(&["release", &what]),
    };
    let release = facts.release.as_ref();
    let url = release.map(|release| &release.url);
    // GitHub puts the tag where there is no name.
    let name = release.map(|release| one(&release.name, 200)).filter(|name| *name != facts.version);
    let duration = facts.duration.map(human).unwrap_or_default();
    let others = [
        field("Release", name.as_deref().unwrap_or_default(), url),
        field("Environment", &facts.environment, facts.environment_url.as_ref())
            .filter(|_| words.title.is_empty()),
        field("Duration", &duration, None),
    ];
    let fields = place(facts, words).into_iter().chain(others.into_iter().flatten()).collect();
    let first = match facts.status {
        Status::Failure | Status::Cancelled => None,
        _ => link("Release", url),
    };
    parts::message(
        facts,
        words,
        Shape { phrase, fields, first: first.into_iter().collect(), all_jobs: false },
    )
}

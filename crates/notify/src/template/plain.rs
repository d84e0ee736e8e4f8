//! What somebody wrote, without a template.

use super::parts::{self, Shape};
use super::title;
use crate::facts::Facts;
use crate::line::{first, one};
use crate::message::Message;
use crate::observe::human;
use crate::status::Status;
use crate::text::{Block, Inline, markdown};
use crate::words::Words;

pub(super) fn make(facts: &Facts, words: &Words) -> Message {
    let says_status = facts.status != Status::Neutral;
    let says_text = !words.text.trim().is_empty();
    // Only where nothing was written does the message tell of the run by itself.
    if says_status || !(says_text || !words.title.trim().is_empty() || !words.fields.is_empty()) {
        return parts::message(facts, words, shape(facts));
    }
    let lead = markdown::read(&words.text);
    let title = one(&words.title, 450);
    let start = lead.first().map(|block| one(&flat(block), 150)).filter(|line| !line.is_empty());
    let start = start.unwrap_or_else(|| one(first(&words.text), 150));
    let fallback = || title::of(facts, words, &shape(facts).phrase);
    let title_is_text = title.is_empty() && !start.is_empty();
    let title = match () {
        () if !title.is_empty() => title,
        () if title_is_text => start,
        () => fallback(),
    };
    Message {
        status: facts.status,
        title,
        title_is_text,
        lead,
        fields: words.fields.clone(),
        mentions: words.mentions.clone(),
        more: parts::more(facts),
        ..Message::default()
    }
}

fn shape(facts: &Facts) -> Shape {
    let workflow = match one(&facts.workflow, 40) {
        none if none.is_empty() => "run".to_owned(),
        name => name,
    };
    let state = match facts.status {
        Status::Neutral => "",
        Status::Started => "started",
        Status::Success => "succeeded",
        Status::Failure => "failed",
        Status::Cancelled => "cancelled",
        Status::Skipped => "skipped",
        Status::Waiting => "waits",
    };
    let on = title::after("on", &facts.reference);
    let duration = facts.duration.map(human).unwrap_or_default();
    let fields = parts::field("Duration", &duration, None).into_iter().collect();
    Shape { phrase: title::join(&[&workflow, state, &on]), fields, ..Shape::default() }
}

/// The text of a block's beginning, without its looks.
fn flat(block: &Block) -> String {
    fn add(pieces: &[Inline], text: &mut String) {
        for piece in pieces {
            match piece {
                Inline::Text(one) | Inline::Code(one) => text.push_str(one),
                Inline::Strong(inner)
                | Inline::Emphasis(inner)
                | Inline::Strike(inner)
                | Inline::Link { text: inner, .. } => add(inner, text),
                Inline::Break => text.push(' '),
            }
        }
    }
    let mut text = String::new();
    if let Block::Paragraph(pieces) | Block::Heading(_, pieces) = block {
        add(pieces, &mut text);
    }
    text
}

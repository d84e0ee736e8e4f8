//! A message as Slack is sent it. Pure.
//!
//! No attachment for a coloured bar: Slack calls attachments a thing of the past and folds them, and
//! a message that is updated keeps its old ones. The sign before the title tells how it went.

use serde_json::{Value, json};

use super::blocks::{Block, one_line};
use super::{limits, mentions, tokens};
use crate::line;
use crate::message::{Field, Link, Message, Section, Step};
use crate::status::Status;
use crate::text::{Inline, Rich, cut, mrkdwn};

/// Fields that are shown; the others are counted.
const FIELDS: usize = 50;
/// Steps that are shown in one part of a message; the others are counted.
const STEPS: usize = 60;
/// Characters of a line that is not broken.
const LINE: usize = 72;
/// How much of the name of a field or a step is shown.
const NAME: usize = 200;
/// How much of the value of a field is shown.
const VALUE: usize = 500;
/// Sections one text takes at most; all texts together fill four.
const PARTS: usize = 8;
/// What a text of several sections takes more than one: marks that are closed and opened again.
const SEAMS: usize = 40;
/// What stands between the links of a line.
const BETWEEN: &str = "  ·  ";

/// A message as Slack is sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What notifications, screen readers and old clients show: the whole message in plain words,
    /// escaped, at most [`limits::FALLBACK`]. Never empty.
    pub text: String,
    /// What is seen, within the limits.
    pub blocks: Vec<Block>,
}

impl Rendered {
    /// `{"text": …, "blocks": […]}`, to which a channel or a thread is added.
    pub fn payload(&self) -> Value {
        if self.blocks.is_empty() {
            json!({"text": self.text})
        } else {
            json!({"text": self.text, "blocks": self.blocks})
        }
    }
}

/// The message as Slack is sent it, within the limits.
pub fn render(message: &Message) -> Rendered {
    let more = message.more.as_deref();
    Rendered {
        text: limits::fallback(&words(message), more),
        blocks: limits::fit(blocks(message), more),
    }
}

/// A block, or text that may need several.
enum Piece<'a> {
    Block(Block),
    Text { heading: String, text: &'a Rich },
}

/// The blocks. Long texts share what the others leave.
fn blocks(message: &Message) -> Vec<Block> {
    let pieces = pieces(message);
    let sizes = |piece: &Piece<'_>| match piece {
        Piece::Block(block) => (limits::measure(std::slice::from_ref(block)), None),
        Piece::Text { heading, text } => {
            (tokens::size(heading) + SEAMS, Some(tokens::size(&mrkdwn::print(text))))
        }
    };
    let (fixed, texts): (Vec<usize>, Vec<Option<usize>>) = pieces.iter().map(sizes).unzip();
    let room = limits::ROOM.saturating_sub(fixed.iter().sum());
    let cap = limits::share(texts.into_iter().flatten().collect(), room);
    let more = message.more.as_deref().map(|url| ("Full text", url));
    let mut blocks = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Block(block) => blocks.push(block),
            Piece::Text { heading, text } => blocks.extend(sections(&heading, text, cap, more)),
        }
    }
    blocks
}

/// Text in as many sections as it needs, cut where it is longer than `max`.
fn sections(heading: &str, text: &Rich, max: usize, more: Option<(&str, &str)>) -> Vec<Block> {
    let text = cut::rich(text, max, mrkdwn::print, more);
    let (parts, _) = cut::split(&text, limits::SECTION - 2 * NAME, PARTS, mrkdwn::print);
    let mut heading = if heading.is_empty() { String::new() } else { format!("{heading}\n") };
    let printed = parts.iter().map(|part| std::mem::take(&mut heading) + &mrkdwn::print(part));
    printed.map(Block::section).collect()
}

/// What the message consists of, in order.
fn pieces(message: &Message) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    pieces.extend(Block::header(titled(message)).map(Piece::Block));
    let called = mentions::line(&message.mentions);
    if !called.is_empty() {
        pieces.push(Piece::Block(Block::section(called)));
    }
    if !message.lead.is_empty() {
        pieces.push(Piece::Text { heading: String::new(), text: &message.lead });
    }
    if !message.fields.is_empty() {
        let fields = message.fields.iter().take(FIELDS).map(field).collect();
        pieces.push(Piece::Block(Block::fields(fields)));
        let left_out = message.fields.len().saturating_sub(FIELDS);
        if left_out > 0 {
            let more = and_more(left_out, message.more.as_deref());
            pieces.push(Piece::Block(Block::context(more)));
        }
    }
    for section in &message.sections {
        let piece = match section {
            Section::Text { text, .. } if text.is_empty() => continue,
            Section::Text { heading, text } => {
                Piece::Text { heading: bold(&shown(heading, NAME)), text }
            }
            Section::Steps { steps, .. } if steps.is_empty() => continue,
            steps @ Section::Steps { .. } => {
                Piece::Block(Block::section(part(steps, message.more.as_deref())))
            }
        };
        // A line stands between the news and what is read in peace.
        if matches!(section, Section::Text { .. }) && pieces.len() > 1 {
            pieces.push(Piece::Block(Block::Divider {}));
        }
        pieces.push(piece);
    }
    let (links, footer) = (links(message), footer(&message.footer));
    if !links.is_empty() {
        pieces.push(Piece::Block(Block::section(links)));
    }
    if !footer.is_empty() {
        pieces.push(Piece::Block(Block::context(footer)));
    }
    pieces
}

/// The title; a message that is only a text shows none.
fn titled(message: &Message) -> &str {
    if message.title_is_text { "" } else { message.title.trim() }
}

/// Where to go from here, in one line, first where the title leads unless a link leads there. Links in
/// a text, as a button is more than a link: Slack tells the app of each click, and shows a warning
/// beside the button where nobody takes that call, as nobody does for a workflow.
fn links(message: &Message) -> String {
    let known = |url: &str| message.links.iter().any(|link| link.url.as_deref() == Some(url));
    let open =
        message.url.as_deref().filter(|url| !known(url)).map(|url| linked("Open", Some(url)));
    let mut links: Vec<String> = open
        .into_iter()
        .chain(message.links.iter().map(labelled))
        .filter(|one| !one.trim().is_empty())
        .collect();
    // Somebody has to do something: that is where.
    if let (Status::Waiting, Some(first)) = (message.status, links.first_mut()) {
        *first = format!("*{first}*");
    }
    links.join(BETWEEN)
}

/// A field: its name, and below it its value.
fn field(field: &Field) -> String {
    let value = linked(&shown(&field.value, VALUE), field.url.as_deref());
    let name = bold(&shown(&field.name, NAME));
    let value = if value.trim().is_empty() { "–".to_owned() } else { value };
    format!("{name}\n{value}")
}

/// A part below its heading.
fn part(section: &Section, more: Option<&str>) -> String {
    let (heading, body) = match section {
        Section::Text { heading, text } => (heading, mrkdwn::print(text)),
        Section::Steps { heading, steps } => (heading, list(steps, more)),
    };
    let heading = bold(&shown(heading, NAME));
    match (heading.is_empty(), body.is_empty()) {
        (_, true) => String::new(),
        (true, false) => body,
        (false, false) => format!("{heading}\n{body}"),
    }
}

/// Steps, one per line; how many more there are where there are many. A few of which nothing is to be
/// said stand in one line.
fn list(steps: &[Step], more: Option<&str>) -> String {
    let mut lines: Vec<String> = steps.iter().take(STEPS).map(step).collect();
    let width: usize = steps.iter().map(|step| step.name.chars().count() + 5).sum();
    if width <= LINE && steps.iter().all(|step| step.url.is_none() && step.detail.is_empty()) {
        return lines.join("    ");
    }
    let left_out = steps.len().saturating_sub(STEPS);
    if left_out > 0 {
        lines.push(and_more(left_out, more));
    }
    lines.join("\n")
}

/// A step in one line of mrkdwn: its sign, its name where it can be seen, and a word on it.
pub fn step(step: &Step) -> String {
    let name = linked(&shown(&one_line(&step.name), NAME), step.url.as_deref());
    let detail = shown(&one_line(&step.detail), VALUE);
    let dash = if detail.is_empty() { "" } else { " – " };
    format!("{} {name}{dash}{}", step.status.sign(), tokens::text(&detail))
}

/// "and 12 more".
fn and_more(count: usize, more: Option<&str>) -> String {
    let words = format!("… and {count} more");
    more.map_or(words.clone(), |url| tokens::link(&words, url))
}

/// The small print in one line.
fn footer(links: &[Link]) -> String {
    let shown = links.iter().map(labelled).filter(|one| !one.trim().is_empty());
    shown.collect::<Vec<_>>().join(BETWEEN)
}

/// A link as mrkdwn.
fn labelled(link: &Link) -> String {
    linked(&shown(&link.label, NAME), link.url.as_deref())
}

/// Plain text, where it leads.
fn linked(text: &str, url: Option<&str>) -> String {
    match url {
        Some(url) if !text.trim().is_empty() => tokens::link(text, url),
        _ => tokens::text(text),
    }
}

/// A line in bold.
fn bold(text: &str) -> String {
    let text = line::one(text, NAME);
    if text.is_empty() { text } else { mrkdwn::inline(&[Inline::Strong(vec![Inline::Text(text)])]) }
}

/// The beginning of a text.
fn shown(text: &str, max: usize) -> String {
    cut::text(text.trim(), max)
}

/// The whole message in words: what is shown where blocks are not.
fn words(message: &Message) -> String {
    let mut lines = Vec::new();
    let shown_title = shown(&one_line(titled(message)), limits::HEADER);
    lines.push(linked(&shown_title, message.url.as_deref()));
    lines.push(mentions::line(&message.mentions));
    lines.push(mrkdwn::print(&message.lead));
    for Field { name, value, .. } in message.fields.iter().take(FIELDS) {
        lines.push(format!(
            "{}: {}",
            tokens::text(&shown(name, NAME)),
            tokens::text(&shown(value, VALUE))
        ));
    }
    lines.extend(message.sections.iter().map(|section| part(section, message.more.as_deref())));
    lines.extend(message.links.iter().map(labelled));
    lines.push(footer(&message.footer));
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        lines.push(format!("{} {}", message.status.sign(), message.status));
    }
    lines.join("\n")
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "corpus_tests.rs"]
mod corpus;

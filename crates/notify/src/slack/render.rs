//! A message as Slack is sent it. Pure.
//!
//! No attachment for a coloured bar: Slack calls attachments a thing of the past and folds them, and
//! a message that is updated keeps its old ones. The sign before the title tells how it went.

use serde_json::{Value, json};

use super::blocks::{Block, Element};
use super::{limits, mentions, tokens};
use crate::message::{Field, Link, Message, Section, Step};
use crate::text::Rich;

/// Fields that are shown; the others are counted.
const FIELDS: usize = 50;
/// Steps that are shown in one part of a message; the others are counted.
const STEPS: usize = 60;
/// How much of the name of a field or a step is shown.
const NAME: usize = 200;
/// How much of the value of a field is shown.
const VALUE: usize = 1_000;

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

/// The blocks, as long as they are.
fn blocks(message: &Message) -> Vec<Block> {
    let mut blocks = Vec::new();
    blocks.extend(Block::header(&titled(message)));
    let called = mentions::line(&message.mentions);
    if !called.is_empty() {
        blocks.push(Block::section(called));
    }
    let lead = rich(&message.lead);
    if !lead.is_empty() {
        blocks.push(Block::section(lead));
    }
    if !message.fields.is_empty() {
        blocks.push(Block::fields(message.fields.iter().take(FIELDS).map(field).collect()));
        let left_out = message.fields.len().saturating_sub(FIELDS);
        if left_out > 0 {
            blocks.push(Block::context(and_more(left_out, message.more.as_deref())));
        }
    }
    for section in &message.sections {
        let text = part(section, message.more.as_deref());
        if !text.is_empty() {
            blocks.push(Block::Divider {});
            blocks.push(Block::section(text));
        }
    }
    let (buttons, other) = buttons(message);
    if !buttons.is_empty() {
        blocks.push(Block::Actions { elements: buttons });
    }
    // A link that is no button because its address is none, or too long for one.
    let small: Vec<&Link> = other.into_iter().chain(&message.footer).collect();
    let small = footer(&small);
    if !small.is_empty() {
        blocks.push(Block::context(small));
    }
    blocks
}

/// The title with the sign of its status; a message that is only a text has neither.
fn titled(message: &Message) -> String {
    let title = message.title.trim();
    if title.is_empty() { String::new() } else { format!("{} {title}", message.status.sign()) }
}

/// The buttons, first that of the title's address unless a link leads there, and the links that
/// cannot be one.
fn buttons(message: &Message) -> (Vec<Element>, Vec<&Link>) {
    let mut buttons = Vec::new();
    let known = |url: &str| message.links.iter().any(|link| link.url.as_deref() == Some(url));
    buttons.extend(
        message.url.as_deref().filter(|url| !known(url)).and_then(|url| Element::link("Open", url)),
    );
    let mut other = Vec::new();
    for link in &message.links {
        match link.url.as_deref().and_then(|url| Element::link(&link.label, url)) {
            Some(button) => buttons.push(button),
            None => other.push(link),
        }
    }
    (buttons, other)
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
        Section::Text { heading, text } => (heading, rich(text)),
        Section::Steps { heading, steps } => (heading, list(steps, more)),
    };
    let heading = bold(&shown(heading, NAME));
    match (heading.is_empty(), body.is_empty()) {
        (_, true) => String::new(),
        (true, false) => body,
        (false, false) => format!("{heading}\n{body}"),
    }
}

/// Steps, one per line; how many more there are where there are many.
fn list(steps: &[Step], more: Option<&str>) -> String {
    let mut lines: Vec<String> = steps.iter().take(STEPS).map(step).collect();
    let left_out = steps.len().saturating_sub(STEPS);
    if left_out > 0 {
        lines.push(and_more(left_out, more));
    }
    lines.join("\n")
}

/// A step in one line of mrkdwn: its sign, its name where it can be seen, and a word on it.
pub fn step(step: &Step) -> String {
    let name = linked(&shown(&super::blocks::one_line(&step.name), NAME), step.url.as_deref());
    let detail = shown(&super::blocks::one_line(&step.detail), VALUE);
    let dash = if detail.is_empty() { "" } else { " – " };
    format!("{} {name}{dash}{}", step.status.sign(), tokens::escape(&detail))
}

/// "and 12 more".
fn and_more(count: usize, more: Option<&str>) -> String {
    let words = format!("… and {count} more");
    more.map_or(words.clone(), |url| tokens::link(&words, url))
}

/// The small print in one line.
fn footer(links: &[&Link]) -> String {
    let shown = links.iter().map(|link| linked(&shown(&link.label, NAME), link.url.as_deref()));
    shown.filter(|one| !one.trim().is_empty()).collect::<Vec<_>>().join("  ·  ")
}

/// Plain text, where it leads.
fn linked(text: &str, url: Option<&str>) -> String {
    match url {
        Some(url) if !text.trim().is_empty() => tokens::link(text, url),
        _ => tokens::escape(text),
    }
}

/// A line in bold; signs that would end it are kept apart from it by Slack only at a word's end.
fn bold(line: &str) -> String {
    let line = super::blocks::one_line(line);
    if line.is_empty() { line } else { format!("*{}*", tokens::escape(&line.replace('*', "∗"))) }
}

/// The first characters of a text, with `…` where there are more.
fn shown(text: &str, max: usize) -> String {
    let text = text.trim();
    let mut start: String = text.chars().take(max).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

/// Text as mrkdwn.
fn rich(text: &Rich) -> String {
    let mut lines = Vec::new();
    for block in text {
        if let crate::text::Block::Paragraph(inlines) = block {
            lines.push(inlines.iter().map(plain).collect::<String>());
        }
    }
    lines.join("\n\n")
}

/// A piece of a line without its markup.
fn plain(inline: &crate::text::Inline) -> String {
    match inline {
        crate::text::Inline::Text(text) => tokens::escape(text),
        _ => String::new(),
    }
}

/// The whole message in words: what is shown where blocks are not.
fn words(message: &Message) -> String {
    let mut lines = Vec::new();
    let title = titled(message);
    let shown_title = shown(&super::blocks::one_line(&title), limits::HEADER);
    lines.push(linked(&shown_title, message.url.as_deref()));
    lines.push(mentions::line(&message.mentions));
    lines.push(rich(&message.lead));
    for Field { name, value, .. } in message.fields.iter().take(FIELDS) {
        lines.push(format!(
            "{}: {}",
            tokens::escape(&shown(name, NAME)),
            tokens::escape(&shown(value, VALUE))
        ));
    }
    lines.extend(message.sections.iter().map(|section| part(section, message.more.as_deref())));
    lines.extend(
        (message.links.iter())
            .map(|Link { label, url }| linked(&shown(label, NAME), url.as_deref())),
    );
    lines.push(footer(&message.footer.iter().collect::<Vec<_>>()));
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        lines.push(format!("{} {}", message.status.sign(), message.status));
    }
    lines.join("\n")
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;

//! Parts of a message as text, for every printer.

use crate::message::{Link, Section, Step};
use crate::text::{Block, Inline, Item, Rich};

/// Plain text, and where it leads, printed by the functions of a channel.
pub fn linked(
    text: fn(&str) -> String,
    link: fn(&str, &str) -> String,
    label: &str,
    url: Option<&str>,
) -> String {
    url.map_or_else(|| text(label), |url| link(label, url))
}

/// As much of a plain text as is at most `most` long once it is made; what is cut ends in `…`.
pub fn within(
    text: &str,
    most: usize,
    length: fn(&str) -> usize,
    make: impl Fn(&str) -> String,
) -> String {
    let whole = make(text);
    if length(&whole) <= most {
        return whole;
    }
    let (mut low, mut high) = (0, text.chars().count().min(most));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if length(&make(&super::fit::clip(text, middle))) <= most {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    make(&super::fit::clip(text, low))
}

/// The length of a text in UTF-16 units, as the strictest count it.
pub fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A section as text: its heading, and what it says.
pub fn section(section: &Section) -> Rich {
    let (heading, mut rest) = match section {
        Section::Text { heading, text } => (heading, text.clone()),
        Section::Steps { heading, steps } => (heading, list(steps)),
    };
    if !heading.is_empty() {
        let bold = Inline::Strong(vec![Inline::Text(heading.clone())]);
        rest.insert(0, Block::Paragraph(vec![bold]));
    }
    rest
}

fn list(steps: &[Step]) -> Rich {
    let items = steps.iter().map(|step| {
        let mut line = vec![Inline::Text(format!("{} ", step.status.sign()))];
        line.push(link(&step.name, step.url.as_deref()));
        if !step.detail.is_empty() {
            line.push(Inline::Text(format!(": {}", step.detail)));
        }
        Item { done: None, blocks: vec![Block::Paragraph(line)] }
    });
    vec![Block::List { first: None, items: items.collect() }]
}

/// Links in one line; nothing where there are none.
pub fn links(links: &[Link]) -> Rich {
    let mut line = Vec::new();
    for one in links {
        if !line.is_empty() {
            line.push(Inline::Text(" · ".to_owned()));
        }
        line.push(link(&one.label, one.url.as_deref()));
    }
    if line.is_empty() { Vec::new() } else { vec![Block::Paragraph(line)] }
}

fn link(text: &str, url: Option<&str>) -> Inline {
    let inner = Inline::Text(text.to_owned());
    match url {
        Some(url) => Inline::Link { text: vec![inner], url: url.to_owned() },
        None => inner,
    }
}

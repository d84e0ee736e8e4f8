//! Makes a message smaller until what a channel makes of it fits. Cut is the tree, before anything is escaped,
//! so what comes out is always well-formed.

use crate::line;
use crate::message::{Field, Link, Mention, Message, Section, Step};
use crate::status::Status;
use crate::text::{Block, Inline, Item, Rich};

/// What stands where something was cut.
const CUT: &str = "…";
/// Nesting below this is not shown.
const DEPTH: usize = 12;
/// Steps between the smallest message and the largest that is cut at all.
const LEVELS: u32 = 40;

/// How much of a message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Characters of each text.
    pub text: usize,
    /// Characters of each name, value and label.
    pub label: usize,
    /// Fields, sections, steps and links, each.
    pub items: usize,
}

impl Caps {
    /// The caps of a level; at level 0 hardly anything is left.
    fn at(level: u32) -> Self {
        let grown = |from: usize| {
            (0..level).fold(from, |size, _| size.saturating_add(size / 4).saturating_add(1))
        };
        Self { text: grown(20), label: grown(20).min(2000), items: grown(2).min(200) }
    }
}

/// What `render` makes of as much of the message as `fits` allows.
pub fn fit<T>(message: &Message, render: impl Fn(&Message) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = render(message);
    if fits(&whole) {
        return whole;
    }
    let (mut low, mut high) = (0, LEVELS);
    let mut best = render(&shrunk(message, Caps::at(0)));
    while low < high {
        let middle = (low + high).div_ceil(2);
        let rendered = render(&shrunk(message, Caps::at(middle)));
        if fits(&rendered) {
            best = rendered;
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    best
}

/// As much of the message as the caps allow. What is missing is said.
pub fn shrunk(message: &Message, caps: Caps) -> Message {
    let more = message.more.as_ref().or(message.url.as_ref()).filter(|url| url.len() <= 300);
    let text = |rich: &Rich| cut(rich, caps.text, more.map(String::as_str));
    let label = |text: &str| line::one(text, caps.label);
    let address = |url: &Option<String>| url.clone().filter(|url| url.len() <= caps.label.max(160));
    let links = |links: &[Link]| -> Vec<Link> {
        let kept = links.iter().take(caps.items);
        kept.map(|link| Link { label: label(&link.label), url: address(&link.url) }).collect()
    };
    let mut fields: Vec<Field> = message
        .fields
        .iter()
        .take(caps.items)
        .map(|field| Field {
            name: label(&field.name),
            value: clip(&field.value, caps.label),
            url: address(&field.url),
        })
        .collect();
    if let Some(rest) = message.fields.len().checked_sub(caps.items).filter(|rest| *rest > 0) {
        fields.push(Field { name: CUT.to_owned(), value: format!("and {rest} more"), url: None });
    }
    let mut sections: Vec<Section> = message
        .sections
        .iter()
        .take(caps.items)
        .map(|section| match section {
            Section::Text { heading, text: rich } => {
                Section::Text { heading: label(heading), text: text(rich) }
            }
            Section::Steps { heading, steps } => {
                let mut kept: Vec<Step> = steps
                    .iter()
                    .take(caps.items)
                    .map(|step| Step {
                        status: step.status,
                        name: label(&step.name),
                        url: address(&step.url),
                        detail: label(&step.detail),
                    })
                    .collect();
                if let Some(rest) = steps.len().checked_sub(caps.items).filter(|rest| *rest > 0) {
                    let name = format!("and {rest} more");
                    kept.push(Step { status: Status::Neutral, name, ..Step::default() });
                }
                Section::Steps { heading: label(heading), steps: kept }
            }
        })
        .collect();
    if message.sections.len() > caps.items {
        let said = Block::Paragraph(vec![Inline::Text(CUT.to_owned())]);
        sections.push(Section::Text { heading: String::new(), text: vec![said] });
    }
    Message {
        title: line::one(&message.title, caps.label.max(100)),
        title_is_text: message.title_is_text,
        url: address(&message.url),
        lead: text(&message.lead),
        fields,
        sections,
        links: links(&message.links),
        footer: links(&message.footer),
        mentions: message.mentions.iter().take(caps.items.max(20)).map(named).collect(),
        more: more.cloned(),
        ..message.clone()
    }
}

/// Whoever is called, by a name of bounded length.
fn named(mention: &Mention) -> Mention {
    match mention {
        Mention::Name(name) => Mention::Name(line::one(name, 60)),
        Mention::User(id) | Mention::Group(id) if id.len() > 254 => {
            Mention::Name(line::one(id, 60))
        }
        known => known.clone(),
    }
}

/// At most `most` characters; what is cut ends in `…`.
pub fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}{CUT}", kept.trim_end())
        }
    }
}

/// As much of a text as `most` characters hold, then a link to the whole of it.
pub fn cut(rich: &Rich, most: usize, more: Option<&str>) -> Rich {
    let mut left = Left { characters: most, is_cut: false };
    let mut kept = left.blocks(rich, 0);
    if left.is_cut {
        let dots = match more {
            Some(url) => Inline::Link {
                text: vec![Inline::Text("… more".to_owned())],
                url: url.to_owned(),
            },
            None => Inline::Text(CUT.to_owned()),
        };
        kept.push(Block::Paragraph(vec![dots]));
    }
    kept
}

struct Left {
    characters: usize,
    is_cut: bool,
}

impl Left {
    fn is_full(&mut self) -> bool {
        if self.characters == 0 {
            self.is_cut = true;
        }
        self.characters == 0
    }

    /// Something that shows up without characters of its own, such as a bullet.
    fn pay(&mut self, cost: usize) {
        self.characters = self.characters.saturating_sub(cost);
    }

    fn text(&mut self, text: &str) -> String {
        let length = text.chars().count();
        if length <= self.characters {
            self.characters -= length;
            return text.to_owned();
        }
        self.is_cut = true;
        let kept = text.chars().take(self.characters).collect();
        self.characters = 0;
        kept
    }

    fn blocks(&mut self, blocks: &[Block], depth: usize) -> Rich {
        let mut kept = Vec::new();
        for block in blocks {
            if depth > DEPTH {
                self.is_cut = true;
                break;
            }
            if self.is_full() {
                break;
            }
            self.pay(1);
            kept.push(match block {
                Block::Paragraph(line) => Block::Paragraph(self.inlines(line, depth)),
                Block::Heading(level, line) => Block::Heading(*level, self.inlines(line, depth)),
                Block::List { first, items } => {
                    let mut list = Vec::new();
                    for item in items {
                        if self.is_full() {
                            break;
                        }
                        self.pay(2);
                        list.push(Item {
                            done: item.done,
                            blocks: self.blocks(&item.blocks, depth + 1),
                        });
                    }
                    Block::List { first: *first, items: list }
                }
                Block::Code { language, text } => {
                    Block::Code { language: clip(language, 20), text: self.text(text) }
                }
                Block::Quote(inner) => Block::Quote(self.blocks(inner, depth + 1)),
                Block::Table { head, rows } => self.table(head, rows, depth),
                Block::Rule => Block::Rule,
            });
        }
        kept
    }

    fn table(&mut self, head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], depth: usize) -> Block {
        let head = head.iter().map(|cell| self.inlines(cell, depth)).collect();
        let mut kept = Vec::new();
        for row in rows {
            if self.is_full() {
                break;
            }
            self.pay(row.len());
            kept.push(row.iter().map(|cell| self.inlines(cell, depth)).collect());
        }
        Block::Table { head, rows: kept }
    }

    fn inlines(&mut self, line: &[Inline], depth: usize) -> Vec<Inline> {
        let mut kept = Vec::new();
        for piece in line {
            if depth > DEPTH {
                self.is_cut = true;
                break;
            }
            if self.is_full() {
                break;
            }
            kept.push(match piece {
                Inline::Text(text) => Inline::Text(self.text(text)),
                Inline::Code(text) => Inline::Code(self.text(text)),
                Inline::Strong(inner) => Inline::Strong(self.inlines(inner, depth + 1)),
                Inline::Emphasis(inner) => Inline::Emphasis(self.inlines(inner, depth + 1)),
                Inline::Strike(inner) => Inline::Strike(self.inlines(inner, depth + 1)),
                // An address takes room, too; half of one leads nowhere.
                Inline::Link { text, url } if url.len() > self.characters => {
                    self.is_cut = true;
                    let text = self.inlines(text, depth + 1);
                    kept.extend(text);
                    break;
                }
                Inline::Link { text, url } => {
                    self.pay(url.len());
                    Inline::Link { text: self.inlines(text, depth + 1), url: url.clone() }
                }
                Inline::Break => {
                    self.pay(1);
                    Inline::Break
                }
            });
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> Rich {
        vec![Block::Paragraph(vec![Inline::Text(text.to_owned())])]
    }

    #[test]
    fn what_fits_is_not_touched() {
        let message = Message { lead: paragraph("hello"), ..Message::default() };
        assert_eq!(fit(&message, Clone::clone, |_| true), message);
    }

    #[test]
    fn as_much_is_kept_as_fits_and_the_rest_is_linked() {
        let message = Message {
            lead: paragraph(&"é".repeat(50_000)),
            more: Some("https://example.com/run".to_owned()),
            ..Message::default()
        };
        let size = |message: &String| message.len();
        let text =
            fit(&message, |message| format!("{:?}", message.lead), |text| size(text) <= 10_000);
        assert!(text.len() <= 10_000 && text.len() > 7_000, "{}", text.len());
        assert!(text.contains("https://example.com/run"));
    }

    #[test]
    fn the_number_of_what_is_missing_is_said() {
        let fields = vec![Field::default(); 1000];
        let message = Message { fields, ..Message::default() };
        let caps = Caps { text: 10, label: 10, items: 3 };
        let kept = shrunk(&message, caps);
        assert_eq!(kept.fields.len(), 4);
        assert_eq!(kept.fields.last().unwrap().value, "and 997 more");
    }
}

//! Makes a message smaller until what a channel makes of it fits. Cut is the tree, before anything is escaped,
//! so what comes out is always well-formed.

use crate::line;
use crate::message::{Field, Link, Mention, Message, Section, Step};
use crate::status::Status;
use crate::text::cut::{self, ELLIPSIS};
use crate::text::{Block, Inline, Rich};

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
    let mut best = render(&capped(message, Caps::at(0)));
    while low < high {
        let middle = (low + high).div_ceil(2);
        let rendered = render(&capped(message, Caps::at(middle)));
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
pub fn capped(message: &Message, caps: Caps) -> Message {
    let more = message.more.as_ref().or(message.url.as_ref()).filter(|url| url.len() <= 300);
    let link = more.map(|url| ("more", url.as_str()));
    let text = |rich: &Rich| cut::tree(rich, caps.text, link);
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
            value: cut::text(&field.value, caps.label),
            url: address(&field.url),
        })
        .collect();
    if let Some(rest) = message.fields.len().checked_sub(caps.items).filter(|rest| *rest > 0) {
        fields.push(Field {
            name: ELLIPSIS.to_owned(),
            value: format!("and {rest} more"),
            url: None,
        });
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
        let said = Block::Paragraph(vec![Inline::Text(ELLIPSIS.to_owned())]);
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
        let kept = capped(&message, caps);
        assert_eq!(kept.fields.len(), 4);
        assert_eq!(kept.fields.last().unwrap().value, "and 997 more");
    }
}

//! A message as data. The schema is `docs/schema/webhook-message.json`.

use serde_json::{Value, json};

use crate::channel::fit::fit;
use crate::message::{Link, Mention, Message, Section, Step};
use crate::text::plain;

/// The most a message may be, in bytes of JSON.
pub const LIMIT: usize = 256 << 10;

/// The message as JSON, made shorter where it would be longer than [`LIMIT`].
pub fn body(message: &Message, key: Option<&str>) -> String {
    fit(message, |message| render(message, key).to_string(), |text| text.len() <= LIMIT)
}

/// The message as it is.
pub fn render(message: &Message, key: Option<&str>) -> Value {
    json!({
        "schema": "launchway-notify/1",
        "key": key,
        "status": message.status.as_str(),
        "title": message.title,
        "url": message.url,
        "text": plain::print(&message.lead),
        "fields": message.fields.iter().map(|field| json!({
            "name": field.name,
            "value": field.value,
            "url": field.url,
        })).collect::<Vec<_>>(),
        "sections": message.sections.iter().map(section).collect::<Vec<_>>(),
        "links": links(&message.links),
        "footer": links(&message.footer),
        "mentions": message.mentions.iter().map(mention).collect::<Vec<_>>(),
        "more": message.more,
    })
}

fn section(section: &Section) -> Value {
    match section {
        Section::Text { heading, text } => {
            json!({ "heading": heading, "text": plain::print(text), "steps": [] })
        }
        Section::Steps { heading, steps } => json!({
            "heading": heading,
            "text": "",
            "steps": steps.iter().map(step).collect::<Vec<_>>(),
        }),
    }
}

fn step(step: &Step) -> Value {
    json!({
        "status": step.status.as_str(),
        "name": step.name,
        "url": step.url,
        "detail": step.detail,
    })
}

fn links(links: &[Link]) -> Vec<Value> {
    links.iter().map(|link| json!({ "label": link.label, "url": link.url })).collect()
}

fn mention(mention: &Mention) -> Value {
    let (kind, id) = match mention {
        Mention::User(id) => ("user", id.as_str()),
        Mention::Group(id) => ("group", id.as_str()),
        Mention::Name(name) => ("name", name.as_str()),
        Mention::Here => ("here", ""),
        Mention::Channel => ("channel", ""),
        Mention::Everyone => ("everyone", ""),
    };
    json!({ "kind": kind, "id": id })
}

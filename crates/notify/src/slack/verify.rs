//! Says what Slack would refuse in a payload, where, and in which words.

mod block;
mod element;
mod rich;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::{limits, tokens};

/// Something Slack would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [json-pointer:{}]", self.message, self.pointer)
    }
}

/// All texts, addresses and values of a list of blocks together, as far as Slack has taken them.
const EVERYTHING: usize = 13_200;
/// Attachments of a message.
const ATTACHMENTS: usize = 100;
/// Identifiers.
const ID: usize = 255;

/// What Slack would refuse in a payload with `text`, `blocks` or `attachments`; nothing where it is
/// fine. The inside of the newest blocks, such as `card`, is not looked at.
pub fn verify(payload: &Value) -> Vec<Violation> {
    let mut check = Check::default();
    if let Some(text) = payload.get("text") {
        check.text("/text", text, limits::TEXT);
    }
    if let Some(blocks) = payload.get("blocks").filter(|blocks| !blocks.is_null()) {
        check.blocks("/blocks", blocks);
    }
    if let Some(attachments) = payload.get("attachments").filter(|list| !list.is_null()) {
        check.attachments("/attachments", attachments);
    }
    if check.total >= limits::TOTAL {
        check.say("/blocks", format!("must hold less than {} characters in all", limits::TOTAL));
    }
    check.found
}

#[derive(Default)]
struct Check {
    found: Vec<Violation>,
    total: usize,
    markdown: usize,
    tables: usize,
    ids: BTreeSet<String>,
    /// Those of one block.
    actions: BTreeSet<String>,
}

impl Check {
    fn say(&mut self, pointer: &str, message: impl Into<String>) {
        self.found.push(Violation { pointer: pointer.to_owned(), message: message.into() });
    }

    fn attachments(&mut self, at: &str, list: &Value) {
        let Some(list) = list.as_array() else { return self.say(at, "must be an array") };
        if list.len() > ATTACHMENTS {
            self.say(at, format!("no more than {ATTACHMENTS} items allowed"));
        }
        for (index, attachment) in list.iter().enumerate() {
            let at = format!("{at}/{index}");
            if !attachment.is_object() {
                self.say(&at, "must be an object");
            }
            if let Some(blocks) = attachment.get("blocks").filter(|blocks| !blocks.is_null()) {
                self.ids.clear();
                (self.markdown, self.tables) = (0, 0);
                self.blocks(&format!("{at}/blocks"), blocks);
            }
        }
    }

    fn blocks(&mut self, at: &str, blocks: &Value) {
        let Some(list) = blocks.as_array() else { return self.say(at, "must be an array") };
        if list.len() > limits::BLOCKS {
            self.say(at, format!("no more than {} items allowed", limits::BLOCKS));
        }
        for (index, block) in list.iter().enumerate() {
            let at = format!("{at}/{index}");
            if block.is_object() {
                self.block(&at, block);
            } else {
                self.say(&at, "must be an object");
            }
        }
        if everything(blocks) > EVERYTHING {
            self.say(at, format!("must hold no more than {EVERYTHING} characters with addresses"));
        }
    }

    /// The items of a list that has some, each with its place.
    fn list<'a>(
        &mut self,
        at: &str,
        parent: &'a Value,
        name: &str,
        max: usize,
    ) -> Vec<(String, &'a Value)> {
        let at = format!("{at}/{name}");
        let Some(list) = parent.get(name).and_then(Value::as_array) else {
            let none = parent.get(name).is_none_or(Value::is_null);
            let message = if none {
                format!("missing required field: {name}")
            } else {
                "must be an array".into()
            };
            self.say(&at, message);
            return Vec::new();
        };
        if list.len() > max {
            self.say(&at, format!("no more than {max} items allowed"));
        }
        if list.is_empty() {
            self.say(&at, "must have at least 1 item");
        }
        list.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect()
    }

    /// No members but these, and those every block may have.
    fn only(&mut self, at: &str, value: &Value, known: &[&str]) {
        for name in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
            if !known.contains(&name.as_str()) && name != "type" && name != "block_id" {
                let name: String = name.chars().take(60).filter(|c| !c.is_control()).collect();
                self.say(at, format!("invalid additional property: {name}"));
            }
        }
    }

    fn object(&mut self, at: &str, parent: &Value, name: &str, max: usize, kind: Kind) {
        let at = format!("{at}/{name}");
        match parent.get(name).filter(|object| !object.is_null()) {
            Some(object) => self.text_object(&at, object, max, kind),
            None => self.say(&at, format!("missing required field: {name}")),
        }
    }

    fn text_object(&mut self, at: &str, object: &Value, max: usize, kind: Kind) {
        match (object.get("type").and_then(Value::as_str), kind) {
            (Some("plain_text"), _) => self.only(at, object, &["text", "emoji"]),
            (Some("mrkdwn"), Kind::Any) => self.only(at, object, &["text", "verbatim"]),
            _ => self.say(&format!("{at}/type"), "unsupported type"),
        }
        match object.get("text") {
            Some(text) => {
                self.total += text.as_str().map_or(0, tokens::size);
                self.text(&format!("{at}/text"), text, max);
            }
            None => self.say(&format!("{at}/text"), "missing required field: text"),
        }
    }

    /// A text that has to be there.
    fn required(&mut self, at: &str, parent: &Value, name: &str, max: usize) {
        let at = format!("{at}/{name}");
        match parent.get(name).filter(|text| !text.is_null()) {
            Some(text) => self.text(&at, text, max),
            None => self.say(&at, format!("missing required field: {name}")),
        }
    }

    /// A text that may be there.
    fn optional(&mut self, at: &str, parent: &Value, name: &str, max: usize) {
        if let Some(text) = parent.get(name).filter(|text| !text.is_null()) {
            self.length(&format!("{at}/{name}"), text, max);
        }
    }

    fn text(&mut self, at: &str, text: &Value, max: usize) {
        if text.as_str().is_some_and(|text| text.trim().is_empty()) {
            self.say(at, "must be more than 0 characters");
        }
        self.length(at, text, max);
    }

    fn length(&mut self, at: &str, text: &Value, max: usize) {
        match text.as_str() {
            Some(text) if tokens::size(text) > max => {
                self.say(at, format!("must be less than {} characters", max + 1));
            }
            Some(_) => {}
            None => self.say(at, "must be a string"),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Any,
}

/// The characters of all texts, addresses and values.
fn everything(value: &Value) -> usize {
    const TEXTS: &[&str] = &["text", "alt_text", "url", "image_url", "value", "name"];
    match value {
        Value::Array(list) => list.iter().map(everything).sum(),
        Value::Object(object) => {
            let of = |(name, value): (&String, &Value)| match value {
                Value::String(text) if TEXTS.contains(&name.as_str()) => text.chars().count(),
                value => everything(value),
            };
            object.iter().map(of).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;

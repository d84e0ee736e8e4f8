//! Says what Slack would refuse in a payload, where, and in which words.

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

/// What Slack would refuse in a payload with `text`, `blocks` or `attachments`; nothing where it is
/// fine. Blocks this does not know are taken as they are.
pub fn verify(payload: &Value) -> Vec<Violation> {
    let mut check = Check::default();
    if let Some(text) = payload.get("text") {
        check.text("/text", text, limits::TEXT);
    }
    if let Some(blocks) = payload.get("blocks") {
        check.blocks("/blocks", blocks);
    }
    for (index, attachment) in items(payload, "attachments").iter().enumerate() {
        if let Some(blocks) = attachment.get("blocks") {
            check.blocks(&format!("/attachments/{index}/blocks"), blocks);
        }
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
    ids: BTreeSet<String>,
}

impl Check {
    fn say(&mut self, pointer: &str, message: impl Into<String>) {
        self.found.push(Violation { pointer: pointer.to_owned(), message: message.into() });
    }

    fn blocks(&mut self, at: &str, blocks: &Value) {
        let Some(blocks) = blocks.as_array() else {
            return self.say(at, "must be an array");
        };
        if blocks.len() > limits::BLOCKS {
            self.say(at, format!("no more than {} items allowed", limits::BLOCKS));
        }
        for (index, block) in blocks.iter().enumerate() {
            let at = format!("{at}/{index}");
            if let Some(id) = block.get("block_id").and_then(Value::as_str) {
                if !self.ids.insert(id.to_owned()) {
                    self.say(&format!("{at}/block_id"), "must be unique");
                }
                if tokens::size(id) > 255 {
                    self.say(&format!("{at}/block_id"), "must be less than 256 characters");
                }
            }
            match block.get("type").and_then(Value::as_str) {
                Some("header") => self.object(&at, block, "text", limits::HEADER, Kind::Plain),
                Some("section") => self.section(&at, block),
                Some("context") => self.elements(&at, block, limits::CONTEXT),
                Some("actions") => self.elements(&at, block, limits::ACTIONS),
                Some("image") => self.element(&at, block),
                Some(_) => {}
                None => self.say(&format!("{at}/type"), "missing required field: type"),
            }
        }
    }

    fn section(&mut self, at: &str, block: &Value) {
        let fields = block.get("fields");
        if block.get("text").is_none() && fields.is_none() {
            self.say(at, "missing required field: text or fields");
        }
        if block.get("text").is_some() {
            self.object(at, block, "text", limits::SECTION, Kind::Any);
        }
        if fields.is_some() {
            let fields = items(block, "fields");
            let at = format!("{at}/fields");
            self.items(&at, fields.len(), limits::FIELDS);
            for (index, field) in fields.iter().enumerate() {
                self.text_object(&format!("{at}/{index}"), field, limits::FIELD, Kind::Any);
            }
        }
        if let Some(accessory) = block.get("accessory") {
            self.element(&format!("{at}/accessory"), accessory);
        }
    }

    fn elements(&mut self, at: &str, block: &Value, max: usize) {
        let elements = items(block, "elements");
        let at = format!("{at}/elements");
        self.items(&at, elements.len(), max);
        for (index, element) in elements.iter().enumerate() {
            self.element(&format!("{at}/{index}"), element);
        }
    }

    fn items(&mut self, at: &str, count: usize, max: usize) {
        if count > max {
            self.say(at, format!("no more than {max} items allowed"));
        }
        if count == 0 {
            self.say(at, "must have at least 1 item");
        }
    }

    fn element(&mut self, at: &str, element: &Value) {
        match element.get("type").and_then(Value::as_str) {
            Some("button") => {
                self.object(at, element, "text", limits::BUTTON, Kind::Plain);
                if let Some(url) = element.get("url") {
                    self.length(&format!("{at}/url"), url, limits::URL);
                }
            }
            Some("image") => {
                match element.get("alt_text") {
                    Some(text) => self.text(&format!("{at}/alt_text"), text, limits::ALT),
                    None => self.say(&format!("{at}/alt_text"), "missing required field: alt_text"),
                }
                if let Some(url) = element.get("image_url") {
                    self.length(&format!("{at}/image_url"), url, limits::URL);
                }
                if element.get("title").is_some() {
                    self.object(at, element, "title", limits::ALT, Kind::Plain);
                }
            }
            Some("plain_text" | "mrkdwn") => {
                self.text_object(at, element, limits::SECTION, Kind::Any);
            }
            Some(_) => {}
            None => self.say(&format!("{at}/type"), "missing required field: type"),
        }
    }

    fn object(&mut self, at: &str, parent: &Value, name: &str, max: usize, kind: Kind) {
        let at = format!("{at}/{name}");
        match parent.get(name) {
            Some(object) => self.text_object(&at, object, max, kind),
            None => self.say(&at, format!("missing required field: {name}")),
        }
    }

    fn text_object(&mut self, at: &str, object: &Value, max: usize, kind: Kind) {
        match (object.get("type").and_then(Value::as_str), kind) {
            (Some("plain_text"), _) | (Some("mrkdwn"), Kind::Any) => {}
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

/// The items of a list, where it is one.
fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let long = "x".repeat(3001);
        let payload = json!({"text": " ", "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": long}},
            {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
            {"type": "section"},
            {"type": "actions", "elements": []},
            {"type": "rich_text", "elements": []},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": ""}], "block_id": "a"},
            {"type": "divider", "block_id": "a"},
        ]});
        let found: Vec<String> = verify(&payload).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "must be more than 0 characters [json-pointer:/text]",
                "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
                "unsupported type [json-pointer:/blocks/1/text/type]",
                "missing required field: text or fields [json-pointer:/blocks/2]",
                "must have at least 1 item [json-pointer:/blocks/3/elements]",
                "must be more than 0 characters [json-pointer:/blocks/5/fields/0/text]",
                "must be unique [json-pointer:/blocks/6/block_id]",
            ]
        );
        assert_eq!(verify(&json!({"text": "x", "blocks": [{"type": "divider"}]})), []);
    }

    #[test]
    fn the_sum_of_all_texts_is_looked_at() {
        let section =
            json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(2750)}});
        let payload = json!({"text": "x", "blocks": [section, section, section, section]});
        assert_eq!(verify(&payload).len(), 1);
    }
}

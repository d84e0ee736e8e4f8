//! Blocks, each by its type.

use serde_json::Value;

use super::{Check, ID, Kind};
use crate::slack::{limits, tokens};

/// All texts of `markdown` blocks together.
const MARKDOWN: usize = 12_000;

impl Check {
    pub(super) fn block(&mut self, at: &str, block: &Value) {
        self.actions.clear();
        self.id(at, block);
        match block.get("type").and_then(Value::as_str) {
            Some("header") => self.header(at, block),
            Some("section") => self.section(at, block),
            Some("divider") => self.only(at, block, &[]),
            Some("context") => self.context(at, block),
            Some("actions") => self.buttons(at, block),
            Some("image") => self.picture(at, block),
            Some("markdown") => self.markdown(at, block),
            Some("rich_text") => self.rich_text(at, block),
            Some("table") => self.table(at, block),
            Some("video") => self.video(at, block),
            Some("input") => self.input(at, block),
            // What is inside of these is not looked at.
            Some(
                "file" | "alert" | "card" | "carousel" | "container" | "context_actions"
                | "data_table" | "plan" | "task_card",
            ) => {}
            Some(_) => self.say(&format!("{at}/type"), "unsupported type"),
            None => self.say(&format!("{at}/type"), "missing required field: type"),
        }
    }

    fn id(&mut self, at: &str, block: &Value) {
        let Some(id) = block.get("block_id").filter(|id| !id.is_null()) else { return };
        let at = format!("{at}/block_id");
        self.length(&at, id, ID);
        if !self.ids.insert(id.to_string()) {
            self.say(&at, "must be unique");
        }
    }

    fn header(&mut self, at: &str, block: &Value) {
        self.object(at, block, "text", limits::HEADER, Kind::Plain);
        self.only(at, block, &["text", "level"]);
    }

    fn section(&mut self, at: &str, block: &Value) {
        let there = |name: &str| block.get(name).is_some_and(|value| !value.is_null());
        if !there("text") && !there("fields") {
            self.say(at, "missing required field: text or fields");
        }
        if there("text") {
            self.object(at, block, "text", limits::SECTION, Kind::Any);
        }
        if there("fields") {
            for (at, field) in self.list(at, block, "fields", limits::FIELDS) {
                self.text_object(&at, field, limits::FIELD, Kind::Any);
            }
        }
        if let Some(accessory) = block.get("accessory").filter(|one| !one.is_null()) {
            self.element(&format!("{at}/accessory"), accessory);
        }
        self.only(at, block, &["text", "fields", "accessory", "expand"]);
    }

    fn context(&mut self, at: &str, block: &Value) {
        for (at, element) in self.list(at, block, "elements", limits::CONTEXT) {
            if element.get("type").and_then(Value::as_str) == Some("image") {
                self.image(&at, element);
                self.only(&at, element, &["image_url", "slack_file", "alt_text"]);
            } else {
                self.text_object(&at, element, limits::SECTION, Kind::Any);
            }
        }
        self.only(at, block, &["elements"]);
    }

    fn buttons(&mut self, at: &str, block: &Value) {
        for (at, element) in self.list(at, block, "elements", limits::ACTIONS) {
            self.element(&at, element);
        }
        self.only(at, block, &["elements"]);
    }

    fn picture(&mut self, at: &str, block: &Value) {
        self.image(at, block);
        if block.get("title").is_some_and(|title| !title.is_null()) {
            self.object(at, block, "title", limits::ALT, Kind::Plain);
        }
        self.only(at, block, &["image_url", "slack_file", "alt_text", "title"]);
    }

    fn markdown(&mut self, at: &str, block: &Value) {
        self.required(at, block, "text", usize::MAX);
        let text = block.get("text").and_then(Value::as_str);
        self.markdown += text.map_or(0, tokens::size);
        if self.markdown > MARKDOWN {
            let message = format!("must be less than {} characters", MARKDOWN + 1);
            self.say(&format!("{at}/text"), message);
        }
        self.only(at, block, &["text"]);
    }

    fn rich_text(&mut self, at: &str, block: &Value) {
        for (at, element) in self.list(at, block, "elements", usize::MAX) {
            self.rich(&at, element, 0);
        }
        self.only(at, block, &["elements"]);
    }

    fn video(&mut self, at: &str, block: &Value) {
        for name in ["alt_text", "title", "thumbnail_url", "video_url"] {
            if block.get(name).is_none_or(Value::is_null) {
                self.say(at, format!("missing required field: {name}"));
            }
        }
    }

    fn input(&mut self, at: &str, block: &Value) {
        self.object(at, block, "label", limits::ALT, Kind::Plain);
        match block.get("element") {
            Some(element) => self.element(&format!("{at}/element"), element),
            None => self.say(at, "missing required field: element"),
        }
    }
}

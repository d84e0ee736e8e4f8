//! The rules of Block Kit, block by block.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rich_text;

/// The most characters of all `markdown` blocks together.
const MARKDOWN: usize = 12_000;
/// The most characters of an address.
const URL: usize = 3_000;

/// What was found wrong, in order.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) messages: Vec<String>,
    block_ids: BTreeSet<String>,
    /// Those of one block.
    action_ids: BTreeSet<String>,
    markdown: usize,
}

impl Check {
    pub(super) fn no(&mut self, what: &str, at: &str) {
        self.messages.push(format!("{what} [json-pointer:{at}]"));
    }

    /// All blocks of a message.
    pub(super) fn blocks(&mut self, list: &[Value], at: &str) {
        self.at_most(list.len(), 50, at);
        for (index, block) in list.iter().enumerate() {
            self.block(block, &format!("{at}/{index}"));
        }
    }

    fn block(&mut self, block: &Value, at: &str) {
        self.action_ids.clear();
        self.text_of(block, "block_id", at, 255, false);
        if let Some(id) = block["block_id"].as_str()
            && !self.block_ids.insert(id.to_owned())
        {
            self.no("block_id must be unique", &format!("{at}/block_id"));
        }
        match block["type"].as_str() {
            None => self.no("missing required field: type", at),
            Some("section") => self.section(block, at),
            Some("header") => {
                self.only(block, at, &["text", "level"]);
                self.text_object(&block["text"], &format!("{at}/text"), &["plain_text"], 150);
            }
            Some("divider") => self.only(block, at, &[]),
            Some("image") => {
                self.only(block, at, &["image_url", "slack_file", "alt_text", "title"]);
                self.image(block, at);
                if !block["title"].is_null() {
                    let at = format!("{at}/title");
                    self.text_object(&block["title"], &at, &["plain_text"], 2000);
                }
            }
            Some("context") => self.context(block, at),
            Some("actions") => {
                self.only(block, at, &["elements"]);
                for (index, element) in self.list(block, "elements", at, 1, 25) {
                    self.element(element, &format!("{at}/elements/{index}"));
                }
            }
            Some("markdown") => {
                self.only(block, at, &["text"]);
                self.text_of(block, "text", at, usize::MAX, true);
                self.markdown += block["text"].as_str().map_or(0, |text| text.chars().count());
                if self.markdown > MARKDOWN {
                    self.no("must be less than 12001 characters", &format!("{at}/text"));
                }
            }
            Some("rich_text") => {
                self.only(block, at, &["elements"]);
                for (index, element) in self.list(block, "elements", at, 1, usize::MAX) {
                    rich_text::check(self, element, &format!("{at}/elements/{index}"));
                }
            }
            Some("table") => self.table(block, at),
            Some("video") => {
                for name in ["alt_text", "title", "thumbnail_url", "video_url"] {
                    if block[name].is_null() {
                        self.no(&format!("missing required field: {name}"), at);
                    }
                }
            }
            Some("input") => {
                let label = format!("{at}/label");
                self.text_object(&block["label"], &label, &["plain_text"], 2000);
                self.element(&block["element"], &format!("{at}/element"));
            }
            // Newer ones, whose inside is not looked at.
            Some(
                "file" | "alert" | "card" | "carousel" | "container" | "context_actions"
                | "data_table" | "plan" | "task_card",
            ) => {}
            Some(other) => self.no(&format!("unsupported type: {other}"), &format!("{at}/type")),
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        self.only(block, at, &["text", "fields", "accessory", "expand"]);
        if block["text"].is_null() && block["fields"].is_null() {
            self.no("must define either `text` or `fields`", &format!("{at}/type"));
        }
        if !block["text"].is_null() {
            let at = format!("{at}/text");
            let before = self.messages.len();
            self.text_object(&block["text"], &at, &["plain_text", "mrkdwn"], 3000);
            if self.messages.len() > before {
                let first = format!("failed to match all allowed schemas [json-pointer:{at}]");
                self.messages.insert(before, first);
            }
        }
        if !block["fields"].is_null() {
            for (index, field) in self.list(block, "fields", at, 1, 10) {
                let at = format!("{at}/fields/{index}");
                self.text_object(field, &at, &["plain_text", "mrkdwn"], 2000);
            }
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &format!("{at}/accessory"));
        }
    }

    fn context(&mut self, block: &Value, at: &str) {
        self.only(block, at, &["elements"]);
        for (index, element) in self.list(block, "elements", at, 1, 10) {
            let at = format!("{at}/elements/{index}");
            if element["type"] == "image" {
                self.only(element, &at, &["image_url", "slack_file", "alt_text"]);
                self.image(element, &at);
            } else {
                self.text_object(element, &at, &["plain_text", "mrkdwn"], 3000);
            }
        }
    }

    fn table(&mut self, block: &Value, at: &str) {
        self.only(block, at, &["rows", "column_settings"]);
        for (row, cells) in self.list(block, "rows", at, 1, 100) {
            let at = format!("{at}/rows/{row}");
            let Some(cells) = cells.as_array() else {
                self.no("must be an array", &at);
                continue;
            };
            self.at_most(cells.len(), 20, &at);
            for (column, cell) in cells.iter().enumerate() {
                let at = format!("{at}/{column}");
                match cell["type"].as_str() {
                    Some("raw_text") => self.text_of(cell, "text", &at, usize::MAX, true),
                    Some("raw_number" | "rich_text") => {}
                    _ => self.no("unsupported type", &format!("{at}/type")),
                }
            }
        }
    }

    /// Something to press, choose or look at.
    fn element(&mut self, element: &Value, at: &str) {
        self.text_of(element, "action_id", at, 255, false);
        if let Some(id) = element["action_id"].as_str()
            && !self.action_ids.insert(id.to_owned())
        {
            self.no("action_id must be unique in its block", &format!("{at}/action_id"));
        }
        match element["type"].as_str() {
            None => self.no("missing required field: type", at),
            Some("button") => self.button(element, at),
            Some("image") => self.image(element, at),
            Some("overflow") => self.options(element, at, 5),
            Some("static_select" | "multi_static_select") => {
                if !element["placeholder"].is_null() {
                    let at = format!("{at}/placeholder");
                    self.text_object(&element["placeholder"], &at, &["plain_text"], 150);
                }
                if element["option_groups"].is_null() {
                    self.options(element, at, 100);
                }
            }
            Some("checkboxes" | "radio_buttons") => self.options(element, at, 10),
            Some(
                "datepicker"
                | "timepicker"
                | "datetimepicker"
                | "external_select"
                | "users_select"
                | "conversations_select"
                | "channels_select"
                | "multi_external_select"
                | "multi_users_select"
                | "multi_conversations_select"
                | "multi_channels_select"
                | "workflow_button"
                | "plain_text_input"
                | "rich_text_input"
                | "number_input"
                | "email_text_input"
                | "url_text_input"
                | "file_input",
            ) => {}
            Some(other) => self.no(&format!("unsupported type: {other}"), &format!("{at}/type")),
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        self.only(
            button,
            at,
            &["text", "action_id", "url", "value", "style", "confirm", "accessibility_label"],
        );
        self.text_object(&button["text"], &format!("{at}/text"), &["plain_text"], 75);
        self.address(button, "url", at, false);
        self.text_of(button, "value", at, 2000, false);
        self.text_of(button, "accessibility_label", at, 75, false);
        let style = &button["style"];
        if !style.is_null() && style != "primary" && style != "danger" {
            self.no("must be a valid enum value", &format!("{at}/style"));
        }
        let confirm = &button["confirm"];
        if !confirm.is_null() {
            let parts = [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)];
            for (name, most) in parts.into_iter().filter(|(name, _)| !confirm[name].is_null()) {
                let at = format!("{at}/confirm/{name}");
                self.text_object(&confirm[name], &at, &["plain_text", "mrkdwn"], most);
            }
        }
    }

    fn options(&mut self, element: &Value, at: &str, most: usize) {
        for (index, option) in self.list(element, "options", at, 1, most) {
            let at = format!("{at}/options/{index}");
            self.text_object(&option["text"], &format!("{at}/text"), &["plain_text", "mrkdwn"], 75);
            self.text_of(option, "value", &at, 150, true);
        }
    }

    fn image(&mut self, image: &Value, at: &str) {
        if image["slack_file"].is_null() {
            self.address(image, "image_url", at, true);
        }
        self.text_of(image, "alt_text", at, 2000, true);
    }

    /// A text object of one of these types.
    pub(super) fn text_object(&mut self, value: &Value, at: &str, kinds: &[&str], most: usize) {
        let Some((parent, name)) = at.rsplit_once('/') else { return };
        if value.is_null() {
            return self.no(&format!("missing required field: {name}"), parent);
        }
        if !value.is_object() {
            return self.no("must provide an object", at);
        }
        match value["type"].as_str() {
            None => self.no("missing required field: type", at),
            Some(kind) if kinds.contains(&kind) => {
                let own: &[&str] =
                    if kind == "mrkdwn" { &["text", "verbatim"] } else { &["text", "emoji"] };
                self.only(value, at, own);
            }
            Some(_) => self.no("must be a valid enum value", &format!("{at}/type")),
        }
        self.text_of(value, "text", at, most, true);
    }

    /// A text of at most so many characters, and not empty when it must be there.
    pub(super) fn text_of(&mut self, own: &Value, name: &str, at: &str, most: usize, must: bool) {
        let place = format!("{at}/{name}");
        match &own[name] {
            Value::Null if must => self.no(&format!("missing required field: {name}"), at),
            Value::Null => {}
            Value::String(text) => {
                let length = text.chars().count();
                if must && length == 0 {
                    self.no("must be more than 0 characters", &place);
                }
                if length > most {
                    self.no(&format!("must be less than {} characters", most + 1), &place);
                }
            }
            _ => self.no("must provide a string", &place),
        }
    }

    pub(super) fn address(&mut self, own: &Value, name: &str, at: &str, must: bool) {
        self.text_of(own, name, at, URL, must);
        let schemes = ["https://", "http://", "mailto:", "slack://"];
        let url = own[name].as_str().filter(|url| !url.is_empty());
        let fits = |url: &str| {
            schemes.iter().any(|scheme| url.starts_with(scheme))
                && !url.chars().any(|c| c.is_whitespace() || c == '<' || c == '>')
        };
        if url.is_some_and(|url| !fits(url)) {
            self.no("must be a valid URL", &format!("{at}/{name}"));
        }
    }

    /// The entries of a list of so many.
    pub(super) fn list<'a>(
        &mut self,
        own: &'a Value,
        name: &str,
        at: &str,
        least: usize,
        most: usize,
    ) -> Vec<(usize, &'a Value)> {
        let place = format!("{at}/{name}");
        let Some(list) = own[name].as_array() else {
            let what = if own[name].is_null() { "missing required field: " } else { "no array: " };
            self.no(&format!("{what}{name}"), at);
            return Vec::new();
        };
        if list.len() < least {
            self.no(&format!("no less than {least} items allowed"), &place);
        }
        self.at_most(list.len(), most, &place);
        list.iter().enumerate().collect()
    }

    fn at_most(&mut self, count: usize, most: usize, at: &str) {
        if count > most {
            self.no(&format!("no more than {most} items allowed"), at);
        }
    }

    /// No members but these, `type` and `block_id`.
    fn only(&mut self, own: &Value, at: &str, names: &[&str]) {
        let known = |name: &str| names.contains(&name) || name == "type" || name == "block_id";
        let Some(object) = own.as_object() else { return };
        for name in object.keys().filter(|name| !known(name)) {
            self.no(&format!("invalid additional property: {name}"), at);
        }
    }
}

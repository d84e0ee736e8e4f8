//! What can be pressed, chosen or looked at.

use serde_json::Value;

use super::{Check, ID, Kind};
use crate::slack::limits;

/// The value of a button.
const VALUE: usize = 2_000;
/// The value of an option.
const OPTION: usize = 150;

impl Check {
    pub(super) fn element(&mut self, at: &str, element: &Value) {
        if let Some(id) = element.get("action_id").filter(|id| !id.is_null()) {
            self.length(&format!("{at}/action_id"), id, ID);
            if !self.actions.insert(id.to_string()) {
                self.say(&format!("{at}/action_id"), "must be unique in its block");
            }
        }
        match element.get("type").and_then(Value::as_str) {
            Some("button") => self.button(at, element),
            Some("image") => self.image(at, element),
            Some("overflow") => self.options(at, element, 5),
            Some("static_select" | "multi_static_select") => {
                if element.get("placeholder").is_some_and(|one| !one.is_null()) {
                    self.object(at, element, "placeholder", 150, Kind::Plain);
                }
                if element.get("option_groups").is_none_or(Value::is_null) {
                    self.options(at, element, 100);
                }
            }
            Some("checkboxes" | "radio_buttons") => self.options(at, element, 10),
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
            Some(_) => self.say(&format!("{at}/type"), "unsupported type"),
            None => self.say(&format!("{at}/type"), "missing required field: type"),
        }
    }

    fn button(&mut self, at: &str, button: &Value) {
        self.object(at, button, "text", limits::BUTTON, Kind::Plain);
        self.address(at, button, "url", false);
        self.optional(at, button, "value", VALUE);
        self.optional(at, button, "accessibility_label", limits::BUTTON);
        let style = button.get("style").filter(|style| !style.is_null());
        if style.is_some_and(|style| style != "primary" && style != "danger") {
            self.say(&format!("{at}/style"), "must be `primary` or `danger`");
        }
        if let Some(confirm) = button.get("confirm").filter(|confirm| !confirm.is_null()) {
            let at = format!("{at}/confirm");
            for (name, max) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
                if confirm.get(name).is_some_and(|text| !text.is_null()) {
                    self.object(&at, confirm, name, max, Kind::Any);
                }
            }
        }
        let known =
            ["text", "action_id", "url", "value", "style", "confirm", "accessibility_label"];
        self.only(at, button, &known);
    }

    fn options(&mut self, at: &str, element: &Value, max: usize) {
        for (at, option) in self.list(at, element, "options", max) {
            self.object(&at, option, "text", limits::BUTTON, Kind::Any);
            self.required(&at, option, "value", OPTION);
        }
    }

    pub(super) fn image(&mut self, at: &str, image: &Value) {
        if image.get("slack_file").is_none_or(Value::is_null) {
            self.address(at, image, "image_url", true);
        }
        self.required(at, image, "alt_text", limits::ALT);
    }

    /// An address that leads somewhere.
    pub(super) fn address(&mut self, at: &str, parent: &Value, name: &str, must: bool) {
        if must {
            self.required(at, parent, name, limits::URL);
        } else {
            self.optional(at, parent, name, limits::URL);
        }
        let Some(url) = parent.get(name).and_then(Value::as_str).filter(|url| !url.is_empty())
        else {
            return;
        };
        let known = ["https://", "http://", "mailto:", "slack://"];
        let leads = known.iter().any(|scheme| url.starts_with(scheme));
        if !leads || url.chars().any(|sign| sign.is_whitespace() || matches!(sign, '<' | '>')) {
            self.say(&format!("{at}/{name}"), "must be a valid URL");
        }
    }
}

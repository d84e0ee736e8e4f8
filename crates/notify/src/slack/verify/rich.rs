//! Rich text and tables.

use serde_json::Value;

use super::Check;

/// Rows of a table.
const ROWS: usize = 100;
/// Cells of a row.
const CELLS: usize = 20;
/// Rich text in rich text; Slack knows one level, a payload may have as many as it likes.
const DEPTH: usize = 8;

impl Check {
    /// An element of a `rich_text` block.
    pub(super) fn rich(&mut self, at: &str, element: &Value, depth: usize) {
        match element.get("type").and_then(Value::as_str) {
            Some("rich_text_section" | "rich_text_preformatted" | "rich_text_quote") => {
                for (at, part) in self.parts(at, element) {
                    self.part(&at, part);
                }
            }
            Some("rich_text_list") if depth < DEPTH => {
                let style = element.get("style").and_then(Value::as_str);
                if !matches!(style, Some("bullet" | "ordered")) {
                    self.say(&format!("{at}/style"), "must be `bullet` or `ordered`");
                }
                for (at, item) in self.parts(at, element) {
                    if item.get("type").and_then(Value::as_str) == Some("rich_text_section") {
                        self.rich(&at, item, depth + 1);
                    } else {
                        self.say(&format!("{at}/type"), "unsupported type");
                    }
                }
            }
            Some(_) => self.say(&format!("{at}/type"), "unsupported type"),
            None => self.say(&format!("{at}/type"), "missing required field: type"),
        }
    }

    /// The elements, of which there may be none.
    fn parts<'a>(&mut self, at: &str, parent: &'a Value) -> Vec<(String, &'a Value)> {
        match parent.get("elements").and_then(Value::as_array) {
            Some(none) if none.is_empty() => Vec::new(),
            _ => self.list(at, parent, "elements", usize::MAX),
        }
    }

    fn part(&mut self, at: &str, part: &Value) {
        if part.get("style").is_some_and(|style| !style.is_null() && !style.is_object()) {
            self.say(&format!("{at}/style"), "must be an object");
        }
        let name = match part.get("type").and_then(Value::as_str) {
            Some("text") => return self.raw(at, part),
            Some("link") => return self.address(at, part, "url", true),
            Some("emoji") => "name",
            Some("user") => "user_id",
            Some("usergroup") => "usergroup_id",
            Some("channel") => "channel_id",
            Some("team") => "team_id",
            Some("broadcast") => "range",
            Some("color") => "value",
            Some("date") => {
                if !part.get("timestamp").is_some_and(Value::is_i64) {
                    self.say(&format!("{at}/timestamp"), "missing required field: timestamp");
                }
                "format"
            }
            _ => return self.say(&format!("{at}/type"), "unsupported type"),
        };
        self.required(at, part, name, usize::MAX);
    }

    pub(super) fn table(&mut self, at: &str, block: &Value) {
        self.tables += 1;
        if self.tables > 1 {
            self.say(at, "only one table is allowed");
        }
        for (at, row) in self.list(at, block, "rows", ROWS) {
            let Some(cells) = row.as_array() else {
                self.say(&at, "must be an array");
                continue;
            };
            if cells.len() > CELLS {
                self.say(&at, format!("no more than {CELLS} items allowed"));
            }
            for (column, cell) in cells.iter().enumerate() {
                self.cell(&format!("{at}/{column}"), cell);
            }
        }
        self.only(at, block, &["rows", "column_settings"]);
    }

    fn cell(&mut self, at: &str, cell: &Value) {
        match cell.get("type").and_then(Value::as_str) {
            Some("raw_text") => self.raw(at, cell),
            Some("raw_number") => {}
            Some("rich_text") => {
                for (at, element) in self.parts(at, cell) {
                    self.rich(&at, element, 0);
                }
            }
            _ => self.say(&format!("{at}/type"), "unsupported type"),
        }
    }

    /// A text that may be a blank: one between two pieces, or of an empty cell.
    fn raw(&mut self, at: &str, parent: &Value) {
        match parent.get("text").and_then(Value::as_str) {
            Some("") => self.say(&format!("{at}/text"), "must be more than 0 characters"),
            Some(_) => {}
            None => self.say(&format!("{at}/text"), "missing required field: text"),
        }
    }
}

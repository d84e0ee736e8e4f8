//! The rules of rich text.

use serde_json::Value;

use super::elements::Check;

/// One element of a `rich_text` block.
pub(super) fn check(found: &mut Check, element: &Value, at: &str) {
    match element["type"].as_str() {
        Some("rich_text_section" | "rich_text_preformatted" | "rich_text_quote") => {
            for (index, part) in found.list(element, "elements", at, 0, usize::MAX) {
                inline(found, part, &format!("{at}/elements/{index}"));
            }
        }
        Some("rich_text_list") => {
            let style = &element["style"];
            if style != "bullet" && style != "ordered" {
                found.no("must be a valid enum value", &format!("{at}/style"));
            }
            for (index, item) in found.list(element, "elements", at, 0, usize::MAX) {
                let at = format!("{at}/elements/{index}");
                if item["type"] == "rich_text_section" {
                    check(found, item, &at);
                } else {
                    found.no("unsupported type", &format!("{at}/type"));
                }
            }
        }
        None => found.no("missing required field: type", at),
        Some(other) => found.no(&format!("unsupported type: {other}"), &format!("{at}/type")),
    }
}

fn inline(found: &mut Check, part: &Value, at: &str) {
    let style = &part["style"];
    if !style.is_null() && !style.is_object() {
        found.no("must provide an object", &format!("{at}/style"));
    }
    let name = match part["type"].as_str() {
        Some("text") => "text",
        Some("link") => return found.address(part, "url", at, true),
        Some("emoji") => "name",
        Some("user") => "user_id",
        Some("usergroup") => "usergroup_id",
        Some("channel") => "channel_id",
        Some("team") => "team_id",
        Some("broadcast") => "range",
        Some("color") => "value",
        Some("date") => {
            if !part["timestamp"].is_i64() {
                found.no("missing required field: timestamp", at);
            }
            "format"
        }
        _ => return found.no("unsupported type", &format!("{at}/type")),
    };
    found.text_of(part, name, at, usize::MAX, true);
}

//! A picture of it: the card.

use serde_json::Value;

use crate::channel::page::{self, marked, part};
use crate::text::html;

/// The message as a page.
pub(super) fn page(body: &str) -> String {
    let message: Value = serde_json::from_str(body).unwrap_or_default();
    let card = message.pointer("/attachments/0/content").unwrap_or(&Value::Null);
    let entities = list(card.pointer("/msteams/entities"));
    let called: Vec<String> =
        entities.iter().map(|entity| text(entity, "text").to_owned()).collect();
    let elements = list(card.get("body"));
    let mut shown: String = elements.iter().map(|one| element(one, &called)).collect();
    let buttons: String = list(card.get("actions")).iter().map(button).collect();
    shown += &part("", &buttons);
    let colour = match elements.first().map(|one| text(one, "color")) {
        Some("Good") => "#2eb67d",
        Some("Attention") => "#e01e5a",
        Some("Warning") => "#ecb22e",
        Some("Accent") => "#6264a7",
        _ => "#888888",
    };
    page::page("Microsoft Teams", &page::card(colour, &shown))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn element(element: &Value, called: &[String]) -> String {
    if text(element, "type") == "FactSet" {
        let row = |fact: &Value| {
            let (title, value) = (text(fact, "title"), text(fact, "value"));
            format!("<tr><td>{}</td><td>{}</td></tr>", marked(title, &[]), marked(value, &[]))
        };
        let rows: String = list(element.get("facts")).iter().map(row).collect();
        return format!("<table>{rows}</table>\n");
    }
    let class = match text(element, "size") {
        "Large" => "big",
        "Small" => "small",
        _ => "text",
    };
    part(class, &marked(text(element, "text"), called))
}

fn button(action: &Value) -> String {
    let (title, url) = (html::text(text(action, "title")), html::text(text(action, "url")));
    format!("<a class=\"button\" href=\"{url}\">{title}</a>")
}

//! A picture of it: the card.

use serde_json::Value;

use crate::channel::page::{self, marked, part};
use crate::text::html;

/// The look of Teams' cards.
const STYLE: &str = "<style>
.teams{border:1px solid #d1d1d1;border-radius:6px;padding:12px 16px;overflow:hidden}
.teams>*{margin:8px 0}.teams p{margin:0 0 4px}.teams .tight{margin-top:-6px}.teams .bold{font-weight:600}
.bar{margin:-12px -16px 12px!important;padding:10px 16px;font-size:17px;font-weight:700}
.bar *{margin:0!important}.teams a{text-decoration:none}.button{font-weight:600;color:#242424!important}
.good{background:#e7f2da}.attention{background:#fcf4f6;color:#8e192e}.warning{background:#fbf6d9}
.accent{background:#e8ebfa}.emphasis{background:#f5f5f5}
</style>
";

/// The message as a page.
pub(super) fn page(body: &str) -> String {
    let message: Value = serde_json::from_str(body).unwrap_or_default();
    let card = message.pointer("/attachments/0/content").unwrap_or(&Value::Null);
    let entities = list(card.pointer("/msteams/entities"));
    let called: Vec<String> =
        entities.iter().map(|entity| text(entity, "text").to_owned()).collect();
    let mut shown: String =
        list(card.get("body")).iter().map(|one| element(one, &called)).collect();
    let buttons: String = list(card.get("actions")).iter().map(button).collect();
    shown += &part("", &buttons);
    page::page("Microsoft Teams", &format!("{STYLE}<div class=\"teams\">\n{shown}</div>"))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn element(element: &Value, called: &[String]) -> String {
    if text(element, "type") == "Container" {
        let inner: String =
            list(element.get("items")).iter().map(|one| self::element(one, called)).collect();
        let class = format!("bar {}", html::text(text(element, "style")));
        let link = element.pointer("/selectAction/url").and_then(Value::as_str);
        return part(
            &class,
            &match link {
                Some(url) => format!(
                    "<a href=\"{}\" style=\"color:inherit;text-decoration:none\">{inner}</a>",
                    html::text(url)
                ),
                None => inner,
            },
        );
    }
    if text(element, "type") == "FactSet" {
        let row = |fact: &Value| {
            let (title, value) = (text(fact, "title"), text(fact, "value"));
            format!("<tr><td>{}</td><td>{}</td></tr>", plain(title), plain(value))
        };
        let rows: String = list(element.get("facts")).iter().map(row).collect();
        return format!("<table>{rows}</table>\n");
    }
    let class = match (text(element, "size"), text(element, "weight"), text(element, "spacing")) {
        ("Small", ..) => "small",
        ("Medium", ..) => "title",
        (_, "Bolder", _) => "bold",
        (_, _, "Small") => "tight",
        _ => "text",
    };
    part(class, &marked(text(element, "text"), called, name))
}

/// Who is called, as Teams shows it.
fn name(who: &str) -> String {
    who.trim_start_matches("<at>").trim_end_matches("</at>").to_owned()
}

/// Text in which nobody is called.
fn plain(text: &str) -> String {
    marked(text, &[], name)
}

fn button(action: &Value) -> String {
    let (title, url) = (html::text(text(action, "title")), html::text(text(action, "url")));
    format!("<a class=\"button\" href=\"{url}\">{title}</a>")
}

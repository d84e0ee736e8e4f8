//! A message as an Adaptive Card in the envelope of a workflow's webhook.

use serde_json::{Value, json};

use super::limits;
use crate::channel::body::{linked, links, section};
use crate::channel::fit::fit;
use crate::line;
use crate::message::{Field, Link, Mention, Message, Section};
use crate::status::Status;
use crate::text::adaptive::{self, print};
use crate::text::{plain, safe_url};

/// The message as JSON within Teams' limits.
pub fn body(message: &Message) -> String {
    fit(message, |message| envelope(message).to_string(), |text| limits::fits(text))
}

fn envelope(message: &Message) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(message),
        }],
    })
}

fn card(message: &Message) -> Value {
    let title = line::one(&message.title, limits::TITLE);
    let mut body = Vec::new();
    // A title that only repeats the text is not shown above it.
    if !message.title_is_text && !title.trim().is_empty() {
        body.push(bar(message, &title));
    }
    let (called, entities) = called(&message.mentions);
    body.extend(text(&called));
    body.extend(text(&harmless(&print(&message.lead))));
    if !message.fields.is_empty() {
        let facts: Vec<Value> = message.fields.iter().map(fact).collect();
        body.push(json!({ "type": "FactSet", "facts": facts }));
    }
    body.extend(message.sections.iter().flat_map(part));
    let (buttons, rest) = buttons(&message.links);
    body.extend(text(&harmless(&print(&links(&rest)))));
    let footer = harmless(&print(&links(&message.footer)));
    if !footer.is_empty() {
        body.push(json!({
            "type": "TextBlock",
            "text": footer,
            "size": "Small",
            "isSubtle": true,
            "wrap": true,
        }));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": harmless(&line::one(&format!("{title}: {}", plain::print(&message.lead)), 300)),
        "body": body,
        "msteams": { "width": "Full" },
    });
    if let Some(card) = card.as_object_mut().filter(|_| !buttons.is_empty()) {
        card.insert("actions".to_owned(), Value::Array(buttons));
    }
    if let Some(teams) =
        card.get_mut("msteams").and_then(Value::as_object_mut).filter(|_| !entities.is_empty())
    {
        teams.insert("entities".to_owned(), Value::Array(entities));
    }
    card
}

/// The title in a bar of the status' colour, from edge to edge. The whole bar leads to the run: as a link,
/// the title would have the colour of links.
fn bar(message: &Message, title: &str) -> Value {
    let mut bar = json!({
        "type": "Container",
        "style": style(message.status),
        "bleed": true,
        "items": [{
            "type": "TextBlock",
            "text": harmless(&adaptive::text(title)),
            "size": "Medium",
            "weight": "Bolder",
            "wrap": true,
        }],
    });
    let url = message.url.as_deref().and_then(safe_url);
    if let (Some(bar), Some(url)) = (bar.as_object_mut(), url) {
        let action = json!({ "type": "Action.OpenUrl", "title": "Run", "url": url });
        bar.insert("selectAction".to_owned(), action);
    }
    bar
}

/// The look of a container for a status.
pub(super) const fn style(status: Status) -> &'static str {
    match status {
        Status::Started => "accent",
        Status::Success => "good",
        Status::Failure => "attention",
        Status::Waiting => "warning",
        Status::Cancelled | Status::Skipped | Status::Neutral => "emphasis",
    }
}

/// A section: its heading, and close to it what it says.
fn part(one: &Section) -> Vec<Value> {
    let (Section::Text { heading, .. } | Section::Steps { heading, .. }) = one;
    let heading = harmless(&adaptive::text(&line::one(heading, usize::MAX)));
    let bare = match one.clone() {
        Section::Text { text, .. } => Section::Text { heading: String::new(), text },
        Section::Steps { steps, .. } => Section::Steps { heading: String::new(), steps },
    };
    let mut said = text(&harmless(&print(&section(&bare))));
    let mut parts = Vec::new();
    if !heading.trim().is_empty() {
        parts.push(
            json!({ "type": "TextBlock", "text": heading, "weight": "Bolder", "wrap": true }),
        );
        if let Some(said) = said.as_mut().and_then(Value::as_object_mut) {
            said.insert("spacing".to_owned(), json!("Small"));
        }
    }
    parts.extend(said);
    parts
}

/// A paragraph; none where there is nothing to say.
fn text(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "TextBlock", "text": text, "wrap": true }))
}

fn fact(field: &Field) -> Value {
    let value = linked(adaptive::text, adaptive::link, &field.value, field.url.as_deref());
    json!({ "title": harmless(&adaptive::text(&line::one(&field.name, usize::MAX))), "value": harmless(&value) })
}

/// The first links as buttons, and the others.
fn buttons(all: &[Link]) -> (Vec<Value>, Vec<Link>) {
    let (mut buttons, mut rest) = (Vec::new(), Vec::new());
    for link in all {
        match link.url.as_deref().and_then(safe_url) {
            Some(url) if buttons.len() < limits::ACTIONS => buttons.push(json!({
                "type": "Action.OpenUrl",
                "title": harmless(&line::one(&link.label, limits::ACTION_TITLE)),
                "url": url,
            })),
            _ => rest.push(link.clone()),
        }
    }
    (buttons, rest)
}

/// Who is called: the text, and the entities without which it calls nobody. People have an object id or the name they log
/// in with; Teams has no way to call groups or everybody from a webhook, so those are shown only.
fn called(mentions: &[Mention]) -> (String, Vec<Value>) {
    let (mut texts, mut entities) = (Vec::new(), Vec::new());
    for mention in mentions {
        let shown = |name: &str| harmless(&adaptive::text(&line::one(name, 100)));
        texts.push(match mention {
            Mention::User(id) if is_id(id) => {
                let at = |name: &str| format!("<at>{name}</at>");
                let short = id.split('@').next().unwrap_or(id);
                // Two of one name would be one person, called twice.
                let name = if texts.contains(&at(short)) { id } else { short };
                let text = at(name);
                let mentioned = json!({ "id": id, "name": name });
                entities.push(json!({ "type": "mention", "text": text, "mentioned": mentioned }));
                text
            }
            Mention::User(name) | Mention::Group(name) | Mention::Name(name) => shown(name),
            Mention::Here => shown("here"),
            Mention::Channel | Mention::Everyone => shown("everyone"),
        });
    }
    (texts.join(", "), entities)
}

/// An object id of Entra's, or a name somebody logs in with.
fn is_id(id: &str) -> bool {
    let signs =
        |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte));
    let is_guid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (is_guid || (id.contains('@') && id.len() <= 254)) && signs(id)
}

/// A text in which no `<at>` calls anybody.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        let tag = after.trim_start_matches(['/', ' ', '\\']).as_bytes();
        if tag.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case(b"at")) {
            out.push('\u{200b}');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

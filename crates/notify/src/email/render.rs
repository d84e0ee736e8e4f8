//! A message as a letter: a subject, and its text twice, as it is and as HTML.

use super::limits;
use crate::channel::body::{section, without, words};
use crate::channel::fit::fit;
use crate::line;
use crate::message::{Field, Link, Mention, Message};
use crate::text::{Block, html, plain, safe_url};

/// What is read of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// A whole page.
    pub html: String,
}

/// The letter, as long as readers show it.
pub fn letter(message: &Message) -> Letter {
    fit(message, render, limits::fits)
}

fn render(message: &Message) -> Letter {
    let title = line::one(&message.title, limits::SUBJECT);
    Letter { text: text(message, &title), html: page(message, &title), subject: title }
}

fn text(message: &Message, title: &str) -> String {
    let mut parts = Vec::new();
    if !message.title_is_text {
        parts.push(title.to_owned());
    }
    let called = called(message);
    if !called.is_empty() {
        parts.push(format!("For {called}"));
    }
    // What stands in the list below is not said within the text, too.
    let listed: Vec<&str> = message.links.iter().filter_map(|link| link.url.as_deref()).collect();
    parts.push(plain::print(&without(&message.lead, &listed)));
    parts.push(lines(message.fields.iter().map(|field| match &field.url {
        Some(url) if is_told(field) => format!("{}: {url}", field.name),
        _ => format!("{}: {}", field.name, field.value),
    })));
    parts.extend(message.sections.iter().map(|one| plain::print(&section(one))));
    let title_url = message.url.as_deref().filter(|url| !listed.contains(url));
    let all = title_url.map(str::to_owned).into_iter();
    parts.push(lines(all.chain(message.links.iter().map(|link| match &link.url {
        Some(url) => format!("{}: {url}", link.label),
        None => link.label.clone(),
    }))));
    let footer: Vec<&str> = message.footer.iter().map(|link| link.label.as_str()).collect();
    if !footer.is_empty() {
        // By these signs readers know what is no part of the text.
        parts.push(format!("-- \n{}", line::one(&footer.join(" · "), usize::MAX)));
    }
    parts.retain(|part| !part.trim().is_empty());
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join("\n")
}

/// Whether the address is what the field says, and not only where more of it can be seen.
fn is_told(field: &Field) -> bool {
    field
        .url
        .as_deref()
        .is_some_and(|url| url.trim_end_matches('/') == field.value.trim_end_matches('/'))
}

/// Colours where the reader has a dark look. Readers that know no such rules keep those of the elements.
const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
a{color:#0969da}\
@media (prefers-color-scheme:dark){\
.back{background:#0d1117!important;color:#e6edf3!important}\
.card{background:#161b22!important;border-color:#30363d!important}\
.soft{color:#9198a1!important}\
a{color:#4493f8}\
.button{color:#e6edf3!important;border-color:#57606a!important}\
code,pre{background:#2b3036!important}}";

fn page(message: &Message, title: &str) -> String {
    let mut body = String::new();
    if !message.title_is_text {
        let shown = match message.url.as_deref().and_then(safe_url) {
            Some(url) => format!(
                "<a href=\"{}\" style=\"color:inherit;text-decoration:none\">{}</a>",
                html::text(&url),
                html::text(title)
            ),
            None => html::text(title),
        };
        put(&mut body, "h1", "font-size:18px;line-height:1.35;margin:0 0 12px", &shown);
    }
    let called = called(message);
    if !called.is_empty() {
        put(&mut body, "p", "margin:0 0 12px", &format!("For {}", html::text(&called)));
    }
    body.push_str(&html::print(&message.lead));
    if !message.fields.is_empty() {
        body.push_str(
            "\n<table role=\"presentation\" style=\"border-collapse:collapse;margin:12px 0\">\n",
        );
        body.extend(message.fields.iter().map(row));
        body.push_str("</table>\n");
    }
    for one in &message.sections {
        body.push_str(&html::print(&section(one)));
        body.push('\n');
    }
    if !message.links.is_empty() {
        let buttons: Vec<String> = message.links.iter().map(button).collect();
        put(&mut body, "p", "margin:16px 0 8px", &buttons.join("\n"));
    }
    if !message.footer.is_empty() {
        body += "<p class=\"soft\" style=\"margin:12px 0 0;font-size:12px;color:#59636e\">";
        let shown = |link: &Link| match link.url.as_deref().and_then(safe_url) {
            Some(url) => format!(
                "<a class=\"soft\" href=\"{}\" style=\"color:#59636e\">{}</a>",
                html::text(&url),
                html::text(&link.label)
            ),
            None => html::text(&link.label),
        };
        body += &message.footer.iter().map(shown).collect::<Vec<_>>().join(" · ");
        body += "</p>\n";
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{STYLE}</style></head>\n\
         <body class=\"back\" style=\"margin:0;padding:16px;background:#fff;color:#1f2328;\
         font:14px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif\">\n{}\
         <div class=\"card\" style=\"max-width:640px;border:1px solid #d1d9e0;border-radius:6px;\
         overflow:hidden;overflow-wrap:anywhere\">\n\
         <div style=\"height:4px;line-height:4px;font-size:0;background:{}\"></div>\n\
         <div style=\"padding:16px 20px\">\n{body}</div></div>\n</body></html>\n",
        html::text(title),
        opening(message),
        message.status.colour(),
    )
}

/// What lists of letters show beside the subject: how the text goes on, not the title again.
fn opening(message: &Message) -> String {
    let first = message.lead.first().filter(|_| !message.title_is_text);
    let Some(Block::Paragraph(first)) = first else { return String::new() };
    let said = line::one(&words(first), 150);
    if said.is_empty() {
        return said;
    }
    format!(
        "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">{}</div>\n",
        html::text(&said)
    )
}

/// An element with its style, around what is HTML already.
fn put(body: &mut String, name: &str, style: &str, inner: &str) {
    body.extend(["<", name, " style=\"", style, "\">", inner, "</", name, ">\n"]);
}

fn button(link: &Link) -> String {
    let label = html::text(&link.label);
    let Some(url) = link.url.as_deref().and_then(safe_url) else { return label };
    format!(
        "<a class=\"button\" href=\"{}\" style=\"display:inline-block;margin:0 4px 8px 0;padding:5px 12px;\
         border:1px solid #afb8c1;border-radius:6px;color:#1f2328;font-weight:600;text-decoration:none\">{label}</a>",
        html::text(&url)
    )
}

fn row(field: &Field) -> String {
    let value = match &field.url {
        Some(url) => html::link(&field.value, url),
        None => html::text(&field.value).replace('\n', "<br>"),
    };
    let name = html::text(&field.name);
    format!(
        "<tr><td class=\"soft\" style=\"padding:2px 16px 2px 0;vertical-align:top;color:#59636e\">{name}</td>\
         <td style=\"padding:2px 0;vertical-align:top\">{value}</td></tr>\n"
    )
}

/// Whom it is for; in a letter nobody is called but by `to` and `cc`.
fn called(message: &Message) -> String {
    let names = message.mentions.iter().map(|mention| match mention {
        Mention::User(name) | Mention::Group(name) | Mention::Name(name) => line::one(name, 100),
        Mention::Here | Mention::Channel | Mention::Everyone => "everybody".to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;

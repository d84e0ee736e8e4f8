//! A message as a letter: a subject, and its text twice, as it is and as HTML.

use super::limits;
use crate::channel::body::{links, section};
use crate::channel::fit::{fit, line};
use crate::message::{Field, Mention, Message};
use crate::text::{Block, Rich, html, plain};

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
    let title = line(&message.title, limits::SUBJECT);
    Letter { text: text(message, &title), html: page(message, &title), subject: title }
}

/// The parts after the lead, in order.
fn parts(message: &Message) -> impl Iterator<Item = Rich> + '_ {
    let rest = [links(&message.links), links(&message.footer)];
    message.sections.iter().map(section).chain(rest).filter(|part| !part.is_empty())
}

fn text(message: &Message, title: &str) -> String {
    let mut parts_of = Vec::new();
    if !message.title_is_text {
        parts_of.push(title.to_owned());
        parts_of.extend(message.url.clone());
    }
    let called = called(message);
    if !called.is_empty() {
        parts_of.push(format!("For {called}"));
    }
    parts_of.push(plain::print(&message.lead));
    let fields = message.fields.iter().map(|field| match &field.url {
        Some(url) => format!("{}: {} ({url})", field.name, field.value),
        None => format!("{}: {}", field.name, field.value),
    });
    parts_of.push(fields.collect::<Vec<_>>().join("\n"));
    parts_of.extend(parts(message).map(|part| plain::print(&part)));
    parts_of.retain(|part| !part.trim().is_empty());
    let mut text = parts_of.join("\n\n");
    text.push('\n');
    text
}

fn page(message: &Message, title: &str) -> String {
    let mut body = String::new();
    if !message.title_is_text {
        let shown = match &message.url {
            Some(url) => html::link(title, url),
            None => html::text(title),
        };
        body += "<h1 style=\"font-size:18px;margin:0 0 12px\">";
        body += &shown;
        body += "</h1>\n";
    }
    let called = called(message);
    if !called.is_empty() {
        body += "<p>For ";
        body += &html::text(&called);
        body += "</p>\n";
    }
    body.push_str(&html::print(&message.lead));
    if !message.fields.is_empty() {
        body.push_str("\n<table style=\"border-collapse:collapse;margin:12px 0\">\n");
        body.extend(message.fields.iter().map(row));
        body.push_str("</table>\n");
    }
    for part in parts(message) {
        body.push_str(&print(&part));
        body.push('\n');
    }
    format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font:14px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;color:#1f2328\">\n\
         <div style=\"border-left:4px solid {};padding:4px 16px;max-width:720px\">\n{body}</div>\n</body></html>\n",
        html::text(title),
        message.status.colour(),
    )
}

fn print(part: &[Block]) -> String {
    html::print(part)
}

fn row(field: &Field) -> String {
    let value = match &field.url {
        Some(url) => html::link(&field.value, url),
        None => html::text(&field.value).replace('\n', "<br>"),
    };
    let name = html::text(&field.name);
    format!(
        "<tr><td style=\"padding:2px 16px 2px 0;color:#59636e\">{name}</td><td>{value}</td></tr>\n"
    )
}

/// Whom it is for; in a letter nobody is called but by `to` and `cc`.
fn called(message: &Message) -> String {
    let names = message.mentions.iter().map(|mention| match mention {
        Mention::User(name) | Mention::Group(name) | Mention::Name(name) => line(name, 100),
        Mention::Here | Mention::Channel | Mention::Everyone => "everybody".to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

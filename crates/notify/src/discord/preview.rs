//! A picture of it: the card, and above it who is called.

use super::render::{Embed, EmbedField, Payload};
use crate::channel::page::{self, marked, part};
use crate::text::html;

/// The message as a page.
pub(super) fn page(payload: &Payload) -> String {
    let allowed = &payload.allowed_mentions;
    let mut called: Vec<String> = allowed.users.iter().map(|id| format!("<@{id}>")).collect();
    called.extend(allowed.roles.iter().map(|id| format!("<@&{id}>")));
    if !allowed.parse.is_empty() {
        called.extend(["@everyone".to_owned(), "@here".to_owned()]);
    }
    let mut body = part("", &html::text(payload.username.as_deref().unwrap_or_default()));
    body += &part("", &marked(&payload.content, &called));
    body.extend(payload.embeds.iter().map(card));
    page::page("Discord", &body)
}

fn card(embed: &Embed) -> String {
    let title = marked(&embed.title, &[]);
    let title = match &embed.url {
        Some(url) => format!("<a href=\"{}\">{title}</a>", html::text(url)),
        None => title,
    };
    let mut body = if embed.title.is_empty() { String::new() } else { part("big", &title) };
    body += &part("", &marked(&embed.description, &[]));
    body += &part("grid", &embed.fields.iter().map(field).collect::<String>());
    let footer = embed.footer.as_ref().map(|footer| html::text(&footer.text));
    body += &part("small", &footer.unwrap_or_default());
    page::card(&format!("#{:06x}", embed.color), &body)
}

fn field(field: &EmbedField) -> String {
    let class = if field.inline { "field" } else { "field wide" };
    let (name, value) = (marked(&field.name, &[]), marked(&field.value, &[]));
    part(class, &format!("<b>{name}</b>{value}"))
}

//! A picture of it: the card, and above it who is called.

use super::render::{Embed, EmbedField, Payload};
use crate::channel::page::{self, marked, part};
use crate::text::html;

/// The look of Discord.
const STYLE: &str = "<style>
body{background:#313338;color:#dbdee1}a{color:#00a8fc;text-decoration:none}
.card{max-width:520px;background:#2b2d31;border-color:#2b2d31;border-radius:4px;margin-top:6px}
.big{font-size:16px}.small{color:#b5bac1}.at{background:#3c4270;color:#c9cdfb}.name{font-weight:600;color:#fff}
.card p,.grid p{margin:0 0 4px}code,pre{background:#1e1f22!important}
</style>
";

/// The message as a page.
pub(super) fn page(payload: &Payload) -> String {
    let allowed = &payload.allowed_mentions;
    let mut called: Vec<String> = allowed.users.iter().map(|id| format!("<@{id}>")).collect();
    called.extend(allowed.roles.iter().map(|id| format!("<@&{id}>")));
    if !allowed.parse.is_empty() {
        called.extend(["@everyone".to_owned(), "@here".to_owned()]);
    }
    let mut body = STYLE.to_owned();
    body += &part("name", &html::text(payload.username.as_deref().unwrap_or_default()));
    body += &part("", &marked(&payload.content, &called, name));
    body.extend(payload.embeds.iter().map(card));
    page::page("Discord", &body)
}

/// Who is called, by id, since a picture knows no names.
fn name(who: &str) -> String {
    format!("@{}", who.trim_matches(['<', '>', '@', '&']))
}

/// Text in which nobody is called.
fn plain(text: &str) -> String {
    marked(text, &[], name)
}

fn card(embed: &Embed) -> String {
    let title = plain(&embed.title);
    let title = match &embed.url {
        Some(url) => format!("<a href=\"{}\">{title}</a>", html::text(url)),
        None => title,
    };
    let mut body = if embed.title.is_empty() { String::new() } else { part("big", &title) };
    body += &part("", &plain(&embed.description));
    body += &part("grid", &embed.fields.iter().map(field).collect::<String>());
    let footer = embed.footer.as_ref().map(|footer| html::text(&footer.text));
    body += &part("small", &footer.unwrap_or_default());
    page::card(&format!("#{:06x}", embed.color), &body)
}

fn field(field: &EmbedField) -> String {
    let class = if field.inline { "field" } else { "field wide" };
    let (name, value) = (plain(&field.name), plain(&field.value));
    part(class, &format!("<b>{name}</b>{value}"))
}

//! A message as Discord takes it: one card, and above it who is called.

use serde::Serialize;

use super::limits;
use crate::channel::body::{linked, links, section, within};
use crate::channel::fit::fit;
use crate::line;
use crate::message::{Field, Mention, Message};
use crate::text::discord::{self, print};
use crate::text::{length, safe_url};

/// What Discord shows where there is nothing, which it refuses.
const NOTHING: &str = "\u{200b}";

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// Who is called, and nothing else.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// Name it is posted under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Picture it is posted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Name of the post it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_name: Option<String>,
    /// The cards.
    pub embeds: Vec<Embed>,
    /// Who may be called by `content`. It is always there: without, every name in it would be.
    pub allowed_mentions: Allowed,
}

/// A card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Embed {
    /// First line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The colour at the side, as `0xRRGGBB`.
    pub color: u32,
    /// Names and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<EmbedField>,
    /// Small print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<Footer>,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EmbedField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it stands beside others.
    pub inline: bool,
}

/// Small print, in which nothing is marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Footer {
    /// The text.
    pub text: String,
}

/// Who may be called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// `everyone`, which is for `@here`, too; or nothing.
    pub parse: Vec<&'static str>,
    /// Users by id.
    pub users: Vec<String>,
    /// Roles by id.
    pub roles: Vec<String>,
}

/// The message within Discord's limits.
pub fn payload(message: &Message) -> Payload {
    fit(message, render, limits::fits)
}

fn render(message: &Message) -> Payload {
    let (content, allowed_mentions) = called(&message.mentions);
    Payload {
        content,
        username: None,
        avatar_url: None,
        thread_name: None,
        embeds: vec![embed(message)],
        allowed_mentions,
    }
}

fn embed(message: &Message) -> Embed {
    let mut text = message.lead.clone();
    text.extend(message.sections.iter().flat_map(section));
    text.extend(links(&message.links));
    let title = line::one(&message.title, usize::MAX);
    let footer: Vec<&str> = message.footer.iter().map(|link| link.label.as_str()).collect();
    let footer = line::one(&footer.join(" · "), usize::MAX);
    let short = |text: &str, most| within(text, most, str::to_owned);
    Embed {
        // A title that only repeats the text is not shown above it.
        title: if message.title_is_text {
            String::new()
        } else {
            within(&title, limits::TITLE, discord::text)
        },
        url: message.url.as_deref().and_then(safe_url).filter(|url| length(url) <= limits::URL),
        description: print(&text),
        color: u32::from_str_radix(message.status.colour().trim_start_matches('#'), 16)
            .unwrap_or_default(),
        fields: fields(&message.fields),
        footer: (!footer.is_empty()).then(|| Footer { text: short(&footer, limits::FOOTER) }),
    }
}

fn fields(fields: &[Field]) -> Vec<EmbedField> {
    let most = if fields.len() > limits::FIELDS { limits::FIELDS - 1 } else { limits::FIELDS };
    let mut made: Vec<EmbedField> = fields.iter().take(most).map(field).collect();
    if fields.len() > most {
        let value = format!("and {} more", fields.len() - most);
        made.push(EmbedField { name: "…".to_owned(), value, inline: true });
    }
    made
}

fn field(field: &Field) -> EmbedField {
    let filled = |text: String| if text.trim().is_empty() { NOTHING.to_owned() } else { text };
    let value = linked(discord::text, discord::link, &field.value, field.url.as_deref());
    let value = if length(&value) <= limits::FIELD_VALUE {
        value
    } else {
        within(&field.value, limits::FIELD_VALUE, discord::text)
    };
    EmbedField {
        name: filled(within(
            &line::one(&field.name, usize::MAX),
            limits::FIELD_NAME,
            discord::text,
        )),
        value: filled(value),
        inline: length(&field.value) <= 40,
    }
}

/// Who is called, as text and as the permission without which the text calls nobody.
fn called(mentions: &[Mention]) -> (String, Allowed) {
    let mut content = String::new();
    let mut allowed = Allowed::default();
    for mention in mentions {
        let text = match mention {
            Mention::User(id) if is_id(id) => format!("<@{id}>"),
            Mention::Group(id) if is_id(id) => format!("<@&{id}>"),
            Mention::Here => "@here".to_owned(),
            Mention::Channel | Mention::Everyone => "@everyone".to_owned(),
            // Where everybody may be called, a name must not be `@everyone`.
            Mention::Name(name) | Mention::User(name) | Mention::Group(name) => {
                discord::text(&line::one(name, 100).replace('@', "@\u{200b}"))
            }
        };
        let full = allowed.users.len() >= limits::CALLED || allowed.roles.len() >= limits::CALLED;
        if full || length(&content) + length(&text) + 1 > limits::CONTENT {
            break;
        }
        match mention {
            Mention::User(id) if is_id(id) => allowed.users.push(id.clone()),
            Mention::Group(id) if is_id(id) => allowed.roles.push(id.clone()),
            Mention::Here | Mention::Channel | Mention::Everyone => {
                allowed.parse = vec!["everyone"];
            }
            Mention::User(_) | Mention::Group(_) | Mention::Name(_) => {}
        }
        if !content.is_empty() {
            content.push(' ');
        }
        content.push_str(&text);
    }
    (content, allowed)
}

fn is_id(id: &str) -> bool {
    (5..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

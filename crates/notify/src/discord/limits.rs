//! What Discord takes. Lengths are counted in UTF-16 units, which is never less than how Discord counts.

use super::render::{Embed, Payload};
use crate::text::length;

/// The text above the card.
pub const CONTENT: usize = 2000;
/// The title of a card.
pub const TITLE: usize = 256;
/// The text of a card.
pub const DESCRIPTION: usize = 4096;
/// Fields of a card.
pub const FIELDS: usize = 25;
/// The name of a field.
pub const FIELD_NAME: usize = 256;
/// The value of a field.
pub const FIELD_VALUE: usize = 1024;
/// The small print of a card.
pub const FOOTER: usize = 2048;
/// All texts of all cards.
pub const TOTAL: usize = 6000;
/// Users, and roles, one message may call.
pub const CALLED: usize = 100;
/// The name it is posted under.
pub const USERNAME: usize = 80;
/// The name of a post in a forum.
pub const THREAD_NAME: usize = 100;
/// The longest address.
pub const URL: usize = 2048;

/// Whether Discord takes it.
pub fn fits(payload: &Payload) -> bool {
    let total: usize = payload.embeds.iter().map(size).sum();
    length(&payload.content) <= CONTENT && total <= TOTAL && payload.embeds.iter().all(embed_fits)
}

fn size(embed: &Embed) -> usize {
    let fields: usize =
        embed.fields.iter().map(|field| length(&field.name) + length(&field.value)).sum();
    let footer = embed.footer.as_ref().map_or(0, |footer| length(&footer.text));
    length(&embed.title) + length(&embed.description) + fields + footer
}

fn embed_fits(embed: &Embed) -> bool {
    let field_fits = |name: &str, value: &str| {
        (1..=FIELD_NAME).contains(&length(name)) && (1..=FIELD_VALUE).contains(&length(value))
    };
    length(&embed.title) <= TITLE
        && length(&embed.description) <= DESCRIPTION
        && embed.fields.len() <= FIELDS
        && embed.fields.iter().all(|field| field_fits(&field.name, &field.value))
        && embed.footer.as_ref().is_none_or(|footer| length(&footer.text) <= FOOTER)
}

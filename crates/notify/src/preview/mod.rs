//! How a payload for Slack will look: on a terminal, as a page, in Slack's own Block Kit Builder.
//! Pure: payload in, text out.

pub mod builder;
pub mod html;
mod markup;
pub(crate) mod signs;
pub mod terminal;

use serde_json::Value;

use crate::slack::blocks::Block;

/// A block of a payload, where it is one of those that are drawn.
enum Drawn<'a> {
    /// It is drawn.
    Block(Block),
    /// It is only named, such as an input.
    Other(&'a str),
}

/// What a payload shows: its blocks and those of its attachments, else its text.
fn drawn(payload: &Value) -> Vec<Drawn<'_>> {
    let attachments = payload.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let blocks: Vec<Drawn<'_>> = std::iter::once(payload)
        .chain(attachments)
        .filter_map(|holder| holder.get("blocks").and_then(Value::as_array))
        .flatten()
        .map(|block| match serde::Deserialize::deserialize(block) {
            Ok(block) => Drawn::Block(block),
            Err(_) => Drawn::Other(block.get("type").and_then(Value::as_str).unwrap_or("block")),
        })
        .collect();
    if !blocks.is_empty() {
        return blocks;
    }
    let text = payload.get("text").and_then(Value::as_str).unwrap_or_default();
    vec![Drawn::Block(Block::section(text.to_owned()))]
}

//! What Slack takes, and how a message is made to fit before it is sent. Pure.
//!
//! All lengths are UTF-16 units of the text as it is sent, escaped: Slack does not say what it
//! counts, and characters are never more.

use super::blocks::{Block, Element, Piece, Text};
use super::tokens;
use crate::text::is_web;

/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// A header.
pub const HEADER: usize = 150;
/// The text of a section.
pub const SECTION: usize = 3_000;
/// Fields of a section.
pub const FIELDS: usize = 10;
/// A field.
pub const FIELD: usize = 2_000;
/// Elements of a context.
pub const CONTEXT: usize = 10;
/// Elements of an actions block.
pub const ACTIONS: usize = 25;
/// The label of a button.
pub const BUTTON: usize = 75;
/// The address of a button or a picture.
pub const URL: usize = 3_000;
/// The description of a picture.
pub const ALT: usize = 2_000;
/// All texts of all blocks stay below this. Slack documents no such limit; it has refused 11,341
/// (bolt-js#2867) and taken some 13,000 (bolt-js#2509).
pub const TOTAL: usize = 11_000;
/// The `text` beside the blocks, as Slack recommends; it takes ten times as many.
pub const FALLBACK: usize = 4_000;
/// Where Slack itself cuts `text`.
pub const TEXT: usize = 40_000;

/// Blocks left free for sections that are split after the blocks were counted: all text fills at most
/// eight sections, as a part is never less than half full.
const SPARE: usize = 9;

/// What all texts may have before long ones are split: each part of code gets two fences.
pub const ROOM: usize = TOTAL - 1 - SPARE * 8;

/// Cuts a text and says so by `…`.
pub fn cut(text: &mut String, max: usize) {
    if tokens::size(text) > max {
        let end = tokens::cut_at(text, max.saturating_sub(1));
        text.truncate(end);
        text.truncate(text.trim_end().len());
        text.push('…');
    }
}

/// The `text` of a message, printed as mrkdwn, with a link to the whole one where it is cut.
pub fn fallback(text: &str, more: Option<&str>) -> String {
    let mut text = text.to_owned();
    cut_saying(&mut text, FALLBACK, more);
    text
}

/// Makes blocks fit into one message. What is too long is split over sections, then the longest texts
/// are cut, each to the same length; what is left out is said in the message, with a link to `more`.
pub fn fit(blocks: Vec<Block>, more: Option<&str>) -> Vec<Block> {
    let each = blocks.into_iter().flat_map(normal).collect();
    let mut counted = count(each, more);
    level(&mut counted, more);
    counted.into_iter().flat_map(spread).collect()
}

/// One block within the limits on its own, as several where it holds too many things. The text of a
/// section may still be too long.
fn normal(block: Block) -> Vec<Block> {
    match block {
        Block::Header { mut text } => {
            cut(text.as_mut(), HEADER);
            some(!text.is_blank(), Block::Header { text })
        }
        Block::Section { text, fields, accessory } => {
            let text = text.filter(|text| !text.is_blank());
            let fields: Vec<Text> = fields.into_iter().filter(|one| !one.is_blank()).collect();
            let mut parts = Vec::new();
            let mut rest = fields.into_iter().peekable();
            let first: Vec<Text> = rest.by_ref().take(FIELDS).collect();
            if text.is_some() || !first.is_empty() {
                parts.push(Block::Section {
                    text,
                    fields: first,
                    accessory: accessory.and_then(usable),
                });
            }
            while rest.peek().is_some() {
                let fields = rest.by_ref().take(FIELDS).collect();
                parts.push(Block::Section { text: None, fields, accessory: None });
            }
            for field in parts.iter_mut().flat_map(fields_of) {
                cut(field.as_mut(), FIELD);
            }
            parts
        }
        Block::Context { elements } => {
            let mut elements: Vec<Piece> = elements
                .into_iter()
                .filter_map(|one| match one {
                    Piece::Text(text) => (!text.is_blank()).then_some(Piece::Text(text)),
                    Piece::Element(element) => usable(element).map(Piece::Element),
                })
                .collect();
            if elements.len() > CONTEXT {
                let left_out = elements.len() - (CONTEXT - 1);
                elements.truncate(CONTEXT - 1);
                elements.push(Piece::Text(Text::mrkdwn(format!("and {left_out} more"))));
            }
            for one in &mut elements {
                if let Piece::Text(text) = one {
                    cut(text.as_mut(), FIELD);
                }
            }
            some(!elements.is_empty(), Block::Context { elements })
        }
        Block::Actions { elements } => {
            let mut rest = elements.into_iter().filter_map(usable).peekable();
            let mut parts = Vec::new();
            while rest.peek().is_some() {
                parts.push(Block::Actions { elements: rest.by_ref().take(ACTIONS).collect() });
            }
            parts
        }
        Block::Image { image_url, mut alt_text, mut title } => {
            cut(&mut alt_text, ALT);
            if let Some(title) = &mut title {
                cut(title.as_mut(), ALT);
            }
            let fits = is_web(&image_url) && tokens::size(&image_url) <= URL;
            some(fits, Block::Image { image_url, alt_text, title })
        }
        Block::Divider {} => vec![Block::Divider {}],
    }
}

/// A block, or nothing.
fn some(yes: bool, block: Block) -> Vec<Block> {
    if yes { vec![block] } else { Vec::new() }
}

/// An element within its limits; none where its address is too long to be shortened.
fn usable(element: Element) -> Option<Element> {
    match element {
        Element::Button { mut text, url, style } => {
            cut(text.as_mut(), BUTTON);
            let fits = url.as_deref().is_none_or(|url| tokens::size(url) <= URL);
            (fits && !text.is_blank()).then_some(Element::Button { text, url, style })
        }
        Element::Image { image_url, mut alt_text } => {
            cut(&mut alt_text, ALT);
            (tokens::size(&image_url) <= URL).then_some(Element::Image { image_url, alt_text })
        }
    }
}

/// Few enough blocks: those before the buttons and the small print at the end go first, and a line
/// says how many things there were.
fn count(mut blocks: Vec<Block>, more: Option<&str>) -> Vec<Block> {
    const MOST: usize = BLOCKS - SPARE;
    const FOOT: usize = 5;
    if blocks.len() <= MOST {
        return blocks;
    }
    let foot = blocks.iter().rev().take_while(|block| is_foot(block)).count();
    let mut tail = blocks.split_off(blocks.len() - foot);
    let mut dropped: usize = tail.iter().skip(FOOT).map(things).sum();
    tail.truncate(FOOT);
    let keep = MOST - tail.len() - 1;
    dropped += blocks.iter().skip(keep).map(things).sum::<usize>();
    blocks.truncate(keep);
    if dropped > 0 {
        let words = format!("… and {dropped} more");
        let words = more.map_or(words.clone(), |url| tokens::link(&words, url));
        blocks.push(Block::context(words));
    }
    blocks.append(&mut tail);
    blocks
}

/// Whether it belongs to the end of a message.
const fn is_foot(block: &Block) -> bool {
    matches!(block, Block::Actions { .. } | Block::Context { .. })
}

/// How many things a reader misses without it.
fn things(block: &Block) -> usize {
    match block {
        Block::Divider {} => 0,
        Block::Section { text, fields, .. } => usize::from(text.is_some()) + fields.len(),
        Block::Actions { elements } => elements.len(),
        _ => 1,
    }
}

/// Cuts the longest texts, all to the same length, until the sum is below [`TOTAL`].
fn level(blocks: &mut [Block], more: Option<&str>) {
    let sizes = blocks.iter_mut().flat_map(texts_of).map(|(text, _)| tokens::size(text)).collect();
    let cap = share(sizes, ROOM);
    for (text, long) in blocks.iter_mut().flat_map(texts_of) {
        if long { cut_saying(text, cap, more) } else { cut(text, cap) }
    }
}

/// How long each of some texts may be, so that all together are at most `room`: short ones are left
/// alone, the long ones share what is left.
pub fn share(mut sizes: Vec<usize>, room: usize) -> usize {
    sizes.sort_unstable();
    let (mut left, count) = (room, sizes.len());
    for (place, size) in sizes.into_iter().enumerate() {
        let cap = left / (count - place);
        if size > cap {
            return cap;
        }
        left -= size;
    }
    usize::MAX
}

/// The length of all texts of some blocks.
pub fn measure(blocks: &[Block]) -> usize {
    let mut blocks = blocks.to_vec();
    blocks.iter_mut().flat_map(texts_of).map(|(text, _)| tokens::size(text)).sum()
}

/// Cuts a text, says how much is missing, and where it stands.
fn cut_saying(text: &mut String, max: usize, more: Option<&str>) {
    if tokens::size(text) <= max {
        return;
    }
    let room = |notice: &str| max.checked_sub(tokens::size(notice)).filter(|room| *room >= max / 2);
    // The longest notice there can be, as it is not known yet how much is left out.
    let all = tokens::size(text);
    let with_link = room(&notice(all, more)).map(|room| (room, more));
    let Some((room, more)) =
        with_link.or_else(|| room(&notice(all, None)).map(|room| (room, None)))
    else {
        cut(text, max);
        return;
    };
    let (head, rest) = tokens::cut(text, room.saturating_sub(4));
    let open = head.matches("```").count() % 2 == 1;
    let seen = |one| tokens::unescape(tokens::visible(one)).chars().count();
    let left_out = tokens::tokens(rest).map(seen).sum();
    let fence = if open { "\n```" } else { "" };
    *text = format!("{}{fence}{}", head.trim_end(), notice(left_out, more));
}

/// The words for what is left out.
fn notice(left_out: usize, more: Option<&str>) -> String {
    let words = format!("… and {left_out} more characters");
    format!("\n{}", more.map_or(words.clone(), |url| tokens::link(&words, url)))
}

/// A section whose text is too long, as several. What stands beside it stays with the first.
fn spread(block: Block) -> Vec<Block> {
    let Block::Section { text: Some(text), fields, accessory } = block else {
        return vec![block];
    };
    if tokens::size(text.as_str()) <= SECTION {
        return vec![Block::Section { text: Some(text), fields, accessory }];
    }
    let (mut accessory, mut parts) = (accessory, Vec::new());
    for part in tokens::split(text.as_str(), SECTION) {
        let mut one = text.clone();
        *one.as_mut() = part;
        parts.push(Block::Section {
            text: Some(one),
            fields: Vec::new(),
            accessory: accessory.take(),
        });
    }
    if !fields.is_empty() {
        parts.push(Block::Section { text: None, fields, accessory });
    }
    parts
}

/// The fields of a section.
fn fields_of(block: &mut Block) -> &mut [Text] {
    match block {
        Block::Section { fields, .. } => fields,
        _ => &mut [],
    }
}

/// Every text that counts, and whether it is one that tells where the whole of it stands.
fn texts_of(block: &mut Block) -> Vec<(&mut String, bool)> {
    match block {
        Block::Header { text } => vec![(text.as_mut(), false)],
        Block::Section { text, fields, accessory } => (text.iter_mut())
            .map(|text| (text.as_mut(), true))
            .chain(fields.iter_mut().map(|one| (one.as_mut(), false)))
            .chain(accessory.iter_mut().map(|one| (label(one), false)))
            .collect(),
        Block::Context { elements } => (elements.iter_mut())
            .map(|piece| match piece {
                Piece::Text(text) => (text.as_mut(), false),
                Piece::Element(element) => (label(element), false),
            })
            .collect(),
        Block::Actions { elements } => {
            elements.iter_mut().map(|element| (label(element), false)).collect()
        }
        Block::Image { alt_text, title, .. } => {
            let title = title.iter_mut().map(|title| (title.as_mut(), false));
            title.chain([(alt_text, false)]).collect()
        }
        Block::Divider {} => Vec::new(),
    }
}

/// The text of an element.
const fn label(element: &mut Element) -> &mut String {
    match element {
        Element::Button { text, .. } => text.as_mut(),
        Element::Image { alt_text, .. } => alt_text,
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;

//! mrkdwn that is printed already, in the pieces that must not be cut: an escaped sign (`&amp;`), a
//! link or mention (`<…>`), else a character.

use crate::text::{is_web, mrkdwn, safe_url};

/// The longest address, as it is sent, a link in a text may have; longer ones are left out and their
/// label stays.
const LINK: usize = 1_000;

/// Foreign text as Slack shows it unchanged in places without markup: `&`, `<` and `>` escaped.
pub fn escape(text: &str) -> String {
    mrkdwn::escape(&clean(text))
}

/// A text without control characters and marks that turn the direction of what follows.
pub fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|one| match one {
            '\n' | '\t' => Some(one),
            '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            one => (!one.is_control()).then_some(one),
        })
        .collect()
}

/// What [`escape`] made of a text, back.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Foreign text with its line breaks, as mrkdwn without markup.
pub fn text(text: &str) -> String {
    mrkdwn::text(&clean(text))
}

/// A link of plain text, as mrkdwn. Only the label where the address is not one of the web, or very
/// long.
pub fn link(label: &str, url: &str) -> String {
    let label = clean(label);
    let sent = if is_web(url) { safe_url(url) } else { None };
    if sent.is_some_and(|url| size(&escape(&url)) <= LINK) {
        mrkdwn::link(&label, url)
    } else {
        mrkdwn::text(&label).replace('\n', " ")
    }
}

/// Length as it is counted here: in UTF-16 units of what is sent. Slack does not say what it counts;
/// there is no way of counting by which a text is longer, other than bytes.
pub fn size(text: &str) -> usize {
    crate::text::length(text)
}

/// The pieces in order.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            '<' => rest.find('>').map(|at| at + 1),
            '&' => ["&amp;", "&lt;", "&gt;"]
                .iter()
                .find(|one| rest.starts_with(**one))
                .map(|one| one.len()),
            _ => None,
        };
        let (token, left) = rest.split_at_checked(end.unwrap_or(first.len_utf8()))?;
        rest = left;
        Some(token)
    })
}

/// What is seen of a piece: the label of a link.
pub fn visible(token: &str) -> &str {
    match token.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')) {
        Some(inner) => inner.split_once('|').map_or(inner, |(_, label)| label),
        None => token,
    }
}

/// Where a text of at most `max` is cut, in bytes: between two pieces.
pub fn cut_at(text: &str, max: usize) -> usize {
    let (mut bytes, mut used) = (0, 0);
    for token in tokens(text) {
        used += size(token);
        if used > max {
            break;
        }
        bytes += token.len();
    }
    bytes
}

/// The first part of a text of at most `max`, and the rest: cut after a line where one ends in its
/// second half, else after a word, else between pieces. A piece that is too long by itself is taken
/// out of the text.
pub fn cut(text: &str, max: usize) -> (&str, &str) {
    let end = cut_at(text, max);
    if end == text.len() {
        return (text, "");
    }
    let head = text.get(..end).unwrap_or_default();
    if head.is_empty() {
        let skipped = tokens(text).next().map_or(0, str::len);
        return ("", text.get(skipped..).unwrap_or_default());
    }
    let late = |at: &usize| *at > end / 2;
    let at = head
        .rfind('\n')
        .filter(late)
        .or_else(|| blank_outside_links(head).filter(late))
        .map_or(end, |at| at + 1);
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Where the last blank stands that belongs to no link.
fn blank_outside_links(text: &str) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    for token in tokens(text) {
        if token == " " {
            last = Some(at);
        }
        at += token.len();
    }
    last
}

/// A long text in parts of at most `max`; code that is cut is closed and opened again.
pub fn split(text: &str, max: usize) -> Vec<String> {
    const FENCE: &str = "```";
    let room = max.saturating_sub(2 * (FENCE.len() + 1)).max(1);
    let (mut parts, mut rest, mut open) = (Vec::new(), text, false);
    if size(text) <= max {
        return if text.trim().is_empty() { parts } else { vec![text.to_owned()] };
    }
    while !rest.is_empty() {
        let (head, left) = cut(rest, room);
        let body = if open { head.trim_end() } else { head.trim() };
        let opens = open ^ (head.matches(FENCE).count() % 2 == 1);
        let mut part = String::new();
        if open {
            part.push_str("```\n");
        }
        part.push_str(body);
        if opens {
            part.push_str("\n```");
        }
        if !body.trim().is_empty() {
            parts.push(part);
        }
        (rest, open) = (left, opens);
    }
    parts
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;

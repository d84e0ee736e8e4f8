//! Addresses that stand in Markdown without any marks keep their `_`, `*` and `~`, as on GitHub.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::address::address;

/// The text with what would be marks in such addresses escaped.
pub(super) fn kept(text: &str, options: Options) -> Cow<'_, str> {
    let found: Vec<Range<usize>> = addresses(text).collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let taken = taken(text, options);
    let (mut out, mut done, mut next) = (String::with_capacity(text.len() + 16), 0, 0);
    for Range { start, end } in found {
        while taken.get(next).is_some_and(|one| one.end <= start) {
            next += 1;
        }
        if taken.get(next).is_some_and(|one| one.start < end) {
            continue;
        }
        out.push_str(text.get(done..start).unwrap_or_default());
        for sign in text.get(start..end).unwrap_or_default().chars() {
            if matches!(sign, '_' | '*' | '~') {
                out.push('\\');
            }
            out.push(sign);
        }
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where addresses with such signs stand.
fn addresses(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut done = 0;
    text.match_indices("://").filter_map(move |(at, _)| {
        let head = text.get(..at)?;
        let scheme = ["https", "http"].into_iter().find(|scheme| head.ends_with(scheme))?;
        let start = at - scheme.len();
        let inside = text.get(..start)?.chars().next_back().is_some_and(char::is_alphanumeric);
        if inside || start < done {
            return None;
        }
        let address = address(text.get(start..)?)?;
        done = start + address.len();
        address.contains(['_', '*', '~']).then_some(start..done)
    })
}

/// Where links, code and HTML stand, in order: in those an escape would be seen.
fn taken(text: &str, options: Options) -> Vec<Range<usize>> {
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut add = |range: Range<usize>| match taken.last_mut() {
        Some(last) if range.start < last.end => last.end = last.end.max(range.end),
        _ => taken.push(range),
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Code(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock,
            )
            | Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => add(range),
            _ => {}
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_without_marks_are_escaped() {
        for (text, escaped) in [
            ("a _b_ c", "a _b_ c"),
            ("https://x.y/_a_", "https://x.y/\\_a_"),
            ("https://x.y/_a_/b *c*", "https://x.y/\\_a\\_/b *c*"),
            ("**https://x.y/a_b**, c", "**https://x.y/a\\_b**, c"),
            ("`https://x.y/_a_/b` https://x.y/_a_/b", "`https://x.y/_a_/b` https://x.y/\\_a\\_/b"),
            ("[_c_](https://x.y/_a_/b)", "[_c_](https://x.y/_a_/b)"),
            ("<https://x.y/_a_/b>", "<https://x.y/_a_/b>"),
            ("```\nhttps://x.y/_a_/b\n```", "```\nhttps://x.y/_a_/b\n```"),
            ("<a href=\"https://x.y/_a_/b\">c</a>", "<a href=\"https://x.y/_a_/b\">c</a>"),
            ("xhttps://x.y/_a_/b", "xhttps://x.y/_a_/b"),
        ] {
            let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
            assert_eq!(kept(text, options), escaped, "{text}");
        }
    }
}

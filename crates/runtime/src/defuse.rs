//! Markdown that a user wrote, made harmless without being made plain.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::markdown::{code_block, hidden, longest_run};
use crate::mask::redact;

/// How often ticks may pair anew once a tag between them is gone.
const ROUNDS: usize = 8;

/// Markdown written by a user, kept as Markdown but unable to act outside itself: HTML tags and
/// comments are shown, mentions notify nobody, and a fence it leaves open is closed. Code keeps
/// its text. Secrets are redacted, line ends become `\n`.
pub fn defuse(markdown: &str) -> String {
    let mut text = redact(markdown).replace("\r\n", "\n").replace('\r', "\n");
    for round in 0.. {
        let code = if round < ROUNDS { code_ranges(&text) } else { Vec::new() };
        text = outside(&text, &code);
        // Without its tags the text may read differently: what was in code may be out of it.
        if round >= ROUNDS || !has_html(&text) {
            break;
        }
    }
    close(text)
}

fn parser(text: &str) -> Parser<'_> {
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    Parser::new_ext(text, github)
}

fn has_html(text: &str) -> bool {
    parser(text).any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)))
}

/// Where the text is code, in order.
fn code_ranges(text: &str) -> Vec<Range<usize>> {
    parser(text)
        .into_offset_iter()
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))))
        .map(|(_, range)| range)
        .collect()
}

/// The text with everything outside of the ranges defused.
fn outside(text: &str, code: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for range in code {
        defuse_words(text.get(from..range.start).unwrap_or_default(), &mut out);
        out.push_str(text.get(range.clone()).unwrap_or_default());
        from = range.end;
    }
    defuse_words(text.get(from..).unwrap_or_default(), &mut out);
    out
}

/// Ends a fence that the text leaves open; what cannot be ended is shown as code.
fn close(text: String) -> String {
    if leaves_nothing_open(&text) {
        return text;
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    ['`', '~']
        .into_iter()
        .map(|sign| {
            let fence = String::from(sign).repeat(longest_run(&text, sign).max(3));
            format!("{text}{end}{fence}\n")
        })
        .find(|closed| leaves_nothing_open(closed))
        .unwrap_or_else(|| code_block("", &text))
}

/// Whether a paragraph after the text would be one.
fn leaves_nothing_open(text: &str) -> bool {
    let page = format!("{text}\n\nafter\n");
    let mut depth = 0_usize;
    let mut last = None;
    for event in parser(&page) {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(said) if depth == 1 && &**said == "after" => {
                last = Some(true);
                continue;
            }
            _ => {}
        }
        let ends_it = matches!(event, Event::End(TagEnd::Paragraph)) && last == Some(true);
        last = ends_it.then_some(true);
    }
    last == Some(true)
}

fn defuse_words(text: &str, out: &mut String) {
    let mut previous: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match c {
            '<' if next.is_some_and(|n| n.is_ascii_alphabetic() || "/!?".contains(n)) => {
                out.push_str(if is_autolink(text.get(at..).unwrap_or_default()) {
                    "<"
                } else {
                    "&lt;"
                });
            }
            '@' if next.is_some_and(char::is_alphanumeric)
                && previous.is_none_or(|p| !p.is_alphanumeric()) =>
            {
                out.push_str("@&#8203;");
            }
            // `&#64;` and `&commat;` are an `@` to whoever reads the page.
            '&' if next.is_some_and(|n| n == '#' || n.eq_ignore_ascii_case(&'c')) => {
                out.push_str("&amp;");
            }
            c if hidden(c) && c != '\n' && c != '\r' => out.push('\u{fffd}'),
            c => out.push(c),
        }
        previous = Some(c);
    }
}

/// `<https://…>` is a link, not a tag.
fn is_autolink(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return false;
    };
    (inside.0.starts_with("https://") || inside.0.starts_with("http://"))
        && !inside.0.contains(|c: char| c.is_whitespace() || c == '<')
}

#[cfg(test)]
#[path = "defuse_tests.rs"]
mod tests;

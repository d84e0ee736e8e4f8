//! A line of text as runs that look alike, which is how the channels mark it.

use std::borrow::Cow;

use super::{Inline, safe_url};

/// Text that looks alike all along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) look: Look<'a>,
}

/// How a run looks.
#[expect(clippy::struct_excessive_bools, reason = "each mark is on or off by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look<'a> {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    pub(super) url: Option<&'a str>,
}

impl Look<'_> {
    /// Nothing but text.
    pub(super) fn is_plain(self) -> bool {
        self == Look::default()
    }
}

/// The lines of a text, each as its runs. White space at the edge of a marked run stands outside
/// of it, since no channel marks a run that begins or ends with it.
pub(super) fn lines(inlines: &[Inline]) -> Vec<Vec<Run<'_>>> {
    let mut lines = vec![Vec::new()];
    collect(inlines, Look::default(), &mut lines);
    lines
}

fn collect<'a>(inlines: &'a [Inline], look: Look<'a>, lines: &mut Vec<Vec<Run<'a>>>) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => put(text, look, lines),
            Inline::Code(text) => put(text, Look { code: true, ..look }, lines),
            Inline::Strong(inner) => collect(inner, Look { bold: true, ..look }, lines),
            Inline::Emphasis(inner) => collect(inner, Look { italic: true, ..look }, lines),
            Inline::Strike(inner) => collect(inner, Look { strike: true, ..look }, lines),
            Inline::Link { text, url } => {
                let url = safe_url(url).is_some_and(|safe| safe == *url).then_some(url.as_str());
                collect(text, Look { url: url.or(look.url), ..look }, lines);
            }
            Inline::Break => lines.push(Vec::new()),
        }
    }
}

fn put<'a>(text: &'a str, look: Look<'a>, lines: &mut Vec<Vec<Run<'a>>>) {
    for (index, line) in text.split(['\n', '\r']).enumerate() {
        if index > 0 {
            lines.push(Vec::new());
        }
        let Some(last) = lines.last_mut() else { continue };
        if look.is_plain() || look.code {
            join(last, line, look);
            continue;
        }
        let rest = line.trim_start();
        let marked = rest.trim_end();
        let plain = Look::default();
        join(last, line.get(..line.len() - rest.len()).unwrap_or_default(), plain);
        join(last, marked, look);
        join(last, rest.get(marked.len()..).unwrap_or_default(), plain);
    }
}

fn join<'a>(line: &mut Vec<Run<'a>>, text: &'a str, look: Look<'a>) {
    if text.is_empty() {
        return;
    }
    match line.last_mut() {
        Some(last) if last.look == look => last.text.to_mut().push_str(text),
        _ => line.push(Run { text: Cow::Borrowed(text), look }),
    }
}

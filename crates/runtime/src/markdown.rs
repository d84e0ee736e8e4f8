//! Markdown from text that is not ours: summaries, pull request bodies, release notes.
//!
//! [`Markdown`] is one line of inline Markdown that cannot end the block, table cell or details it
//! stands in. Text becomes one by escaping; only markup written in this source is taken as it is.
//! Everything here redacts before it escapes: an escaped secret would not be found any more.

use std::fmt::{self, Write};

use crate::mask::redact;

pub use crate::defuse::defuse;

/// Text past this many characters is cut before it is escaped.
pub const TEXT_LIMIT: usize = 64 * 1024;
/// What stands where a text was cut.
pub const CUT: &str = "… (cut)";

/// One line of inline Markdown, safe in a paragraph, heading, list item or table cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    /// Text as it is: markup, mentions, HTML and references in it are shown, not acted on.
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// Markup written in this program, on one line and without a bare `|`.
    pub fn raw(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Text in a code span.
    pub fn code(text: &str) -> Self {
        Self(code(text))
    }

    /// Text in bold.
    pub fn bold(text: &str) -> Self {
        let inner = escape(text.trim());
        if inner.is_empty() { Self(inner) } else { Self(format!("**{inner}**")) }
    }

    /// A link. Where `url` is not `http`, `https`, a path of this server or an anchor, only the
    /// label is shown.
    pub fn link(label: impl Into<Self>, url: &str) -> Self {
        let label = label.into();
        match safe_url(url) {
            Some(url) => Self(format!("[{label}]({url})")),
            None => label,
        }
    }

    /// This, then `next`.
    #[must_use]
    pub fn and(mut self, next: impl Into<Self>) -> Self {
        self.0.push_str(&next.into().0);
        self
    }

    /// The parts one after another with `between` between them.
    pub fn join(parts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect::<Vec<_>>().join(between))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Markdown {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&String> for Markdown {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

impl From<String> for Markdown {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

/// At most `limit` characters of the text, then [`CUT`].
pub fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}{CUT}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Text as inline Markdown that shows exactly it, on one line; line breaks become `<br>`.
pub fn escape(text: &str) -> String {
    let redacted = redact(text);
    let text = clip(redacted.trim_matches(['\n', '\r']), TEXT_LIMIT);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => out.push_str("<br>"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // A mention notifies a person, a reference can close an issue: a zero-width space
            // after the sign shows nothing and undoes both.
            '@' if chars.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push_str("@&#8203;");
            }
            '#' if chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("#&#8203;"),
            '-' if chars.peek().is_some_and(char::is_ascii_digit) && ends_with_gh(&out) => {
                out.push_str("-&#8203;");
            }
            // At the start they would make a heading, list or rule.
            '#' | '+' | '-' | '=' if out.trim_start().is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '.' | ')' if is_number(out.trim_start()) => {
                out.push('\\');
                out.push(c);
            }
            c if hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit())
}

fn ends_with_gh(text: &str) -> bool {
    text.get(text.len().saturating_sub(2)..).is_some_and(|end| end.eq_ignore_ascii_case("gh"))
}

/// Control characters, and those that turn the direction of what follows.
pub(crate) fn hidden(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text in a code span, on one line, fit for a table cell.
pub fn code(text: &str) -> String {
    let text: String = clip(&redact(text), TEXT_LIMIT)
        .chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if hidden(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    if text.trim().is_empty() {
        return String::new();
    }
    if text.contains('|') {
        // A pipe ends a table cell even in a code span, and its escape shows outside of tables.
        return format!("<code>{}</code>", entities(&text));
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Every ASCII sign as a character reference, which no parser takes for markup.
fn entities(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            let _infallible = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Text as HTML text or attribute, on one line.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = clip(redact(text).trim(), TEXT_LIMIT);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '@' if chars.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push_str("@&#8203;");
            }
            '#' if chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("#&#8203;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A fenced code block with a fence longer than any in the text. `language` is kept when it is a
/// plain word. Ends with a line break.
pub fn code_block(language: &str, text: &str) -> String {
    let plain = language.chars().all(|c| c.is_ascii_alphanumeric() || "+-_".contains(c));
    let language = if plain { language } else { "" };
    let text = redact(text);
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    let text: String = text.chars().filter(|c| *c == '\n' || !hidden(*c)).collect();
    let text = text.strip_suffix('\n').unwrap_or(&text);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

/// The length of the longest run of `sign` in the text.
pub fn longest_run(text: &str, sign: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == sign { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A URL fit for a link, or `None` when it is not of a kind we link to.
fn safe_url(url: &str) -> Option<String> {
    let url = redact(url);
    let lower = url.to_ascii_lowercase();
    let local = url.starts_with('#') || (url.starts_with('/') && !url.starts_with("//"));
    if !(local || lower.starts_with("https://") || lower.starts_with("http://")) {
        return None;
    }
    let mut out = String::new();
    for c in url.chars() {
        match c {
            c if c.is_whitespace() || hidden(c) || "<>()[]|\\`\"{}^*_~@".contains(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _infallible = write!(out, "%{byte:02X}");
                }
            }
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;

//! The Markdown of text in Adaptive Cards: bold, italics, lists and links; everything else is
//! shown as text.

use super::layout::{self, Marks};
use super::run::Run;
use super::{Block, Inline, safe_url};

const BARRIER: char = '\u{200b}';
/// A space that is kept at the beginning of a line.
const KEPT: char = '\u{a0}';

const MARKS: Marks = Marks {
    line,
    code,
    bullets: ["- ", "- ", "- "],
    indent: "    ",
    quote: "│ ",
    rule: "──────────",
    airy: true,
};

/// Prints a text.
pub fn print(blocks: &[Block]) -> String {
    layout::print(blocks, &MARKS)
}

/// One line of text; line breaks become spaces.
pub fn inline(inlines: &[Inline]) -> String {
    layout::one_line(inlines, &MARKS)
}

/// A plain text, as text: nothing in it is a mark or a link.
pub fn text(text: &str) -> String {
    let lines: Vec<String> = text.split(['\n', '\r']).map(escape_line).collect();
    lines.join("\n\n")
}

/// A link; its label alone where the address is none for people.
pub fn link(label: &str, address: &str) -> String {
    let label = label.replace(['\n', '\r'], " ");
    match safe_url(address) {
        Some(url) if label.trim().is_empty() => format!("[{}]({url})", text(&url)),
        Some(url) => format!("[{}]({url})", text(&label)),
        None => text(&label),
    }
}

fn line(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    for run in runs {
        let marks: Vec<&str> = [(run.look.bold, "**"), (run.look.italic, "_")]
            .into_iter()
            .filter_map(|(on, mark)| on.then_some(mark))
            .collect();
        // An underscore within a word is none.
        if run.look.italic && out.ends_with(char::is_alphanumeric) {
            out.push(BARRIER);
        }
        let mut body = String::new();
        if out.is_empty() && marks.is_empty() && run.look.url.is_none() {
            body = escape_line(&run.text);
        } else {
            escape(&mut body, &run.text);
        }
        out.extend(marks.iter().copied());
        match run.look.url {
            Some(url) => out.extend(["[", &body, "](", url, ")"]),
            None => out.push_str(&body),
        }
        out.extend(marks.iter().rev().copied());
        if run.look.italic {
            out.push(BARRIER);
        }
    }
    out.truncate(out.trim_end_matches(BARRIER).len());
    out
}

fn code(text: &str, within: bool) -> Vec<String> {
    let mut all = Vec::new();
    for line in text.lines() {
        if !all.is_empty() && !within {
            all.push(String::new());
        }
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        let kept: String = std::iter::repeat_n(KEPT, indent).collect();
        all.push(format!("{kept}{}", escape_line(rest)));
    }
    all
}

fn escape_line(line: &str) -> String {
    let rest = line.trim_start();
    let mut out = line.get(..line.len() - rest.len()).unwrap_or_default().replace(' ', "\u{a0}");
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, tail) = rest.split_at_checked(digits).unwrap_or(("", rest));
    out.push_str(number);
    let marks: &[char] = if digits > 0 { &['.', ')'] } else { &['#', '-', '+', '='] };
    if tail.starts_with(marks) {
        out.push('\\');
        let mut signs = tail.chars();
        out.extend(signs.next());
        escape(&mut out, signs.as_str());
    } else {
        escape(&mut out, tail);
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for sign in text.chars() {
        if matches!(sign, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '&' | '!') {
            out.push('\\');
        }
        // `{{DATE(…)}}` is a function of the cards.
        if sign == '{' && out.ends_with('{') {
            out.push(BARRIER);
        }
        out.push(sign);
    }
}

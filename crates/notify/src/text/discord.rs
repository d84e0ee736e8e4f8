//! Discord's Markdown.
//!
//! A backslash before a sign keeps it from being a mark. It does not keep `@everyone` from calling,
//! so that gets a neighbour of no width; `allowed_mentions` is the second lock.

use super::layout::{self, Marks};
use super::run::Run;
use super::{Block, Inline, safe_url};

const BARRIER: char = '\u{200b}';

const MARKS: Marks = Marks {
    line,
    code,
    bullets: ["- ", "- ", "- "],
    indent: "  ",
    quote: "> ",
    rule: "──────────",
    airy: false,
};

/// Prints a text.
pub fn print(blocks: &[Block]) -> String {
    layout::print(blocks, &MARKS)
}

/// One line of text; line breaks become spaces.
pub fn inline(inlines: &[Inline]) -> String {
    layout::one_line(inlines, &MARKS)
}

/// A plain text, as text: nothing in it is a mark, a mention or a link.
pub fn text(text: &str) -> String {
    let lines: Vec<String> = text.split(['\n', '\r']).map(escape_line).collect();
    lines.join("\n")
}

/// A link; its label alone where the address is none for people.
pub fn link(label: &str, address: &str) -> String {
    let label = label.replace(['\n', '\r'], " ");
    match safe_url(address) {
        Some(url) if label.trim().is_empty() || label == url => format!("<{}>", target(&url)),
        Some(url) => format!("[{}](<{}>)", text(&label), target(&url)),
        None => text(&label),
    }
}

fn line(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    for run in runs {
        let marks: String =
            [(run.look.bold, "**"), (run.look.italic, "*"), (run.look.strike, "~~")]
                .into_iter()
                .filter_map(|(on, mark)| on.then_some(mark))
                .collect();
        out.push_str(&marks);
        let body = match run.look.code && !run.text.contains('`') {
            true => format!("`{}`", calm(&run.text)),
            false if out.is_empty() => escape_line(&run.text),
            false => {
                let mut body = String::new();
                escape(&mut body, &run.text);
                body
            }
        };
        match run.look.url {
            Some(url) if url == run.text => out.extend(["<", &target(url), ">"]),
            Some(url) => out.extend(["[", &body, "](<", &target(url), ">)"]),
            None => out.push_str(&body),
        }
        out.extend(marks.chars().rev());
    }
    out
}

fn code(text: &str, within: bool) -> Vec<String> {
    if within {
        let line = |line: &str| {
            if line.contains('`') || line.trim().is_empty() {
                escape_line(line)
            } else {
                format!("`{}`", calm(line))
            }
        };
        return text.lines().map(line).collect();
    }
    if text.trim().is_empty() {
        return Vec::new();
    }
    let text = calm(&text.replace("``", "`\u{200b}`").replace("``", "`\u{200b}`"));
    let open = if text.starts_with('`') { "```\n\u{200b}" } else { "```\n" };
    format!("{open}{text}\n```")
        .split('\n')
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}

/// A line, whose first sign could make it a heading, a list or a quotation.
fn escape_line(line: &str) -> String {
    let rest = line.trim_start();
    let mut out = line.get(..line.len() - rest.len()).unwrap_or_default().to_owned();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, tail) = rest.split_at_checked(digits).unwrap_or(("", rest));
    out.push_str(number);
    let marks: &[char] = if digits > 0 { &['.', ')'] } else { &['#', '-', '+'] };
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
    let mut rest = text.chars();
    while let Some(sign) = rest.next() {
        if matches!(
            sign,
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '(' | ')' | '@'
        ) {
            out.push('\\');
        }
        out.push(sign);
        if sign == '@' && calls(rest.as_str()) {
            out.push(BARRIER);
        }
    }
}

/// A text in which nobody is called, else as it is.
fn calm(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(sign) = rest.next() {
        out.push(sign);
        if (sign == '@' && calls(rest.as_str()))
            || (sign == '<' && rest.as_str().starts_with(['@', '#']))
        {
            out.push(BARRIER);
        }
    }
    out
}

/// An address in which nobody is called.
fn target(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut rest = url.chars();
    while let Some(sign) = rest.next() {
        if sign == '@' && calls(rest.as_str()) {
            out.push_str("%40");
        } else {
            out.push(sign);
        }
    }
    out
}

fn calls(rest: &str) -> bool {
    ["everyone", "here"]
        .iter()
        .any(|who| rest.get(..who.len()).is_some_and(|at| at.eq_ignore_ascii_case(who)))
}

//! Slack's mrkdwn.
//!
//! `&`, `<` and `>` of a text are written as entities, so that a `<` is always ours: no text can
//! make a mention or a link. Slack has no way to escape its other marks; it takes them for marks at
//! the edges of words only, so there they get a neighbour of no width ([`BARRIER`]).
//!
//! Text objects want `verbatim: true`: otherwise Slack looks for names such as `@here` in them on
//! its own. Addresses in a text are links already.

use super::layout::{self, Marks};
use super::run::Run;
use super::{Block, Inline, safe_url};

/// A space of no width, which keeps a sign from being a mark.
pub const BARRIER: char = '\u{200b}';

const MARKS: Marks = Marks {
    line,
    code,
    bullets: ["• ", "◦ ", "▪︎ "],
    indent: "    ",
    quote: ">",
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
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (index, line) in text.split(['\n', '\r']).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut written = String::new();
        inert(&mut written, line);
        out.push_str(&written);
    }
    out
}

/// A plain text with nothing escaped but `&`, `<` and `>`: for places without marks, such as the
/// inside of code and `plain_text`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    text.chars().for_each(|sign| push(&mut out, sign));
    out
}

/// A link; its label alone where the address is none for people.
pub fn link(label: &str, address: &str) -> String {
    match safe_url(address) {
        Some(url) if label.trim().is_empty() => format!("<{}>", escape(&url)),
        Some(url) => format!("<{}|{}>", escape(&url), text(label).replace('\n', " ")),
        None => text(label).replace('\n', " "),
    }
}

fn line(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    let mut gap = false;
    for run in runs {
        let code = run.look.code && !run.text.contains('`');
        let marks: Vec<char> =
            [(run.look.bold, '*'), (run.look.italic, '_'), (run.look.strike, '~')]
                .into_iter()
                .filter_map(|(on, mark)| on.then_some(mark))
                .collect();
        let marked = code || !marks.is_empty();
        let touches = if marked {
            out.chars().next_back().is_some_and(|last| !last.is_whitespace() && last != BARRIER)
        } else {
            gap && run.text.chars().next().is_some_and(|first| !first.is_whitespace())
        };
        if touches {
            out.push(BARRIER);
        }
        out.extend(&marks);
        if let Some(url) = run.look.url {
            out.push('<');
            out.push_str(&escape(url));
            out.push('|');
        }
        if code {
            out.push('`');
            out.push_str(&escape(&run.text));
            out.push('`');
        } else {
            inert(&mut out, &run.text);
        }
        if run.look.url.is_some() {
            out.push('>');
        }
        out.extend(marks.iter().rev());
        gap = marked;
    }
    out
}

fn code(text: &str, within: bool) -> Vec<String> {
    if within {
        let quoted = |line: &str| {
            let mut out = String::new();
            if line.contains('`') || line.trim().is_empty() {
                inert(&mut out, line);
            } else {
                out = format!("`{}`", escape(line));
            }
            out
        };
        return text.lines().map(quoted).collect();
    }
    if text.trim().is_empty() {
        return Vec::new();
    }
    // Three in a row would end it.
    let mut body = String::from("```\n");
    let mut ticks = 0;
    for sign in text.chars().filter(|sign| *sign != '\r') {
        ticks = if sign == '`' { ticks + 1 } else { 0 };
        if ticks > 0 && ticks % 3 == 0 {
            body.push(BARRIER);
        }
        push(&mut body, sign);
    }
    if ticks > 0 {
        body.push(BARRIER);
    }
    body.push_str("\n```");
    body.split('\n').map(str::to_owned).collect()
}

/// Writes a text in which nothing is a mark.
fn inert(out: &mut String, text: &str) {
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let before = out.chars().next_back();
        let next = signs.peek().copied();
        // A line that begins with it is a quotation, entity or not.
        if sign == '>' && before.is_none() {
            out.push(BARRIER);
        }
        if !matches!(sign, '*' | '_' | '~' | '`') {
            push(out, sign);
            continue;
        }
        let word = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
        if sign != '`' && word(before) && word(next) {
            out.push(sign);
            continue;
        }
        if before.is_some_and(|before| !before.is_whitespace() && before != BARRIER) {
            out.push(BARRIER);
        }
        out.push(sign);
        if next != Some(BARRIER) {
            out.push(BARRIER);
        }
    }
}

/// A sign as Slack is sent it; none that is not seen and turns the direction of what follows.
fn push(out: &mut String, sign: char) {
    match sign {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        _ => out.push(sign),
    }
}

//! HTML for e-mail: few elements, styled where they stand, since mail readers know no more.

use super::run::{self, Run};
use super::{Block, Inline, Item, safe_url};

const CODE: &str = "font-family:ui-monospace,Menlo,Consolas,monospace;background:#f6f8fa";

const LIST: &str = " style=\"margin:4px 0;padding-left:24px\">";

/// Prints a text.
pub fn print(blocks: &[Block]) -> String {
    let mut out = String::new();
    put(&mut out, blocks, false);
    out
}

/// One line of text; line breaks become `<br>`.
pub fn inline(inlines: &[Inline]) -> String {
    let lines: Vec<String> = run::lines(inlines).iter().map(|runs| line(runs)).collect();
    lines.join("<br>")
}

/// A plain text, as text, for content and attributes; line breaks stay.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No such sign may stand in HTML.
            '\0' => out.push('\u{fffd}'),
            _ => out.push(sign),
        }
    }
    out
}

/// A link; its label alone where the address is none for people.
pub fn link(label: &str, address: &str) -> String {
    match safe_url(address) {
        Some(url) if label.trim().is_empty() => anchor(&url, &text(&url)),
        Some(url) => anchor(&url, &text(label)),
        None => text(label),
    }
}

fn anchor(url: &str, body: &str) -> String {
    format!("<a href=\"{}\">{body}</a>", text(url))
}

fn line(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    for run in runs {
        let mut body = text(&run.text);
        if run.look.code {
            body = format!("<code style=\"{CODE}\">{body}</code>");
        }
        for (on, name) in [(run.look.strike, "s"), (run.look.italic, "i"), (run.look.bold, "b")] {
            if on {
                body = format!("<{name}>{body}</{name}>");
            }
        }
        match run.look.url {
            Some(url) => out.push_str(&anchor(url, &body)),
            None => out.push_str(&body),
        }
    }
    out
}

fn put(out: &mut String, blocks: &[Block], tight: bool) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) if tight => out.push_str(&inline(inlines)),
            Block::Paragraph(inlines) => {
                put_element(out, "p", "margin:8px 0", &inline(inlines));
            }
            Block::Heading(level, inlines) => {
                let level = (*level).clamp(1, 6);
                // Below the title of a message, which has 18.
                let size = if level < 3 { 16 } else { 14 };
                let style = format!("font-size:{size}px;margin:16px 0 4px");
                put_element(out, &format!("h{level}"), &style, &inline(inlines));
            }
            Block::List { first, items } => list(out, *first, items),
            Block::Code { text: code, .. } => {
                let style = format!("{CODE};padding:8px;white-space:pre-wrap");
                put_element(out, "pre", &style, &text(code.trim_end()));
            }
            Block::Quote(blocks) => {
                out.push_str(
                    "<blockquote style=\"margin:0;padding-left:12px;border-left:3px solid #ddd\">",
                );
                put(out, blocks, false);
                out.push_str("</blockquote>");
            }
            Block::Table { head, rows } => table(out, head, rows),
            Block::Rule => out.push_str("<hr>"),
        }
    }
}

/// An element with its style, around what is HTML already.
fn put_element(out: &mut String, name: &str, style: &str, body: &str) {
    out.extend(["<", name]);
    if !style.is_empty() {
        out.extend([" style=\"", style, "\""]);
    }
    out.extend([">", body, "</", name, ">"]);
}

fn list(out: &mut String, first: Option<u64>, items: &[Item]) {
    match first {
        Some(1) => out.extend(["<ol", LIST]),
        Some(first) => out.extend(["<ol start=\"", &first.to_string(), "\"", LIST]),
        None => out.extend(["<ul", LIST]),
    }
    for item in items {
        out.push_str("<li>");
        match item.done {
            Some(true) => out.push_str("☑ "),
            Some(false) => out.push_str("☐ "),
            None => {}
        }
        let paragraphs = item.blocks.iter().filter(|block| matches!(block, Block::Paragraph(_)));
        put(out, &item.blocks, paragraphs.count() < 2);
        out.push_str("</li>");
    }
    out.push_str(if first.is_some() { "</ol>" } else { "</ul>" });
}

fn table(out: &mut String, head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) {
    out.push_str("<table style=\"border-collapse:collapse\">");
    let mut row = |cells: &[Vec<Inline>], name: &str| {
        out.push_str("<tr>");
        for cell in cells {
            put_element(out, name, "padding:4px 12px 4px 0;text-align:left", &inline(cell));
        }
        out.push_str("</tr>");
    };
    row(head, "th");
    for cells in rows {
        row(cells, "td");
    }
    out.push_str("</table>");
}

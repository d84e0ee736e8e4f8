//! How a payload will look, as a page that stands alone: no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use serde_json::Value;

use super::markup::{self, Kind, Span};
use super::{Drawn, drawn, signs};
use crate::slack::blocks::{Block, Element, Piece, Text};
use crate::slack::tokens;
use crate::text::{html, is_web};

/// The look: near to Slack's light one.
const STYLE: &str = "
body{margin:0;padding:20px;background:#fff;color:#1d1c1d;width:680px;
 font:15px/1.46668 Lato,'Helvetica Neue',Helvetica,Arial,'Segoe UI Emoji','Noto Color Emoji',sans-serif}
.message{display:flex;gap:8px}
.avatar{flex:none;width:36px;height:36px;border-radius:8px;background:#4a154b;color:#fff;
 font:bold 20px/36px Arial,sans-serif;text-align:center}
.who{font-weight:900}.who i{font:bold 10px/14px Arial,sans-serif;background:#e8e8e8;color:#616061;
 border-radius:2px;padding:1px 3px;margin:0 4px;vertical-align:1px}.who time{font-weight:400;font-size:12px;color:#616061}
.body{flex:1;min-width:0;max-width:600px}.body>*{margin:8px 0}
h1{font-size:18px;line-height:1.33;font-weight:900;margin:8px 0}
p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:8px 16px}
.context,.context p{font-size:13px;color:#616061}.context{display:flex;flex-wrap:wrap;gap:4px 10px}
.sign{width:1.1em;height:1.1em;vertical-align:-.18em;fill:none;stroke:#fff;stroke-width:2}
hr{border:0;border-top:1px solid #dddddd}
a{color:#1264a3;text-decoration:none}
code{font:12px/1.5 Monaco,Menlo,Consolas,'DejaVu Sans Mono',monospace;color:#e01e5a;background:#f8f8f8;
 border:1px solid #dddddd;border-radius:3px;padding:2px 3px 1px}
pre{font:12px/1.5 Monaco,Menlo,Consolas,'DejaVu Sans Mono',monospace;background:#f8f8f8;border:1px solid #dddddd;
 border-radius:4px;padding:8px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
blockquote{margin:0;padding-left:12px;border-left:4px solid #dddddd}
.mention{background:#fff3cf;color:#1264a3;border-radius:3px;padding:0 2px}
a code{color:inherit}
.buttons{display:flex;flex-wrap:wrap;gap:8px}
.button{border:1px solid #bbbabb;border-radius:4px;padding:0 12px;font:bold 13px/28px Lato,Arial,sans-serif;color:#1d1c1d}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
.picture{display:inline-block;border:1px dashed #bbbabb;border-radius:8px;padding:12px;color:#616061;font-size:13px}
.section{display:flex;gap:16px}.section>div:first-child{flex:1;min-width:0}
";

/// A page that looks like Slack with this payload in it, posted by `sender`. Pictures are shown by
/// their descriptions: nothing is loaded from anywhere.
pub fn page(payload: &Value, sender: &str) -> String {
    let mut body = String::new();
    for block in drawn(payload) {
        match block {
            Drawn::Block(one) => body.push_str(&block_of(&one)),
            Drawn::Other(name) => {
                let _ = write!(body, "<div class=\"picture\">{}</div>", escape(name));
            }
        }
    }
    let sender = escape(sender);
    let letter: String = sender.chars().take(1).flat_map(char::to_uppercase).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{sender}</title><style>{STYLE}</style></head>\n<body><div class=\"message\">\
         <div class=\"avatar\">{letter}</div><div class=\"body\">\
         <div class=\"who\">{sender}<i>APP</i><time>10:42</time></div>\n{body}</div></div></body></html>\n"
    )
}

fn block_of(block: &Block) -> String {
    match block {
        Block::Header { text } => format!("<h1>{}</h1>\n", line_of(text)),
        Block::Section { text, fields, accessory } => {
            let mut inner: String = text.iter().map(text_of).collect();
            if !fields.is_empty() {
                let cells: Vec<String> =
                    fields.iter().map(|one| format!("<div>{}</div>", text_of(one))).collect();
                let cells = cells.concat();
                let _ = write!(inner, "<div class=\"fields\">{cells}</div>");
            }
            let beside: String = accessory.iter().map(element_of).collect();
            format!("<div class=\"section\"><div>{inner}</div>{beside}</div>\n")
        }
        Block::Divider {} => "<hr>\n".to_owned(),
        Block::Context { elements } => {
            let inner: String = elements
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => format!("<div>{}</div>", text_of(text)),
                    Piece::Element(element) => element_of(element),
                })
                .collect();
            format!("<div class=\"context\">{inner}</div>\n")
        }
        Block::Actions { elements } => {
            let inner: String = elements.iter().map(element_of).collect();
            format!("<div class=\"buttons\">{inner}</div>\n")
        }
        Block::Image { alt_text, .. } => {
            format!("<div class=\"picture\">{}</div>\n", escape(&tokens::unescape(alt_text)))
        }
    }
}

fn element_of(element: &Element) -> String {
    match element {
        Element::Button { text, url, style } => {
            let look = match style.as_deref() {
                Some("primary") => "button primary",
                Some("danger") => "button danger",
                _ => "button",
            };
            let href = url.as_deref().map(href).unwrap_or_default();
            format!("<a class=\"{look}\"{href}>{}</a>", line_of(text))
        }
        Element::Image { alt_text, .. } => {
            format!("<div class=\"picture\">{}</div>", escape(&tokens::unescape(alt_text)))
        }
    }
}

/// A text in one line.
fn line_of(text: &Text) -> String {
    let lines = markup::lines(text);
    lines.iter().map(|line| spans_of(&line.spans)).collect::<Vec<_>>().join(" ")
}

/// A text in paragraphs, quotations and code.
fn text_of(text: &Text) -> String {
    let lines = markup::lines(text);
    let mut html = String::new();
    for group in lines.chunk_by(|a, b| a.kind == b.kind) {
        let kind = group.first().map_or(Kind::Text, |line| line.kind);
        let inner: Vec<String> = group
            .iter()
            .map(|line| match kind {
                Kind::Code => line.spans.iter().map(|span| escape(&span.text)).collect(),
                _ => spans_of(&line.spans),
            })
            .collect();
        let inner = inner.join("\n");
        let _ = match kind {
            Kind::Text => write!(html, "<p>{inner}</p>"),
            Kind::Quote => write!(html, "<blockquote><p>{inner}</p></blockquote>"),
            Kind::Code => write!(html, "<pre>{inner}</pre>"),
        };
    }
    html
}

fn spans_of(spans: &[Span]) -> String {
    let mut html = String::new();
    for Span { text, style } in spans {
        let mut one = signs::draw(escape(text));
        for (on, tag) in
            [(style.code, "code"), (style.strike, "s"), (style.italic, "em"), (style.bold, "b")]
        {
            if on {
                one = format!("<{tag}>{one}</{tag}>");
            }
        }
        if let Some(url) = &style.link {
            one = format!("<a{}>{one}</a>", href(url));
        }
        if style.mention {
            one = format!("<span class=\"mention\">{one}</span>");
        }
        html.push_str(&one);
    }
    html
}

/// The attribute of a link; nothing where it leads not to the web.
fn href(url: &str) -> String {
    if is_web(url) { format!(" href=\"{}\"", escape(url)) } else { String::new() }
}

/// Text as text in HTML, also within quotes.
fn escape(text: &str) -> String {
    html::text(&tokens::clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn foreign_text_stays_text() {
        let payload = json!({"text": "x", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "<script>\"'"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*b* <https://x/?\"onload=|l> <javascript:1|j> <@U1>"}},
            {"type": "image", "image_url": "https://x/y.png", "alt_text": "\"><img>"},
            {"type": "<b>"},
        ]});
        let page = page(&payload, "<i>");
        for never in ["<script", "<img", "javascript:", "\"onload", "y.png"] {
            assert!(!page.contains(never), "{never}: {page}");
        }
        assert!(page.contains("<b>b</b>") && page.contains("<span class=\"mention\">@U1</span>"));
        assert!(page.contains("<a href=\"https://x/?&quot;onload=\">l</a>"), "{page}");
    }
}

//! A picture of a message, as a page that stands alone: no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use launchway_base::Failure;
use launchway_runtime::redact;

use crate::inputs::Delivery;
use crate::preview::signs;
use crate::text::{Block, html, markdown};

/// The look all channels share.
const STYLE: &str = "
body{margin:0;padding:20px;background:#fff;color:#242424;max-width:720px;overflow-wrap:anywhere;
 font:14px/1.5 'Segoe UI',system-ui,Helvetica,Arial,'Noto Color Emoji',sans-serif}
.card{border:1px solid #d1d1d1;border-left:4px solid #888;border-radius:6px;padding:12px 16px}
.card>*{margin:8px 0}
.big{font-size:18px;font-weight:700}.small{font-size:12px;color:#616161}
table{border-collapse:collapse}td p,.grid p{margin:0!important}td{vertical-align:top;padding:2px 16px 2px 0}td:first-child{font-weight:600}
.grid{display:grid;grid-template-columns:repeat(3,1fr);gap:8px 16px}.wide{grid-column:1/-1}
.button{display:inline-block;border:1px solid #d1d1d1;border-radius:4px;padding:4px 12px;margin:0 8px 4px 0}
.at{background:#e8ebfa;color:#3d3e78;border-radius:3px;padding:0 2px}
pre{white-space:pre-wrap}a{color:#0f5fa8}
";

/// The look of a sign that is drawn.
pub const SIGN: &str = ".sign{width:1.1em;height:1.1em;vertical-align:-.18em;fill:none;stroke:#fff;stroke-width:2}.sign rect{stroke:none}";

/// Writes the picture of a message where `preview-file` asks for one.
///
/// # Errors
/// The file cannot be written.
pub fn save(delivery: &Delivery, page: impl FnOnce() -> String) -> Result<(), Failure> {
    let Some(path) = delivery.preview_file.as_deref().filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    write(path, &page())
}

/// Writes a picture, without the secrets its text may hold: it is there to be looked at and passed on.
///
/// # Errors
/// As with [`save`].
pub fn write(path: &str, page: &str) -> Result<(), Failure> {
    std::fs::write(path, redact(page).as_bytes()).map_err(|error| {
        Failure::input(format!("cannot write `preview-file`, `{path}`")).caused_by(error)
    })
}

/// A page around what is HTML already.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}{SIGN}</style></head>\n<body>\n{}\n</body></html>\n",
        html::text(title),
        drawn(body),
    )
}

/// A card whose side has this colour, as `#rrggbb`; what is in it is HTML already.
pub fn card(colour: &str, body: &str) -> String {
    format!("<div class=\"card\" style=\"border-left-color:{}\">\n{body}</div>", html::text(colour))
}

/// A part of a card, of this class; nothing where it is empty.
pub fn part(class: &str, body: &str) -> String {
    if body.trim().is_empty() {
        return String::new();
    }
    format!("<div class=\"{class}\">{body}</div>\n")
}

/// Text in a channel's Markdown, where each of `called` is somebody who is called, shown as `name` says.
pub fn marked(text: &str, called: &[String], name: fn(&str) -> String) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((at, who)) =
        called.iter().filter_map(|who| Some((rest.find(who.as_str())?, who))).min()
    {
        out += &between(rest.get(..at).unwrap_or_default());
        let _ = write!(out, "<span class=\"at\">{}</span>", html::text(&name(who)));
        rest = rest.get(at + who.len()..).unwrap_or_default();
    }
    if out.is_empty() { html::print(&markdown::read(text)) } else { out + &between(rest) }
}

/// What stands between two who are called.
fn between(text: &str) -> String {
    let blank = |yes: bool| if yes { " " } else { "" };
    let blocks = markdown::read(text);
    let shown: String = blocks
        .into_iter()
        .map(|block| match block {
            Block::Paragraph(line) => html::inline(&line),
            other => html::print(&[other]),
        })
        .collect();
    let (before, after) = (text.starts_with(' '), text.len() > 1 && text.ends_with(' '));
    format!("{}{shown}{}", blank(before), blank(after))
}

/// HTML with the signs of the statuses drawn, outside of its tags.
pub fn drawn(html: &str) -> String {
    let piece = |piece: &str| match piece.split_once('>') {
        Some((tag, text)) => format!("{tag}>{}", signs::draw(text.to_owned())),
        None => signs::draw(piece.to_owned()),
    };
    html.split('<').map(piece).collect::<Vec<_>>().join("<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_called_is_marked_and_text_stays_text() {
        let called = ["<at>ann</at>".to_owned(), "<at>a<b</at>".to_owned()];
        let name = |who: &str| who.trim_matches(['<', '>']).replace("at>", "").replace("</at", "");
        let shown = marked("<at>ann</at>, \\<script\\> **b** <at>bob</at>", &called, name);
        assert!(shown.starts_with("<span class=\"at\">ann</span>"), "{shown}");
        assert!(shown.contains("&lt;script&gt;") && shown.contains("<b>b</b>"), "{shown}");
        assert_eq!(shown.matches("<span").count(), 1, "{shown}");
        assert!(marked("<at>a<b</at>", &called, str::to_owned).contains("at&gt;a&lt;b&lt;"));
        let both = page("", "<a title=\"✅\">✅</a>");
        assert!(both.contains("<a title=\"✅\"><svg"), "{both}");
        assert!(page("</title><script>", "").contains("&lt;/title&gt;&lt;script&gt;"));
    }
}

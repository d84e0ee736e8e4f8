//! How a payload will look, on a terminal.

use serde_json::Value;

use super::markup::{self, Kind, Span, Style};
use super::{Drawn, drawn};
use crate::slack::blocks::{Block, Element, Piece, Text};

/// Lines of a preview; the others are counted.
const LINES: usize = 60;
/// Bold.
const BOLD: &str = "1";
/// Dim.
const DIM: &str = "2";

/// How it will look, in lines that are at most `width` columns wide, with colours only where asked
/// for. Control characters in the payload are left out.
pub fn show(payload: &Value, width: usize, colour: bool) -> String {
    let pen = Pen { width: width.clamp(40, 120) - 2, colour };
    let mut lines = Vec::new();
    for block in drawn(payload) {
        match block {
            Drawn::Block(block) => pen.block(&block, &mut lines),
            Drawn::Other(name) => lines.push(pen.paint(&format!("({})", plain(name)), DIM)),
        }
    }
    let filled = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.truncate(filled);
    let left_out = lines.len().saturating_sub(LINES);
    lines.truncate(if left_out > 0 { LINES - 1 } else { LINES });
    if left_out > 0 {
        lines.push(pen.paint(&format!("… and {} more lines", left_out + 1), DIM));
    }
    let bar = pen.paint("┃", DIM);
    lines.iter().map(|line| format!("{bar} {line}").trim_end().to_owned() + "\n").collect()
}

/// What draws.
struct Pen {
    width: usize,
    colour: bool,
}

impl Pen {
    fn block(&self, block: &Block, lines: &mut Vec<String>) {
        match block {
            Block::Header { text } => {
                lines.extend(self.text(text, self.width).iter().map(|line| self.paint(line, BOLD)));
                lines.push(String::new());
            }
            Block::Section { text, fields, accessory } => {
                lines.extend(text.iter().flat_map(|text| self.text(text, self.width)));
                for pair in fields.chunks(2) {
                    self.columns(pair, lines);
                }
                lines.extend(accessory.iter().map(|one| self.element(one)));
                lines.push(String::new());
            }
            Block::Divider {} => lines.push(self.paint(&"─".repeat(self.width), DIM)),
            Block::Context { elements } => {
                for piece in elements {
                    match piece {
                        Piece::Text(text) => {
                            let small = self.text(text, self.width);
                            lines.extend(small.iter().map(|line| self.paint(line, DIM)));
                        }
                        Piece::Element(element) => lines.push(self.element(element)),
                    }
                }
            }
            Block::Actions { elements } => {
                lines.extend(elements.iter().map(|element| self.element(element)));
                lines.push(String::new());
            }
            Block::Image { alt_text, .. } => {
                lines.push(self.paint(&format!("[picture: {}]", plain(alt_text)), DIM));
            }
        }
    }

    /// A text in lines.
    fn text(&self, text: &Text, width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for line in markup::lines(text) {
            let (start, fold) = match line.kind {
                Kind::Text => ("", true),
                Kind::Quote => ("▏ ", true),
                Kind::Code => ("    ", false),
            };
            let room = if fold { width - start.chars().count() } else { usize::MAX };
            for one in wrap(&line.spans, room) {
                let painted: String = one.iter().map(|span| self.span(span)).collect();
                lines.push(format!("{start}{painted}"));
            }
        }
        lines
    }

    /// Two texts side by side.
    fn columns(&self, pair: &[Text], lines: &mut Vec<String>) {
        let half = self.width / 2 - 1;
        let bare = Self { width: self.width, colour: false };
        let column =
            |at: usize| pair.get(at).map(|text| (self.text(text, half), bare.text(text, half)));
        let (left, widths) = column(0).unwrap_or_default();
        let (right, _) = column(1).unwrap_or_default();
        for at in 0..left.len().max(right.len()) {
            let cell = left.get(at).map_or("", String::as_str);
            let used = widths.get(at).map_or(0, |line| columns(line));
            let gap = " ".repeat((half + 2).saturating_sub(used));
            let other = right.get(at).map_or("", String::as_str);
            lines.push(if other.is_empty() {
                cell.to_owned()
            } else {
                format!("{cell}{gap}{other}")
            });
        }
    }

    fn element(&self, element: &Element) -> String {
        match element {
            Element::Button { text, url, .. } => {
                let label: String = self.text(text, usize::MAX / 2).join(" ");
                let url = plain(url.as_deref().unwrap_or_default());
                format!("{} {}", self.paint(&format!("[ {label} ]"), BOLD), self.paint(&url, DIM))
            }
            Element::Image { alt_text, .. } => {
                self.paint(&format!("[picture: {}]", plain(alt_text)), DIM)
            }
        }
    }

    fn span(&self, Span { text, style }: &Span) -> String {
        let Style { bold, italic, strike, code, mention, link } = style;
        let codes = [
            (*bold, BOLD),
            (*italic, "3"),
            (*strike, "9"),
            (*code, "31"),
            (*mention, "33"),
            (link.is_some(), "4;34"),
        ];
        let codes: Vec<&str> = codes.iter().filter(|(on, _)| *on).map(|(_, code)| *code).collect();
        if codes.is_empty() { text.clone() } else { self.paint(text, &codes.join(";")) }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// A text of a payload without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).collect()
}

/// Pieces in lines of at most `width` columns, folded between words; a word that is longer than a
/// line is left whole, as addresses are.
fn wrap(spans: &[Span], width: usize) -> Vec<Vec<Span>> {
    let (mut lines, mut line, mut used): (Vec<Vec<Span>>, Vec<Span>, usize) =
        (Vec::new(), Vec::new(), 0);
    for span in spans {
        for word in span.text.split_inclusive(' ') {
            let long = columns(word.trim_end());
            if used > 0 && used + long > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            used += columns(word);
            match line.last_mut().filter(|last| last.style == span.style) {
                Some(last) => last.text.push_str(word),
                None => line.push(Span { text: word.to_owned(), style: span.style.clone() }),
            }
        }
    }
    lines.push(line);
    lines
}

/// How many columns a text takes, nearly: two for what is wide in East Asia and for pictures.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|one| match u32::from(one) {
            0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x23ed
            | 0x23f3
            | 0x2705
            | 0x274c
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1faff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_drawn_without_colours() {
        let payload = json!({"text": "x", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "✅ Deployed &amp; done"}},
            {"type": "section", "fields": [
                {"type": "mrkdwn", "text": "*Version*\n1.4.2"},
                {"type": "mrkdwn", "text": "*Environment*\nproduction"},
                {"type": "mrkdwn", "text": "*Duration*\n2 min"},
            ]},
            {"type": "divider"},
            {"type": "section", "text": {"type": "mrkdwn", "text": "cc <@U1>\n```\nlet x;\n```"}},
            {"type": "actions", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "View run"}, "url": "https://x/1"},
            ]},
            {"type": "video", "title": {}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://x|a/b>  ·  by o"}]},
        ]});
        assert_eq!(
            show(&payload, 44, false),
            "\
┃ ✅ Deployed & done
┃
┃ Version               Environment
┃ 1.4.2                 production
┃ Duration
┃ 2 min
┃
┃ ──────────────────────────────────────────
┃ cc @U1
┃     let x;
┃
┃ [ View run ] https://x/1
┃
┃ (video)
┃ a/b  ·  by o
"
        );
    }

    #[test]
    fn colours_come_only_where_asked_and_controls_never() {
        let payload = json!({"text": "*b* \u{1b}[2Jx"});
        assert_eq!(show(&payload, 80, false), "┃ b [2Jx\n");
        assert!(show(&payload, 80, true).contains("\u{1b}[1mb\u{1b}[0m"));
        assert!(!show(&payload, 80, true).contains("\u{1b}[2J"));
    }

    #[test]
    fn it_stays_short_and_narrow() {
        let text = "word ".repeat(3000);
        let shown = show(&json!({"text": text}), 50, false);
        assert_eq!(shown.lines().count(), LINES);
        assert!(shown.lines().all(|line| line.chars().count() <= 50));
        assert!(shown.contains("more lines"), "{shown}");
    }
}

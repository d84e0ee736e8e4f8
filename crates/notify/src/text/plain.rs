//! Text without marks.

use super::layout::{self, Marks};
use super::run::Run;
use super::{Block, Inline};

const MARKS: Marks = Marks {
    line,
    code: |text, _| text.lines().map(str::to_owned).collect(),
    bullets: ["• ", "◦ ", "▪ "],
    indent: "  ",
    quote: "> ",
    rule: "────",
    airy: false,
};

/// Prints a text without marks. Nothing is escaped.
pub fn print(blocks: &[Block]) -> String {
    layout::print(blocks, &MARKS)
}

/// One line without marks.
pub fn inline(inlines: &[Inline]) -> String {
    layout::one_line(inlines, &MARKS)
}

fn line(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    let mut rest = runs.iter().peekable();
    let mut label = String::new();
    while let Some(run) = rest.next() {
        out.push_str(&run.text);
        let Some(url) = run.look.url else { continue };
        label.push_str(&run.text);
        if rest.peek().is_some_and(|next| next.look.url == Some(url)) {
            continue;
        }
        if label != url && url.strip_prefix("mailto:").is_none_or(|to| to != label) {
            out.push_str(" (");
            out.push_str(url);
            out.push(')');
        }
        label.clear();
    }
    out
}

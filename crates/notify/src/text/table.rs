//! Tables, for channels that have none.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::layout::flat;
use super::run::{Look, Run};
use super::{Inline, plain};

/// The widest table that is shown as columns.
const WIDEST: usize = 76;

type Cell = Vec<Inline>;

/// The table as columns of plain text; none where it is too wide for it, or leads somewhere.
pub(super) fn aligned(head: &[Cell], rows: &[Vec<Cell>]) -> Option<String> {
    let all: Vec<&[Cell]> = std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &all {
        for (column, cell) in row.iter().enumerate() {
            if flat(cell).iter().any(|run| run.look.url.is_some()) {
                return None;
            }
            let wide = width(&plain::inline(cell));
            match widths.get_mut(column) {
                Some(known) => *known = wide.max(*known),
                None => widths.push(wide),
            }
        }
        if widths.iter().sum::<usize>() + 2 * widths.len() > WIDEST {
            return None;
        }
    }
    let mut text = String::new();
    for (index, row) in all.iter().enumerate() {
        let mut line = String::new();
        for (cell, wide) in row.iter().zip(&widths) {
            let cell = plain::inline(cell);
            let fill = wide.saturating_sub(width(&cell)) + 2;
            let _ = write!(line, "{cell}{:fill$}", "");
        }
        let _ = writeln!(text, "{}", line.trim_end());
        if index == 0 {
            let rules: Vec<_> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
            let _ = writeln!(text, "{}", rules.join("  "));
        }
    }
    Some(text.trim_end().to_owned())
}

/// Each row as a line: `first, Name: second, Name: third`.
pub(super) fn rows<'a>(head: &'a [Cell], rows: &'a [Vec<Cell>]) -> Vec<Vec<Run<'a>>> {
    let text = |text: &'static str| Run { text: Cow::Borrowed(text), ..Run::default() };
    let bold = Look { bold: true, ..Look::default() };
    let name = |cell: &'a Cell| Run { text: Cow::Owned(plain::inline(cell)), look: bold };
    let mut all = Vec::new();
    if rows.is_empty() {
        let names = head.iter().map(name);
        all.push(
            names
                .enumerate()
                .flat_map(|(i, run)| [text(if i > 0 { ", " } else { "" }), run])
                .collect(),
        );
    }
    for row in rows {
        let mut line: Vec<Run<'a>> = Vec::new();
        for (column, cell) in row.iter().enumerate() {
            let cell = flat(cell);
            if cell.is_empty() {
                continue;
            }
            if !line.is_empty() {
                line.push(text(", "));
            }
            let name = head.get(column).map(name);
            if let Some(run) = name.filter(|run| column > 0 && !run.text.is_empty()) {
                line.extend([run, text(": ")]);
            }
            line.extend(cell);
        }
        all.push(line);
    }
    for line in &mut all {
        line.retain(|run| !run.text.is_empty());
    }
    all
}

/// The columns a text takes on a screen, about.
fn width(text: &str) -> usize {
    text.chars()
        .map(|sign| match u32::from(sign) {
            0x200b..=0x200f | 0xfe00..=0xfe0f | 0x300..=0x36f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

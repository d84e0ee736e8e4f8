//! Blocks as lines, for the channels whose texts are lines with marks.

use std::borrow::Cow;

use super::run::{self, Run};
use super::{Block, Inline, Item, table};

/// How a channel marks things.
pub(super) struct Marks {
    /// One line of runs, escaped.
    pub(super) line: fn(&[Run<'_>]) -> String,
    /// Lines shown as they are, escaped; the flag tells that they stand within other blocks.
    pub(super) code: fn(&str, bool) -> Vec<String>,
    /// What an item of a list begins with, by depth.
    pub(super) bullets: [&'static str; 3],
    /// What stands before a line per level of a list.
    pub(super) indent: &'static str,
    /// What stands before a line of a quotation.
    pub(super) quote: &'static str,
    /// A line across.
    pub(super) rule: &'static str,
    /// Whether a new line has to be an empty one to be seen.
    pub(super) airy: bool,
}

/// Prints blocks.
pub(super) fn print(blocks: &[Block], marks: &Marks) -> String {
    let mut text = lines(blocks, marks, 0, false).join("\n");
    text.truncate(text.trim_end().len());
    text
}

/// Prints a line of text; line breaks become spaces.
pub(super) fn one_line(inlines: &[Inline], marks: &Marks) -> String {
    (marks.line)(&flat(inlines))
}

fn lines(blocks: &[Block], marks: &Marks, depth: usize, within: bool) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        let new = block_lines(block, marks, depth, within);
        if new.is_empty() {
            continue;
        }
        let close = match before {
            Some(Block::Heading(..)) if !marks.airy => true,
            Some(_) => depth > 0,
            None => true,
        };
        if !close {
            all.push(String::new());
        }
        all.extend(new);
        before = Some(block);
    }
    all
}

fn block_lines(block: &Block, marks: &Marks, depth: usize, within: bool) -> Vec<String> {
    match block {
        Block::Paragraph(inlines) => spread(inlines, marks, depth, false),
        Block::Heading(_, inlines) => spread(inlines, marks, depth, true),
        Block::List { first, items } => {
            let number = |index: usize| first.map(|first| first.saturating_add(index as u64));
            let items = items.iter().enumerate();
            items.flat_map(|(index, item)| item_lines(item, number(index), marks, depth)).collect()
        }
        Block::Code { text, .. } => (marks.code)(text.trim_end_matches(['\n', '\r']), within),
        Block::Quote(blocks) => {
            let inner = lines(blocks, marks, depth, true);
            inner.into_iter().map(|line| format!("{}{line}", marks.quote)).collect()
        }
        Block::Table { head, rows } => match table::aligned(head, rows) {
            Some(text) => (marks.code)(&text, within),
            None => table::rows(head, rows)
                .iter()
                .map(|runs| format!("{}{}", marks.bullets[0], (marks.line)(runs)))
                .collect(),
        },
        Block::Rule => vec![marks.rule.to_owned()],
    }
}

fn item_lines(item: &Item, number: Option<u64>, marks: &Marks, depth: usize) -> Vec<String> {
    let [first, second, third] = marks.bullets;
    let sign = match (number, depth) {
        (Some(number), _) => format!("{number}. "),
        (None, 0) => first.to_owned(),
        (None, 1) => second.to_owned(),
        (None, _) => third.to_owned(),
    };
    let tick = match item.done {
        Some(true) => "☑ ",
        Some(false) => "☐ ",
        None => "",
    };
    let mut all = Vec::new();
    for block in &item.blocks {
        let list = matches!(block, Block::List { .. });
        let new = block_lines(block, marks, depth + 1, true);
        if all.is_empty() && list {
            all.push(format!("{sign}{tick}"));
        }
        for line in new {
            if all.is_empty() {
                all.push(format!("{sign}{tick}{line}"));
            } else {
                all.push(format!("{}{line}", marks.indent));
            }
        }
    }
    if all.is_empty() {
        all.push(format!("{sign}{tick}").trim_end().to_owned());
    }
    all
}

fn spread(inlines: &[Inline], marks: &Marks, depth: usize, bold: bool) -> Vec<String> {
    let mut all = Vec::new();
    for mut runs in run::lines(inlines) {
        for run in runs.iter_mut().filter(|run| bold && !run.text.trim().is_empty()) {
            run.look.bold = true;
        }
        if marks.airy && depth == 0 && !all.is_empty() {
            all.push(String::new());
        }
        all.push((marks.line)(&runs));
    }
    if all.iter().all(String::is_empty) { Vec::new() } else { all }
}

/// All lines of a text as one.
pub(super) fn flat(inlines: &[Inline]) -> Vec<Run<'_>> {
    let mut all = Vec::new();
    for line in run::lines(inlines) {
        if !all.is_empty() && !line.is_empty() {
            all.push(Run { text: Cow::Borrowed(" "), ..Run::default() });
        }
        all.extend(line);
    }
    all
}

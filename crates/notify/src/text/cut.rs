//! Cuts text to a budget before it is escaped, where a reader would: between blocks, else between
//! lines, else between words, and never within what is seen as one sign.
//!
//! Lengths are UTF-16 units ([`length`]), of what a printer makes of the text or, where the caller
//! looks at the whole message itself, of the tree ([`tree`]). However long a text is, no more of it is
//! printed than could fit.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

use super::{Block, Inline, Item, Printer, Rich, length};

/// What stands where something was cut off.
pub const ELLIPSIS: &str = "…";

/// A plain text of at most `max`, with `…` at its end where something was cut off.
pub fn text(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let Some(budget) = max.checked_sub(length(ELLIPSIS)) else { return String::new() };
    let kept = text.get(..boundary(text, budget)).unwrap_or_default();
    let word = kept.rfind(char::is_whitespace).filter(|at| *at * 5 >= kept.len() * 4);
    let kept = word.and_then(|at| kept.get(..at)).unwrap_or(kept);
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// As much of a text as prints to at most `max`, with `…` and a link, label and address, to the
/// whole of it where something was cut off. Nothing where not even that fits.
pub fn rich(blocks: &[Block], max: usize, print: Printer, more: Option<(&str, &str)>) -> Rich {
    let size = |blocks: &[Block]| length(&print(blocks));
    let mut near = Window::new(0, reach(max));
    let head = near.blocks(blocks, false);
    if near.at < near.to && size(blocks) <= max {
        return blocks.to_vec();
    }
    let blocks = tame(&head, max, &size);
    [more, None]
        .into_iter()
        .find_map(|more| {
            let fits = |rich: &Rich| size(&closed(rich.clone(), more)) <= max;
            if !fits(&Rich::new()) {
                return None;
            }
            let cut = longest(&blocks, 0, max, &fits).map(|to| slice(&blocks, 0, to));
            Some(closed(cut.filter(|cut| fits(cut)).unwrap_or_default(), more))
        })
        .unwrap_or_default()
}

/// The same without a printer: `max` counts signs, addresses, and one for each line, item and cell;
/// the `…` and the link come on top.
pub fn tree(blocks: &[Block], max: usize, more: Option<(&str, &str)>) -> Rich {
    let mut near = Window::new(0, max.saturating_add(1));
    let head = near.blocks(blocks, false);
    if near.at <= max {
        return blocks.to_vec();
    }
    let blocks = tame(&head, max, &weight);
    let to = Window::seamed(&blocks, 0, max).best(0, max);
    closed(slice(&blocks, 0, to), more)
}

/// The text in pieces that print to at most `max` each, at most `pieces` of them. Whether
/// something is left out then is told by the flag.
pub fn split(blocks: &[Block], max: usize, pieces: usize, print: Printer) -> (Vec<Rich>, bool) {
    let blocks = tame(blocks, max, &|blocks| length(&print(blocks)));
    let fits = |rich: &Rich| length(&print(rich)) <= max;
    let (total, mut from, mut all, mut whole) = (weight(&blocks), 0, Vec::new(), true);
    while from < total {
        if all.len() >= pieces {
            return (all, true);
        }
        let Some(to) = longest(&blocks, from, max, &fits) else {
            // Not even one sign: the budget is less than the marks around it.
            (from, whole) = (from + 1, false);
            continue;
        };
        let piece = slice(&blocks, from, to);
        if !print(&piece).trim().is_empty() {
            all.push(piece);
        }
        from = to;
    }
    (all, !whole)
}

/// A text with the sign that something is missing.
fn closed(mut rich: Rich, more: Option<(&str, &str)>) -> Rich {
    let mut end = vec![Inline::Text(ELLIPSIS.to_owned())];
    if let Some((label, url)) = more {
        end.push(Inline::Text(" ".to_owned()));
        end.push(Inline::Link { text: vec![Inline::Text(label.to_owned())], url: url.to_owned() });
    }
    match rich.last_mut() {
        Some(Block::Paragraph(inlines)) => {
            inlines.push(Inline::Text(" ".to_owned()));
            inlines.extend(end);
        }
        _ => rich.push(Block::Paragraph(end)),
    }
    rich
}

/// The length of a text.
type Size<'a> = &'a dyn Fn(&[Block]) -> usize;

/// The place beyond which nothing fits into `max`: marks and escapes only add, seams take little.
fn reach(max: usize) -> usize {
    max.saturating_mul(2).saturating_add(8)
}

/// Tables whose head alone takes too much of the budget become lists.
fn tame(blocks: &[Block], max: usize, size: Size<'_>) -> Rich {
    let tame_one = |block: &Block| match block {
        Block::Quote(inner) => Block::Quote(tame(inner, max, size)),
        Block::List { first, items } => {
            let items = items.iter();
            let items =
                items.map(|item| Item { done: item.done, blocks: tame(&item.blocks, max, size) });
            Block::List { first: *first, items: items.collect() }
        }
        Block::Table { head, rows } => {
            let alone = Block::Table { head: head.clone(), rows: Vec::new() };
            if size(&[alone]) <= max / 3 {
                return block.clone();
            }
            let row = |cells: &Vec<Vec<Inline>>| {
                let comma = [Inline::Text(", ".to_owned())];
                let line = cells.join(comma.as_slice());
                Item { done: None, blocks: vec![Block::Paragraph(line)] }
            };
            let items = std::iter::once(head).chain(rows).map(row).collect();
            Block::List { first: None, items }
        }
        other => other.clone(),
    };
    blocks.iter().map(tame_one).collect()
}

/// Where the best piece from `from` on ends; none where nothing fits.
fn longest(
    blocks: &[Block],
    from: usize,
    max: usize,
    fits: &dyn Fn(&Rich) -> bool,
) -> Option<usize> {
    let limit = reach(max).saturating_add(from);
    let window = Window::seamed(blocks, from, limit);
    let limit = window.at.min(limit);
    let probe = |to: usize| fits(&slice(blocks, from, to));
    if limit > from && probe(limit) && limit == window.at {
        return Some(limit);
    }
    let (mut low, mut high) = (from, limit);
    while low + 1 < high {
        let middle = low.midpoint(high);
        if probe(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if low == from {
        return probe(from + 1).then_some(from + 1);
    }
    Some(window.best(from, low)).filter(|at| probe(*at)).or(Some(low))
}

/// The part of a text between two places.
fn slice(blocks: &[Block], from: usize, to: usize) -> Rich {
    Window::new(from, to).blocks(blocks, false)
}

/// The place of the end of a text.
fn weight(blocks: &[Block]) -> usize {
    let mut window = Window::new(usize::MAX, usize::MAX);
    let _ = window.blocks(blocks, false);
    window.at
}

/// How good a place is for a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seam {
    Word,
    Line,
    Block,
}

/// Walks a text and copies what lies between two places. A place counts the units of the text
/// and of the addresses before it, and one for the end of every line, item, cell and block.
struct Window {
    from: usize,
    to: usize,
    at: usize,
    /// Where it can be cut, if somebody asks.
    seams: Option<BTreeMap<usize, Seam>>,
}

impl Window {
    fn new(from: usize, to: usize) -> Self {
        Self { from, to, at: 0, seams: None }
    }

    /// A window over a text that knows where it can be cut.
    fn seamed(blocks: &[Block], from: usize, to: usize) -> Self {
        let mut window = Self { seams: Some(BTreeMap::new()), ..Self::new(from, to) };
        let _ = window.blocks(blocks, true);
        window
    }

    /// The best place for a cut in the second half of a part.
    fn best(&self, from: usize, to: usize) -> usize {
        let half = from + (to - from) / 2;
        let seams = self.seams.iter().flat_map(|seams| seams.range((Excluded(half), Included(to))));
        seams.max_by_key(|(at, seam)| (**seam, **at)).map_or(to, |(at, _)| *at)
    }

    /// Whether something that began at `start` is to be copied although it may hold no text.
    fn covers(&self, start: usize) -> bool {
        self.from <= start && start < self.to
    }

    fn end(&mut self, seam: Seam) {
        self.at += 1;
        self.seam(self.at, seam);
    }

    fn seam(&mut self, at: usize, seam: Seam) {
        if let Some(seams) = self.seams.as_mut().filter(|_| at > self.from && at <= self.to) {
            let known = seams.entry(at).or_insert(seam);
            *known = seam.max(*known);
        }
    }

    fn blocks(&mut self, blocks: &[Block], top: bool) -> Rich {
        let mut all = Rich::new();
        for block in blocks {
            if self.at >= self.to {
                break;
            }
            all.extend(self.block(block));
            self.end(if top { Seam::Block } else { Seam::Line });
        }
        all
    }

    fn block(&mut self, block: &Block) -> Rich {
        let start = self.at;
        match block {
            Block::Paragraph(inlines) => {
                let inlines = self.inlines(inlines);
                some(!inlines.is_empty(), Block::Paragraph(inlines))
            }
            Block::Heading(level, inlines) => {
                let inlines = self.inlines(inlines);
                some(!inlines.is_empty(), Block::Heading(*level, inlines))
            }
            Block::Code { language, text } => {
                let text = self.text(text);
                some(!text.is_empty(), Block::Code { language: language.clone(), text })
            }
            Block::Quote(inner) => {
                let inner = self.blocks(inner, false);
                some(!inner.is_empty(), Block::Quote(inner))
            }
            Block::List { first, items } => self.list(*first, items),
            Block::Table { head, rows } => {
                let seen = self.row(head);
                self.end(Seam::Line);
                let mut kept = Vec::new();
                for row in rows {
                    if self.at >= self.to {
                        break;
                    }
                    kept.extend(self.row(row));
                    self.end(Seam::Line);
                }
                let table = Block::Table { head: head.clone(), rows: kept };
                let filled = matches!(&table, Block::Table { rows, .. } if !rows.is_empty());
                some(filled || seen.is_some(), table)
            }
            Block::Rule => some(self.covers(start), Block::Rule),
        }
    }

    /// Items; the rest of one that began before stands before the list, without its sign.
    fn list(&mut self, first: Option<u64>, items: &[Item]) -> Rich {
        let (mut all, mut kept, mut number) = (Rich::new(), Vec::new(), first);
        for (index, item) in items.iter().enumerate() {
            if self.at >= self.to {
                break;
            }
            let start = self.at;
            let blocks = self.blocks(&item.blocks, false);
            if start < self.from {
                all.extend(blocks);
            } else if !blocks.is_empty() || self.covers(start) {
                if kept.is_empty() {
                    number = first.map(|first| first.saturating_add(index as u64));
                }
                kept.push(Item { done: item.done, blocks });
            }
            self.end(Seam::Line);
        }
        all.extend(some(!kept.is_empty(), Block::List { first: number, items: kept }));
        all
    }

    fn row(&mut self, cells: &[Vec<Inline>]) -> Option<Vec<Vec<Inline>>> {
        let start = self.at;
        let mut kept = |cell: &Vec<Inline>| {
            let inlines = self.inlines(cell);
            self.at += 1;
            inlines
        };
        let cells: Vec<_> = cells.iter().map(&mut kept).collect();
        (self.covers(start) || cells.iter().any(|cell| !cell.is_empty())).then_some(cells)
    }

    fn inlines(&mut self, inlines: &[Inline]) -> Vec<Inline> {
        let mut all = Vec::new();
        for inline in inlines {
            if self.at >= self.to {
                break;
            }
            let start = self.at;
            let kept = match inline {
                Inline::Text(text) => Inline::Text(self.text(text)),
                Inline::Code(text) => Inline::Code(self.text(text)),
                Inline::Strong(inner) => Inline::Strong(self.inlines(inner)),
                Inline::Emphasis(inner) => Inline::Emphasis(self.inlines(inner)),
                Inline::Strike(inner) => Inline::Strike(self.inlines(inner)),
                Inline::Link { text, url } => {
                    self.at += length(url);
                    Inline::Link { text: self.inlines(text), url: url.clone() }
                }
                Inline::Break => {
                    self.end(Seam::Line);
                    if self.covers(start) {
                        all.push(Inline::Break);
                    }
                    continue;
                }
            };
            let empty = match &kept {
                Inline::Text(text) | Inline::Code(text) => text.is_empty(),
                Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
                    inner.is_empty()
                }
                Inline::Link { text, .. } => text.is_empty(),
                Inline::Break => false,
            };
            if !empty {
                all.push(kept);
            }
        }
        all
    }

    fn text(&mut self, text: &str) -> String {
        let start = self.at;
        let end = start + length(text);
        self.at = end;
        if end <= self.from || start >= self.to {
            return String::new();
        }
        let (mut at, seamed) = (start, self.seams.is_some());
        for sign in text.chars().take_while(|_| seamed) {
            at += sign.len_utf16();
            if at > self.to {
                break;
            }
            if sign.is_whitespace() {
                self.seam(at, if sign == '\n' { Seam::Line } else { Seam::Word });
            }
        }
        let low = boundary(text, self.from.saturating_sub(start));
        let high = boundary(text, self.to - start);
        text.get(low..high).unwrap_or_default().to_owned()
    }
}

fn some(yes: bool, block: Block) -> Rich {
    if yes { vec![block] } else { Rich::new() }
}

/// The greatest index into `text`, in bytes, that has at most `units` before it and lies between
/// two signs as they are seen: not before an accent, a skin tone or a joiner, nor between the two
/// halves of a flag. A heap of more than 32 such pieces is cut anyway.
fn boundary(text: &str, units: usize) -> usize {
    let mut seen = 0;
    let end = text.char_indices().find_map(|(at, sign)| {
        seen += sign.len_utf16();
        (seen > units).then_some(at)
    });
    let Some(end) = end else { return text.len() };
    let mut at = end;
    for _ in 0..32 {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return end };
        let (Some(last), Some(next)) = (before.chars().next_back(), after.chars().next()) else {
            return at;
        };
        if !sticks(before, last, next) {
            return at;
        }
        at -= last.len_utf8();
    }
    end
}

fn sticks(before: &str, last: char, next: char) -> bool {
    let flag = |sign: &char| ('\u{1f1e6}'..='\u{1f1ff}').contains(sign);
    match u32::from(next) {
        0x300..=0x36f
        | 0x1ab0..=0x1aff
        | 0x20d0..=0x20ff
        | 0x200d
        | 0xfe00..=0xfe0f
        | 0x1f3fb..=0x1f3ff
        | 0xe0020..=0xe007f => true,
        0x0a => last == '\r',
        _ if last == '\u{200d}' => true,
        _ => flag(&next) && before.chars().rev().take_while(flag).count() % 2 == 1,
    }
}

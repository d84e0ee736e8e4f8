//! Markdown as GitHub writes it, read into a tree.
//!
//! Whatever is read, the tree is small: at most `LONGEST` bytes are looked at, and what is nested
//! deeper than `DEEPEST` is read as if it stood one level higher.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::address::address;
use super::markup::{self, Bit};
use super::{Block, Inline, Item, Rich, bare, safe_url};

/// The most bytes that are read; GitHub itself takes 125,000 characters.
const LONGEST: usize = 1 << 19;
/// The deepest nesting of blocks, and of marks within a line.
const DEEPEST: usize = 12;

/// Reads Markdown. Every text is some.
///
/// Links lead to `http`, `https` and `mailto` only, others become their text; images become links;
/// of HTML the text is left. A new line is one, as in comments and releases.
pub fn read(text: &str) -> Rich {
    let cut = text.len().min(LONGEST);
    let text = text.get(..text.floor_char_boundary(cut)).unwrap_or_default();
    let clean: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t'))
        .collect();
    let options = Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let clean = bare::kept(&clean, options);
    let mut reader = Reader::new();
    for event in Parser::new_ext(&clean, options) {
        reader.take(event);
    }
    reader.finish()
}

/// An open block.
enum Shape {
    Quote,
    List(Option<u64>, Vec<Item>),
    Item(Option<bool>),
    Note(String),
}

/// An open mark within a line.
enum Mark {
    Strong,
    Emphasis,
    Strike,
    Link(String),
    Image(String),
}

#[derive(Default)]
struct Table {
    head: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
    row: Vec<Vec<Inline>>,
}

struct Reader {
    /// Blocks of the text, and of every open block.
    open: Vec<(Option<Shape>, Rich)>,
    /// Open blocks that are too deep to be told.
    deep: usize,
    /// The line, and what is within every open mark of it.
    line: Vec<(Option<Mark>, Vec<Inline>)>,
    /// Open marks that are too deep to be told.
    deep_marks: usize,
    table: Option<Table>,
    code: Option<(String, String)>,
    html: Option<String>,
    notes: Rich,
}

impl Reader {
    fn new() -> Self {
        Self {
            open: vec![(None, Rich::new())],
            deep: 0,
            line: vec![(None, Vec::new())],
            deep_marks: 0,
            table: None,
            code: None,
            html: None,
            notes: Rich::new(),
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, &mut self.html) {
                (Some((_, code)), _) => code.push_str(&text),
                (None, Some(html)) => html.push_str(&text),
                (None, None) => self.text(&text),
            },
            Event::Code(text) => self.push(Inline::Code(text.into_string())),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(Inline::Code(text.into_string()));
            }
            Event::Html(text) => match &mut self.html {
                Some(html) => html.push_str(&text),
                None => self.bits(&text),
            },
            Event::InlineHtml(text) => self.bits(&text),
            Event::FootnoteReference(label) => self.text(&format!("[{label}]")),
            Event::SoftBreak | Event::HardBreak => self.push(Inline::Break),
            Event::Rule => {
                self.paragraph();
                self.put(Block::Rule);
            }
            Event::TaskListMarker(done) => match self.open.last_mut() {
                Some((Some(Shape::Item(tick)), _)) if self.deep == 0 => *tick = Some(done),
                _ => self.text(if done { "☑ " } else { "☐ " }),
            },
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.mark(Mark::Emphasis),
            Tag::Strong => self.mark(Mark::Strong),
            Tag::Strikethrough => self.mark(Mark::Strike),
            Tag::Link { dest_url, .. } => self.mark(Mark::Link(dest_url.into_string())),
            Tag::Image { dest_url, .. } => self.mark(Mark::Image(dest_url.into_string())),
            Tag::Superscript | Tag::Subscript | Tag::TableCell => {}
            block => {
                self.paragraph();
                self.start_block(block);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::BlockQuote(kind) => {
                self.enter(Shape::Quote);
                if let Some(kind) = kind {
                    let name = match kind {
                        BlockQuoteKind::Note => "Note",
                        BlockQuoteKind::Tip => "Tip",
                        BlockQuoteKind::Important => "Important",
                        BlockQuoteKind::Warning => "Warning",
                        BlockQuoteKind::Caution => "Caution",
                    };
                    let name = vec![Inline::Text(name.to_owned())];
                    self.put(Block::Paragraph(vec![Inline::Strong(name)]));
                }
            }
            Tag::List(first) => self.enter(Shape::List(first, Vec::new())),
            Tag::Item => self.enter(Shape::Item(None)),
            Tag::FootnoteDefinition(label) => self.enter(Shape::Note(label.into_string())),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',']).next().unwrap_or_default().to_owned()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::Table(_) => self.table = Some(Table::default()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image => {
                self.unmark();
            }
            TagEnd::Superscript | TagEnd::Subscript => {}
            TagEnd::TableCell => {
                let cell = self.take_line();
                if let Some(table) = &mut self.table {
                    table.row.push(cell);
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.head = std::mem::take(&mut table.row);
                }
            }
            TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            TagEnd::Table => {
                if let Some(Table { head, rows, .. }) = self.table.take() {
                    self.put(Block::Table { head, rows });
                }
            }
            TagEnd::Heading(level) => {
                let line = self.take_line();
                if !line.is_empty() {
                    self.put(Block::Heading(level as u8, line));
                }
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                    self.put(Block::Code { language, text });
                }
            }
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    self.bits(&html);
                    self.paragraph();
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                self.paragraph();
                self.leave();
            }
            _ => self.paragraph(),
        }
    }

    fn enter(&mut self, shape: Shape) {
        // A list is told with its items or not at all.
        let whole = matches!(shape, Shape::Item(_));
        if self.deep > 0 || (self.open.len() > DEEPEST && !whole) {
            self.deep += 1;
        } else {
            self.open.push((Some(shape), Rich::new()));
        }
    }

    fn leave(&mut self) {
        if self.deep > 0 {
            self.deep -= 1;
            return;
        }
        if self.open.len() < 2 {
            return;
        }
        let Some((Some(shape), mut blocks)) = self.open.pop() else { return };
        match shape {
            Shape::Quote => self.put(Block::Quote(blocks)),
            Shape::List(first, items) => self.put(Block::List { first, items }),
            Shape::Item(done) => {
                if let Some((Some(Shape::List(_, items)), _)) = self.open.last_mut() {
                    items.push(Item { done, blocks });
                }
            }
            Shape::Note(label) => {
                let label = Inline::Text(format!("[{label}] "));
                match blocks.first_mut() {
                    Some(Block::Paragraph(line)) => line.insert(0, label),
                    _ => blocks.insert(0, Block::Paragraph(vec![label])),
                }
                self.notes.append(&mut blocks);
            }
        }
    }

    fn put(&mut self, block: Block) {
        if let Some((_, blocks)) = self.open.last_mut() {
            blocks.push(block);
        }
    }

    fn mark(&mut self, mark: Mark) {
        if self.deep_marks > 0 || self.line.len() > DEEPEST {
            self.deep_marks += 1;
        } else {
            self.line.push((Some(mark), Vec::new()));
        }
    }

    fn unmark(&mut self) {
        if self.deep_marks > 0 {
            self.deep_marks -= 1;
            return;
        }
        if self.line.len() < 2 {
            return;
        }
        let Some((Some(mark), mut text)) = self.line.pop() else { return };
        let (url, image) = match mark {
            Mark::Strong => return self.push(Inline::Strong(text)),
            Mark::Emphasis => return self.push(Inline::Emphasis(text)),
            Mark::Strike => return self.push(Inline::Strike(text)),
            Mark::Link(url) => (url, false),
            Mark::Image(url) => (url, true),
        };
        let linked =
            self.line.iter().any(|(mark, _)| matches!(mark, Some(Mark::Link(_) | Mark::Image(_))));
        let label = if image { "image" } else { url.as_str() };
        if text.is_empty() {
            text.push(Inline::Text(label.to_owned()));
        }
        // An address of e-mail in angle brackets comes without its scheme.
        match safe_url(&url)
            .or_else(|| safe_url(&format!("mailto:{url}")).filter(|_| !url.contains(':')))
        {
            Some(url) if !linked => self.push(Inline::Link { text, url }),
            _ => text.into_iter().for_each(|inline| self.push(inline)),
        }
    }

    fn text(&mut self, text: &str) {
        let Some((_, line)) = self.line.last_mut() else { return };
        match line.last_mut() {
            Some(Inline::Text(last)) => last.push_str(text),
            _ => line.push(Inline::Text(text.to_owned())),
        }
    }

    fn push(&mut self, inline: Inline) {
        match (inline, self.line.last_mut()) {
            (Inline::Text(text), _) => self.text(&text),
            (inline, Some((_, line))) => line.push(inline),
            (_, None) => {}
        }
    }

    /// What HTML says.
    fn bits(&mut self, html: &str) {
        for bit in markup::bits(html) {
            match bit {
                Bit::Text(text) => self.text(&text),
                Bit::Break => self.push(Inline::Break),
            }
        }
    }

    /// The line, done.
    fn take_line(&mut self) -> Vec<Inline> {
        while self.line.len() > 1 {
            self.deep_marks = 0;
            self.unmark();
        }
        self.deep_marks = 0;
        let line = self.line.last_mut().map(|(_, line)| std::mem::take(line)).unwrap_or_default();
        let mut line = with_links(line);
        while line.last().is_some_and(blank) {
            line.pop();
        }
        let begin = line.iter().take_while(|inline| blank(inline)).count();
        line.split_off(begin)
    }

    fn paragraph(&mut self) {
        let line = self.take_line();
        if !line.is_empty() {
            self.put(Block::Paragraph(line));
        }
    }

    fn finish(mut self) -> Rich {
        self.paragraph();
        self.deep = 0;
        while self.open.len() > 1 {
            self.leave();
        }
        let mut all = self.open.pop().map(|(_, blocks)| blocks).unwrap_or_default();
        all.append(&mut self.notes);
        all
    }
}

fn blank(inline: &Inline) -> bool {
    match inline {
        Inline::Break => true,
        Inline::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Addresses in the text become links.
fn with_links(line: Vec<Inline>) -> Vec<Inline> {
    let mut all = Vec::with_capacity(line.len());
    for inline in line {
        match inline {
            Inline::Text(text) => split_links(&text, &mut all),
            Inline::Strong(inner) => all.push(Inline::Strong(with_links(inner))),
            Inline::Emphasis(inner) => all.push(Inline::Emphasis(with_links(inner))),
            Inline::Strike(inner) => all.push(Inline::Strike(with_links(inner))),
            other => all.push(other),
        }
    }
    all
}

fn split_links(text: &str, all: &mut Vec<Inline>) {
    let (mut done, mut from) = (0, 0);
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("http")) {
        let start = from + found;
        from = start + 4;
        let (before, rest) = text.split_at(start);
        let begins = before
            .chars()
            .next_back()
            .is_none_or(|sign| sign.is_whitespace() || "*_~([\"'".contains(sign));
        if !begins || !(rest.starts_with("http://") || rest.starts_with("https://")) {
            continue;
        }
        let Some(address) = address(rest) else { continue };
        let Some(url) = safe_url(address) else { continue };
        all.extend(
            text.get(done..start)
                .filter(|text| !text.is_empty())
                .map(|text| Inline::Text(text.to_owned())),
        );
        all.push(Inline::Link { text: vec![Inline::Text(address.to_owned())], url });
        done = start + address.len();
        from = done;
    }
    all.extend(
        text.get(done..).filter(|text| !text.is_empty()).map(|text| Inline::Text(text.to_owned())),
    );
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;

//! Text as a tree: read from Markdown, printed by each channel in its own way.

pub mod markdown;

/// Text with its structure.
pub type Rich = Vec<Block>;

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of this level, from 1.
    Heading(u8, Vec<Inline>),
    /// A list.
    List {
        /// The number of the first item; bullets without.
        first: Option<u64>,
        /// The items.
        items: Vec<Item>,
    },
    /// Lines that are shown as they are.
    Code {
        /// Their language; may be empty.
        language: String,
        /// The lines.
        text: String,
    },
    /// A quotation.
    Quote(Rich),
    /// A table; every row has as many cells as the head.
    Table {
        /// The names of the columns.
        head: Vec<Vec<Inline>>,
        /// The rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A line across.
    Rule,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Whether it is ticked, where it can be.
    pub done: Option<bool>,
    /// What it says.
    pub blocks: Rich,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Bold.
    Strong(Vec<Inline>),
    /// Italics.
    Emphasis(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Shown as it is.
    Code(String),
    /// A link; `http`, `https` or `mailto`.
    Link {
        /// What is shown.
        text: Vec<Inline>,
        /// Where it leads.
        url: String,
    },
    /// A new line.
    Break,
}

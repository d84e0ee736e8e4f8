//! Text as a tree: read from Markdown, printed by each channel in its own way.
//!
//! Every printer is a [`Printer`]; what it escapes is its own matter, so that text from outside
//! stays text. [`cut`] fits a tree into a printer's budget before anything is escaped.

pub mod adaptive;
mod address;
mod bare;
pub mod cut;
pub mod discord;
pub mod html;
mod layout;
pub mod markdown;
mod markup;
pub mod mrkdwn;
pub mod plain;
mod run;
mod table;

pub use address::{is_web, safe_url, web};

/// Text with its structure.
pub type Rich = Vec<Block>;

/// Prints a tree for one channel. Printing some blocks together is at most two characters per seam
/// longer than printing them one by one.
pub type Printer = fn(&[Block]) -> String;

/// The length of a text as the strictest of the channels count: in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
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
    Strong(Vec<Self>),
    /// Italics.
    Emphasis(Vec<Self>),
    /// Struck through.
    Strike(Vec<Self>),
    /// Shown as it is.
    Code(String),
    /// A link; `http`, `https` or `mailto`.
    Link {
        /// What is shown.
        text: Vec<Self>,
        /// Where it leads.
        url: String,
    },
    /// A new line.
    Break,
}

#[cfg(test)]
mod tests;

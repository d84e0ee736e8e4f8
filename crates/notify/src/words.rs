//! What the inputs say of a message, read and checked: plain data, like the facts.

use crate::message::{Field, Mention};

/// What the inputs say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The first line, in place of the template's; empty when there is none.
    pub title: String,
    /// Text in Markdown; empty when there is none.
    pub text: String,
    /// Names and values, in order; none of them empty.
    pub fields: Vec<Field>,
    /// Who is called, at the status the facts have.
    pub mentions: Vec<Mention>,
}

//! A message, told once for all channels: what it says, not how it looks.

use crate::status::Status;
use crate::text::Rich;

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// How what it is about went.
    pub status: Status,
    /// One line of plain text, never empty.
    pub title: String,
    /// Whether the title only repeats how the lead begins, as of a text without a title: it is
    /// there for a subject or a notice, and not shown above the text.
    pub title_is_text: bool,
    /// Where the title leads.
    pub url: Option<String>,
    /// What follows the title.
    pub lead: Rich,
    /// Names and values, in order.
    pub fields: Vec<Field>,
    /// What comes then.
    pub sections: Vec<Section>,
    /// Where to go from here, as buttons or links.
    pub links: Vec<Link>,
    /// Small print: repository, run, actor.
    pub footer: Vec<Link>,
    /// Who is called. Nobody else is, whatever stands in the texts.
    pub mentions: Vec<Mention>,
    /// Where the whole text stands, for what has to be cut.
    pub more: Option<String>,
}

/// A name and a value, both plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where the value leads.
    pub url: Option<String>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// Text below a heading, such as a changelog.
    Text {
        /// Plain text; none where it is empty.
        heading: String,
        /// The text.
        text: Rich,
    },
    /// Steps or jobs and how each went.
    Steps {
        /// Plain text; none where it is empty.
        heading: String,
        /// In order.
        steps: Vec<Step>,
    },
}

/// A step or a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// How it went.
    pub status: Status,
    /// What it is called; plain text.
    pub name: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// A word on it, such as what failed; plain text.
    pub detail: String,
}

/// A text that leads somewhere, or nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Plain text.
    pub label: String,
    /// Where to.
    pub url: Option<String>,
}

/// Somebody to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A person by the id the channel knows, such as `U012AB3CD`.
    User(String),
    /// A group by its id, such as `S012AB3CD`.
    Group(String),
    /// Everybody who is there now.
    Here,
    /// Everybody in the channel.
    Channel,
    /// Everybody.
    Everyone,
    /// A name nobody has an id for: it is shown, and calls nobody.
    Name(String),
}

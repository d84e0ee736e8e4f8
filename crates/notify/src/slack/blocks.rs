//! Block Kit as a tree. The constructors escape what is put in, and keep each part within what is
//! documented for it; how much fits into one message is [`super::limits`]' to say.

use serde::{Deserialize, Serialize};

use super::limits;
use super::tokens;
use crate::text::{is_web, safe_url};

/// A text object. Its text is what Slack is sent: `&`, `<` and `>` of foreign text are escaped in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Text {
    /// Text without any markup but `:emoji:`.
    PlainText {
        /// The text.
        text: String,
        /// Whether `:names:` become signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<bool>,
    },
    /// Text with Slack's own markup.
    Mrkdwn {
        /// The text.
        text: String,
        /// Whether Slack leaves what looks like an address, a channel or a mention alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verbatim: Option<bool>,
    },
}

impl Text {
    /// Foreign text, without markup. Slack holds plain text in the escaped form, too.
    pub fn plain(text: &str) -> Self {
        Self::PlainText { text: tokens::escape(text), emoji: Some(true) }
    }

    /// Text that is printed as mrkdwn already. Slack is told to look for no mentions of its own in it
    /// (`verbatim`): without, a bare `@here` could call people.
    pub const fn mrkdwn(text: String) -> Self {
        Self::Mrkdwn { text, verbatim: Some(true) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PlainText { text, .. } | Self::Mrkdwn { text, .. } => text,
        }
    }

    /// The text, to cut it.
    pub const fn as_mut(&mut self) -> &mut String {
        match self {
            Self::PlainText { text, .. } | Self::Mrkdwn { text, .. } => text,
        }
    }

    /// Whether nobody would see it. Slack refuses such.
    pub fn is_blank(&self) -> bool {
        self.as_str().trim().is_empty()
    }
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// Large, bold, plain text.
    Header {
        /// At most [`limits::HEADER`].
        text: Text,
    },
    /// Text, two columns of short texts, or both.
    Section {
        /// At most [`limits::SECTION`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Text>,
        /// At most [`limits::FIELDS`], each at most [`limits::FIELD`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Text>,
        /// What stands beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accessory: Option<Element>,
    },
    /// A line.
    Divider {},
    /// Small print.
    Context {
        /// At most [`limits::CONTEXT`].
        elements: Vec<Piece>,
    },
    /// Buttons.
    Actions {
        /// At most [`limits::ACTIONS`].
        elements: Vec<Element>,
    },
    /// A picture.
    Image {
        /// Where it is.
        image_url: String,
        /// What it shows.
        alt_text: String,
        /// What stands above it; plain text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Text>,
    },
}

/// What can be done, or seen, beside a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Element {
    /// A button that leads somewhere.
    Button {
        /// Plain text, at most [`limits::BUTTON`].
        text: Text,
        /// Where to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// `primary` or `danger`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        style: Option<String>,
    },
    /// A picture.
    Image {
        /// Where it is.
        image_url: String,
        /// What it shows.
        alt_text: String,
    },
}

/// A piece of small print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// Text.
    Text(Text),
    /// A picture.
    Element(Element),
}

impl Block {
    /// Large, bold text, cut where it is too long; none where it is blank.
    pub fn header(text: &str) -> Option<Self> {
        let mut line = Text::plain(&one_line(text));
        limits::cut(line.as_mut(), limits::HEADER);
        (!line.is_blank()).then_some(Self::Header { text: line })
    }

    /// Text printed as mrkdwn. It may be too long: [`limits::fit`] spreads it over several sections.
    pub const fn section(text: String) -> Self {
        Self::Section { text: Some(Text::mrkdwn(text)), fields: Vec::new(), accessory: None }
    }

    /// Columns of texts printed as mrkdwn. [`limits::fit`] spreads them over several sections.
    pub fn fields(fields: Vec<String>) -> Self {
        let fields = fields.into_iter().map(Text::mrkdwn).collect();
        Self::Section { text: None, fields, accessory: None }
    }

    /// Small print, as mrkdwn.
    pub fn context(text: String) -> Self {
        Self::Context { elements: vec![Piece::Text(Text::mrkdwn(text))] }
    }

    /// A picture; none where the address is not one of the web or too long.
    pub fn image(image_url: &str, alt_text: &str) -> Option<Self> {
        let mut alt_text = tokens::escape(&one_line(alt_text));
        limits::cut(&mut alt_text, limits::ALT);
        let image_url = web(image_url)?;
        Some(Self::Image { image_url, alt_text, title: None })
    }
}

/// An address of the web, written so that no sign in it means anything to Slack.
fn web(url: &str) -> Option<String> {
    safe_url(url).filter(|url| is_web(url) && tokens::size(url) <= limits::URL)
}

/// Text whose line breaks are blanks.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

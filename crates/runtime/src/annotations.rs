//! Annotations: a message tied to a file and line, shown on the run's page and in the diff.

use std::fmt::{self, Write};

use launchway_base::{Failure, Location};

use crate::markdown::clip;
use crate::workflow::{data, property};

/// The most characters of one message GitHub keeps.
pub const MESSAGE_LIMIT: usize = 4096;
/// The most annotations of one level GitHub shows for a step.
pub const PER_LEVEL: usize = 10;
/// What stands at the end of a message that was cut.
const POINTER: &str = " … (cut; the whole is in the log)";

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The step fails over it.
    Error,
    /// Somebody should look.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Level {
    /// The command's name, which is also how we say it to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// How many are shown as they come. The rest of [`PER_LEVEL`] is kept for "and N more" and,
    /// among errors, for the failure that ends the command.
    pub(crate) const fn shown_at_once(self) -> usize {
        match self {
            Self::Error => PER_LEVEL - 2,
            Self::Warning | Self::Notice => PER_LEVEL - 1,
        }
    }
}

/// A message with its place. [`fmt::Display`] writes the workflow command, escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How much it matters.
    pub level: Level,
    /// What to say.
    pub message: String,
    /// A short heading.
    pub title: Option<String>,
    /// The place.
    pub location: Option<Location>,
    /// The last line it is about, from 1.
    pub end_line: Option<usize>,
}

impl Annotation {
    /// A message of the given level.
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        Self { level, message: message.into(), title: None, location: None, end_line: None }
    }

    /// What a failure says: its chain of causes, its place, and the hint as last sentence.
    pub fn of(failure: &Failure, title: &str) -> Self {
        let mut message = failure.chain();
        if let Some(hint) = failure.hint() {
            message.push_str("\nhint: ");
            message.push_str(hint);
        }
        let mut annotation = Self::new(Level::Error, message).titled(title);
        annotation.location = failure.location().cloned();
        annotation
    }

    /// Adds a heading.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds the last line it is about.
    #[must_use]
    pub fn to_line(mut self, line: usize) -> Self {
        self.end_line = Some(line);
        self
    }

    /// Whether the message is longer than GitHub keeps.
    pub fn is_cut(&self) -> bool {
        self.message.chars().count() > MESSAGE_LIMIT
    }
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut properties = String::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                let between = if properties.is_empty() { ' ' } else { ',' };
                let _infallible = write!(properties, "{between}{name}={}", property(&value));
            }
        };
        let location = self.location.as_ref();
        add("file", location.map(|place| place.file.clone()));
        add("line", location.and_then(|place| place.line).map(|line| line.to_string()));
        add("endLine", self.end_line.map(|line| line.to_string()));
        add("col", location.and_then(|place| place.column).map(|column| column.to_string()));
        add("title", self.title.as_deref().map(|title| clip(title, 200)));
        let message = if self.is_cut() {
            let room = MESSAGE_LIMIT - POINTER.chars().count();
            self.message.chars().take(room).chain(POINTER.chars()).collect()
        } else {
            self.message.clone()
        };
        write!(f, "::{}{properties}::{}", self.level.name(), data(&message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_message_are_escaped() {
        let place = Location { file: "a,b:c.md".into(), line: Some(3), column: Some(7) };
        let annotation = Annotation::new(Level::Warning, "100%\n::error::forged")
            .titled("x::y")
            .at(place)
            .to_line(4);
        assert_eq!(
            annotation.to_string(),
            "::warning file=a%2Cb%3Ac.md,line=3,endLine=4,col=7,title=x%3A%3Ay::100%25%0A::error::forged"
        );
    }

    #[test]
    fn a_long_message_is_cut_with_a_pointer() {
        let text = Annotation::new(Level::Notice, "€".repeat(5000)).to_string();
        let message = text.strip_prefix("::notice::").unwrap();
        assert_eq!(message.chars().count(), MESSAGE_LIMIT);
        assert!(message.ends_with(POINTER));
    }

    #[test]
    fn a_failure_keeps_its_place_and_hint() {
        let failure = Failure::input("unknown package `x`")
            .at(Location::line(".changeset/a.md", 2))
            .with_hint("did you mean `y`?");
        assert_eq!(
            Annotation::of(&failure, "launchway").to_string(),
            "::error file=.changeset/a.md,line=2,title=launchway::unknown package `x`%0Ahint: did you mean `y`?"
        );
    }
}

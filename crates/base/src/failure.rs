//! The one error value every program ends with, and the exit codes it maps to.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// What kind of failure ended a command. The exit codes of our own verbs stand here and only here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The check says no (exit 1).
    Rejected,
    /// Bad input or configuration; nothing was changed (exit 2).
    Input,
    /// A remote refused or was unreachable after retries (exit 3).
    Remote,
    /// Partly done; run again to complete (exit 4).
    Partial,
    /// A bug in Launchway (exit 70).
    Internal,
}

impl Kind {
    /// The documented exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Rejected => 1,
            Self::Input => 2,
            Self::Remote => 3,
            Self::Partial => 4,
            Self::Internal => 70,
        }
    }
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> Self {
        Self::from(kind.code())
    }
}

/// Where in a file of the user's the failure lies. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Path relative to the repository's root, with `/` between its parts.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
}

impl Location {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line of a file.
    pub fn line(file: impl Into<String>, line: usize) -> Self {
        Self { file: file.into(), line: Some(line), column: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// A library's typed error that knows how to end a command.
pub trait Fault: Error + Send + Sync + 'static {
    /// Which exit code it ends with.
    fn kind(&self) -> Kind;
    /// The next thing to do, one sentence, lowercase.
    fn hint(&self) -> Option<String> {
        None
    }
    /// The place in the user's files.
    fn location(&self) -> Option<Location> {
        None
    }
}

/// The one value a command fails with: what, kind, where, hint, cause.
///
/// The message is a lowercase fragment that names the thing and never holds a secret.
#[derive(Debug)]
pub struct Failure(Box<Parts>);

/// Boxed, so that a `Result` stays as small as its good half.
#[derive(Debug)]
struct Parts {
    kind: Kind,
    message: String,
    hint: Option<String>,
    location: Option<Location>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Parts { kind, message, hint: None, location: None, source: None }))
    }

    /// The check says no (exit 1).
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(Kind::Rejected, message)
    }

    /// Bad input or configuration (exit 2).
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    /// A remote refused or was unreachable (exit 3).
    pub fn remote(message: impl Into<String>) -> Self {
        Self::new(Kind::Remote, message)
    }

    /// Partly done, run again (exit 4).
    pub fn partial(message: impl Into<String>) -> Self {
        Self::new(Kind::Partial, message)
    }

    /// A bug of ours (exit 70).
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Adds the next thing to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the place in the user's files.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.0.location = Some(location);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Puts what was being done before the message, as in `cannot read x: permission denied`.
    #[must_use]
    pub fn while_doing(mut self, doing: &str) -> Self {
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// Which exit code it ends with.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The next thing to do.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The place in the user's files.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }

    /// The message and its causes, joined by `: `, without repeating a cause the message names.
    pub fn chain(&self) -> String {
        let mut text = self.0.message.clone();
        let mut source = self.source();
        while let Some(cause) = source {
            let said = cause.to_string();
            if !text.contains(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            source = cause.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        let mut failure = Self::new(fault.kind(), fault.to_string());
        failure.0.hint = fault.hint();
        failure.0.location = fault.location();
        if fault.source().is_some() { failure.caused_by(fault) } else { failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read `config.json`")]
    struct Unreadable(#[source] std::io::Error);

    impl Fault for Unreadable {
        fn kind(&self) -> Kind {
            Kind::Input
        }
        fn hint(&self) -> Option<String> {
            Some("run `init` first".to_owned())
        }
    }

    #[test]
    fn a_fault_keeps_kind_hint_and_cause() {
        let failure = Failure::from(Unreadable(std::io::Error::other("disk on fire")));
        assert_eq!(failure.kind().code(), 2);
        assert_eq!(failure.hint(), Some("run `init` first"));
        assert_eq!(failure.chain(), "cannot read `config.json`: disk on fire");
    }

    #[test]
    fn exit_codes_are_the_documented_ones() {
        let codes = [Kind::Rejected, Kind::Input, Kind::Remote, Kind::Partial, Kind::Internal]
            .map(Kind::code);
        assert_eq!(codes, [1, 2, 3, 4, 70]);
    }

    #[test]
    fn a_location_reads_like_a_compiler_message() {
        let place = Location { file: "a/b.md".into(), line: Some(3), column: Some(7) };
        assert_eq!(place.to_string(), "a/b.md:3:7");
        assert_eq!(Location::file("x").to_string(), "x");
    }
}

//! What somebody else wrote to be sent: read into a tree, in which facts take the place of their
//! names, and flattened where the receiver knows no trees.
//!
//! Facts are put into the tree, never into the text it is read from: no value can add a key, end a
//! text or call anybody.

pub mod context;
pub mod flatten;
pub mod insert;
pub mod names;
pub mod tree;
mod yaml;

use launchway_base::{Fault, Kind, Location};
use serde_json::{Map, Value};

/// A payload: keys and values, in order.
pub type Payload = Map<String, Value>;

/// Why a payload cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin} cannot be used: {reason}")]
pub struct PayloadError {
    /// The input or the file.
    origin: String,
    /// A fragment that names the thing. Never more of the text than a key.
    reason: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
    /// Whether the origin is a file.
    file: bool,
    hint: Option<&'static str>,
}

impl PayloadError {
    fn new(origin: &Origin<'_>, reason: impl Into<String>, place: Option<(usize, usize)>) -> Self {
        let file = matches!(origin, Origin::File(_));
        let origin = match place.filter(|_| !file) {
            Some((line, column)) => format!("payload line {line} column {column}"),
            None => origin.name(),
        };
        Self { origin, reason: reason.into(), place, file, hint: None }
    }

    fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Line and column, from 1, where that is known.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.place
    }
}

impl Fault for PayloadError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn hint(&self) -> Option<String> {
        self.hint.map(str::to_owned)
    }

    fn location(&self) -> Option<Location> {
        let (line, column) = self.place?;
        self.file.then(|| Location {
            file: self.origin.clone(),
            line: Some(line),
            column: Some(column),
        })
    }
}

/// Where a payload comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// The input `payload`.
    Input,
    /// A file, by its path.
    File(&'a str),
}

impl Origin<'_> {
    fn name(&self) -> String {
        match self {
            Self::Input => "payload".to_owned(),
            Self::File(path) => (*path).to_owned(),
        }
    }
}

/// Reads the payload that is given: the input `payload`, or path and content of the file. None
/// when there is neither, or nothing in it but white space: the message is made here then.
///
/// # Errors
/// Both are given; it is not JSON or YAML, or no object.
pub fn load(
    input: Option<&str>,
    file: Option<(&str, &str)>,
) -> Result<Option<Payload>, PayloadError> {
    let input = input.filter(|text| !text.trim().is_empty());
    match (input, file) {
        (Some(_), Some((path, _))) => {
            let reason = format!("given beside the file `{}`", path.escape_debug());
            Err(PayloadError::new(&Origin::Input, reason, None)
                .with_hint("give one of `payload` and `payload-file-path`"))
        }
        (Some(text), None) => tree::read(text, Origin::Input).map(Some),
        (None, Some((path, text))) => tree::read(text, Origin::File(path)).map(Some),
        (None, None) => Ok(None),
    }
}

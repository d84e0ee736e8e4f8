//! Values as inputs write them.

use std::convert::Infallible;
use std::ops::Deref;
use std::str::FromStr;

/// Reads a boolean as YAML's core schema spells it, which is how actions pass them.
///
/// # Errors
/// Any other text; says what to write.
pub fn yaml_bool(text: &str) -> Result<bool, String> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        other => Err(format!("`{other}` is not a boolean; write `true` or `false`")),
    }
}

/// A text whose surrounding blanks matter, such as a separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbatim(String);

impl Verbatim {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Verbatim {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Verbatim {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

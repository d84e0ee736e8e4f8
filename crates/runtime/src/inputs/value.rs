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

/// A text of which every sign counts, blanks and line ends at its ends, too. It can be long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbatim(String);

/// What stands between the items of an output: as a [`Verbatim`], and never long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Separator(String);

/// A text that can be long, such as JSON. Blanks around it are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document(String);

/// What all texts can.
macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.to_owned()))
            }
        }
    };
}

text!(Verbatim);
text!(Separator);
text!(Document);

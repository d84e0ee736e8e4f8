//! A tag's grammar.

use std::fmt;
use std::str::FromStr;

use crate::reference::ReferenceError;

/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 128;

/// A tag that keeps the grammar `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. Tags are ordered as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = |reason: String| Err(ReferenceError::new("tag", text, reason));
        let Some(first) = text.chars().next() else {
            return wrong("it is empty".to_owned());
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
            return wrong(format!(
                "it has `{}`; letters, digits, `_`, `.` and `-` are allowed",
                bad.escape_debug()
            ));
        }
        if matches!(first, '.' | '-') {
            return wrong(format!("it starts with `{first}`"));
        }
        if text.len() > LONGEST_TAG {
            return wrong(format!("it has {} characters, {LONGEST_TAG} are allowed", text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Tag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Tag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_tag_is_said() {
        for (text, why) in [
            ("", "empty"),
            (".hidden", "starts with `.`"),
            ("-1", "starts with `-`"),
            ("a/b", "has `/`"),
            ("a b", "has ` `"),
            ("a\nb", "has `\\n`"),
            ("é", "has `é`"),
            ("a+b", "has `+`"),
        ] {
            let error = text.parse::<Tag>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!("a".repeat(128).parse::<Tag>().is_ok());
        let error = "a".repeat(129).parse::<Tag>().unwrap_err().to_string();
        assert!(error.contains("129 characters"), "{error}");
    }

    proptest! {
        #[test]
        fn the_grammar_and_nothing_else(text in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}") {
            let tag: Tag = text.parse().unwrap();
            prop_assert_eq!(tag.as_str(), &text);
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in ".{0,200}") {
            if let Ok(tag) = text.parse::<Tag>() {
                prop_assert!(tag.as_str().len() <= LONGEST_TAG);
            }
        }
    }
}

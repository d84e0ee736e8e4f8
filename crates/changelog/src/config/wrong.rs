//! Why the library refuses a configuration, said with the place.

use core_config::ConfigError;
use git_cliff_core::error::Error;
use launchway_base::{Failure, nearest};

use super::keys::{at, clipped, variable, whole};
use super::schema::Shape;
use super::tree::{Broken, Node};

/// A configuration that is refused.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What the configuration is called in a sentence.
    pub name: &'a str,
    /// Its file, if it is one.
    pub file: Option<&'a str>,
    /// Its text.
    pub text: &'a str,
    /// Its keys.
    pub tree: Option<&'a Node>,
}

/// The failure for a text that is no TOML or YAML.
pub fn broken(broken: &Broken, about: &About<'_>) -> Failure {
    let reason = clipped(&broken.reason);
    let failure = Failure::input(format!("cannot read the configuration {}: {reason}", about.name));
    at(failure, broken.place, about.file, about.text)
}

/// The failure for values that mean nothing. `is_set` tells whether there is such an environment
/// variable.
pub fn explain(error: Error, about: &About<'_>, is_set: &dyn Fn(&str) -> bool) -> Failure {
    let Error::ConfigError(error) = error else {
        let failure = Failure::input(format!("cannot read the configuration {}", about.name));
        return whole(failure.caused_by(error), about.file);
    };
    let Some(wrong) = Wrong::of(&error) else {
        let said = error.to_string();
        if let Some((name, _)) = said.split_once(" contains non-Unicode data") {
            return Failure::input(format!("{} is not UTF-8", clipped(name)));
        }
        let reason = clipped(&said);
        let failure =
            Failure::input(format!("cannot read the configuration {}: {reason}", about.name));
        let failure = match about.tree {
            Some(_) => failure,
            None => failure.with_hint("write it as `cliff.toml` or `cliff.yaml`"),
        };
        return whole(failure, about.file);
    };
    let plain: String = wrong
        .key
        .split('[')
        .map(|part| part.split_once(']').map_or(part, |(_, rest)| rest))
        .collect();
    let words = match Shape::whole().at(plain.split('.')) {
        Some(Shape::Choice(words)) => *words,
        _ => &[],
    };
    let name = variable(&plain);
    if is_set(&name) {
        // What a variable holds is not for messages.
        let failure =
            Failure::input(format!("environment variable `{name}` {}", wrong.without_value));
        return choice(failure, "", words);
    }
    let failure = Failure::input(format!("`{}` in {} {}", wrong.key, about.name, wrong.reason));
    let failure = match wrong.reason.strip_prefix("is missing") {
        Some(_) => failure.with_hint("add it"),
        None => choice(failure, &wrong.value, words),
    };
    match about.tree.and_then(|tree| tree.place_of(&wrong.key)) {
        Some(place) => at(failure, place, about.file, about.text),
        None => whole(failure, about.file),
    }
}

fn choice(failure: Failure, value: &str, words: &[&str]) -> Failure {
    match nearest(value, words.iter().copied()) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None if words.is_empty() => failure,
        None => failure.with_hint(format!("write one of `{}`", words.join("`, `"))),
    }
}

/// What is wrong with the value of a key.
struct Wrong {
    key: String,
    reason: String,
    /// The same, without the value itself.
    without_value: String,
    /// The value, where it is a word out of a list.
    value: String,
}

impl Wrong {
    fn of(error: &ConfigError) -> Option<Self> {
        match error {
            ConfigError::Type { unexpected, expected, key, .. } => {
                let expected = if expected.contains("unsigned") {
                    "a whole number, 0 or more"
                } else {
                    expected
                };
                let without_value = format!("has to be {expected}");
                let reason =
                    format!("is {}, and {without_value}", clipped(&unexpected.to_string()));
                Some(Self {
                    key: dotted(key.as_deref()?),
                    reason,
                    without_value,
                    value: String::new(),
                })
            }
            ConfigError::NotFound(key) => Some(Self {
                key: dotted(key),
                reason: "is missing".to_owned(),
                without_value: "is missing".to_owned(),
                value: String::new(),
            }),
            ConfigError::At { error, key, .. } => {
                let (without_value, reason, value) = cause(&error.to_string());
                let without_value = without_value.to_owned();
                Some(Self { key: dotted(key.as_deref()?), reason, without_value, value })
            }
            _ => None,
        }
    }
}

/// The path of a key; the library forgets the dot behind an index.
fn dotted(key: &str) -> String {
    key.replace(']', "].")
        .replace("]..", "].")
        .replace("].[", "][")
        .trim_end_matches('.')
        .to_owned()
}

/// Why a text is no regular expression, on one line: the library shows the place in several.
pub(crate) fn of_regex(said: &str) -> &str {
    said.rsplit_once("error: ").map_or(said, |(_, why)| why)
}

/// What a value is not, the reason on one line, and the word that is none of a list.
fn cause(said: &str) -> (&'static str, String, String) {
    if let Some((_, word)) = said.split_once("does not have variant constructor ") {
        let word = clipped(word);
        return ("is no word it can be", format!("is `{word}`, which it cannot be"), word);
    }
    let (what, why) = if said.starts_with("regex parse error") {
        ("is no regular expression", of_regex(said))
    } else if said.starts_with("Compiled regex") {
        ("is no regular expression", said)
    } else if said.starts_with("Pattern syntax error") {
        ("is no pattern of paths", said)
    } else {
        ("cannot be read", said)
    };
    (what, format!("{what}: {}", clipped(why)), String::new())
}

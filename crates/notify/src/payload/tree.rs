//! A payload, read: JSON or YAML, every key once, every error with its place.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Origin, Payload, PayloadError, yaml};

/// Why a text is no tree, and where.
pub(super) struct Broken {
    pub(super) reason: String,
    pub(super) place: (usize, usize),
}

/// The keys of the payload in `text`.
///
/// A file is read as its name says: `.json`, `.yml` or `.yaml`. The input is JSON or YAML, or what
/// stands between the braces of a JSON object.
///
/// # Errors
/// It is none of it; a key stands twice; it is no object; the file has another name.
pub fn read(text: &str, origin: Origin<'_>) -> Result<Payload, PayloadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = match origin {
        Origin::File(path) => {
            let name = path.to_ascii_lowercase();
            if name.ends_with("json") {
                json(text)
            } else if name.ends_with("yml") || name.ends_with("yaml") {
                yaml::read(text)
            } else {
                let error = PayloadError::new(&origin, "unknown kind of file", None);
                return Err(error.with_hint("name it `.json`, `.yml` or `.yaml`"));
            }
        }
        Origin::Input => any(text),
    };
    let value = value
        .map_err(|Broken { reason, place }| PayloadError::new(&origin, reason, Some(place)))?;
    let what = match value {
        Value::Object(keys) => return Ok(keys),
        Value::Null => "nothing",
        Value::Array(_) => "a list",
        Value::String(_) => "a text",
        Value::Bool(_) | Value::Number(_) => "a single value",
    };
    let error =
        PayloadError::new(&origin, format!("{what} instead of keys and values"), Some((1, 1)));
    Err(error.with_hint(
        "a payload is an object, such as `text: hello`; to send a text alone, use the input `text`",
    ))
}

/// JSON, YAML, or JSON without its braces.
fn any(text: &str) -> Result<Value, Broken> {
    let trimmed = text.trim();
    let braced = trimmed.starts_with(['{', '[']);
    let first = match json(text) {
        Ok(value) => return Ok(value),
        Err(broken) if broken.reason.starts_with(TWICE) => return Err(broken),
        Err(broken) => broken,
    };
    if !braced {
        // Before YAML, for which the comma at the end of a line is part of the value.
        // A brace in front of the text moves nothing but the first line, and leaves the lines.
        let inner = text.trim_end().strip_suffix(',').unwrap_or_else(|| text.trim_end());
        match json(&format!("{{{inner}\n}}")) {
            Ok(value) => return Ok(value),
            Err(broken) if broken.reason.starts_with(TWICE) => return Err(broken),
            Err(_) => {}
        }
    }
    let second = match yaml::read(text) {
        Ok(value) => return Ok(value),
        Err(broken) => broken,
    };
    Err(if braced { first } else { second })
}

const TWICE: &str = "key given twice: ";

/// The error of a key that stands twice.
pub(super) fn twice(key: &str) -> String {
    format!("{TWICE}`{}`", shown(key))
}

/// A key, short enough for a message.
fn shown(key: &str) -> String {
    super::super::text::cut::text(key, 40).escape_debug().to_string()
}

fn json(text: &str) -> Result<Value, Broken> {
    let mut from = serde_json::Deserializer::from_str(text);
    let value = Once.deserialize(&mut from).and_then(|value| from.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let said = error.to_string();
        let reason = said.rsplit_once(" at line ").map_or(said.as_str(), |(reason, _)| reason);
        // The type that was found may quote the text.
        Broken { reason: reason.to_owned(), place: (line, column) }
    })
}

/// Any value whose keys stand once.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = from.next_element_seed(Self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(twice(&key)));
            }
            let value = from.next_value_seed(Self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;

//! YAML with the JSON schema: `true`, `false`, `null` and JSON's numbers are values, everything
//! else that is not quoted is a text. Read without recursion, and what aliases multiply is counted.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};
use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use super::tree::{Broken, twice};

/// The deepest nesting.
const DEEPEST: usize = 100;
/// The most a tree may weigh once its aliases are followed, in bytes, about.
const HEAVIEST: usize = 1 << 22;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Value, Broken> {
    let mut build = Build::default();
    let mut parser = Parser::new_from_str(text).keep_tags(true);
    let mut documents = 0;
    loop {
        let (event, at) = parser.next_token().map_err(|error| scan_error(&error))?;
        match event {
            Event::StreamEnd => return Ok(build.root.unwrap_or(Value::Null)),
            Event::DocumentStart => {
                documents += 1;
                if documents > 1 {
                    return Err(broken(at, "more than one document"));
                }
            }
            event => build.take(event, at)?,
        }
    }
}

fn scan_error(error: &ScanError) -> Broken {
    broken(*error.marker(), error.info())
}

fn broken(at: Marker, reason: impl Into<String>) -> Broken {
    Broken { reason: reason.into(), place: (at.line().max(1), at.col() + 1) }
}

/// A list or mapping that is being read.
struct Open {
    value: Value,
    /// The key whose value comes next.
    key: Option<String>,
    anchor: usize,
    /// What the tree weighed before it.
    before: usize,
    /// How many levels are within it.
    height: usize,
}

/// What an alias stands for.
struct Known {
    value: Value,
    weight: usize,
    height: usize,
}

#[derive(Default)]
struct Build {
    open: Vec<Open>,
    root: Option<Value>,
    anchors: HashMap<usize, Known>,
    weight: usize,
}

impl Build {
    fn take(&mut self, event: Event, at: Marker) -> Result<(), Broken> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let before = self.weight;
                self.weigh(text.len() + 16, at)?;
                // A key is a text, whatever it looks like.
                let is_key = self
                    .open
                    .last()
                    .is_some_and(|open| open.value.is_object() && open.key.is_none());
                let value = if is_key {
                    Value::String(text)
                } else {
                    scalar(text, style, tag.as_ref(), at)?
                };
                self.remember(anchor, &value, before, 0);
                self.put(value, 0, at)
            }
            Event::SequenceStart(anchor, tag) => {
                known(tag.as_ref(), "seq", at)?;
                self.enter(Value::Array(Vec::new()), anchor, at)
            }
            Event::MappingStart(anchor, tag) => {
                known(tag.as_ref(), "map", at)?;
                self.enter(Value::Object(Map::new()), anchor, at)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let height = open.height + 1;
                self.remember(open.anchor, &open.value, open.before, height);
                self.put(open.value, height, at)
            }
            Event::Alias(anchor) => {
                let Some(known) = self.anchors.get(&anchor) else {
                    return Err(broken(at, "alias of a value that has not ended"));
                };
                let height = known.height;
                if self.open.len() + height > DEEPEST {
                    return Err(broken(at, "nested too deeply, with its aliases followed"));
                }
                self.weight = weighed(self.weight, known.weight, at)?;
                let value = known.value.clone();
                self.put(value, height, at)
            }
            _ => Ok(()),
        }
    }

    fn weigh(&mut self, more: usize, at: Marker) -> Result<(), Broken> {
        self.weight = weighed(self.weight, more, at)?;
        Ok(())
    }

    fn remember(&mut self, anchor: usize, value: &Value, before: usize, height: usize) {
        if anchor > 0 {
            let weight = self.weight - before;
            self.anchors.insert(anchor, Known { value: value.clone(), weight, height });
        }
    }

    fn enter(&mut self, value: Value, anchor: usize, at: Marker) -> Result<(), Broken> {
        if self.open.len() >= DEEPEST {
            return Err(broken(at, "nested too deeply"));
        }
        if self.open.last().is_some_and(|open| open.value.is_object() && open.key.is_none()) {
            return Err(broken(at, "a list or mapping as a key"));
        }
        let before = self.weight;
        self.weigh(16, at)?;
        self.open.push(Open { value, key: None, anchor, before, height: 0 });
        Ok(())
    }

    fn put(&mut self, value: Value, height: usize, at: Marker) -> Result<(), Broken> {
        // Anchors hold copies, too: a value within anchored ones is copied once per level.
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return Ok(());
        };
        open.height = open.height.max(height);
        match (&mut open.value, open.key.take()) {
            (Value::Array(list), _) => list.push(value),
            (Value::Object(map), Some(key)) => {
                map.insert(key, value);
            }
            (Value::Object(map), None) => {
                let key = match value {
                    Value::String(key) => key,
                    Value::Array(_) | Value::Object(_) => {
                        return Err(broken(at, "a list or mapping as a key"));
                    }
                    other => other.to_string(),
                };
                if map.contains_key(&key) {
                    return Err(broken(at, twice(&key)));
                }
                open.key = Some(key);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What a tree weighs with this much more in it.
fn weighed(weight: usize, more: usize, at: Marker) -> Result<usize, Broken> {
    let weight = weight.saturating_add(more);
    if weight > HEAVIEST {
        return Err(broken(at, "too large, with its aliases followed"));
    }
    Ok(weight)
}

/// Refuses tags that say more than what stands there anyway.
fn known(tag: Option<&Tag>, name: &str, at: Marker) -> Result<(), Broken> {
    match tag.map(core) {
        None => Ok(()),
        Some(Some(found)) if found == name => Ok(()),
        Some(_) => Err(broken(at, "unknown tag")),
    }
}

/// The name of a tag of YAML's own.
fn core(tag: &Tag) -> Option<&str> {
    (tag.handle == "tag:yaml.org,2002:").then_some(tag.suffix.as_str())
}

fn scalar(
    text: String,
    style: TScalarStyle,
    tag: Option<&Tag>,
    at: Marker,
) -> Result<Value, Broken> {
    let mismatch = || broken(at, "value that its tag does not allow");
    match tag.map(core) {
        Some(Some("str")) => Ok(Value::String(text)),
        Some(Some(kind @ ("int" | "float" | "bool" | "null"))) => {
            let text = if kind == "null" && text.is_empty() { "null" } else { text.as_str() };
            let value = plain(text).ok_or_else(mismatch)?;
            let fits = match kind {
                "int" => value.is_i64() || value.is_u64(),
                "float" => value.is_number(),
                "bool" => value.is_boolean(),
                _ => value.is_null(),
            };
            if fits { Ok(value) } else { Err(mismatch()) }
        }
        Some(_) => Err(broken(at, "unknown tag")),
        None if style == TScalarStyle::Plain => Ok(plain(&text).unwrap_or(Value::String(text))),
        None => Ok(Value::String(text)),
    }
}

/// What a word without quotes is, if it is no text.
fn plain(text: &str) -> Option<Value> {
    match text {
        "null" => return Some(Value::Null),
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let begins = digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let padded = digits.len() > 1
        && digits.starts_with('0')
        && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !begins || padded || !numeric {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

//! JSON and TOML.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::fences::Snippet;
use crate::shell;

pub(super) fn judge(snippet: &Snippet) -> Result<Vec<String>> {
    if snippet.language == "toml" {
        let read = toml::from_str::<toml::Table>(&snippet.text);
        return Ok(read
            .err()
            .map(|error| snippet.says(&format!("no TOML: {error}")))
            .into_iter()
            .collect());
    }
    let value: Value = match serde_json::from_str(&snippet.text) {
        Ok(value) => value,
        Err(error) => return Ok(vec![snippet.says(&format!("no JSON: {error}"))]),
    };
    let path = "docs/schema/config.json";
    let text =
        std::fs::read_to_string(shell::at(path)).with_context(|| format!("cannot read {path}"))?;
    let schema: Value = serde_json::from_str(&text).with_context(|| path.to_owned())?;
    let known = schema.get("properties").and_then(Value::as_object);
    // A payload may have a part of that name, too: then most of what is in it is unknown.
    let ours = value.get("launchway").and_then(Value::as_object);
    let own_keys = schema.pointer("/properties/launchway/properties").and_then(Value::as_object);
    let is_ours = ours.is_some_and(|ours| {
        ours.len() < 2
            || ours.keys().any(|key| own_keys.is_some_and(|known| known.contains_key(key)))
    });
    let is_config = value.as_object().zip(known).is_some_and(|(given, known)| {
        is_ours
            || ours.is_none()
                && !given.is_empty()
                && given.keys().all(|key| known.contains_key(key))
    });
    let mut complaints = Vec::new();
    if is_config {
        fits(&value, &schema, &schema, "", &mut complaints);
    }
    Ok(complaints.into_iter().map(|said| snippet.says(&said)).collect())
}

/// As much of JSON Schema as `docs/schema/config.json` uses.
fn fits(value: &Value, schema: &Value, whole: &Value, at: &str, complaints: &mut Vec<String>) {
    let part = |key: &str| schema.get(key);
    if let Some(way) = part("$ref").and_then(Value::as_str) {
        if let Some(other) = whole.pointer(way.trim_start_matches('#')) {
            fits(value, other, whole, at, complaints);
        }
        return;
    }
    for key in ["oneOf", "anyOf"] {
        let Some(choices) = part(key).and_then(Value::as_array) else { continue };
        let any = choices.iter().any(|choice| {
            let mut own = Vec::new();
            fits(value, choice, whole, at, &mut own);
            own.is_empty()
        });
        if !any {
            complaints.push(format!("`{at}` is none of what the schema allows"));
        }
    }
    if let Some(choices) = part("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        complaints.push(format!("`{at}` is {value}, which the schema does not know"));
    }
    if part("const").is_some_and(|wanted| wanted != value) {
        complaints.push(format!("`{at}` is not what the schema wants"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(wanted) = part("type").and_then(Value::as_str)
        && wanted != kind
        && !(wanted == "integer" && value.is_i64())
    {
        complaints.push(format!("`{at}` is {kind}, not {wanted}"));
    }
    if let (Value::Array(items), Some(schema)) =
        (value, part("items").filter(|items| items.is_object()))
    {
        for (index, item) in items.iter().enumerate() {
            fits(item, schema, whole, &format!("{at}[{index}]"), complaints);
        }
    }
    let Value::Object(given) = value else { return };
    let declared = part("properties").and_then(Value::as_object);
    let closed = part("additionalProperties") == Some(&Value::Bool(false));
    for (name, inner) in given {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match declared.and_then(|declared| declared.get(name)) {
            Some(schema) => fits(inner, schema, whole, &path, complaints),
            None if closed => complaints.push(format!("`{path}` is no key of the configuration")),
            None => {}
        }
    }
}

//! A tree as one level of texts, for receivers that know no trees, such as workflow triggers.

use serde_json::{Map, Number, Value};

use super::{Origin, Payload, PayloadError};

/// The payload with every value a text, and the names of nested ones joined by `delimiter`, those
/// in lists by their index from 0. What is empty, is an empty text.
///
/// # Errors
/// Two values get the same name.
pub fn flatten(payload: &Payload, delimiter: &str) -> Result<Payload, PayloadError> {
    let mut flat = Map::new();
    for (key, value) in payload {
        put(&mut flat, key.clone(), value, delimiter)?;
    }
    Ok(flat)
}

fn put(
    flat: &mut Payload,
    name: String,
    value: &Value,
    delimiter: &str,
) -> Result<(), PayloadError> {
    let text = match value {
        Value::Object(map) if !map.is_empty() => {
            return map.iter().try_for_each(|(key, value)| {
                put(flat, format!("{name}{delimiter}{key}"), value, delimiter)
            });
        }
        Value::Array(list) if !list.is_empty() => {
            let mut list = list.iter().enumerate();
            return list.try_for_each(|(index, value)| {
                put(flat, format!("{name}{delimiter}{index}"), value, delimiter)
            });
        }
        value => text(value),
    };
    if flat.contains_key(&name) {
        let shown = crate::text::cut::text(&name, 60);
        let reason = format!("two values are called `{}` once joined", shown.escape_debug());
        return Err(PayloadError::new(&Origin::Input, reason, None)
            .with_hint("choose another `payload-delimiter`"));
    }
    flat.insert(name, Value::String(text));
    Ok(())
}

/// A value as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => String::new(),
        Value::Number(number) => self::number(number),
        other => other.to_string(),
    }
}

/// A number as text: without a fraction where there is none, and with an exponent only where it is
/// very large or very small.
pub fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && (float == 0.0 || (1e-6..1e21).contains(&float.abs())) => {
            float.to_string()
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_is_a_text() {
        let value = json!({"a": {"b": [1, {"c": true}], "d": null}, "e": 1.0, "f": [], "g": {}, "h": 18_446_744_073_709_551_615_u64, "i": "x\ny", "j": 1.5});
        let Value::Object(map) = value else { unreachable!() };
        let flat = flatten(&map, ".").unwrap();
        assert_eq!(
            Value::Object(flat),
            json!({"a.b.0": "1", "a.b.1.c": "true", "a.d": "null", "e": "1", "f": "", "g": "", "h": "18446744073709551615", "i": "x\ny", "j": "1.5"})
        );
    }

    #[test]
    fn no_value_is_lost() {
        let value = json!({"a.b": 1, "a": {"b": 2}});
        let Value::Object(map) = value else { unreachable!() };
        let error = flatten(&map, ".").unwrap_err();
        assert!(error.to_string().contains("`a.b`"), "{error}");
        assert_eq!(flatten(&map, "_").unwrap().len(), 2);
    }
}

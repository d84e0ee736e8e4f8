//! Edits of a JSON object that keep every other byte.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value as Json;

/// One replacement: from, to, text.
type Splice = (usize, usize, String);

/// The text with the value at a path of keys set; objects on the way that are missing are made. An
/// error completes "the file …".
pub(super) fn set(text: &str, path: &[&str], value: &Json) -> Result<String, String> {
    edit(text, |body, root| {
        let mut object = root;
        for (depth, key) in path.iter().enumerate() {
            let is_last = depth + 1 == path.len();
            match property(object, key).map(|property| &property.value) {
                Some(found) if is_last => return Ok((found.start(), found.end(), pretty(value))),
                Some(Value::Object(inner)) => object = inner,
                Some(_) => return Err(format!("has a `{key}` that is not an object")),
                None => {
                    let rest = path.get(depth + 1..).unwrap_or_default();
                    let nested = rest.iter().rev().fold(value.clone(), |inner, key| {
                        Json::Object([((*key).to_owned(), inner)].into_iter().collect())
                    });
                    return Ok(append(body, object, key, &nested));
                }
            }
        }
        Err("has no such key".to_owned())
    })
}

/// The text with a top-level key replaced by another one with another value.
pub(super) fn replace(text: &str, old: &str, new: &str, value: &Json) -> Result<String, String> {
    edit(text, |_, root| {
        let found = property(root, old).ok_or_else(|| format!("has no `{old}`"))?;
        Ok((found.start(), found.end(), format!("{}: {}", Json::from(new), pretty(value))))
    })
}

fn edit(
    text: &str,
    find: impl FnOnce(&str, &Object<'_>) -> Result<Splice, String>,
) -> Result<String, String> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mark, body) = text.split_at(mark);
    let parsed = parse_to_ast(body, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| format!("is not valid JSON: {error}"))?;
    let Some(Value::Object(root)) = &parsed.value else {
        return Err("is not a JSON object".to_owned());
    };
    let (start, end, new) = find(body, root)?;
    let before = body.get(..start).unwrap_or_default();
    let after = body.get(end..).unwrap_or_default();
    Ok(format!("{mark}{before}{new}{after}"))
}

fn property<'a, 'b>(object: &'a Object<'b>, key: &str) -> Option<&'a ObjectProp<'b>> {
    // Of several the last counts, as for every reader.
    object.properties.iter().rev().find(|property| property.name.as_str() == key)
}

/// A new property after the last one, laid out like the first.
fn append(body: &str, object: &Object<'_>, key: &str, value: &Json) -> Splice {
    let written = format!("{}: {}", Json::from(key), pretty(value));
    match (object.properties.first(), object.properties.last()) {
        (Some(first), Some(last)) => {
            let blank = body.get(object.start() + 1..first.start()).unwrap_or_default();
            let blank = if blank.is_empty() { " " } else { blank };
            (last.end(), last.end(), format!(",{blank}{written}"))
        }
        _ => (object.start(), object.end(), format!("{{\n  {written}\n}}")),
    }
}

/// On one line, with blanks where a person puts them.
fn pretty(value: &Json) -> String {
    match value {
        Json::Object(map) if !map.is_empty() => {
            let inner: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), pretty(value)))
                .collect();
            format!("{{ {} }}", inner.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn edits_keep_the_rest() {
        let both = json!({ "version": true, "tag": false });
        for (text, path, value, wanted) in [
            ("{}\n", vec!["a"], json!(1), "{\n  \"a\": 1\n}\n"),
            (
                "{\r\n\t\"a\": [ 1 ]\r\n}",
                vec!["b"],
                json!("x"),
                "{\r\n\t\"a\": [ 1 ],\r\n\t\"b\": \"x\"\r\n}",
            ),
            ("{\"a\":1}", vec!["a"], json!(2), "{\"a\":2}"),
            (
                "{\"a\":1}",
                vec!["p"],
                both,
                "{\"a\":1, \"p\": { \"version\": true, \"tag\": false }}",
            ),
            (
                "{ \"p\": { \"tag\": true } }",
                vec!["p", "version"],
                json!(true),
                "{ \"p\": { \"tag\": true, \"version\": true } }",
            ),
            (
                "\u{feff}{ \"p\": {} }",
                vec!["s", "u"],
                json!(true),
                "\u{feff}{ \"p\": {}, \"s\": { \"u\": true } }",
            ),
        ] {
            assert_eq!(set(text, &path, &value).unwrap(), wanted);
        }
        assert_eq!(
            replace("{ \"prettier\" : false , \"x\": 1}", "prettier", "format", &json!(false))
                .unwrap(),
            "{ \"format\": false , \"x\": 1}"
        );
        assert!(
            set("[]", &["a"], &json!(1)).is_err()
                && set("{\"p\": 1}", &["p", "q"], &json!(1)).is_err()
        );
    }
}

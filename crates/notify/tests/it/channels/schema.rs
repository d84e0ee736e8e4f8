//! What a webhook gets against `docs/schema/webhook-message.json`.

use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../../docs/schema/webhook-message.json");

/// Panics unless a body is as documented.
pub(super) fn hold(body: &[u8]) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(fits(&body, &schema, "body"), Ok(()));
}

/// The part of JSON Schema that ours uses; another keyword is an error.
fn fits(value: &Value, schema: &Value, place: &str) -> Result<(), String> {
    let fail = |what: String| Err(format!("{place} {what}: {value}"));
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "const" if value != rule => return fail(format!("is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                return fail(format!("is none of {rule}"));
            }
            "const" | "enum" | "$schema" | "title" | "description" | "properties" => {}
            "type" => {
                let is = match value {
                    Value::Object(_) => "object",
                    Value::Array(_) => "array",
                    Value::String(_) => "string",
                    Value::Null => "null",
                    _ => "other",
                };
                if !rule.as_array().map_or(rule == is, |all| all.iter().any(|one| one == is)) {
                    return fail(format!("is no {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        return fail(format!("has no {name}"));
                    }
                }
            }
            "additionalProperties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match schema["properties"].get(name) {
                        Some(known) => fits(inner, known, &format!("{place}.{name}"))?,
                        None => return fail(format!("has {name}, which is not in the schema")),
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(item, rule, &format!("{place}[]"))?;
                }
            }
            other => return fail(format!("has the unknown keyword {other} in its schema")),
        }
    }
    Ok(())
}

#[test]
fn the_schema_refuses_what_is_something_else() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for bad in [r#"{"schema":"launchway-notify/1"}"#, "[]", r#"{"x":1}"#] {
        assert!(fits(&serde_json::from_str(bad).unwrap(), &schema, "body").is_err(), "{bad}");
    }
    let status = &schema["properties"]["status"];
    for status_of in launchway_notify::status::Status::ALL {
        assert_eq!(fits(&Value::from(status_of.as_str()), status, "status"), Ok(()));
    }
}

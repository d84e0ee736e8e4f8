//! Reports against `docs/schema/health-report.json`.

use launchway_health::reason::Reason;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../../docs/schema/health-report.json");

/// Panics unless a report is as documented.
pub(crate) fn hold(report: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(fits(report, &schema, &schema, "report"), Ok(()));
}

/// The part of JSON Schema that ours uses; another keyword is an error.
fn fits(value: &Value, schema: &Value, root: &Value, place: &str) -> Result<(), String> {
    let fail = |what: String| Err(format!("{place} {what}: {value}"));
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                fits(value, target, root, place)?;
            }
            "oneOf" => {
                let ways = rule.as_array().unwrap().iter();
                if ways.filter(|one| fits(value, one, root, place).is_ok()).count() != 1 {
                    return fail("fits not just one".to_owned());
                }
            }
            "const" if value != rule => return fail(format!("is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                return fail(format!("is none of {rule}"));
            }
            "const" | "enum" | "$schema" | "title" | "description" | "definitions"
            | "properties" => {}
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("{place} has the unknown type {other} in its schema"),
                };
                if !rule.as_array().map_or_else(|| is(rule), |all| all.iter().any(is)) {
                    return fail(format!("is no {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        return fail(format!("has no {name}"));
                    }
                }
            }
            "additionalProperties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match schema["properties"].get(name) {
                        Some(known) => fits(inner, known, root, &format!("{place}.{name}"))?,
                        None => return fail(format!("has {name}, which is not in the schema")),
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(item, rule, root, &format!("{place}[]"))?;
                }
            }
            other => return fail(format!("has the unknown keyword {other} in its schema")),
        }
    }
    Ok(())
}

#[test]
fn the_schema_knows_every_reason() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let words: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(schema["definitions"]["reason"]["enum"], Value::from(words));
}

#[test]
fn the_schema_refuses_what_is_something_else() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for bad in [
        r#"{"number":1}"#,
        r#"{"number":1.5,"started":"","startedMs":0,"endedMs":0,"ok":true,"requests":1,"timingsMs":{"total":1}}"#,
        r#"{"number":1,"started":"","startedMs":0,"endedMs":0,"ok":true,"requests":1,"timingsMs":{}}"#,
        r#"{"number":1,"started":"","startedMs":0,"endedMs":0,"ok":false,"reason":"sad","requests":1,"timingsMs":{"total":1}}"#,
    ] {
        let attempt: Value = serde_json::from_str(bad).unwrap();
        let found = fits(&attempt, &schema["definitions"]["attempt"], &schema, "attempt");
        assert!(found.is_err(), "{bad}");
    }
}

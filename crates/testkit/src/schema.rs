//! JSON against the schemas of `docs/schema`.

use serde_json::Value;

/// What is wrong with a value under a schema, given as text: the place, and the rule broken there.
///
/// # Errors
/// The first thing that does not fit.
///
/// # Panics
/// Where the schema is none, or uses a keyword unknown here: a rule nobody checks is no rule.
pub fn check(value: &Value, schema: &str) -> Result<(), String> {
    check_part(value, schema, "")
}

/// As [`check`], under the part of the schema a JSON pointer names, such as `/definitions/reason`.
///
/// # Errors
/// See [`check`].
pub fn check_part(value: &Value, schema: &str, pointer: &str) -> Result<(), String> {
    let root: Value = serde_json::from_str(schema).expect("a schema is JSON");
    let part = root.pointer(pointer).expect("the part of the schema");
    Checker { root: &root }.fits(value, part, "")
}

/// Panics unless a value is as its schema says.
#[track_caller]
pub fn hold(value: &Value, schema: &str) {
    if let Err(reason) = check(value, schema) {
        panic!("{reason}\nin {value:#}");
    }
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn fits(&self, value: &Value, schema: &Value, place: &str) -> Result<(), String> {
        let rules = schema.as_object().expect("a schema is an object");
        rules.iter().try_for_each(|(keyword, rule)| match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().expect("a reference").trim_start_matches('#');
                self.fits(value, self.root.pointer(pointer).expect("what it refers to"), place)
            }
            "oneOf" => {
                let ways = list(rule).iter().map(|one| self.fits(value, one, place));
                let found: Vec<_> = ways.collect();
                let fitting = found.iter().filter(|one| one.is_ok()).count();
                unless(fitting == 1, place, || format!("fits not just one: {found:#?}"))
            }
            "const" => unless(value == rule, place, || format!("{value} is not {rule}")),
            "enum" => {
                unless(list(rule).contains(value), place, || format!("{value} is none of {rule}"))
            }
            "type" => unless(is_of(value, rule), place, || format!("{value} is no {rule}")),
            "required" => required(value, rule, place),
            "properties" => members(value).try_for_each(|(name, inner)| {
                let known = rule.get(name);
                known.map_or(Ok(()), |known| self.fits(inner, known, &format!("{place}/{name}")))
            }),
            "additionalProperties" => {
                assert_eq!(rule, false, "only `false` is known of additionalProperties");
                let known = &schema["properties"];
                members(value).try_for_each(|(name, _)| {
                    unless(known.get(name).is_some(), place, || {
                        format!("has {name}, which is not in the schema")
                    })
                })
            }
            "items" => {
                let mut items = value.as_array().into_iter().flatten().enumerate();
                items.try_for_each(|(index, item)| {
                    self.fits(item, rule, &format!("{place}/{index}"))
                })
            }
            "$schema" | "title" | "description" | "definitions" | "default" => Ok(()),
            other => panic!("{place}: the keyword {other} of a schema is not known here"),
        })
    }
}

fn required(value: &Value, names: &Value, place: &str) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    list(names).iter().try_for_each(|name| {
        let there = object.contains_key(name.as_str().expect("a name"));
        unless(there, place, || format!("has no {name}"))
    })
}

fn is_of(value: &Value, kinds: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().expect("a type is a word") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} of a schema is not known here"),
    };
    kinds.as_array().map_or_else(|| is(kinds), |kinds| kinds.iter().any(is))
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().expect("a list in a schema")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn unless(fine: bool, place: &str, reason: impl FnOnce() -> String) -> Result<(), String> {
    if fine {
        Ok(())
    } else {
        Err(format!("{}: {}", if place.is_empty() { "/" } else { place }, reason()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_rule_can_be_broken() {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["a"],
            "properties": {
                "a": { "type": ["string", "null"] },
                "b": { "type": "array", "items": { "$ref": "#/definitions/small" } },
                "c": { "const": 1 },
                "d": { "oneOf": [{ "type": "integer" }, { "type": "number" }, { "type": "boolean" }] },
            },
            "definitions": { "small": { "enum": [1, 2] } },
        })
        .to_string();
        for (value, reason) in [
            (json!({ "a": null, "b": [1, 2], "c": 1, "d": 1.5 }), ""),
            (json!([]), "/: [] is no \"object\""),
            (json!({}), "/: has no \"a\""),
            (json!({ "a": 1 }), "/a: 1 is no [\"string\",\"null\"]"),
            (json!({ "a": "", "b": [1, 3] }), "/b/1: 3 is none of [1,2]"),
            (json!({ "a": "", "c": 2 }), "/c: 2 is not 1"),
            (json!({ "a": "", "d": 1 }), "/d: fits not just one"),
            (json!({ "a": "", "d": "" }), "/d: fits not just one"),
            (json!({ "a": "", "e": 1 }), "/: has e, which is not in the schema"),
        ] {
            let found = check(&value, &schema).err().unwrap_or_default();
            assert!(found.starts_with(reason) && found.is_empty() == reason.is_empty(), "{found}");
        }
        assert!(check_part(&json!(3), &schema, "/definitions/small").is_err());
    }

    #[test]
    #[should_panic(expected = "the keyword maxLength of a schema is not known here")]
    fn a_rule_that_is_not_known_is_no_rule() {
        let _ = check(&json!(""), r#"{"maxLength":1}"#);
    }
}

//! The JSON that outputs hold, against the schemas in `docs/schema`.

use launchway_testkit::StepRun;
use serde_json::Value;

const PLAN: &str = include_str!("../../../../docs/schema/release-plan.json");
const PUBLISHED: &str = include_str!("../../../../docs/schema/published-packages.json");

/// Panics unless the outputs of a run that wrote some are as documented.
pub(crate) fn hold(run: &StepRun) {
    for (name, schema) in
        [("plan", PLAN), ("published-packages", PUBLISHED), ("publishedPackages", PUBLISHED)]
    {
        if !run.output(name).is_empty() {
            let schema: Value = serde_json::from_str(schema).unwrap();
            let held = fits(&run.output_json(name), &schema, &schema, name);
            assert_eq!(held, Ok(()), "{}", run.output(name));
        }
    }
}

/// Panics unless a record is as documented.
pub(crate) fn hold_record(record: &Value) {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../docs/schema/release.json")).unwrap();
    assert_eq!(fits(record, &schema, &schema, "record"), Ok(()));
}

/// The part of JSON Schema that ours use; another keyword is an error.
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
                let found: Vec<_> = ways.map(|one| fits(value, one, root, place)).collect();
                if found.iter().filter(|one| one.is_ok()).count() != 1 {
                    return fail(format!("fits not just one: {found:#?}"));
                }
            }
            "const" if value != rule => return fail(format!("is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                return fail(format!("is none of {rule}"));
            }
            "const" | "enum" | "$schema" | "title" | "description" | "definitions"
            | "properties" => {}
            "type" => {
                let is = match value {
                    Value::Object(_) => "object",
                    Value::Array(_) => "array",
                    Value::String(_) => "string",
                    Value::Bool(_) => "boolean",
                    Value::Null => "null",
                    Value::Number(_) => "number",
                };
                let may = rule.as_array().map_or(rule == is, |all| all.iter().any(|one| one == is));
                if !may {
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
fn the_schemas_refuse_what_is_something_else() {
    let schema: Value = serde_json::from_str(PLAN).unwrap();
    for (plan, good) in [
        (r#"{"mode":"nothing","because":"x"}"#, true),
        (r#"{"mode":"nothing"}"#, false),
        (r#"{"mode":"nothing","because":1}"#, false),
        (r#"{"mode":"nothing","because":"x","more":1}"#, false),
        (r#"{"mode":"rest","because":"x"}"#, false),
        (
            r#"{"mode":"tag","missing":[{}],"tags":true,"releases":true,"pushWithGitCli":false}"#,
            false,
        ),
    ] {
        let plan: Value = serde_json::from_str(plan).unwrap();
        assert_eq!(fits(&plan, &schema, &schema, "plan").is_ok(), good, "{plan}");
    }
}

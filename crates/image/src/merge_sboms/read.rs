//! A list, read and checked as far as it is going to be changed. Pure.

use std::path::Path;

use launchway_base::{Failure, Location};
use serde_json::{Map, Value};

/// Fields that are lists of objects wherever they stand at the top.
const LISTS: [&str; 9] = [
    "components",
    "services",
    "externalReferences",
    "dependencies",
    "compositions",
    "vulnerabilities",
    "annotations",
    "formulation",
    "properties",
];

/// The lowest and highest 1.x that are understood.
const MINORS: std::ops::RangeInclusive<u32> = 3..=7;

/// Reads a list.
///
/// # Errors
/// The text is no JSON, or no document of `CycloneDX`.
pub(super) fn list(path: &Path, text: &str) -> Result<Map<String, Value>, Failure> {
    let at = Location::file(path.display().to_string());
    let shown = path.display();
    let document: Value = serde_json::from_str(text).map_err(|error| {
        let line = Location::line(shown.to_string(), error.line().max(1));
        Failure::input(format!("`{shown}` is no JSON"))
            .with_hint("make the lists as CycloneDX in JSON: `trivy image --format cyclonedx`")
            .at(line)
            .caused_by(error)
    })?;
    check(document).map_err(|why| {
        Failure::input(format!("`{shown}` cannot be merged: {why}"))
            .with_hint("make the lists as CycloneDX in JSON: `trivy image --format cyclonedx`")
            .at(at)
    })
}

/// The minor of its version of the specification.
pub(super) fn minor(list: &Map<String, Value>) -> Option<u32> {
    let version = list.get("specVersion")?.as_str()?;
    version.strip_prefix("1.")?.parse().ok().filter(|minor| MINORS.contains(minor))
}

fn check(document: Value) -> Result<Map<String, Value>, String> {
    let Value::Object(list) = document else { return Err("it is no object".to_owned()) };
    if list.contains_key("spdxVersion") {
        return Err("it is a document of SPDX".to_owned());
    }
    if list.get("bomFormat").and_then(Value::as_str) != Some("CycloneDX") {
        return Err("it is no document of CycloneDX".to_owned());
    }
    if minor(&list).is_none() {
        let found = list.get("specVersion").unwrap_or(&Value::Null);
        return Err(format!("its `specVersion` is {found}, and 1.3 to 1.7 are understood"));
    }
    for key in LISTS {
        let items =
            list.get(key).map_or(Some(&[][..]), |items| items.as_array().map(Vec::as_slice));
        if !items.is_some_and(|items| items.iter().all(Value::is_object)) {
            return Err(format!("its `{key}` is no list of objects"));
        }
    }
    for pointer in ["metadata", "metadata/component", "declarations", "definitions"] {
        let found = pointer
            .split('/')
            .try_fold(None, |at: Option<&Value>, key| {
                at.map_or_else(|| list.get(key), |at| at.get(key)).map(Some)
            })
            .flatten();
        if found.is_some_and(|found| !found.is_object()) {
            return Err(format!("its `{pointer}` is no object"));
        }
    }
    names(list.values())?;
    Ok(list)
}

/// Whether all names of parts are texts.
fn names<'a>(values: impl Iterator<Item = &'a Value>) -> Result<(), String> {
    for value in values {
        match value {
            Value::Array(items) => names(items.iter())?,
            Value::Object(fields) => {
                if fields.get("bom-ref").is_some_and(|name| !name.is_string()) {
                    return Err("a `bom-ref` is no text".to_owned());
                }
                if fields.get("components").is_some_and(|parts| !parts.is_array()) {
                    return Err("`components` of a component are no list".to_owned());
                }
                names(fields.values())?;
            }
            _ => {}
        }
    }
    Ok(())
}

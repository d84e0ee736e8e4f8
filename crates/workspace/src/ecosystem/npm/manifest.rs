//! Reading and editing `package.json`.

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Value as Json};

use super::Npm;
use crate::error::WorkspaceError;
use crate::package::{Dependency, DependencyKind, Package, PublishConfig};

/// The manifest's name for a kind of dependency.
pub(super) const fn table(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Normal => "dependencies",
        DependencyKind::Dev => "devDependencies",
        DependencyKind::Peer => "peerDependencies",
        DependencyKind::Optional => "optionalDependencies",
    }
}

/// Parses JSON text; a byte order mark is allowed.
pub(super) fn parse(file: &str, text: &str) -> Result<Json, WorkspaceError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        WorkspaceError::Malformed {
            file: file.to_owned(),
            line: Some(error.line()),
            problem: format!("is not valid JSON: {error}"),
        }
    })
}

/// Reads one manifest. `name` may be empty here; the caller complains about all at once.
pub(super) fn package(dir: &str, file: &str, json: &Json) -> Result<Package, WorkspaceError> {
    let malformed =
        |problem: String| WorkspaceError::Malformed { file: file.to_owned(), line: None, problem };
    let object = json.as_object().ok_or_else(|| malformed("is not a JSON object".to_owned()))?;
    let text = |map: &Map<String, Json>, key: &str| match map.get(key) {
        Some(Json::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        None | Some(Json::Null | Json::String(_) | Json::Bool(false)) => Ok(None),
        Some(other) => Err(malformed(format!("has a `{key}` that is not a string: {other}"))),
    };
    let mut dependencies = Vec::new();
    for kind in DependencyKind::ALL {
        let Some(Json::Object(entries)) = object.get(table(kind)) else { continue };
        for (name, range) in entries {
            let range = range.as_str().ok_or_else(|| {
                malformed(format!(
                    "has a range of `{name}` in `{}` that is not a string",
                    table(kind)
                ))
            })?;
            dependencies.push(Dependency {
                kind,
                name: name.clone(),
                range: range.to_owned(),
                inherited: false,
            });
        }
    }
    let publish = match object.get("publishConfig") {
        Some(Json::Object(config)) => PublishConfig {
            access: text(config, "access")?,
            directory: text(config, "directory")?,
            registry: text(config, "registry")?,
            tag: text(config, "tag")?,
        },
        _ => PublishConfig::default(),
    };
    Ok(Package {
        name: text(object, "name")?.unwrap_or_default(),
        version: text(object, "version")?,
        private: object.get("private").is_some_and(is_truthy),
        dir: dir.to_owned(),
        manifest: file.to_owned(),
        ecosystem: &Npm,
        dependencies,
        publish,
        version_from: None,
    })
}

/// What JavaScript takes for true: `"private": "yes"` keeps a package private.
fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}

/// Replaces string values at the given key paths, keeping every other byte. A path that is not
/// there, or JSON that cannot be read, is an error that completes "`file` …".
pub fn edit_json_strings(text: &str, edits: &[(Vec<&str>, &str)]) -> Result<String, String> {
    if edits.is_empty() {
        return Ok(text.to_owned());
    }
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        ..ParseOptions::default()
    };
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mark, body) = text.split_at(bom);
    let root = parse_to_ast(body, &CollectOptions::default(), &strict)
        .map_err(|error| format!("is not valid JSON: {error}"))?
        .value
        .ok_or("is empty")?;
    let mut spans = Vec::new();
    for (path, value) in edits {
        let found = find(&root, path).ok_or_else(|| format!("has no `{}`", path.join(".")))?;
        spans.push((found, Json::String((*value).to_owned()).to_string()));
    }
    spans.sort_by_key(|((start, _), _)| *start);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(mark);
    let mut done = 0;
    for ((start, end), value) in spans {
        out.push_str(body.get(done..start).unwrap_or_default());
        out.push_str(&value);
        done = end;
    }
    out.push_str(body.get(done..).unwrap_or_default());
    Ok(out)
}

/// Byte span of the value at a key path; of doubled keys the last, which is the one that counts.
fn find(root: &Value<'_>, path: &[&str]) -> Option<(usize, usize)> {
    let mut value = root;
    for key in path {
        let Value::Object(object) = value else { return None };
        let named = |property: &&ObjectProp<'_>| property.name.as_str() == *key;
        value = &object.properties.iter().rev().find(named)?.value;
    }
    Some((value.start(), value.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_keeps_every_other_byte() {
        let before = "\u{feff}{\r\n\t\"name\" : \"a\",\r\n\t\"version\":\"1.0.0\" ,\r\n\t\"dependencies\": { \"b\": \"^1.0.0\" }\r\n}";
        let edits = [(vec!["dependencies", "b"], "^2.0.0"), (vec!["version"], "1.1.0")];
        let after = edit_json_strings(before, &edits).unwrap();
        assert_eq!(after, before.replace("1.0.0\" ,", "1.1.0\" ,").replace("^1.0.0", "^2.0.0"));
    }

    #[test]
    fn a_missing_path_and_bad_json_are_named() {
        let missing = edit_json_strings("{}", &[(vec!["a", "b"], "x")]);
        assert_eq!(missing, Err("has no `a.b`".to_owned()));
        assert!(edit_json_strings("{,}", &[(vec!["a"], "x")]).is_err());
        assert!(edit_json_strings("{\"a\": 1, // no\n}", &[(vec!["a"], "x")]).is_err());
    }

    #[test]
    fn truth_is_javascripts() {
        let private = |text: &str| {
            let json = parse("p", &format!("{{\"name\":\"a\",\"private\":{text}}}")).unwrap();
            package("", "package.json", &json).unwrap().private
        };
        assert!(private("true") && private("\"yes\"") && private("1") && private("[]"));
        assert!(!private("false") && !private("\"\"") && !private("0") && !private("null"));
    }
}

//! What the lock files in JSON have in common: manifests of members, repeated by folder.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Moves, NeedsTool, splice};
use crate::package::DependencyKind;

/// Places whose text changes.
pub(super) type Splices = Vec<(std::ops::Range<usize>, String)>;

/// Reads the text and hands its root object to `collect`; the text with what that collects.
pub(super) fn edit(
    text: &str,
    collect: impl FnOnce(&Object<'_>, &mut Splices) -> Result<(), NeedsTool>,
) -> Result<String, NeedsTool> {
    let bare = text.trim_start_matches('\u{feff}');
    let start = text.len() - bare.len();
    let parsed = parse_to_ast(bare, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| NeedsTool::broken(format!("is not valid JSON: {error}")))?;
    let Some(Value::Object(root)) = parsed.value else { return Ok(text.to_owned()) };
    let mut splices = Vec::new();
    collect(&root, &mut splices)?;
    for (span, _) in &mut splices {
        *span = span.start + start..span.end + start;
    }
    Ok(splice(text, splices))
}

/// Refuses a `lockfileVersion` other than these; none is one.
pub(super) fn known_format(root: &Object<'_>, known: &[&str]) -> Result<(), NeedsTool> {
    match get(root, "lockfileVersion") {
        Some(Value::NumberLit(version)) if !known.contains(&version.value) => {
            Err(NeedsTool::unknown(version.value))
        }
        _ => Ok(()),
    }
}

pub(super) fn object<'o, 'a>(object: &'o Object<'a>, key: &str) -> Option<&'o Object<'a>> {
    match get(object, key)? {
        Value::Object(found) => Some(found),
        _ => None,
    }
}

pub(super) fn get<'o, 'a>(object: &'o Object<'a>, key: &str) -> Option<&'o Value<'a>> {
    object
        .properties
        .iter()
        .rev()
        .find(|known| known.name.as_str() == key)
        .map(|known| &known.value)
}

pub(super) fn text<'o>(object: &'o Object<'_>, key: &str) -> Option<&'o str> {
    match get(object, key)? {
        Value::StringLit(text) => Some(&text.value),
        _ => None,
    }
}

/// Replaces a text by another, where it is the old one.
pub(super) fn replace(object: &Object<'_>, key: &str, old: &str, new: &str, splices: &mut Splices) {
    if let Some(value @ Value::StringLit(text)) = get(object, key)
        && text.value == old
    {
        splices.push((value.start()..value.end(), serde_json::Value::from(new).to_string()));
    }
}

/// The objects of a map, by key.
pub(super) fn by_key<'o, 'a>(map: &'o Object<'a>) -> HashMap<&'o str, &'o Object<'a>> {
    let objects = map.properties.iter().filter_map(|known| match &known.value {
        Value::Object(found) => Some((known.name.as_str(), found)),
        _ => None,
    });
    objects.collect()
}

/// Versions and ranges in the manifests of members that a map repeats by their folders.
pub(super) fn members(folders: &HashMap<&str, &Object<'_>>, moves: &Moves, splices: &mut Splices) {
    for moved in &moves.packages {
        if let Some(member) = folders.get(moved.dir.as_str()) {
            replace(member, "version", &moved.old, &moved.new, splices);
        }
    }
    for moved in &moves.ranges {
        let table = folders.get(moved.dir.as_str()).and_then(|o| object(o, table(moved.kind)));
        if let Some(table) = table {
            replace(table, &moved.name, &moved.old, &moved.new, splices);
        }
    }
}

const fn table(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Normal => "dependencies",
        DependencyKind::Dev => "devDependencies",
        DependencyKind::Peer => "peerDependencies",
        DependencyKind::Optional => "optionalDependencies",
    }
}

//! Several lists as one. Pure.

use std::collections::HashSet;

use launchway_registry::Digest;
use serde_json::{Map, Value, json};

use super::{labels, read};
use crate::references::Image;

/// The property that says of which platform a component is.
pub(super) const PLATFORM: &str = "launchway:platform";
/// The name of the whole image in a list of several. No other reference is without a label.
const WHOLE: &str = "image";

/// A list with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// Of which platform it is.
    pub(super) platform: Option<String>,
    pub(super) document: Map<String, Value>,
}

/// One list.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    pub(super) document: Value,
    /// How many components it has, those within others counted.
    pub(super) components: usize,
    /// How many signatures were left out: what they sign was changed.
    pub(super) signatures: usize,
}

/// One list of all components, each with its platform; `image` is what they are of. The order of
/// `lists` counts. A single list stays as it is but for platforms and the name of the image.
pub(super) fn merge(lists: Vec<List>, image: Option<&Image>) -> Merged {
    let is_single = lists.len() == 1;
    let changes = image.is_some() || !is_single || lists.iter().any(|list| list.platform.is_some());
    let mut signatures = 0;
    let mut parts = Vec::new();
    for (at, List { platform, document }) in lists.into_iter().enumerate() {
        let mut list = Value::Object(document);
        if changes {
            signatures += unsign(&mut list);
        }
        let label = platform.clone().unwrap_or_else(|| (at + 1).to_string());
        if !is_single {
            labels::put(&mut list, &label);
        }
        if let Some(platform) = &platform {
            mark(list.get_mut("components"), platform);
            if let Some(root) = root(&mut list) {
                mark_one(root, platform);
            }
        }
        parts.push((label, list));
    }
    let mut document = match parts.pop() {
        Some((_, mut only)) if is_single => {
            if let (Some(_), Some(fields)) = (image, only.as_object_mut()) {
                let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
                if let Some(metadata) = metadata.as_object_mut() {
                    metadata.entry("component").or_insert_with(|| json!({ "type": "container" }));
                }
            }
            if let (Some(image), Some(root)) = (image, root(&mut only)) {
                name(root, image, true);
            }
            only
        }
        last => joined(parts.into_iter().chain(last).collect(), image),
    };
    let components = document.get("components").map_or(0, count);
    // GitHub attests no list without one.
    if document.get("serialNumber").is_none_or(Value::is_null) {
        let serial = serial(&document);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("serialNumber".to_owned(), serial.into());
        }
    }
    Merged { document, components, signatures }
}

/// The main component of a list.
fn root(list: &mut Value) -> Option<&mut Map<String, Value>> {
    list.get_mut("metadata")?.get_mut("component")?.as_object_mut()
}

/// Gives a component the name of the image; with `whole` it is the image of that digest.
fn name(component: &mut Map<String, Value>, image: &Image, whole: bool) {
    let repository = image.repository.to_string();
    let last = repository.rsplit('/').next().unwrap_or_default().to_owned();
    if whole {
        component.insert("version".to_owned(), image.digest.to_string().into());
        let encoded = |text: &str| text.replace(':', "%3A").replace('/', "%2F");
        let digest = encoded(image.digest.as_str());
        let purl = format!("pkg:oci/{last}@{digest}?repository_url={}", encoded(&repository));
        component.insert("purl".to_owned(), purl.into());
    }
    component.insert("name".to_owned(), repository.into());
}

fn joined(mut parts: Vec<(String, Value)>, image: Option<&Image>) -> Value {
    // The platforms of an image are its parts.
    let mut roots = Vec::new();
    for (label, list) in &mut parts {
        let Some(root) = root(list) else { continue };
        let mut component = std::mem::take(root);
        let reference = component.entry("bom-ref").or_insert_with(|| Value::from(label.as_str()));
        roots.push(reference.clone());
        if let Some(image) = image {
            name(&mut component, image, false);
        }
        if let Some(fields) = list.as_object_mut() {
            let all = fields.entry("components").or_insert_with(|| json!([]));
            if let Some(all) = all.as_array_mut() {
                all.insert(0, Value::Object(component));
            }
        }
    }
    let lists: Vec<&Map<String, Value>> =
        parts.iter().filter_map(|(_, list)| list.as_object()).collect();
    let newest = lists.iter().copied().max_by_key(|list| read::minor(list));
    let of_newest = |key: &str| newest.and_then(|list| list.get(key)).cloned();
    let mut whole = Map::new();
    for key in ["$schema", "bomFormat", "specVersion"] {
        if let Some(value) = of_newest(key) {
            whole.insert(key.to_owned(), value);
        }
    }
    whole.insert("serialNumber".to_owned(), Value::Null);
    whole.insert("version".to_owned(), 1.into());
    let main = main(&lists, image);
    let metadata: Vec<&Map<String, Value>> =
        lists.iter().filter_map(|list| list.get("metadata")?.as_object()).collect();
    whole.insert("metadata".to_owned(), self::metadata(&metadata, main));
    whole.insert("components".to_owned(), json!([]));
    whole.insert("dependencies".to_owned(), json!([{ "ref": WHOLE, "dependsOn": roots }]));
    for list in &lists {
        for (key, value) in *list {
            if !["metadata", "serialNumber"].contains(&key.as_str()) {
                add(&mut whole, key, value);
            }
        }
    }
    unique(&mut whole);
    Value::Object(whole)
}

/// The component that stands for the whole image.
fn main(lists: &[&Map<String, Value>], image: Option<&Image>) -> Value {
    let mut main = Map::new();
    main.insert("bom-ref".to_owned(), WHOLE.into());
    main.insert("type".to_owned(), "container".into());
    let first = lists.first().and_then(|list| list.get("components")?.get(0)?.get("name"));
    main.insert("name".to_owned(), first.cloned().unwrap_or_else(|| WHOLE.into()));
    if let Some(image) = image {
        name(&mut main, image, true);
    }
    Value::Object(main)
}

/// What all say of themselves: lists together, of anything else what the first says, the latest moment.
fn metadata(all: &[&Map<String, Value>], main: Value) -> Value {
    let mut whole = Map::new();
    for said in all {
        for (key, value) in *said {
            match (key.as_str(), whole.get(key)) {
                // Either several licences or one expression: two of them cannot stand together.
                ("component", _) | ("licenses", Some(_)) => {}
                ("timestamp", Some(known)) if known.as_str() >= value.as_str() => {}
                ("timestamp", _) => {
                    whole.insert(key.clone(), value.clone());
                }
                _ => add(&mut whole, key, value),
            }
        }
    }
    unique(&mut whole);
    whole.insert("component".to_owned(), main);
    Value::Object(whole)
}

/// Adds a field: lists are joined, objects field by field, of anything else the first stays.
fn add(whole: &mut Map<String, Value>, key: &str, value: &Value) {
    match (whole.get_mut(key), value) {
        (None, value) => {
            whole.insert(key.to_owned(), value.clone());
        }
        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
        (Some(Value::Object(known)), Value::Object(more)) => {
            for (key, value) in more {
                add(known, key, value);
            }
        }
        _ => {}
    }
}

/// Leaves each item of a list once; of fields and their fields, but not of the items.
fn unique(fields: &mut Map<String, Value>) {
    for value in fields.values_mut() {
        match value {
            Value::Array(items) => {
                let mut seen = HashSet::new();
                items.retain(|item| seen.insert(item.to_string()));
            }
            Value::Object(fields) => unique(fields),
            _ => {}
        }
    }
}

/// Says of components, and those within them, of which platform they are.
fn mark(components: Option<&mut Value>, platform: &str) {
    for component in components.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(component) = component.as_object_mut() {
            mark_one(component, platform);
        }
    }
}

fn mark_one(component: &mut Map<String, Value>, platform: &str) {
    mark(component.get_mut("components"), platform);
    let properties = component.entry("properties").or_insert_with(|| json!([]));
    let Some(properties) = properties.as_array_mut() else { return };
    let is_known = |it: &Value| it.get("name").and_then(Value::as_str) == Some(PLATFORM);
    // A list that was merged before knows better.
    if !properties.iter().any(is_known) {
        properties.push(json!({ "name": PLATFORM, "value": platform }));
    }
}

fn count(components: &Value) -> usize {
    let all = components.as_array().into_iter().flatten();
    all.map(|component| 1 + component.get("components").map_or(0, count)).sum()
}

/// Takes signatures out.
fn unsign(value: &mut Value) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(unsign).sum(),
        Value::Object(fields) => {
            let is_signed = fields.get("signature").is_some_and(Value::is_object);
            if is_signed {
                fields.shift_remove("signature");
            }
            usize::from(is_signed) + fields.values_mut().map(unsign).sum::<usize>()
        }
        _ => 0,
    }
}

/// A number that the same content always has, in the form of a UUID of its own making (version 8).
fn serial(document: &Value) -> String {
    let digest = Digest::of(document.to_string().as_bytes());
    let hex: Vec<char> = digest.as_str().chars().skip("sha256:".len()).collect();
    let part = |from: usize, to: usize| hex.iter().take(to).skip(from).collect::<String>();
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

//! References inside a list, given a label so that those of several lists do not clash. Pure.

use std::collections::HashSet;

use serde_json::Value;

/// Fields that hold nothing but references.
const ALWAYS: [&str; 5] = ["ref", "dependsOn", "provides", "assemblies", "subjects"];

/// Fields that hold references in one place and something else in another: what is a reference of the
/// list is taken for one.
const AT_TIMES: [&str; 29] = [
    "algorithm",
    "algorithmRef",
    "algorithms",
    "asserter",
    "assessor",
    "attributedTo",
    "auth",
    "claims",
    "counterClaims",
    "counterEvidence",
    "cryptoRefArray",
    "dependencies",
    "destination",
    "encr",
    "evidence",
    "integ",
    "ke",
    "members",
    "mitigationStrategies",
    "parent",
    "patentRefs",
    "prf",
    "process",
    "requirement",
    "requirements",
    "signatureAlgorithmRef",
    "source",
    "subjectPublicKeyRef",
    "target",
];

/// The same, in lists of texts only; objects stand there in other places.
const IN_LISTS: [&str; 2] = ["tools", "vulnerabilities"];

/// Puts `LABEL:` before each reference of a list, where it is defined and where it is named.
/// A link into another document stays as it is.
pub(super) fn put(list: &mut Value, label: &str) {
    let mut defined = HashSet::new();
    collect(list, &mut defined);
    walk(list, &defined, label);
}

fn collect(value: &Value, defined: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, defined)),
        Value::Object(fields) => {
            if let Some(name) = fields.get("bom-ref").and_then(Value::as_str) {
                defined.insert(name.to_owned());
            }
            fields.values().for_each(|value| collect(value, defined));
        }
        _ => {}
    }
}

fn walk(value: &mut Value, defined: &HashSet<String>, label: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, defined, label)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let key = key.as_str();
                let is_list = value.is_array();
                texts(value, |text| {
                    let is_reference = match key {
                        "bom-ref" => true,
                        _ if defined.contains(text.as_str()) => {
                            ALWAYS.contains(&key)
                                || AT_TIMES.contains(&key)
                                || (is_list && IN_LISTS.contains(&key))
                        }
                        // To nothing of this list, nor may it come to be one to something of another.
                        _ => ALWAYS.contains(&key) && !text.starts_with("urn:cdx:"),
                    };
                    if is_reference {
                        *text = format!("{label}:{text}");
                    }
                });
                walk(value, defined, label);
            }
        }
        _ => {}
    }
}

/// A text, or the texts of a list.
fn texts(value: &mut Value, mut each: impl FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => {
            for item in items {
                if let Value::String(text) = item {
                    each(text);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_told_from_texts_that_look_like_them() {
        let mut list = json!({
            "components": [{
                "bom-ref": "zlib", "name": "zlib", "purl": "zlib",
                "components": [{ "bom-ref": "in", "evidence": { "identity": { "tools": ["zlib", "x"] } } }],
                "cryptoProperties": { "certificateProperties": { "subjectPublicKeyRef": "in" } },
            }],
            "dependencies": [{ "ref": "zlib", "dependsOn": ["in", "gone", "urn:cdx:a/1#b"], "provides": ["in"] }],
            "compositions": [{ "assemblies": ["zlib"], "dependencies": ["in"], "vulnerabilities": ["v"] }],
            "vulnerabilities": [{
                "bom-ref": "v", "id": "CVE-1", "source": { "name": "zlib" },
                "affects": [{ "ref": "urn:cdx:a/1#zlib" }, { "ref": "zlib" }],
            }],
            "annotations": [{ "subjects": ["v"], "text": "zlib" }],
            "properties": [{ "name": "parent", "value": "zlib" }],
            "declarations": { "claims": [{ "bom-ref": "c", "target": "zlib", "evidence": ["in"] }] },
        });
        put(&mut list, "L");
        assert_eq!(
            list,
            json!({
                "components": [{
                    "bom-ref": "L:zlib", "name": "zlib", "purl": "zlib",
                    "components": [{ "bom-ref": "L:in", "evidence": { "identity": { "tools": ["L:zlib", "x"] } } }],
                    "cryptoProperties": { "certificateProperties": { "subjectPublicKeyRef": "L:in" } },
                }],
                "dependencies": [{ "ref": "L:zlib", "dependsOn": ["L:in", "L:gone", "urn:cdx:a/1#b"], "provides": ["L:in"] }],
                "compositions": [{ "assemblies": ["L:zlib"], "dependencies": ["L:in"], "vulnerabilities": ["L:v"] }],
                "vulnerabilities": [{
                    "bom-ref": "L:v", "id": "CVE-1", "source": { "name": "zlib" },
                    "affects": [{ "ref": "urn:cdx:a/1#zlib" }, { "ref": "L:zlib" }],
                }],
                "annotations": [{ "subjects": ["L:v"], "text": "zlib" }],
                "properties": [{ "name": "parent", "value": "zlib" }],
                "declarations": { "claims": [{ "bom-ref": "L:c", "target": "L:zlib", "evidence": ["L:in"] }] },
            })
        );
    }
}

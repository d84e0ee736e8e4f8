//! Callers give what is declared, all that is required, and the permissions that are needed.

use serde_json::Value;

use super::files::{File, World, all_uses};

fn keys(node: &Value) -> Vec<String> {
    node.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// `with:` names declared inputs, and all that are required.
pub(super) fn with(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (uses, node, _) in all_uses(&file.yaml) {
        let Some(declared) = world.declared(&uses) else { continue };
        let given = keys(&node["with"]);
        for name in &given {
            if !declared.inputs.contains(name) {
                found.push(format!("`{uses}` has no input `{name}`"));
            }
        }
        for name in &declared.required {
            if !given.contains(name) {
                found.push(format!("`{uses}` needs the input `{name}`"));
            }
        }
    }
    found
}

/// Secrets of called workflows are named one by one, and declared.
pub(super) fn secrets(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (uses, node, job) in all_uses(&file.yaml) {
        if !job {
            continue;
        }
        if node["secrets"] == "inherit" {
            found.push(format!("`{uses}` gets every secret there is"));
            continue;
        }
        let Some(declared) = world.declared(&uses) else { continue };
        let given = keys(&node["secrets"]);
        for name in given.iter().filter(|name| !declared.secrets.contains(*name)) {
            found.push(format!("`{uses}` has no secret `{name}`"));
        }
        for name in declared.required_secrets.iter().filter(|name| !given.contains(name)) {
            found.push(format!("`{uses}` needs the secret `{name}`"));
        }
    }
    found
}

/// A called workflow can be given less than it asks for only by failing to start.
pub(super) fn grants(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (uses, node, job) in all_uses(&file.yaml) {
        if !job {
            continue;
        }
        let Some(declared) = world.declared(&uses) else { continue };
        // In a part of a workflow, what stands above is not seen.
        if node.get("permissions").is_none() && file.yaml.get("permissions").is_none() {
            continue;
        }
        let given = node.get("permissions").unwrap_or(&file.yaml["permissions"]);
        for (scope, wanted) in &declared.permissions {
            let level = given[scope.as_str()].as_str().unwrap_or("none");
            let enough = level == "write" || level == wanted || wanted == "none";
            if !enough {
                found.push(format!("`{uses}` needs `{scope}: {wanted}` and gets {level}"));
            }
        }
        for scope in keys(given) {
            if !declared.permissions.contains_key(&scope) {
                found.push(format!("`{uses}` has no use for `{scope}`"));
            }
        }
    }
    found
}

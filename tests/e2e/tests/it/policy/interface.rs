//! Documented inputs are declared inputs are used inputs.

use super::files::{File, Kind, World};

/// The declared inputs and secrets of a called workflow or an action.
fn declared(file: &File) -> Vec<(&'static str, String)> {
    let call = &file.yaml["on"]["workflow_call"];
    let (inputs, secrets) = match file.kind {
        Kind::Action => (&file.yaml["inputs"], &file.yaml["secrets"]),
        Kind::Workflow => (&call["inputs"], &call["secrets"]),
        _ => return Vec::new(),
    };
    let names = |context: &'static str, part: &serde_json::Value| {
        let keys = part.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        let keys: Vec<String> = keys;
        keys.into_iter().map(move |name| (context, name)).collect::<Vec<_>>()
    };
    [names("inputs", inputs), names("secrets", secrets)].concat()
}

/// Each is read somewhere. An action that hands all of them to its program uses all of them: the
/// program refuses what it does not know.
pub(super) fn used(_: &World, file: &File) -> Vec<String> {
    let body = file.yaml.get("jobs").or_else(|| file.yaml.get("runs"));
    let body = body.map(ToString::to_string).unwrap_or_default();
    if file.kind == Kind::Action && (body.contains("toJSON(inputs)") || body.contains("docker")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (context, name) in declared(file) {
        let read = body.match_indices(&format!("{context}.{name}")).any(|(at, text)| {
            let next = body.get(at + text.len()..).and_then(|rest| rest.chars().next());
            !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        });
        if !read {
            found.push(format!("`{context}.{name}` is declared and never read"));
        }
    }
    found
}

/// Each has its row in the page of the workflow or action, and each row is one of them.
pub(super) fn documented(_: &World, file: &File) -> Vec<String> {
    let page = match file.kind {
        Kind::Action if file.path.contains("/container/") || file.path == "action.yml" => {
            return Vec::new();
        }
        Kind::Action => file.path.replace("action.yml", "README.md"),
        Kind::Workflow if file.yaml["on"].get("workflow_call").is_some() => {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            format!("docs/workflows/{}.md", name.trim_end_matches(".yml"))
        }
        _ => return Vec::new(),
    };
    let Ok(text) = std::fs::read_to_string(launchway_e2e::at(&page)) else {
        return vec![format!("{page} is missing")];
    };
    let mut found = Vec::new();
    let all = declared(file);
    for context in ["inputs", "secrets"] {
        let names: Vec<&String> =
            all.iter().filter(|(own, _)| *own == context).map(|(_, name)| name).collect();
        let begin = format!("<!-- begin {context} -->");
        let table = text.split_once(&begin).map_or("", |(_, rest)| rest);
        let table = table.split_once("<!-- end").map_or(table, |(table, _)| table);
        let rows: Vec<&str> = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split_once('`'))
            .map(|(name, _)| name)
            .collect();
        for name in &names {
            // A second name of an action's input stands in the row of the first, an older one nowhere.
            let second = file.kind == Kind::Action && table.contains(&format!("`{name}`"))
                || file.yaml["inputs"][name.as_str()].get("deprecationMessage").is_some();
            if !rows.contains(&name.as_str()) && !second {
                found.push(format!("{page} has no row for `{name}` among {context}"));
            }
        }
        for row in rows {
            if !names.iter().any(|name| *name == row) {
                found.push(format!("{page} has a row for `{row}`, which is not one of {context}"));
            }
        }
    }
    found
}

//! Documented inputs are declared inputs are used inputs.

use super::expressions::within;
use super::files::{File, Kind, World};

/// What is declared under a name by an action or a called workflow.
fn declared(file: &File, part: &str) -> Vec<String> {
    let part = match file.kind {
        Kind::Action => &file.yaml[part],
        Kind::Workflow => &file.yaml["on"]["workflow_call"][part],
        _ => return Vec::new(),
    };
    part.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// Each is read somewhere. An action that hands all of them to its program uses all of them: the
/// program refuses what it does not know.
pub(super) fn used(_: &World, file: &File) -> Vec<String> {
    let runs = &file.yaml["runs"];
    if runs["using"] == "docker" || runs.to_string().contains("toJSON(inputs)") {
        return Vec::new();
    }
    let mut body = file.yaml.clone();
    for part in ["on", "inputs"] {
        body.as_object_mut().and_then(|body| body.remove(part));
    }
    let read = within(&body);
    let mut inputs = declared(file, "inputs");
    if file.kind == Kind::Workflow {
        let asked = file.yaml["on"]["workflow_dispatch"]["inputs"].as_object();
        inputs.extend(asked.into_iter().flat_map(|asked| asked.keys().cloned()));
    }
    let mut found = Vec::new();
    for (context, names) in [("inputs", inputs), ("secrets", declared(file, "secrets"))] {
        for name in names {
            let is_it = |path: &Vec<String>| path.starts_with(&[context.to_owned(), name.clone()]);
            if !read.iter().any(is_it) {
                found.push(format!("`{context}.{name}` is declared and never read"));
            }
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
    for context in ["inputs", "secrets", "outputs"] {
        let names = declared(file, context);
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
            if !names.iter().any(|name| name == row) {
                found.push(format!("{page} has a row for `{row}`, which is not one of {context}"));
            }
        }
    }
    found
}

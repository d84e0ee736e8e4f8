//! Expressions name only what is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::{Declared, File, Kind, World, jobs};

/// The paths an expression reads, such as `needs.build.outputs.digest`; texts in it are left out.
fn paths(expression: &str) -> Vec<Vec<String>> {
    let mut plain = String::new();
    let mut quoted = false;
    let mut index = false;
    for c in expression.chars() {
        match c {
            // `a['b']` reads `a.b`.
            '\'' if !quoted && plain.ends_with('[') => {
                plain.pop();
                plain.push('.');
                index = true;
                quoted = true;
            }
            '\'' => {
                quoted = !quoted;
                if !quoted && !index {
                    plain.push(' ');
                }
            }
            ']' if index && !quoted => index = false,
            c if !quoted || index => plain.push(c),
            _ => {}
        }
    }
    plain
        .split(|c: char| !(c.is_ascii_alphanumeric() || "._-*".contains(c)))
        .filter(|path| path.contains('.'))
        .map(|path| path.split('.').map(str::to_owned).collect())
        .collect()
}

/// Every expression below a node: what stands in `${{ }}`, and each `if`.
fn expressions(node: &Value, found: &mut Vec<String>) {
    match node {
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once("${{") {
                let (inner, tail) = after.split_once("}}").unwrap_or((after, ""));
                found.push(inner.to_owned());
                rest = tail;
            }
        }
        Value::Array(list) => list.iter().for_each(|node| expressions(node, found)),
        Value::Object(map) => {
            for (key, node) in map {
                match node.as_str() {
                    Some(text) if key == "if" && !text.contains("${{") => {
                        found.push(text.to_owned());
                    }
                    _ => expressions(node, found),
                }
            }
        }
        _ => {}
    }
}

/// The paths that all expressions below a node read.
pub(super) fn within(node: &Value) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    expressions(node, &mut found);
    found.iter().flat_map(|expression| paths(expression)).collect()
}

/// `needs`, `steps`, `inputs`, `secrets`, `jobs`, `env` and `matrix` name what is declared.
pub(super) fn references(world: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    if file.kind == Kind::Snippet {
        return found;
    }
    let declared = inputs(&file.yaml);
    let secrets = &file.yaml["on"]["workflow_call"]["secrets"];
    let called = file.yaml["on"].get("workflow_call").is_some();
    for path in within(&file.yaml) {
        match path.as_slice() {
            [context, name, ..] if context == "inputs" && !declared.contains(name) => {
                found.push(format!("`inputs.{name}` is not declared"));
            }
            [context, name, ..]
                if context == "secrets"
                    && called
                    && name != "GITHUB_TOKEN"
                    && secrets.get(name).is_none() =>
            {
                found.push(format!("`secrets.{name}` is not declared"));
            }
            [context, job, part, name]
                if context == "jobs" && part == "outputs" && !job_has(world, file, job, name) =>
            {
                found.push(format!("`jobs.{job}.outputs.{name}` is not set"));
            }
            _ => {}
        }
    }
    for (name, job) in jobs(&file.yaml) {
        found.extend(in_job(world, file, &name, &job));
    }
    if let Some(steps) = file.yaml["runs"].get("steps").and_then(Value::as_array) {
        let outputs = outputs(world, steps);
        let read = within(&file.yaml["runs"]).into_iter().chain(within(&file.yaml["outputs"]));
        found.extend(read.filter_map(|path| unset(&outputs, &path)));
    }
    found
}

fn inputs(yaml: &Value) -> Vec<String> {
    let places = [
        yaml.get("inputs"),
        yaml["on"].get("workflow_call").and_then(|call| call.get("inputs")),
        yaml["on"].get("workflow_dispatch").and_then(|call| call.get("inputs")),
    ];
    let maps = places.into_iter().flatten().filter_map(Value::as_object);
    maps.flat_map(|map| map.keys().cloned()).collect()
}

fn job_has(world: &World, file: &File, job: &str, output: &str) -> bool {
    let Some(job) = file.yaml["jobs"].get(job) else { return false };
    match job["uses"].as_str() {
        Some(uses) => world.declared(uses).is_none_or(|called| called.outputs.contains(output)),
        None => job["outputs"].get(output).is_some(),
    }
}

fn in_job(world: &World, file: &File, name: &str, job: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let needs: Vec<&str> = match &job["needs"] {
        Value::String(one) => vec![one],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let no_steps = Vec::new();
    let steps = job["steps"].as_array().unwrap_or(&no_steps);
    let outputs = outputs(world, steps);
    let matrix = job["strategy"]["matrix"].as_object();
    for path in within(job) {
        match path.as_slice() {
            [context, other, ..] if context == "needs" && !needs.contains(&other.as_str()) => {
                found.push(format!("job `{name}` reads `needs.{other}` and does not need it"));
            }
            [context, other, part, output]
                if context == "needs"
                    && part == "outputs"
                    && !job_has(world, file, other, output) =>
            {
                found.push(format!(
                    "job `{name}` reads `needs.{other}.outputs.{output}`, which is not set"
                ));
            }
            [context, key, ..]
                if context == "matrix"
                    && matrix.is_some_and(|matrix| {
                        !matrix.contains_key(key)
                            && !matrix["include"]
                                .as_array()
                                .is_some_and(|list| list.iter().any(|leg| leg.get(key).is_some()))
                    }) =>
            {
                found.push(format!("job `{name}` reads `matrix.{key}`, which no leg has"));
            }
            [context, variable, ..] if context == "env" => {
                let own = steps.iter().any(|step| {
                    step["env"].get(variable).is_some()
                        || step["run"].as_str().is_some_and(|run| run.contains(variable.as_str()))
                });
                let known =
                    [&job["env"], &file.yaml["env"]].iter().any(|env| env.get(variable).is_some());
                if !own && !known {
                    found.push(format!("job `{name}` reads `env.{variable}`, which nobody sets"));
                }
            }
            path => found.extend(unset(&outputs, path)),
        }
    }
    found
}

/// What each step with an id can set; `None` where it is a script, which is then searched.
struct Outputs {
    declared: Option<Declared>,
    run: String,
}

fn outputs(world: &World, steps: &[Value]) -> BTreeMap<String, Outputs> {
    let mut all = BTreeMap::new();
    for step in steps {
        let Some(id) = step["id"].as_str() else { continue };
        let declared = step["uses"].as_str().map(|uses| world.declared(uses).unwrap_or_default());
        let run = step["run"].as_str().unwrap_or_default().to_owned();
        all.insert(id.to_owned(), Outputs { declared, run });
    }
    all
}

fn unset(known: &BTreeMap<String, Outputs>, path: &[String]) -> Option<String> {
    let [context, id, rest @ ..] = path else { return None };
    if context != "steps" || id == "*" {
        return None;
    }
    let Some(step) = known.get(id) else {
        return Some(format!("`steps.{id}` is no step"));
    };
    let [part, output] = rest else { return None };
    if part != "outputs" {
        return None;
    }
    // Our launcher's step sets what the program declares; a script names what it sets.
    let launched = step.run.contains("dist/launch.sh") || step.run.contains(r"dist\launch.ps1");
    let set = match &step.declared {
        Some(declared) => declared.outputs.contains(output),
        None => launched || step.run.contains(output.as_str()),
    };
    (!set).then(|| format!("`steps.{id}.outputs.{output}` is not set"))
}

#[test]
fn paths_are_found_and_texts_are_not() {
    let found =
        paths("needs.a.outputs['b-c'] == 'x.y' && steps.z.outcome || format('{0}', inputs.q)");
    let found: Vec<String> = found.iter().map(|path| path.join(".")).collect();
    assert_eq!(found, ["needs.a.outputs.b-c", "steps.z.outcome", "inputs.q"]);
}

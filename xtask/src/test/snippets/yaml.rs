//! Workflows and parts of them.

use std::collections::BTreeMap;

use yaml_serde::Value;

use super::Case;
use super::fences::Snippet;
use super::uses::{Interface, Interfaces, keys};

/// The keys at the top of a workflow, without `jobs`.
const TOP: &[&str] = &["name", "run-name", "on", "permissions", "env", "defaults", "concurrency"];
/// The keys of a job that no step and no top has.
const JOB: &[&str] = &[
    "steps",
    "services",
    "strategy",
    "runs-on",
    "needs",
    "environment",
    "outputs",
    "uses",
    "secrets",
    "container",
];
/// Those of them that no action has as input.
const PLAIN: &[&str] = &["steps", "services", "strategy", "runs-on", "needs", "uses"];
/// The keys of a step that its wrapper does not give.
const STEP: &[&str] = &["if", "env", "id", "name", "continue-on-error", "timeout-minutes"];

/// What is wrong with a snippet; what GitHub's validator is to see is added to `cases`.
pub(super) fn judge(
    snippet: &Snippet,
    all: &[Snippet],
    interfaces: &Interfaces,
    cases: &mut Vec<Case>,
) -> Vec<String> {
    let value: Value = match yaml_serde::from_str(&snippet.text) {
        Ok(value) => value,
        Err(error) => return vec![snippet.says(&format!("no YAML: {error}"))],
    };
    // A file that is no workflow says which it is.
    let first = snippet.text.lines().next().unwrap_or_default();
    if first.starts_with("# ") && first.contains(".y") && !first.contains(".github/workflows/") {
        return Vec::new();
    }
    let given = keys(Some(&value));
    let all_of = |known: &[&str]| given.iter().all(|key| known.contains(&key.as_str()));
    let any_of = |known: &[&str]| given.iter().any(|key| known.contains(&key.as_str()));
    let job = "on: push\njobs:\n  shown:\n";
    let (before, indent, after) = if value.is_sequence() {
        (format!("{job}    runs-on: ubuntu-24.04\n    steps:\n"), 6, "")
    } else if given.contains("jobs") {
        (if given.contains("on") { "" } else { "on: push\n" }.to_owned(), 0, "")
    } else if given.is_empty() {
        return vec![snippet.says("it is neither a mapping nor a list")];
    } else if !any_of(PLAIN)
        && !all_of(STEP)
        && !all_of(TOP)
        && inputs(snippet, &given, all, interfaces).is_empty()
    {
        return Vec::new();
    } else if any_of(&["with", "secrets"]) && !any_of(PLAIN) {
        // What is handed to a workflow of ours that the page shows elsewhere.
        let with = keys(value.get("with"));
        let secrets = keys(value.get("secrets"));
        let fits = |one: &Interface| with.is_subset(&one.inputs) && secrets.is_subset(&one.secrets);
        if !interfaces.named(&whole(snippet, all)).any(fits) {
            return vec![snippet.says("no action or workflow of the page takes all of this")];
        }
        return Vec::new();
    } else if any_of(JOB) {
        let runs = if any_of(&["runs-on", "uses"]) { "" } else { "    runs-on: ubuntu-24.04\n" };
        let steps =
            if any_of(&["steps", "uses"]) { "" } else { "    steps: [{ run: \"true\" }]\n" };
        (format!("{job}{runs}{steps}"), 4, "")
    } else if all_of(TOP) && !all_of(STEP) {
        let on = if given.contains("on") { "" } else { "on: push\n" };
        (
            on.to_owned(),
            0,
            "jobs:\n  shown:\n    runs-on: ubuntu-24.04\n    steps: [{ run: \"true\" }]\n",
        )
    } else if all_of(STEP) {
        (format!("{job}    runs-on: ubuntu-24.04\n    steps:\n      - run: \"true\"\n"), 8, "")
    } else if is_jobs(&value) {
        ("on: push\njobs:\n".to_owned(), 2, "")
    } else {
        return inputs(snippet, &given, all, interfaces);
    };
    let jobs = value.get("jobs");
    let is_part = indent > 0 || !after.is_empty();
    let text = if is_part { fitted(&snippet.text, indent) } else { snippet.text.clone() };
    let more = missing_jobs(jobs.or((indent == 2).then_some(&value)));
    let lines = i64::try_from(before.lines().count()).unwrap_or_default();
    cases.push(Case {
        page: snippet.page.clone(),
        line: i64::try_from(snippet.line).unwrap_or_default() - lines,
        text: format!("{before}{text}{more}{after}"),
        part: is_part || !more.is_empty(),
    });
    let mut complaints = Vec::new();
    let mut ids = BTreeMap::new();
    walk(&value, snippet, interfaces, &mut ids, &mut complaints);
    outputs(snippet, &ids, interfaces, &mut complaints);
    complaints
}

/// Whether every value is a job.
fn is_jobs(value: &Value) -> bool {
    let Value::Mapping(map) = value else { return false };
    map.values().all(|job| job.get("runs-on").is_some() || job.get("uses").is_some())
}

/// Jobs that shown jobs wait for and that stand elsewhere.
fn missing_jobs(jobs: Option<&Value>) -> String {
    let Some(Value::Mapping(map)) = jobs else { return String::new() };
    let mut text = String::new();
    let mut there = keys(jobs);
    for job in map.values() {
        let names: Vec<&str> = match job.get("needs") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Sequence(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in names {
            if there.insert(name.to_owned()) {
                text.push_str("  ");
                text.push_str(name);
                text.push_str(": { runs-on: ubuntu-24.04, steps: [{ run: \"true\" }] }\n");
            }
        }
    }
    text
}

/// The text at another indentation; a job's `needs` cannot be looked up and goes.
fn fitted(text: &str, indent: usize) -> String {
    let least = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    let mut fitted = String::new();
    for line in text.lines() {
        let line = line.get(least..).unwrap_or_default();
        if !line.is_empty() {
            fitted.push_str(&" ".repeat(indent));
        }
        if indent == 4 && line.starts_with("needs:") {
            fitted.push('#');
        }
        fitted.push_str(line);
        fitted.push('\n');
    }
    fitted
}

/// All snippets of the page.
fn whole(snippet: &Snippet, all: &[Snippet]) -> String {
    all.iter().filter(|other| other.page == snippet.page).map(|other| other.text.as_str()).collect()
}

/// A part of `with:`: some action of ours on the page has all of the inputs.
fn inputs(
    snippet: &Snippet,
    given: &std::collections::BTreeSet<String>,
    all: &[Snippet],
    interfaces: &Interfaces,
) -> Vec<String> {
    let page = whole(snippet, all);
    let fits = interfaces.named(&page).any(|one| given.is_subset(&one.inputs));
    if fits {
        return Vec::new();
    }
    vec![
        snippet.says("it is no part of a workflow, and no action of the page has all these inputs"),
    ]
}

/// Looks at each `uses:`; remembers which step uses what.
fn walk(
    value: &Value,
    snippet: &Snippet,
    interfaces: &Interfaces,
    ids: &mut BTreeMap<String, String>,
    complaints: &mut Vec<String>,
) {
    match value {
        Value::Sequence(items) => {
            for item in items {
                walk(item, snippet, interfaces, ids, complaints);
            }
        }
        Value::Mapping(map) => {
            if let Some(uses) = value.get("uses").and_then(Value::as_str) {
                let line =
                    snippet.text.lines().find(|line| line.contains(uses)).unwrap_or_default();
                if uses.starts_with("./") {
                    complaints.extend(own(uses).map(|said| snippet.says(&said)));
                } else {
                    match interfaces.find(uses, line) {
                        Err(said) => complaints.push(snippet.says(&said)),
                        Ok(declared) => {
                            let mut wrong = Vec::new();
                            let with = keys(value.get("with"));
                            for name in with.difference(&declared.inputs) {
                                wrong.push(format!("{uses} has no input `{name}`"));
                            }
                            for name in declared.required.difference(&with) {
                                wrong.push(format!("{uses} needs the input `{name}`"));
                            }
                            for name in keys(value.get("secrets")).difference(&declared.secrets) {
                                wrong.push(format!("{uses} takes no secret `{name}`"));
                            }
                            if value.get("secrets").is_some_and(Value::is_string) {
                                wrong.push("secrets are handed over by name".to_owned());
                            }
                            complaints.extend(wrong.iter().map(|said| snippet.says(said)));
                            if let Some(id) = value.get("id").and_then(Value::as_str) {
                                ids.insert(format!("steps.{id}"), uses.to_owned());
                            }
                        }
                    }
                }
            }
            for (name, inner) in map {
                // A job that calls a workflow hands on its outputs under its own name.
                if let (Some(name), Some(uses)) =
                    (name.as_str(), inner.get("uses").and_then(Value::as_str))
                {
                    ids.insert(format!("needs.{name}"), uses.to_owned());
                }
                walk(inner, snippet, interfaces, ids, complaints);
            }
        }
        _ => {}
    }
}

/// A workflow of the reader's own repository.
fn own(uses: &str) -> Option<String> {
    (!uses.starts_with("./.github/workflows/"))
        .then(|| format!("`{uses}` needs a checkout: name the repository"))
}

/// Each output that is asked of a shown step is declared.
fn outputs(
    snippet: &Snippet,
    ids: &BTreeMap<String, String>,
    interfaces: &Interfaces,
    complaints: &mut Vec<String>,
) {
    for (id, uses) in ids {
        let line =
            snippet.text.lines().find(|line| line.contains(uses.as_str())).unwrap_or_default();
        let Ok(declared) = interfaces.find(uses, line) else { continue };
        for rest in snippet.text.split(&format!("{id}.outputs.")).skip(1) {
            let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            let name: String = rest.chars().take_while(is_name).collect();
            if !declared.outputs.contains(&name) {
                complaints.push(snippet.says(&format!("{uses} has no output `{name}`")));
            }
        }
    }
}

/// The scripts of its steps, as snippets for a shell.
pub(super) fn scripts(snippet: &Snippet) -> Vec<Snippet> {
    let mut found = Vec::new();
    let value: Option<Value> = yaml_serde::from_str(&snippet.text).ok();
    if let Some(value) = value {
        steps(&value, &mut |script| {
            let language = "sh".to_owned();
            found.push(Snippet { text: format!("{script}\n"), language, ..snippet.clone() });
        });
    }
    found
}

fn steps(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| steps(item, take)),
        Value::Mapping(map) => {
            let shell = value.get("shell").and_then(Value::as_str).unwrap_or("bash");
            let script = value.get("run").and_then(Value::as_str);
            if let Some(script) = script.filter(|_| shell.starts_with("bash") || shell == "sh") {
                take(script);
            }
            map.values().for_each(|inner| steps(inner, take));
        }
        _ => {}
    }
}

/// What a change leads to, where it is a part of a workflow.
pub(super) fn new_side(snippet: &Snippet) -> Option<Snippet> {
    let mut text = String::new();
    for line in snippet.text.lines() {
        if line.starts_with("@@") || line.starts_with("+++") || line.starts_with('-') {
            continue;
        }
        text.push_str(line.strip_prefix(['+', ' ']).unwrap_or(line));
        text.push('\n');
    }
    text.contains("uses: ").then(|| Snippet {
        text,
        language: "yaml".to_owned(),
        ..snippet.clone()
    })
}

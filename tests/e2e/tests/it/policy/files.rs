//! The files the rules are about, and what they declare.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use launchway_e2e::pins::Pin;
use serde_json::Value;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A workflow of this repository.
    Workflow,
    /// An `action.yml` of this repository.
    Action,
    /// A workflow in `examples/`, which a user copies.
    Example,
    /// A whole workflow in a page.
    Page,
    /// A part of a workflow in a page.
    Snippet,
}

/// One file or snippet.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it stands, for messages; of a snippet with its line.
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) yaml: Value,
}

/// What an action or a called workflow declares.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    pub(super) inputs: BTreeSet<String>,
    pub(super) required: BTreeSet<String>,
    pub(super) outputs: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) required_secrets: BTreeSet<String>,
    /// What its jobs ask for, as `scope: level`.
    pub(super) permissions: BTreeMap<String, String>,
}

/// Everything a rule may look at.
pub(super) struct World {
    pub(super) pins: Vec<Pin>,
    files: Vec<File>,
    /// By path in the repository: `actions/health-check`, `.github/workflows/deploy.yml`, or
    /// nothing for the root action.
    declared: BTreeMap<String, Declared>,
}

impl World {
    pub(super) fn read() -> Self {
        let mut paths = Vec::new();
        for folder in ["actions", "docs", "examples", ".github/workflows"] {
            collect(Path::new(folder), &mut paths);
        }
        for file in ["action.yml", "README.md"] {
            paths.push(file.to_owned());
        }
        paths.sort();
        let mut world = Self {
            pins: launchway_e2e::pins::read(),
            files: Vec::new(),
            declared: BTreeMap::new(),
        };
        for path in paths {
            let text = std::fs::read_to_string(launchway_e2e::at(&path)).unwrap_or_default();
            world.add(&path, &text);
        }
        world
    }

    pub(super) fn add(&mut self, path: &str, text: &str) {
        let extension = Path::new(path).extension().and_then(std::ffi::OsStr::to_str);
        let is_yaml = matches!(extension, Some("yml" | "yaml"));
        let kind = if path.ends_with("action.yml") || path.ends_with("action.yaml") {
            Kind::Action
        } else if path.starts_with(".github/workflows/") && is_yaml {
            Kind::Workflow
        } else if path.contains("/.github/workflows/") && is_yaml {
            Kind::Example
        } else if extension == Some("md") {
            self.files.extend(snippets(path, text));
            return;
        } else {
            return;
        };
        let yaml: Value = yaml_serde::from_str(text)
            .unwrap_or_else(|error| panic!("{path} is not YAML: {error}"));
        let key = path.strip_suffix("action.yml").map_or(path, |path| path.trim_end_matches('/'));
        if matches!(kind, Kind::Action | Kind::Workflow) {
            self.declared.insert(key.to_owned(), declared(&yaml));
        }
        self.files.push(File { path: path.to_owned(), kind, text: text.to_owned(), yaml });
    }

    pub(super) fn files(&self) -> Vec<File> {
        self.files.clone()
    }

    /// What `uses:` of ours or of a pinned action means, or `None` for what is neither.
    pub(super) fn declared(&self, uses: &str) -> Option<Declared> {
        if let Some(path) = own(uses) {
            return self.declared.get(path).cloned();
        }
        let (action, version) = uses.split_once('@')?;
        let pin = self.pins.iter().find(|pin| pin.action == action && pin.sha == version)?;
        let set = |names: &[String]| names.iter().cloned().collect();
        Some(Declared {
            inputs: set(&pin.inputs),
            required: set(&pin.required),
            outputs: set(&pin.outputs),
            ..Declared::default()
        })
    }
}

/// The path in this repository that a `uses:` names.
pub(super) fn own(uses: &str) -> Option<&str> {
    if let Some(path) = uses.strip_prefix("$/") {
        return Some(path.trim_end_matches('/'));
    }
    let rest = uses.strip_prefix("launchway/launchway")?;
    let (path, _) = rest.split_once('@')?;
    Some(path.trim_start_matches('/'))
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(launchway_e2e::at(folder)) else { return };
    for entry in entries.flatten() {
        let path = folder.join(entry.file_name());
        if entry.file_name() == "node_modules" || entry.file_name() == "target" {
            continue;
        }
        if entry.path().is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
}

/// The fenced blocks of a page that are workflows or steps of one.
fn snippets(path: &str, text: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut block: Option<(usize, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        match &mut block {
            None if trimmed.starts_with("```yaml") || trimmed.starts_with("```yml") => {
                block = Some((number + 1, line.len() - trimmed.len(), String::new()));
            }
            None => {}
            Some((start, _, body)) if trimmed.starts_with("```") => {
                let path = format!("{path}:{start}");
                let yaml: Value = yaml_serde::from_str(body)
                    .unwrap_or_else(|error| panic!("{path} is not YAML: {error}"));
                let kind = if yaml.get("on").is_some() && yaml.get("jobs").is_some() {
                    Kind::Page
                } else {
                    Kind::Snippet
                };
                if body.contains("uses:") || kind == Kind::Page {
                    found.push(File { path, kind, text: std::mem::take(body), yaml });
                }
                block = None;
            }
            Some((_, indent, body)) => {
                body.push_str(line.get(*indent..).unwrap_or_default());
                body.push('\n');
            }
        }
    }
    found
}

fn declared(yaml: &Value) -> Declared {
    let call = &yaml["on"]["workflow_call"];
    let part = |name: &str| {
        let own = if call.is_object() { &call[name] } else { &yaml[name] };
        own.as_object().cloned().unwrap_or_default()
    };
    let needed = |part: &serde_json::Map<String, Value>| {
        let needed = part.iter().filter(|(_, field)| field["required"] == true);
        needed.map(|(name, _)| name.clone()).collect()
    };
    let names = |part: &serde_json::Map<String, Value>| part.keys().cloned().collect();
    let mut declared = Declared {
        inputs: names(&part("inputs")),
        required: needed(&part("inputs")),
        outputs: names(&part("outputs")),
        ..Declared::default()
    };
    if call.is_object() || yaml["on"].get("workflow_call").is_some() {
        declared.secrets = names(&part("secrets"));
        declared.required_secrets = needed(&part("secrets"));
        for (_, job) in jobs(yaml) {
            for (scope, level) in job["permissions"].as_object().into_iter().flatten() {
                let level = level.as_str().unwrap_or_default();
                let known = declared.permissions.entry(scope.clone()).or_default();
                if known != "write" {
                    level.clone_into(known);
                }
            }
        }
    }
    declared
}

/// Jobs by name; in a part of a workflow also those that stand there without `jobs`, and one that
/// stands there without its name.
pub(super) fn jobs(yaml: &Value) -> Vec<(String, Value)> {
    if calls(yaml) {
        return vec![(String::new(), yaml.clone())];
    }
    let is_job = |job: &Value| job.get("runs-on").is_some() || job.get("uses").is_some();
    let bare = || yaml.as_object().filter(|map| map.values().all(is_job));
    let jobs = yaml.get("jobs").and_then(Value::as_object).or_else(bare);
    jobs.into_iter().flatten().map(|(name, job)| (name.clone(), job.clone())).collect()
}

/// Whether a node calls a workflow.
fn calls(node: &Value) -> bool {
    node["uses"].as_str().is_some_and(|uses| uses.contains("/.github/workflows/"))
}

/// Every step, with the name of its job (or nothing in an action).
pub(super) fn steps(yaml: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, job) in jobs(yaml) {
        for step in job["steps"].as_array().into_iter().flatten() {
            found.push((name.clone(), step.clone()));
        }
    }
    if (yaml.get("uses").is_some() || yaml.get("run").is_some()) && !calls(yaml) {
        found.push((String::new(), yaml.clone()));
    }
    let own = [yaml.get("steps"), yaml.get("runs").and_then(|runs| runs.get("steps")), Some(yaml)];
    for step in own.into_iter().flatten().filter_map(Value::as_array).flatten() {
        found.push((String::new(), step.clone()));
    }
    found
}

/// Every `uses:` of steps and jobs with the node it stands in; whether it is a job.
pub(super) fn all_uses(yaml: &Value) -> Vec<(String, Value, bool)> {
    let mut found = Vec::new();
    for (_, node) in steps(yaml) {
        if let Some(uses) = node["uses"].as_str() {
            found.push((uses.to_owned(), node.clone(), false));
        }
    }
    for (_, node) in jobs(yaml) {
        if let Some(uses) = node["uses"].as_str() {
            found.push((uses.to_owned(), node.clone(), true));
        }
    }
    found
}

//! What keeps a workflow safe.

use serde_json::Value;

use super::files::{File, Kind, World, jobs, steps};

/// Text from outside reaches a script by the environment only.
pub(super) fn no_injection(_: &World, file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (_, step) in steps(&file.yaml) {
        let run = step["run"].as_str().unwrap_or_default();
        if let Some(line) = run.lines().find(|line| line.contains("${{")) {
            found.push(format!("an expression stands in a script: {}", line.trim()));
        }
    }
    found
}

/// Nothing that gives strangers the secrets.
pub(super) fn triggers(_: &World, file: &File) -> Vec<String> {
    let on = &file.yaml["on"];
    let named = |name: &str| {
        on == name
            || on.get(name).is_some()
            || on.as_array().is_some_and(|list| list.iter().any(|item| item == name))
    };
    let bad = ["pull_request_target"].into_iter().filter(|name| named(name));
    bad.map(|name| format!("it runs on `{name}`")).collect()
}

/// Nothing at the top, and each job what it needs.
pub(super) fn permissions(_: &World, file: &File) -> Vec<String> {
    if !matches!(file.kind, Kind::Workflow | Kind::Example | Kind::Page) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if file.yaml["permissions"] != serde_json::json!({}) {
        found.push("there is no `permissions: {}` at the top".to_owned());
    }
    for (name, job) in jobs(&file.yaml) {
        if !job["permissions"].is_object() {
            found.push(format!("job `{name}` names no permissions"));
        }
    }
    found
}

/// No job hangs for six hours.
pub(super) fn timeouts(_: &World, file: &File) -> Vec<String> {
    if !matches!(file.kind, Kind::Workflow | Kind::Example) {
        return Vec::new();
    }
    let jobs = jobs(&file.yaml).into_iter();
    jobs.filter(|(_, job)| job.get("uses").is_none() && job.get("timeout-minutes").is_none())
        .map(|(name, _)| format!("job `{name}` has no time limit"))
        .collect()
}

/// What releases or deploys waits for its turn, and none is dropped.
pub(super) fn queue(_: &World, file: &File) -> Vec<String> {
    if !matches!(file.kind, Kind::Workflow | Kind::Example) {
        return Vec::new();
    }
    let orderly = |node: &Value| {
        let cancels = node["concurrency"].get("cancel-in-progress");
        node["concurrency"]["queue"] == "max" && cancels.is_none_or(|cancels| cancels == false)
    };
    let mut found = Vec::new();
    for (name, job) in jobs(&file.yaml) {
        let writes = |scope: &str| job["permissions"][scope] == "write";
        let matters = writes("contents") || writes("deployments") || writes("packages");
        if matters && job.get("uses").is_none() && !orderly(&job) && !orderly(&file.yaml) {
            found.push(format!("job `{name}` writes, without `queue: max`"));
        }
    }
    found
}

/// A script stops at its first error, also inside a pipe.
pub(super) fn shells(_: &World, file: &File) -> Vec<String> {
    if matches!(file.kind, Kind::Page | Kind::Snippet) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let default = |node: &Value| node["defaults"]["run"]["shell"].as_str().map(str::to_owned);
    for (name, step) in steps(&file.yaml) {
        let Some(run) = step["run"].as_str() else { continue };
        let job = &file.yaml["jobs"][name.as_str()];
        let shell = step["shell"].as_str().map(str::to_owned);
        let shell = shell.or_else(|| default(job)).or_else(|| default(&file.yaml));
        let shell = shell.unwrap_or_default();
        let strict = shell.contains("-e") && shell.contains("pipefail");
        let windows = shell.starts_with("powershell") || shell.starts_with("pwsh");
        let first =
            run.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let says = first.is_some_and(|line| line.starts_with("set -euo pipefail"));
        let single = run.trim().lines().count() == 1 && !run.contains('|') && !run.contains(';');
        if !(strict || windows || says || single) {
            found.push(format!("a script goes on after an error: {}", first.unwrap_or_default()));
        }
    }
    found
}

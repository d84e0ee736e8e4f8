//! What a payload can name.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::message::Field;
use crate::status::Status;

/// Facts by their names.
pub type Names = BTreeMap<String, String>;

/// Names that GitHub's own expressions know below `github.`, where they mean the same.
const GITHUB: &[&str] = &[
    "repository",
    "server_url",
    "workflow",
    "job",
    "event_name",
    "actor",
    "run_id",
    "run_number",
    "run_attempt",
    "ref_name",
    "sha",
];

/// Spellings of the toolkit's context, which payloads for slack-github-action use below `github.`.
const TOOLKIT: &[(&str, &str)] = &[
    ("serverUrl", "server_url"),
    ("eventName", "event_name"),
    ("runId", "run_id"),
    ("runNumber", "run_number"),
    ("runAttempt", "run_attempt"),
];

/// What can be named: facts of the run, those of `github.…` that GitHub's own expressions know
/// under the same name, and `fields.Name`. A fact nobody knows is empty.
pub fn names(facts: &Facts, fields: &[Field]) -> Names {
    let of_facts = run(facts).into_iter().chain(commit(facts)).chain(release(facts));
    let mut names: Names = of_facts.map(|(name, value)| (name.to_owned(), value)).collect();
    let same = GITHUB.iter().map(|name| (*name, *name));
    for (alias, name) in same.chain(TOOLKIT.iter().copied()) {
        if let Some(value) = names.get(name).cloned() {
            names.insert(format!("github.{alias}"), value);
        }
    }
    for field in fields {
        names.insert(format!("fields.{}", field.name), field.value.clone());
    }
    names
}

/// The run and how it stands.
fn run(facts: &Facts) -> [(&'static str, String); 13] {
    let seconds = facts.duration.map(|duration| duration.as_secs().to_string());
    let failed = facts.needs.iter().filter(|need| need.result == Status::Failure);
    let failed: Vec<&str> = failed.map(|need| need.name.as_str()).collect();
    [
        ("status", facts.status.to_string()),
        ("repository", facts.repository.clone()),
        ("server_url", facts.server.clone()),
        ("workflow", facts.workflow.clone()),
        ("job", facts.job.clone()),
        ("event_name", facts.event.clone()),
        ("actor", facts.actor.clone()),
        ("run_id", facts.run_id.clone()),
        ("run_number", facts.run_number.clone()),
        ("run_attempt", facts.run_attempt.to_string()),
        ("run_url", facts.run_url.clone().unwrap_or_default()),
        ("duration_seconds", seconds.unwrap_or_default()),
        ("failed_jobs", failed.join(", ")),
    ]
}

/// What it runs for.
fn commit(facts: &Facts) -> [(&'static str, String); 9] {
    let pull = facts.pull.clone().unwrap_or_default();
    let number = if pull.number == 0 { String::new() } else { pull.number.to_string() };
    [
        ("ref_name", facts.reference.clone()),
        ("ref_url", facts.reference_url.clone().unwrap_or_default()),
        ("sha", facts.sha.clone()),
        ("short_sha", facts.sha.chars().take(7).collect()),
        ("commit_url", facts.commit_url.clone().unwrap_or_default()),
        ("commit_title", facts.commit_title.clone()),
        ("pull_number", number),
        ("pull_title", pull.title),
        ("pull_url", pull.url),
    ]
}

/// What is released, and where it goes.
fn release(facts: &Facts) -> [(&'static str, String); 7] {
    let release = facts.release.clone().unwrap_or_default();
    [
        ("release_tag", release.tag),
        ("release_name", release.name),
        ("release_url", release.url),
        ("version", facts.version.clone()),
        ("environment", facts.environment.clone()),
        ("environment_url", facts.environment_url.clone().unwrap_or_default()),
        ("changelog", facts.changelog.clone()),
    ]
}

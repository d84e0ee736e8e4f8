//! Releases from the JSON that `--context` prints.

use std::collections::HashMap;

use git_cliff_core::commit::Commit;
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::release::Release as CoreRelease;
use launchway_base::Failure;
use serde_json::Value;

use crate::model::{CommitRemotes, PROVIDERS, Release, Remotes};
use crate::render::filters::sort_keys;

/// Reads releases, the newest first, and what services say of their commits.
///
/// # Errors
/// The text is no such JSON.
pub fn read(json: &str) -> Result<(Vec<Release>, Remotes), Failure> {
    let fault = |error: serde_json::Error| {
        Failure::input(format!("the context is not what `--context` prints: line {}", error.line()))
            .caused_by(error)
    };
    let values: Vec<Value> = serde_json::from_str(json).map_err(fault)?;
    let mut remotes = HashMap::new();
    let mut releases = Vec::new();
    for value in values {
        for commit in value.get("commits").and_then(Value::as_array).into_iter().flatten() {
            note(commit, &mut remotes);
        }
        let contributors = PROVIDERS.map(|provider| {
            let known = value.get(provider).and_then(|provider| provider.get("contributors"));
            known.and_then(|known| serde_json::from_value(known.clone()).ok()).unwrap_or_default()
        });
        let core: CoreRelease<'static> = serde_json::from_value(value).map_err(fault)?;
        releases.push(Release { contributors, ..release(core) });
    }
    Ok((releases, remotes))
}

fn release(core: CoreRelease<'static>) -> Release {
    Release {
        version: core.version,
        message: core.message,
        raw: Vec::new(),
        read_commits: core.commits.len(),
        commits: sorted(core.commits),
        commit_id: core.commit_id,
        timestamp: core.timestamp,
        previous: core.previous.map(|previous| Box::new(release(*previous))),
        repository: core.repository,
        commit_range: core.commit_range,
        submodule_commits: core
            .submodule_commits
            .into_iter()
            .map(|(path, commits)| (path, sorted(commits)))
            .collect(),
        statistics: core.statistics,
        extra: core.extra.map(ordered),
        bump_type: core.bump_type,
        contributors: Default::default(),
    }
}

fn sorted(mut commits: Vec<Commit<'static>>) -> Vec<Commit<'static>> {
    for commit in &mut commits {
        commit.extra = commit.extra.take().map(ordered);
    }
    commits
}

fn ordered(mut value: Value) -> Value {
    sort_keys(&mut value);
    value
}

fn note(commit: &Value, remotes: &mut Remotes) {
    let of_provider = |provider: &str| -> Option<RemoteContributor> {
        serde_json::from_value(commit.get(provider)?.clone()).ok()
    };
    let known: CommitRemotes = PROVIDERS.map(|provider| of_provider(provider).unwrap_or_default());
    if known.iter().any(|remote| *remote != RemoteContributor::default())
        && let Some(id) = commit.get("id").and_then(Value::as_str)
    {
        remotes.insert(id.to_owned(), Box::new(known));
    }
}

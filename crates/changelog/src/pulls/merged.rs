//! The merged pull requests of a release, however they were merged.

use std::collections::{BTreeMap, HashSet};

use launchway_github::AssociatedPull;
use serde::{Deserialize, Serialize};

use super::{PullData, Scope, contributors};

/// A merged pull request, as `extra.pull_requests` holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its title, as its author wrote it.
    pub title: String,
    /// The page for people.
    pub url: String,
    /// The login that opened it, an app's with `[bot]`; `None` for a deleted account.
    pub author: Option<String>,
    /// Whether an app opened it.
    pub author_is_bot: bool,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Whether it is the first contribution of its author.
    pub is_first_time: bool,
}

/// All merged pull requests behind the commits of a release, whether squashed, rebased or merged
/// with a commit, in the order they were merged.
pub fn pull_requests(release: &Scope<'_>, data: &PullData) -> Vec<PullRequest> {
    let mut merged: BTreeMap<(&str, u64), &AssociatedPull> = BTreeMap::new();
    for commit in release.commits.iter().filter_map(|sha| data.by_sha.get(*sha)) {
        for pull in &commit.pulls {
            if let Some(at) = pull.merged_at.as_deref() {
                merged.insert((at, pull.number), pull);
            }
        }
    }
    let mut new: HashSet<String> = contributors(release, data)
        .into_iter()
        .filter(|one| one.is_first_time)
        .filter_map(|one| one.username)
        .collect();
    merged
        .into_values()
        .map(|pull| PullRequest {
            number: pull.number,
            title: pull.title.clone(),
            url: pull.url.clone(),
            author: pull.author.clone(),
            author_is_bot: pull.author_is_bot,
            labels: pull.labels.clone(),
            // The second one of a release is the first contribution no more.
            is_first_time: pull.author.as_ref().is_some_and(|author| new.remove(author)),
        })
        .collect()
}

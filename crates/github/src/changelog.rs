//! What a changelog wants to know of commits and pull requests, many per request.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{ApiError, GitHub, RepoId, documents};

/// A person or bot.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Author {
    /// Login.
    pub login: String,
    /// The page for people.
    pub url: String,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its full id.
    pub sha: String,
    /// Its id as GitHub shortens it.
    pub abbreviated: String,
    /// The page for people.
    pub url: String,
    /// The account of its author, when there is one.
    pub author: Option<Author>,
    /// The pull requests it is part of, in GitHub's order, merged or not.
    pub pulls: Vec<CommitPull>,
}

/// A pull request a commit is part of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CommitPull {
    /// Its number.
    pub number: u64,
    /// The page for people.
    pub url: String,
    /// When it was merged, as in `2024-01-01T00:00:00Z`.
    pub merged_at: Option<String>,
    /// Who opened it; `None` for a deleted account.
    pub author: Option<Author>,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PullInfo {
    /// Its number.
    pub number: u64,
    /// The page for people.
    pub url: String,
    /// Who opened it; `None` for a deleted account.
    pub author: Option<Author>,
    /// The commit its merge made.
    pub merge_commit: Option<MergeCommit>,
}

/// The commit a merge made.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MergeCommit {
    /// Its full id.
    pub oid: String,
    /// Its id as GitHub shortens it.
    pub abbreviated_oid: String,
    /// The page for people.
    #[serde(rename = "commitUrl")]
    pub url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCommit {
    oid: String,
    abbreviated_oid: String,
    commit_url: String,
    author: Option<WireAuthor>,
    associated_pull_requests: Option<WirePulls>,
}

#[derive(Deserialize)]
struct WireAuthor {
    user: Option<Author>,
}

#[derive(Deserialize)]
struct WirePulls {
    #[serde(default)]
    nodes: Vec<Option<CommitPull>>,
}

impl From<WireCommit> for CommitInfo {
    fn from(wire: WireCommit) -> Self {
        Self {
            sha: wire.oid,
            abbreviated: wire.abbreviated_oid,
            url: wire.commit_url,
            author: wire.author.and_then(|author| author.user),
            pulls: wire
                .associated_pull_requests
                .map(|pulls| pulls.nodes)
                .unwrap_or_default()
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

/// More in one request run into GitHub's time limit.
const BATCH: usize = 50;

impl GitHub {
    /// What is known of commits, by the names they were asked by: full or short ids. What is not
    /// there, or no commit, is left out.
    pub async fn commit_infos(
        &self,
        repo: &RepoId,
        commits: &[String],
    ) -> Result<BTreeMap<String, CommitInfo>, ApiError> {
        let found = self.many::<String, WireCommit>(repo, commits, "e", documents::commits).await?;
        Ok(found.into_iter().map(|(name, wire)| (name, wire.into())).collect())
    }

    /// What is known of pull requests, by number. What is not there is left out.
    pub async fn pull_infos(
        &self,
        repo: &RepoId,
        numbers: &[u64],
    ) -> Result<BTreeMap<u64, PullInfo>, ApiError> {
        // GraphQL's integers hold 31 bits; no pull request has a larger number.
        let numbers: Vec<u64> =
            numbers.iter().copied().filter(|n| i32::try_from(*n).is_ok()).collect();
        self.many(repo, &numbers, "n", documents::pulls).await
    }

    async fn many<K, T>(
        &self,
        repo: &RepoId,
        wanted: &[K],
        variable: &str,
        document: fn(usize) -> String,
    ) -> Result<BTreeMap<K, T>, ApiError>
    where
        K: Ord + Clone + serde::Serialize,
        T: DeserializeOwned,
    {
        let mut unique = wanted.to_vec();
        unique.sort();
        unique.dedup();
        let mut found = BTreeMap::new();
        for batch in unique.chunks(BATCH) {
            let mut variables = json!({ "owner": repo.owner, "name": repo.name });
            for (n, key) in batch.iter().enumerate() {
                if let Some(variables) = variables.as_object_mut() {
                    variables.insert(format!("{variable}{n}"), json!(key));
                }
            }
            let data = self.query_some(&document(batch.len()), variables).await?;
            for (n, key) in batch.iter().enumerate() {
                let value = data.pointer(&format!("/repository/a{n}")).unwrap_or(&Value::Null);
                // What is no commit comes as an empty object.
                if value.as_object().is_none_or(serde_json::Map::is_empty) {
                    continue;
                }
                let read = serde_json::from_value(value.clone())
                    .map_err(|error| ApiError::unexpected("query repository", error.to_string()))?;
                found.insert(key.clone(), read);
            }
        }
        Ok(found)
    }
}

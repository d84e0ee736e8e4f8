//! The commits one side has and the other lacks.

use serde::Deserialize;

use crate::links::segment;
use crate::objects::{Commit, Person, Verification};
use crate::{ApiError, GitHub, RepoId};

/// Most commits that are read.
const MOST: usize = 100;

/// The commits of `head` that `base` lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The newest commit both have.
    pub common: String,
    /// How many there are.
    pub total: usize,
    /// The first hundred of them, parents before children.
    pub commits: Vec<Commit>,
}

#[derive(Deserialize)]
struct Wire {
    merge_base_commit: Id,
    total_commits: usize,
    commits: Vec<WireCommit>,
}

#[derive(Deserialize)]
struct Id {
    sha: String,
}

#[derive(Deserialize)]
struct WireCommit {
    sha: String,
    #[serde(default)]
    html_url: String,
    commit: Inner,
    #[serde(default)]
    parents: Vec<Id>,
}

#[derive(Deserialize)]
struct Inner {
    author: Option<Person>,
    committer: Option<Person>,
    #[serde(default)]
    message: String,
    tree: Id,
    #[serde(default)]
    verification: Option<Verification>,
}

impl From<WireCommit> for Commit {
    fn from(wire: WireCommit) -> Self {
        Self {
            sha: wire.sha,
            tree: wire.commit.tree.sha,
            parents: wire.parents.into_iter().map(|parent| parent.sha).collect(),
            message: wire.commit.message,
            author: wire.commit.author.unwrap_or_default(),
            committer: wire.commit.committer.unwrap_or_default(),
            url: wire.html_url,
            verification: wire.commit.verification.unwrap_or_default(),
        }
    }
}

impl GitHub {
    /// The commits of `head` that `base` lacks; each a branch, tag or commit. `None` when one is not
    /// there, or nothing is common to both.
    pub async fn ahead(
        &self,
        repo: &RepoId,
        base: &str,
        head: &str,
    ) -> Result<Option<Ahead>, ApiError> {
        let path = format!("/compare/{}...{}?per_page={MOST}", segment(base), segment(head));
        let found: Option<Wire> = self.find(&Self::repo_path(repo, &path)).await?;
        Ok(found.map(|wire| Ahead {
            common: wire.merge_base_commit.sha,
            total: wire.total_commits,
            commits: wire.commits.into_iter().map(Commit::from).collect(),
        }))
    }
}

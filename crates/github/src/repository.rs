//! A repository, and how two of its commits lie to each other.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::links::segment;
use crate::{ApiError, GitHub, RepoId};

/// A repository as the token sees it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Repository {
    /// Id for GraphQL.
    #[serde(default)]
    pub node_id: String,
    /// `owner/name` as GitHub spells it now; differs from what was asked after a rename.
    pub full_name: String,
    /// The page for people.
    pub html_url: String,
    /// The default branch.
    pub default_branch: String,
    /// Whether it is not public.
    pub private: bool,
    /// What the token may do, when GitHub says so.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// What a token may do in a repository, coarsely.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "GitHub's own five answers")]
pub struct Permissions {
    /// Administer.
    pub admin: bool,
    /// Maintain.
    pub maintain: bool,
    /// Push.
    pub push: bool,
    /// Triage.
    pub triage: bool,
    /// Read.
    pub pull: bool,
}

/// How `head` lies to `base`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Comparison {
    /// `identical`, `ahead`, `behind` or `diverged`.
    pub status: String,
    /// Commits of `head` that `base` lacks.
    pub ahead_by: u64,
    /// Commits of `base` that `head` lacks.
    pub behind_by: u64,
}

impl GitHub {
    /// The repository.
    pub async fn repository(&self, repo: &RepoId) -> Result<Repository, ApiError> {
        self.get(&repo.path()).await
    }

    /// How `head` lies to `base`; each a branch, tag or commit. `None` when one is not there.
    pub async fn compare(
        &self,
        repo: &RepoId,
        base: &str,
        head: &str,
    ) -> Result<Option<Comparison>, ApiError> {
        // The commits themselves are not wanted: one is the least that can be asked for.
        let path = format!("/compare/{}...{}?per_page=1", segment(base), segment(head));
        self.find(&Self::repo_path(repo, &path)).await
    }

    /// Starts a workflow by its file name, on a branch or tag.
    pub async fn dispatch_workflow(
        &self,
        repo: &RepoId,
        workflow: &str,
        on: &str,
        inputs: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        let path = format!("/actions/workflows/{}/dispatches", segment(workflow));
        let body = json!({ "ref": on, "inputs": inputs });
        self.tell(Method::POST, &Self::repo_path(repo, &path), Some(&body)).await
    }
}

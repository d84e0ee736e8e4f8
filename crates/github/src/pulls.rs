//! Pull requests.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::links::segment;
use crate::{ApiError, GitHub, RepoId, documents};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Id for GraphQL.
    pub node_id: String,
    /// The page for people.
    pub url: String,
    /// Title.
    pub title: String,
    /// Body; empty when there is none.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is a draft.
    pub draft: bool,
    /// When it was merged.
    pub merged_at: Option<String>,
    /// The commit its merge made.
    pub merge_commit: Option<String>,
    /// What is to be merged.
    pub head: PullEnd,
    /// Into what.
    pub base: PullEnd,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Who opened it.
    pub author: Option<String>,
}

/// One end of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullEnd {
    /// The branch.
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// `owner/name`; `None` when that repository is gone.
    pub repo: Option<String>,
}

/// Which pull requests are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullFilter {
    /// `owner:branch`.
    pub head: Option<String>,
    /// The branch to merge into.
    pub base: Option<String>,
    /// Open ones unless said otherwise.
    pub state: PullState,
}

/// The state of a pull request, or of those listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// Open.
    #[default]
    Open,
    /// Closed or merged.
    Closed,
    /// For lists: both.
    All,
}

impl PullState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewPull {
    /// Title.
    pub title: String,
    /// Body.
    pub body: String,
    /// The branch, or `owner:branch`.
    pub head: String,
    /// The branch to merge into.
    pub base: String,
    /// Whether it starts as a draft.
    pub draft: bool,
}

/// What changes in a pull request; `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PullUpdate {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Open or closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PullState>,
}

/// What came of making something that may be there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created<T> {
    /// It was made.
    New(T),
    /// It is there already; nothing was done.
    AlreadyThere,
}

impl<T> Created<T> {
    pub(crate) fn of(result: Result<T, ApiError>) -> Result<Self, ApiError> {
        match result {
            Ok(made) => Ok(Self::New(made)),
            Err(error) if error.is_already_there() => Ok(Self::AlreadyThere),
            Err(error) => Err(error),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    number: u64,
    #[serde(default)]
    node_id: String,
    html_url: String,
    title: String,
    body: Option<String>,
    state: String,
    #[serde(default)]
    draft: bool,
    merged_at: Option<String>,
    merge_commit_sha: Option<String>,
    head: WireEnd,
    base: WireEnd,
    #[serde(default)]
    labels: Vec<WireLabel>,
    user: Option<WireUser>,
}

#[derive(Deserialize)]
struct WireEnd {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    repo: Option<WireRepo>,
}

#[derive(Deserialize)]
struct WireRepo {
    full_name: String,
}

#[derive(Deserialize)]
struct WireLabel {
    name: String,
}

#[derive(Deserialize)]
struct WireUser {
    login: String,
}

impl From<WireEnd> for PullEnd {
    fn from(wire: WireEnd) -> Self {
        Self { branch: wire.branch, sha: wire.sha, repo: wire.repo.map(|repo| repo.full_name) }
    }
}

impl From<Wire> for Pull {
    fn from(wire: Wire) -> Self {
        Self {
            number: wire.number,
            node_id: wire.node_id,
            url: wire.html_url,
            title: wire.title,
            body: wire.body.unwrap_or_default(),
            open: wire.state == "open",
            draft: wire.draft,
            merged_at: wire.merged_at,
            merge_commit: wire.merge_commit_sha,
            head: wire.head.into(),
            base: wire.base.into(),
            labels: wire.labels.into_iter().map(|label| label.name).collect(),
            author: wire.user.map(|user| user.login),
        }
    }
}

impl GitHub {
    /// The pull requests that pass the filter, newest first.
    pub async fn pulls(&self, repo: &RepoId, filter: &PullFilter) -> Result<Vec<Pull>, ApiError> {
        let mut query = format!("/pulls?state={}", filter.state.as_str());
        for (name, value) in [("head", &filter.head), ("base", &filter.base)] {
            if let Some(value) = value {
                query = format!("{query}&{name}={}", segment(value));
            }
        }
        let path = Self::repo_path(repo, &query);
        Ok(self.list::<Wire>(&path).await?.into_iter().map(Pull::from).collect())
    }

    /// A pull request by its number; `None` when it is not there.
    pub async fn pull(&self, repo: &RepoId, number: u64) -> Result<Option<Pull>, ApiError> {
        let path = Self::repo_path(repo, &format!("/pulls/{number}"));
        Ok(self.find::<Wire>(&path).await?.map(Pull::from))
    }

    /// Opens a pull request, unless one from that branch to that base is open.
    pub async fn create_pull(
        &self,
        repo: &RepoId,
        pull: &NewPull,
    ) -> Result<Created<Pull>, ApiError> {
        let path = Self::repo_path(repo, "/pulls");
        let made = self.call::<Wire>(Method::POST, &path, Some(pull)).await;
        Created::of(made.map(Pull::from))
    }

    /// Changes a pull request.
    pub async fn update_pull(
        &self,
        repo: &RepoId,
        number: u64,
        update: &PullUpdate,
    ) -> Result<Pull, ApiError> {
        let path = Self::repo_path(repo, &format!("/pulls/{number}"));
        let wire: Wire = self.call(Method::PATCH, &path, Some(update)).await?;
        Ok(wire.into())
    }

    /// Makes a pull request a draft, or ready for review. `node_id` is [`Pull::node_id`].
    pub async fn set_draft(&self, node_id: &str, draft: bool) -> Result<(), ApiError> {
        let document = if draft { documents::CONVERT_TO_DRAFT } else { documents::MARK_READY };
        self.query::<Value>(document, json!({ "input": { "pullRequestId": node_id } })).await?;
        Ok(())
    }
}

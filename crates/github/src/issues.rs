//! What pull requests share with issues: comments and labels.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ApiError, GitHub, RepoId};

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// The page for people.
    pub url: String,
    /// Its text.
    pub body: String,
    /// Who wrote it.
    pub author: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: u64,
    #[serde(default)]
    html_url: String,
    body: Option<String>,
    user: Option<WireUser>,
}

#[derive(Deserialize)]
struct WireUser {
    login: String,
}

impl From<Wire> for Comment {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            url: wire.html_url,
            body: wire.body.unwrap_or_default(),
            author: wire.user.map(|user| user.login),
        }
    }
}

impl GitHub {
    /// All comments of an issue or pull request, oldest first.
    pub async fn comments(&self, repo: &RepoId, number: u64) -> Result<Vec<Comment>, ApiError> {
        let path = Self::repo_path(repo, &format!("/issues/{number}/comments"));
        Ok(self.list::<Wire>(&path).await?.into_iter().map(Comment::from).collect())
    }

    /// Writes a comment.
    pub async fn create_comment(
        &self,
        repo: &RepoId,
        number: u64,
        body: &str,
    ) -> Result<Comment, ApiError> {
        let path = Self::repo_path(repo, &format!("/issues/{number}/comments"));
        let wire: Wire = self.call(Method::POST, &path, Some(&json!({ "body": body }))).await?;
        Ok(wire.into())
    }

    /// Replaces a comment's text.
    pub async fn update_comment(
        &self,
        repo: &RepoId,
        id: u64,
        body: &str,
    ) -> Result<Comment, ApiError> {
        let path = Self::repo_path(repo, &format!("/issues/comments/{id}"));
        let wire: Wire = self.call(Method::PATCH, &path, Some(&json!({ "body": body }))).await?;
        Ok(wire.into())
    }

    /// Adds labels to an issue or pull request; those it has stay.
    pub async fn add_labels(
        &self,
        repo: &RepoId,
        number: u64,
        labels: &[String],
    ) -> Result<(), ApiError> {
        let path = Self::repo_path(repo, &format!("/issues/{number}/labels"));
        self.call::<Value>(Method::POST, &path, Some(&json!({ "labels": labels }))).await?;
        Ok(())
    }
}

//! Deployments and their statuses.

use http::{Method, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::client::read;
use crate::links::segment;
use crate::{ApiError, ErrorKind, GitHub, RepoId};

/// How many deployments a page holds.
const PER_PAGE: usize = 100;
/// What a token needs to write deployments.
const WRITE: &str = "deployments=write";
/// What a token needs to read those of a private repository.
const READ: &str = "deployments=read";

/// A deployment. How it went is in its statuses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Deployment {
    /// Its id; a later one has a higher.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// What was asked for: commit, tag or branch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What it does, `deploy` unless somebody says otherwise.
    pub task: String,
    /// Where to.
    pub environment: String,
    /// What its maker put into it: an object, a text, or nothing.
    #[serde(default)]
    pub payload: Value,
    /// Whether the environment goes away again.
    #[serde(default)]
    pub transient_environment: bool,
}

/// A deployment to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewDeployment {
    /// Commit, tag or branch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What it does.
    pub task: String,
    /// Where to.
    pub environment: String,
    /// What people read.
    pub description: String,
    /// What programs read.
    pub payload: Map<String, Value>,
    /// Whether the environment goes away again.
    pub transient_environment: bool,
    /// Whether users work with it; GitHub decides by the name when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub production_environment: Option<bool>,
    /// Whether GitHub merges the default branch first. With `true` there may be no deployment.
    pub auto_merge: bool,
    /// Statuses that must be green; empty for none.
    pub required_contexts: Vec<String>,
}

/// How a deployment is or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Could not be carried out.
    Error,
    /// Went wrong.
    Failure,
    /// No longer what serves.
    Inactive,
    /// Under way.
    InProgress,
    /// Has a place in a queue.
    Queued,
    /// Waits.
    Pending,
    /// Serves.
    Success,
    /// One GitHub has invented since.
    #[serde(other)]
    Unknown,
}

/// A status of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeploymentStatus {
    /// Its id.
    pub id: u64,
    /// How it is.
    pub state: DeploymentState,
    /// What people read.
    #[serde(default, deserialize_with = "or_empty")]
    pub description: String,
    /// Where what was deployed can be seen; empty when it is not said.
    #[serde(default, deserialize_with = "or_empty")]
    pub environment_url: String,
}

/// A text that may be `null`: of what another maker said of a deployment nothing must keep ours from
/// its end.
fn or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A status to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewDeploymentStatus {
    /// How it is.
    pub state: DeploymentState,
    /// What people read, 140 characters at most.
    pub description: String,
    /// Where its log is; empty for none.
    pub log_url: String,
    /// Where what was deployed can be seen; empty for none.
    pub environment_url: String,
    /// Whether GitHub marks earlier deployments of the environment as no longer serving, which it does
    /// only with [`DeploymentState::Success`], and only where they are not transient and not production.
    pub auto_inactive: bool,
}

impl GitHub {
    /// Deployments to an environment for a task, newest first, a page of a hundred at a time from 1;
    /// and whether it is the last page.
    pub async fn deployments(
        &self,
        repo: &RepoId,
        environment: &str,
        task: &str,
        page: usize,
    ) -> Result<(Vec<Deployment>, bool), ApiError> {
        let path = format!(
            "/deployments?environment={}&task={}&per_page={PER_PAGE}&page={page}",
            segment(environment),
            segment(task)
        );
        let found: Vec<Deployment> =
            self.get(&Self::repo_path(repo, &path)).await.map_err(|error| error.wanting(READ))?;
        // A server that knows no such filter answers with all of them.
        let is_here = |one: &Deployment| {
            one.environment.eq_ignore_ascii_case(environment) && one.task == task
        };
        let is_last = found.len() < PER_PAGE;
        Ok((found.into_iter().filter(is_here).collect(), is_last))
    }

    /// One deployment; `None` when there is none of that id.
    pub async fn deployment(&self, repo: &RepoId, id: u64) -> Result<Option<Deployment>, ApiError> {
        let path = Self::repo_path(repo, &format!("/deployments/{id}"));
        self.find(&path).await.map_err(|error| error.wanting(READ))
    }

    /// Makes a deployment.
    ///
    /// # Errors
    /// GitHub refuses. That it merged a branch instead of making one is [`ErrorKind::Conflict`], too.
    pub async fn create_deployment(
        &self,
        repo: &RepoId,
        new: &NewDeployment,
    ) -> Result<Deployment, ApiError> {
        let path = Self::repo_path(repo, "/deployments");
        let response = self.raw(Method::POST, &path, Some(new)).await?;
        if response.status == StatusCode::ACCEPTED {
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let said = body.get("message").and_then(Value::as_str).unwrap_or("no message");
            let message = format!(
                "{}: GitHub made no deployment: {}",
                response.request,
                launchway_base::redact::redact(said)
            );
            return Err(ApiError::new(&response.request, ErrorKind::Conflict, message));
        }
        read(&response).map_err(|error| error.wanting(WRITE))
    }

    /// The statuses of a deployment, newest first. `None` when there is no such deployment.
    pub async fn deployment_statuses(
        &self,
        repo: &RepoId,
        id: u64,
    ) -> Result<Option<Vec<DeploymentStatus>>, ApiError> {
        let path = Self::repo_path(repo, &format!("/deployments/{id}/statuses"));
        match self.list::<DeploymentStatus>(&path).await {
            Ok(mut found) => {
                found.sort_by_key(|status| std::cmp::Reverse(status.id));
                Ok(Some(found))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.wanting(READ)),
        }
    }

    /// Gives a deployment a status.
    pub async fn create_deployment_status(
        &self,
        repo: &RepoId,
        id: u64,
        new: &NewDeploymentStatus,
    ) -> Result<DeploymentStatus, ApiError> {
        let path = Self::repo_path(repo, &format!("/deployments/{id}/statuses"));
        self.call(Method::POST, &path, Some(new)).await.map_err(|error| error.wanting(WRITE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_not_said_are_empty() {
        for text in [
            r#"{"id":1,"state":"success","description":null,"environment_url":null}"#,
            r#"{"id":1,"state":"of_later"}"#,
        ] {
            let status: DeploymentStatus = serde_json::from_str(text).unwrap();
            assert_eq!((status.description.as_str(), status.environment_url.as_str()), ("", ""));
        }
    }
}

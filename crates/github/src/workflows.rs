//! Runs of workflows.

use serde::Deserialize;

use crate::links::segment;
use crate::{ApiError, GitHub, RepoId};

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// Its id.
    pub id: u64,
    /// The page for people.
    #[serde(rename = "html_url")]
    pub url: String,
    /// The branch or tag it is for.
    #[serde(default)]
    pub head_branch: Option<String>,
    /// The commit it is for.
    pub head_sha: String,
    /// `queued`, `in_progress`, `completed` and others.
    #[serde(default)]
    pub status: Option<String>,
}

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<WorkflowRun>,
}

impl GitHub {
    /// Runs of a workflow that were asked for at a branch or tag, newest first, at most a hundred.
    /// `workflow` is the name of its file.
    pub async fn dispatched_runs(
        &self,
        repo: &RepoId,
        workflow: &str,
        reference: &str,
    ) -> Result<Vec<WorkflowRun>, ApiError> {
        let path = Self::repo_path(
            repo,
            &format!(
                "/actions/workflows/{}/runs?branch={}&event=workflow_dispatch&per_page=100",
                segment(workflow),
                segment(reference)
            ),
        );
        let runs: Runs = self.get(&path).await?;
        // A server that knows no such filter answers with all of them.
        let is_here = |run: &WorkflowRun| run.head_branch.as_deref() == Some(reference);
        Ok(runs.workflow_runs.into_iter().filter(is_here).collect())
    }
}

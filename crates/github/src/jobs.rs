//! The jobs of a run.

use http::Method;
use serde::Deserialize;

use crate::client::read;
use crate::{ApiError, GitHub, RepoId};

/// A job of a run of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: u64,
    /// Its name as people see it; of a matrix, with the values: `test (ubuntu, 22)`.
    pub name: String,
    /// The page for people.
    #[serde(default, rename = "html_url")]
    pub url: Option<String>,
    /// `queued`, `in_progress`, `completed` and others.
    #[serde(default)]
    pub status: String,
    /// `success`, `failure`, `cancelled`, `skipped`, `timed_out` and others, once it is over.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// What it runs on.
    #[serde(default)]
    pub runner_name: Option<String>,
    /// Its steps, as far as they are known.
    #[serde(default)]
    pub steps: Vec<JobStep>,
}

/// A step of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct JobStep {
    /// Its name.
    pub name: String,
    /// Its number, from 1.
    #[serde(default)]
    pub number: u64,
    /// As of a job.
    #[serde(default)]
    pub conclusion: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    jobs: Vec<Job>,
}

/// No run has more; GitHub starts 256 jobs of one matrix.
const MOST_PAGES: usize = 50;

impl GitHub {
    /// The jobs of one attempt of a run. `None` when GitHub knows no such run, or does not show it
    /// to this token.
    pub async fn jobs(
        &self,
        repo: &RepoId,
        run: u64,
        attempt: u64,
    ) -> Result<Option<Vec<Job>>, ApiError> {
        let path = format!("/actions/runs/{run}/attempts/{attempt}/jobs");
        let path = Self::repo_path(repo, &path);
        let mut jobs = Vec::new();
        for page in 1..=MOST_PAGES {
            let address = format!("{path}?per_page=100&page={page}");
            let response = self.raw(Method::GET, &address, None::<&()>).await?;
            if response.status == http::StatusCode::NOT_FOUND {
                return Ok(None);
            }
            let found = read::<Page>(&response)?.jobs;
            let last = found.len() < 100;
            jobs.extend(found);
            if last {
                break;
            }
        }
        Ok(Some(jobs))
    }
}

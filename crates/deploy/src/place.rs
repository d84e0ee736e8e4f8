//! Where deployments are kept: the inputs both verbs have, and the connection made of them.

use std::time::Duration;

use clap::Args;
use launchway_base::{Deadline, Failure, Secret};
use launchway_github::{GitHub, RepoId, Settings};
use launchway_runtime::Session;
use launchway_runtime::inputs::Document;

/// What is deployed unless somebody says otherwise.
pub const TASK: &str = "deploy";

/// Where deployments are kept.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Token for the GitHub API. It needs `deployments: write`. Unless given, that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// What is deployed, where several things go to one environment, such as `deploy:api`. Deployments of different tasks know nothing of each
    /// other.
    #[arg(long, value_name = "TASK", default_value = TASK)]
    pub task: String,

    /// Leg of a matrix this job is, as JSON, which GitHub fills in: deployments of different legs are told apart by it.
    #[arg(long, value_name = "JSON")]
    pub matrix: Option<Document>,
}

impl Place {
    /// What is deployed.
    ///
    /// # Errors
    /// It is empty or no single word.
    pub fn task(&self) -> Result<String, Failure> {
        let task = self.task.trim();
        let is_fine = !task.is_empty()
            && task.chars().count() <= 128
            && !task.contains(|c: char| c.is_whitespace() || c.is_control());
        if is_fine {
            return Ok(task.to_owned());
        }
        Err(Failure::input(format!("`{}` is no task", task.escape_debug()))
            .with_hint("write one word, such as `deploy` or `deploy:api`"))
    }

    /// The repository of the run, and GitHub, in which everything ends after `time`.
    ///
    /// # Errors
    /// The environment does not say where GitHub is and which repository is meant; there is no token.
    pub fn hub(&self, session: &Session, time: Duration) -> Result<(GitHub, RepoId), Failure> {
        let context = session.context();
        let token = match &self.github_token {
            Some(token) => Some(token.clone()),
            None => session.env().read("GITHUB_TOKEN")?.map(Secret::new),
        };
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(Failure::input("there is no token for GitHub").with_hint(
                "give `github-token`, or set the variable `GITHUB_TOKEN`; it needs `deployments: write`",
            ));
        };
        let settings = Settings {
            api_url: context.api_url()?,
            graphql_url: context.graphql_url()?,
            token: Some(token),
            deadline: Deadline::after(time),
        };
        let repository = context.repository()?;
        let repo = RepoId { owner: repository.owner, name: repository.name };
        Ok((GitHub::new(settings)?, repo))
    }
}

//! What GitHub says of deployments: read, and what can be told from it.

use launchway_base::Failure;
use launchway_github::{Deployment, DeploymentState, DeploymentStatus, GitHub, RepoId};

use crate::stamp::{Run, Stamp, Subject};

/// Deployments whose statuses are read for the last one that went well: a request each, of which a
/// job has a thousand in an hour.
const MOST_SEEN: usize = 200;
/// Pages that are looked at for it, where GitHub lists others along.
const MOST_PAGES: usize = 20;

/// A deployment with all that was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The deployment.
    pub deployment: Deployment,
    /// What Launchway wrote into it.
    pub stamp: Option<Stamp>,
    /// Newest first.
    pub statuses: Vec<DeploymentStatus>,
}

impl Seen {
    /// What was deployed.
    pub fn subject(&self) -> Subject {
        self.stamp.as_ref().map(|stamp| stamp.subject.clone()).unwrap_or_default()
    }

    /// How it is; `None` before anything was said.
    pub fn state(&self) -> Option<DeploymentState> {
        self.statuses.first().map(|status| status.state)
    }

    /// How it ended; that it serves no longer does not change that. `None` while it goes on.
    pub fn end(&self) -> Option<DeploymentState> {
        use DeploymentState::{Error, Failure, Success};
        let mut states = self.statuses.iter().map(|status| status.state);
        states.find(|state| matches!(state, Success | Failure | Error))
    }

    /// Whether it ended well and was not taken back.
    pub fn went_well(&self) -> bool {
        self.end() == Some(DeploymentState::Success)
    }

    /// Whether it has come to an end of any kind.
    pub fn has_ended(&self) -> bool {
        self.end().is_some() || self.state() == Some(DeploymentState::Inactive)
    }

    /// Where what was deployed can be seen, as was said last.
    pub fn url(&self) -> Option<&str> {
        let mut urls = self.statuses.iter().map(|status| status.environment_url.as_str());
        urls.find(|url| !url.is_empty())
    }
}

/// The deployments of one task to one environment.
#[derive(Debug)]
pub struct History<'a> {
    hub: &'a GitHub,
    repo: &'a RepoId,
    environment: &'a str,
    task: &'a str,
    newest: Vec<Deployment>,
    is_all: bool,
}

impl<'a> History<'a> {
    /// Reads the newest hundred.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn read(
        hub: &'a GitHub,
        repo: &'a RepoId,
        environment: &'a str,
        task: &'a str,
    ) -> Result<Self, Failure> {
        let page = hub.deployments(repo, environment, task, 1);
        let (newest, is_all) = page.await.map_err(unreadable)?;
        Ok(Self { hub, repo, environment, task, newest, is_all })
    }

    /// One of them with its statuses.
    async fn see(&self, deployment: &Deployment) -> Result<Seen, Failure> {
        see(self.hub, self.repo, deployment.clone()).await
    }

    /// The newest one of this job that goes on, or else the newest one of it that has ended; of this
    /// subject where one is given.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn own(&self, run: &Run, subject: Option<&Subject>) -> Result<Option<Seen>, Failure> {
        let is_own = |stamp: &Stamp| {
            stamp.run.as_ref().is_some_and(|other| other.is(run))
                && subject.is_none_or(|subject| *subject == stamp.subject)
        };
        let mut ended = None;
        for deployment in &self.newest {
            if !Stamp::of(deployment).as_ref().is_some_and(is_own) {
                continue;
            }
            let seen = self.see(deployment).await?;
            if !seen.has_ended() {
                return Ok(Some(seen));
            }
            ended.get_or_insert(seen);
        }
        Ok(ended)
    }

    /// Those that earlier attempts of this job have left without an end.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn left_over(&self, run: &Run) -> Result<Vec<Seen>, Failure> {
        let mut left = Vec::new();
        for deployment in &self.newest {
            let stamp = Stamp::of(deployment).and_then(|stamp| stamp.run);
            let is_earlier = |other: Run| other.is_job_of(run) && other.attempt < run.attempt;
            if stamp.is_some_and(is_earlier) {
                let seen = self.see(deployment).await?;
                if !seen.has_ended() {
                    left.push(seen);
                }
            }
        }
        Ok(left)
    }

    /// A newer one than this that went well.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn newer_success(&self, id: u64) -> Result<Option<Seen>, Failure> {
        for deployment in self.newest.iter().filter(|one| one.id > id) {
            let seen = self.see(deployment).await?;
            if seen.went_well() {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    /// Those that are said to serve, newest first. More than one after an end that was killed, or when
    /// two ended at once. What is older than one that was relieved was so before.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn serving(&self) -> Result<Vec<Seen>, Failure> {
        let mut serving = Vec::new();
        for deployment in &self.newest {
            let seen = self.see(deployment).await?;
            if seen.state() == Some(DeploymentState::Success) {
                serving.push(seen);
            } else if seen.went_well() && !serving.is_empty() {
                break;
            }
        }
        Ok(serving)
    }

    /// The last one that went well before this one; before now where none is given.
    ///
    /// # Errors
    /// GitHub refuses or cannot be reached.
    pub async fn previous(&self, id: Option<u64>) -> Result<Option<Seen>, Failure> {
        let (mut page, mut count) = (1, 0);
        let (mut list, mut is_last) = (self.newest.clone(), self.is_all);
        loop {
            for deployment in list.iter().filter(|one| id.is_none_or(|id| one.id < id)) {
                if count == MOST_SEEN {
                    return Ok(None);
                }
                count += 1;
                let seen = self.see(deployment).await?;
                if seen.went_well() {
                    return Ok(Some(seen));
                }
            }
            if is_last || page == MOST_PAGES {
                return Ok(None);
            }
            page += 1;
            let next = self.hub.deployments(self.repo, self.environment, self.task, page);
            (list, is_last) = next.await.map_err(unreadable)?;
        }
    }
}

/// A deployment with its statuses.
///
/// # Errors
/// GitHub refuses or cannot be reached.
pub async fn see(hub: &GitHub, repo: &RepoId, deployment: Deployment) -> Result<Seen, Failure> {
    let statuses = hub.deployment_statuses(repo, deployment.id).await.map_err(unreadable)?;
    let stamp = Stamp::of(&deployment);
    Ok(Seen { stamp, statuses: statuses.unwrap_or_default(), deployment })
}

fn unreadable(error: launchway_github::ApiError) -> Failure {
    Failure::from(error).while_doing("cannot read the deployments")
}

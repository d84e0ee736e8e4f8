//! What a message can tell of: the run, its event, how its jobs went. Plain data; templates see
//! nothing else of the world, and no environment.

use std::time::Duration;

use crate::status::Status;

/// All there is to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// How it went: as told, else the worst of `needs`, else nothing.
    pub status: Status,
    /// `owner/name`; empty outside a workflow.
    pub repository: String,
    /// The server, such as `https://github.com`.
    pub server: String,
    /// The name of the workflow.
    pub workflow: String,
    /// The id of the job that runs this.
    pub job: String,
    /// The event's name, such as `push`.
    pub event: String,
    /// Who started it.
    pub actor: String,
    /// The id of the run; empty outside a workflow.
    pub run_id: String,
    /// The number of the run, as people see it.
    pub run_number: String,
    /// The attempt, from 1.
    pub run_attempt: u64,
    /// The page of the run.
    pub run_url: Option<String>,
    /// The branch or tag, without `refs/…/`.
    pub reference: String,
    /// Where the branch or tag can be seen.
    pub reference_url: Option<String>,
    /// The full hash of the commit.
    pub sha: String,
    /// The page of the commit.
    pub commit_url: Option<String>,
    /// The first line of the commit's message.
    pub commit_title: String,
    /// The pull request of the event.
    pub pull: Option<Pull>,
    /// The release of the event.
    pub release: Option<Release>,
    /// The version that is told of.
    pub version: String,
    /// The environment that is deployed to.
    pub environment: String,
    /// Where what was deployed can be seen.
    pub environment_url: Option<String>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// The jobs this one waited for.
    pub needs: Vec<Need>,
    /// What changed, as Markdown.
    pub changelog: String,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its page.
    pub url: String,
}

/// A release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Its tag.
    pub tag: String,
    /// Its name.
    pub name: String,
    /// Its notes, as Markdown.
    pub notes: String,
    /// Its page.
    pub url: String,
}

/// A job this one waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Its id in the workflow, or its name where that is known.
    pub name: String,
    /// How it went.
    pub result: Status,
    /// Its page, where that is known.
    pub url: Option<String>,
    /// The step that failed, where that is known.
    pub failed_step: String,
}

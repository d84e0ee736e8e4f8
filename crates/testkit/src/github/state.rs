//! What the fake remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::auth::Token;
use super::deployments::Deployment;
use crate::fault::Faults;
use crate::git;
use crate::kill::KillSwitch;
use crate::record::Log;

/// Everything, under one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) url: String,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) before_last_write: Option<Snapshot>,
    pub(crate) faults: Faults,
    pub(crate) kill: Option<KillSwitch>,
    pub(crate) log: Log,
    pub(crate) ids: u64,
    pub(crate) seconds: i64,
    /// Which `host` headers each token was sent with.
    pub(crate) token_hosts: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    pub(crate) fn new(url: String, log: Log) -> Self {
        Self {
            url,
            tokens: BTreeMap::new(),
            repositories: BTreeMap::new(),
            before_last_write: None,
            faults: Faults::default(),
            kill: None,
            log,
            ids: 1000,
            seconds: git::EPOCH,
            token_hosts: BTreeMap::new(),
        }
    }

    pub(crate) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// The next instant, as GitHub writes it.
    pub(crate) fn now(&mut self) -> String {
        self.seconds += 1;
        stamp(self.seconds)
    }
}

pub(crate) fn stamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("a test's clock is in range").to_string()
}

/// Repositories and their refs at one instant; git objects are never taken back.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) refs: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    /// Keeps a bare repository made by the fake alive.
    pub(crate) _made: Option<Arc<TempDir>>,
    pub(crate) default_branch: String,
    pub(crate) private: bool,
    pub(crate) actions_may_open_pulls: bool,
    pub(crate) number: u64,
    pub(crate) pulls: BTreeMap<u64, Pull>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) labels: BTreeMap<String, Label>,
    pub(crate) releases: Vec<Release>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) checks: Vec<Check>,
    pub(crate) dispatches: Vec<Dispatch>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) deployments: Vec<Deployment>,
    /// By lower-case name, as it was first written.
    pub(crate) environments: BTreeMap<String, (u64, String, String)>,
    pub(crate) immutable_releases: bool,
    /// The workflows that can be started, with their inputs; `None` takes any.
    pub(crate) workflows: Option<BTreeMap<String, Vec<String>>>,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// A pull request as the fake keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    pub(crate) id: u64,
    /// Its title.
    pub title: String,
    /// Its body; empty when none was given.
    pub body: String,
    /// `open` or `closed`.
    pub state: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// The branch it comes from.
    pub head: String,
    /// The branch it goes to.
    pub base: String,
    /// The login that opened it.
    pub author: String,
    /// Whether it was merged.
    pub merged: bool,
    /// The commit that merged it.
    pub merge_commit: Option<String>,
    /// The login that merged it.
    pub merged_by: Option<String>,
    /// The head's commit when it was last looked at.
    pub(crate) last_head: String,
    /// The head's commit when it was closed or merged.
    pub final_head: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// The commits it brought where that is said and not found out; empty when it is found out.
    pub(crate) brought: Vec<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) closed_at: Option<String>,
    pub(crate) merged_at: Option<String>,
    /// How often title, body, state, base or draft were changed through the API.
    pub edits: usize,
}

/// A comment on an issue or pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its identifier.
    pub id: u64,
    /// The issue or pull request it stands on.
    pub issue: u64,
    /// Its text.
    pub body: String,
    /// The login that wrote it.
    pub author: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

/// A label of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub(crate) id: u64,
    /// Its name.
    pub name: String,
    /// Six hexadecimal digits.
    pub color: String,
    /// Its description.
    pub description: Option<String>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its identifier.
    pub id: u64,
    /// The tag it belongs to; the tag does not exist while it is a draft.
    pub tag: String,
    /// Where the tag is made when it is missing.
    pub target: String,
    /// Its title.
    pub name: Option<String>,
    /// Its notes.
    pub body: Option<String>,
    /// Whether it is a draft.
    pub draft: bool,
    /// Whether it is a prerelease.
    pub prerelease: bool,
    /// The login that made it.
    pub author: String,
    /// Whether it was marked as latest: `true`, `false` or `legacy`.
    pub make_latest: String,
    pub(crate) created_at: String,
    pub(crate) published_at: Option<String>,
    /// Counts up with every release that was marked as latest.
    pub(crate) marked: u64,
    /// Its files.
    pub assets: Vec<Asset>,
    /// Whether nothing of it can be changed any more.
    pub immutable: bool,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its identifier.
    pub id: u64,
    /// Its name, as GitHub changed it.
    pub name: String,
    /// `uploaded`, or `starter` for one that did not come to its end.
    pub state: String,
    /// The media type it was uploaded with.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
    pub(crate) created_at: String,
}

/// A commit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub(crate) id: u64,
    /// The commit.
    pub sha: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
    /// Its name.
    pub context: String,
    /// What it says.
    pub description: Option<String>,
    /// Where it links to.
    pub target_url: Option<String>,
    pub(crate) creator: String,
    pub(crate) created_at: String,
}

/// A check run.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its identifier.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// Set when completed.
    pub conclusion: Option<String>,
    /// Title, summary and text as sent.
    pub output: serde_json::Value,
    pub(crate) details_url: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) started_at: String,
    pub(crate) completed_at: Option<String>,
}

/// A `workflow_dispatch` or `repository_dispatch` that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// The workflow's file name or id; for a `repository_dispatch` its event type.
    pub workflow: String,
    /// The ref it was asked for; empty for a `repository_dispatch`.
    pub reference: String,
    /// Its inputs or client payload.
    pub inputs: serde_json::Value,
}

/// A job of a workflow run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The id of the run.
    pub run: u64,
    /// The attempt, from 1.
    pub attempt: u64,
    /// What people call it.
    pub name: String,
    /// How it went; `None` while it runs.
    pub conclusion: Option<String>,
    /// What it runs on.
    pub runner: Option<String>,
    /// Names of its steps and how each went.
    pub steps: Vec<(String, Option<String>)>,
}

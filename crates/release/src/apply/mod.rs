//! Doing what was planned.

pub mod aftermath;
pub mod again;
pub mod beside;
pub mod commit;
pub mod follow;
pub mod lines;
pub mod promised;
pub mod publish;
pub mod pull;
pub mod releases;
pub mod script;
pub mod swap;
pub mod tags;
pub mod version;
pub mod whose;

use launchway_base::Failure;
use launchway_publish::StagedVersion;
use launchway_workspace::Workspace;

use crate::plan::TagWish;
use crate::verify::{Unkept, Verified};

/// What was done.
#[derive(Debug, Default)]
pub struct Applied {
    /// The version pull request.
    pub pull: Option<PullOutcome>,
    /// What was published, or is said to be.
    pub published: Vec<Published>,
    /// Rows about packages that were published by ourselves: package, version, what happened.
    pub publish_rows: Vec<[String; 3]>,
    /// What waits in the registry for a maintainer's approval.
    pub staged: Vec<StagedVersion>,
    /// The tags.
    pub tags: Vec<TagOutcome>,
    /// What followed them.
    pub followed: Vec<follow::Followed>,
    /// What a script was to publish, and did not.
    pub unkept: Vec<Unkept>,
    /// What was found when all of it was looked up again.
    pub verified: Option<Verified>,
    /// The base moved on: it all has to be done again there.
    pub moved: Option<again::Moved>,
    /// What the run ends with in spite of what was done.
    pub failure: Option<Failure>,
}

/// A package that was published.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its git tag; `None` when it gets none.
    pub tag: Option<String>,
    /// Its folder relative to the workspace's root, `.` for the root; `None` when it is not in the
    /// workspace.
    pub path: Option<String>,
    /// Its ecosystem, such as `npm`; `None` when it is not in the workspace.
    pub ecosystem: Option<String>,
}

impl Published {
    /// A version of a package with its tag.
    pub fn of(workspace: &Workspace, name: &str, version: &str, tag: Option<String>) -> Self {
        let package = workspace.package(name);
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            tag,
            path: package.map(|package| shown_dir(&package.dir)),
            ecosystem: package.map(|package| package.ecosystem.id().to_owned()),
        }
    }
}

/// A package's folder, for people and other tools.
pub(crate) fn shown_dir(dir: &str) -> String {
    if dir.is_empty() { ".".to_owned() } else { dir.to_owned() }
}

/// What became of the version pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullOutcome {
    /// Its number; `None` when there is none, and a newer run takes care of it.
    pub number: Option<u64>,
    /// Its page.
    pub url: String,
    /// What was done to the pull request.
    pub pull: Done,
    /// What was done to the branch.
    pub branch: Done,
    /// Why it is left to a newer run; empty when it is not.
    pub why: String,
    /// The packages released: name, old and new version.
    pub releases: Vec<(String, String, String)>,
}

/// What was done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was not there.
    Made,
    /// It said something else.
    Updated,
    /// It is as it was.
    Unchanged,
    /// A newer run takes care of it.
    Superseded,
}

/// What became of a tag and its Release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagOutcome {
    /// The tag.
    pub wish: TagWish,
    /// What became of it.
    pub tag: State,
    /// What became of its Release.
    pub release: State,
}

/// What became of a tag or Release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was made; its page.
    Made(String),
    /// It was there; its page.
    There(String),
    /// It is there, but at another commit.
    Elsewhere(String),
    /// It could not be made: why.
    Failed(String),
    /// It was not asked for.
    NotWanted,
}

impl State {
    /// Whether it is missing though it was wanted.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

//! Releases as templates get them.

use std::collections::{BTreeMap, HashMap};

use git_cliff_core::commit::{Commit, Range};
use git_cliff_core::config::BumpType;
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::statistics::Statistics;
use serde_json::Value;

use crate::history::read::Read;

/// The services that host repositories, in the order of the context.
pub const PROVIDERS: [&str; 5] = ["github", "gitlab", "gitea", "bitbucket", "azure_devops"];

/// What the services say of one commit, in that order.
pub type CommitRemotes = [RemoteContributor; 5];

/// What the services say of commits, by hash.
pub type Remotes = HashMap<String, Box<CommitRemotes>>;

/// A release, or what is not released yet.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// The name of its tag.
    pub version: Option<String>,
    /// The message of its tag.
    pub message: Option<String>,
    /// Its commits as they were read, until they are processed.
    pub raw: Vec<Read>,
    /// Its commits.
    pub commits: Vec<Commit<'static>>,
    /// How many commits were read for it, before any was dropped.
    pub read_commits: usize,
    /// The full hash of its commit.
    pub commit_id: Option<String>,
    /// When it was made, in seconds since 1970.
    pub timestamp: Option<i64>,
    /// The release before it.
    pub previous: Option<Box<Self>>,
    /// Root of the repository.
    pub repository: Option<String>,
    /// Its first and its last commit.
    pub commit_range: Option<Range>,
    /// Commits of submodules, by their path.
    pub submodule_commits: BTreeMap<String, Vec<Commit<'static>>>,
    /// Numbers over its commits.
    pub statistics: Option<Statistics>,
    /// What git-cliff has no word for.
    pub extra: Option<Value>,
    /// How its version came from the one before.
    pub bump_type: Option<BumpType>,
    /// Who contributed, for each of [`PROVIDERS`].
    pub contributors: [Vec<RemoteContributor>; 5],
}

impl Release {
    /// This release as the one before another: without its own predecessor, and without its
    /// commits unless they are wanted.
    #[must_use]
    pub fn as_previous(&self, with_commits: bool) -> Self {
        Self {
            version: self.version.clone(),
            message: self.message.clone(),
            commits: if with_commits {
                self.raw.iter().map(Read::commit).collect()
            } else {
                Vec::new()
            },
            read_commits: self.read_commits,
            commit_id: self.commit_id.clone(),
            timestamp: self.timestamp,
            repository: self.repository.clone(),
            extra: self.extra.clone(),
            ..Self::default()
        }
    }
}

//! Messages of the commits that `add` and `version` make.

use launchway_base::Failure;
use launchway_changesets::{ChangesetRelease, Commit, Plan, SkipCi, add_message, version_message};

use crate::observe::Repository;

/// What the messages are about.
#[derive(Clone, Copy, Debug)]
pub enum CommitMessages<'a> {
    /// A new changeset: releases, summary, id.
    Add {
        /// Its releases.
        releases: &'a [ChangesetRelease],
        /// Its summary.
        summary: &'a str,
        /// Its id.
        id: &'a str,
    },
    /// A version step.
    Version(&'a Plan),
}

/// The commit message the configuration asks for; `None` when no commit is to be made. A module of
/// the project is asked through `node`, so call it before anything is written.
pub fn commit_messages(
    repository: &Repository,
    about: CommitMessages<'_>,
) -> Result<Option<String>, Failure> {
    let own = |skip_ci: SkipCi| match about {
        CommitMessages::Add { summary, .. } => add_message(summary, skip_ci),
        CommitMessages::Version(plan) => version_message(plan, skip_ci),
    };
    match &repository.config.commit {
        Commit::Off => Ok(None),
        Commit::Default(skip_ci) => Ok(Some(own(*skip_ci))),
        Commit::Module(module) => {
            Err(Failure::internal(format!("`{}` is not built yet", module.name)))
        }
    }
}

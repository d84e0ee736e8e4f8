//! Messages of the commits that `add` and `version` make.

use launchway_base::{Deadline, Failure};
use launchway_changesets::{
    ChangesetRelease, Commit, Module, Plan, SkipCi, add_message, version_message,
};
use serde_json::{Value, json};

use crate::child::ProcessEnv;
use crate::generator::GeneratorContext;
use crate::node;
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

const PURPOSE: node::Purpose = node::Purpose {
    what: "commit module",
    key: "commit",
    without: "`true`, `false` or `@changesets/cli/commit`, which need no Node.js",
};

/// The commit message the configuration asks for; `None` when no commit is to be made. A module of
/// the project is asked through `node`, so call it before anything is written.
pub fn commit_messages(
    repository: &Repository,
    about: CommitMessages<'_>,
) -> Result<Option<String>, Failure> {
    let context = GeneratorContext { env: &ProcessEnv, deadline: Deadline::none() };
    commit_messages_within(repository, about, &context)
}

/// [`commit_messages`] with an environment and a deadline of the caller's.
pub fn commit_messages_within(
    repository: &Repository,
    about: CommitMessages<'_>,
    context: &GeneratorContext<'_>,
) -> Result<Option<String>, Failure> {
    let own = |skip_ci: SkipCi| match about {
        CommitMessages::Add { summary, .. } => add_message(summary, skip_ci),
        CommitMessages::Version(plan) => version_message(plan, skip_ci),
    };
    match &repository.config.commit {
        Commit::Off => Ok(None),
        Commit::Default(skip_ci) => Ok(Some(own(*skip_ci))),
        Commit::Module(module) => from_module(module, repository, about, context),
    }
}

fn from_module(
    module: &Module,
    repository: &Repository,
    about: CommitMessages<'_>,
    context: &GeneratorContext<'_>,
) -> Result<Option<String>, Failure> {
    let (function, about) = match about {
        CommitMessages::Add { releases, summary, .. } => {
            ("getAddMessage", json!({ "summary": summary, "releases": releases }))
        }
        CommitMessages::Version(plan) => ("getVersionMessage", json!(plan)),
    };
    let job = json!({ "task": "commit", "function": function, "about": about });
    match node::ask(module, PURPOSE, job, repository, context.env, context.deadline)? {
        Value::String(message) => Ok(Some(message)),
        _ => Ok(None),
    }
}

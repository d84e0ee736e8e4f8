//! Who writes changelog lines: built in, or a module of the project's own.

mod github;
mod node;

use launchway_base::{Deadline, Failure, Secret};
use launchway_changesets::changelog::{DefaultGenerator, EntryRequest, GITHUB_MODULE, Generator};
use launchway_changesets::{CommittedChangeset, Config, Module, Plan};

use crate::observe::Repository;

/// What generators may use of the world outside.
#[derive(Clone, Debug)]
pub struct GeneratorContext<'a> {
    /// Environment variable by name; empty counts as missing.
    pub env: &'a dyn EnvLookup,
    /// When everything must be over.
    pub deadline: Deadline,
}

/// Where environment variables come from: the process, or a table in tests.
pub trait EnvLookup: std::fmt::Debug {
    /// The value of a variable, `None` when missing or empty.
    fn get(&self, name: &str) -> Option<String>;

    /// The value as a secret.
    fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }
}

/// The generator of the configured module. Whatever it needs from outside is fetched here, before
/// anything is written.
pub fn generator_for<'a>(
    module: &'a Module,
    plan: &Plan,
    requests: &[EntryRequest<'_>],
    changesets: &[CommittedChangeset<'_>],
    repository: &Repository,
    context: &GeneratorContext<'_>,
) -> Result<Box<dyn Generator + 'a>, Failure> {
    match module.name.as_str() {
        Config::DEFAULT_CHANGELOG | "@changesets/changelog-git" => Ok(Box::new(DefaultGenerator)),
        GITHUB_MODULE => github::fetch(module, requests, repository, context),
        _ => node::ask(module, plan, requests, changesets, repository, context),
    }
}

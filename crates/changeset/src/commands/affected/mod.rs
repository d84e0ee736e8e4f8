//! `affected`: the packages that changed since a commit, and those that depend on them.

pub(crate) mod base;
mod files;
mod members;
#[cfg(test)]
mod model;
mod plan;
mod report;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args};
use launchway_base::{Deadline, Failure};
use launchway_git::Git;
use launchway_runtime::Session;

use self::base::Start;

/// How long the whole may take.
const TOTAL: Duration = Duration::from_mins(5);

launchway_runtime::outputs! {
    /// What `affected` hands to the jobs after it.
    pub struct Outputs {
        /// A matrix as JSON: `{"include":[…]}` with `name`, `path`, `ecosystem`, `version`, `changed` and
        /// `why` of each package; with `shards` the `names` and `paths` of each shard. GitHub takes no
        /// empty one: look at `any` first.
        matrix => "matrix",
        /// The same entries as a JSON list, for a matrix with further axes.
        packages => "packages",
        /// The names of the packages, one per line.
        names => "names",
        /// Whether there is any: `true` or `false`.
        any => "any",
        /// How many there are.
        count => "count",
        /// Whether everything counts as changed: `true` or `false`.
        all => "all",
        /// Why each package is there, as JSON: name to reason.
        reasons => "reasons",
        /// The commit that was compared with; empty where there was none to compare with.
        base => "base",
    }
}

/// The inputs.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Inputs {
    /// Branch, tag or commit to compare with, from where the two diverged. Unless given it comes from
    /// the event: the base of a pull request or merge group, the commit before a push; where the event
    /// has none, everything is affected. Outside a workflow it is the base branch of the
    /// configuration.
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,

    /// Count what is not committed yet, too.
    #[arg(long)]
    pub uncommitted: bool,

    /// Follow development dependencies to dependents, too.
    #[arg(long, value_name = "true|false", default_value = "true", action = ArgAction::Set)]
    pub dev_dependencies: bool,

    /// Leave dependents out: only what changed itself.
    #[arg(long)]
    pub only_changed: bool,

    /// Only packages of these ecosystems, one per line: `npm`, `cargo`, `python`, `go`.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub ecosystem: Vec<String>,

    /// Only packages with these names or folders, as globs, one per line; `!` leaves out.
    #[arg(long, value_name = "GLOB")]
    pub filter: Vec<String>,

    /// Files that count for every package, as globs from the repository's root, one per line, besides
    /// `.github/workflows`, `.github/actions`, and lock files and settings at the root.
    #[arg(long, value_name = "GLOB")]
    pub global: Vec<String>,

    /// Files that count for no package, as globs from the repository's root, one per line, besides
    /// Markdown, `docs` and `.changeset`; `!` takes back.
    #[arg(long, value_name = "GLOB")]
    pub ignore: Vec<String>,

    /// Files that count for a package although they lie elsewhere, one per line: `NAME=GLOB`.
    #[arg(long, value_name = "NAME=GLOB")]
    pub watch: Vec<String>,

    /// Put the packages into at most so many entries of the matrix. GitHub takes 256.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub shards: Option<u16>,

    /// Print the whole as JSON to stdout.
    #[arg(long)]
    pub json: bool,

    /// Folder to work in.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub cwd: PathBuf,
}

/// The folder to work in, absolute, and git there.
pub(crate) fn place(cwd: &Path) -> Result<(PathBuf, Git), Failure> {
    let cwd = std::path::absolute(cwd)
        .map_err(|error| Failure::input("cannot tell the current folder").caused_by(error))?;
    if !cwd.is_dir() {
        return Err(Failure::input(format!("`{}` is no folder", cwd.display())));
    }
    let git = Git::at(&cwd).with_deadline(Deadline::after(TOTAL));
    Ok((cwd, git))
}

/// Does it.
pub(crate) fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    if inputs.json {
        session.stdout_is_a_document();
    }
    let (cwd, git) = place(&inputs.cwd)?;
    let root = git.root()?;
    let base = base::find(session, &git, &cwd, inputs.since.as_deref())?;
    if let Some(warning) = &base.warning {
        session.warn(warning);
    }
    let differences = match &base.start {
        Start::Everything => Vec::new(),
        Start::Commit(commit) if inputs.uncommitted => {
            git.in_dir(&root).differences_here(commit)?
        }
        Start::Commit(commit) => git.in_dir(&root).differences(commit, "HEAD")?,
    };
    let members = members::read(session, &cwd, &root, &git, inputs)?;
    let rules = files::Rules::new(inputs, &members)?;
    let plan = plan::make(&members, &differences, &rules, &base, inputs.only_changed);
    let plan = plan.only(&members, inputs)?;
    report::give(session, inputs, &base, &members, &plan)
}

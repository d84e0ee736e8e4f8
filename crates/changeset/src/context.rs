//! What every command has in hand.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use launchway_base::{Deadline, Failure, Location};
use launchway_git::Git;
use launchway_runtime::{Annotation, Environment, Level, Session};
use launchway_versioning::{
    EnvLookup, GeneratorContext, Repository, observe, observe_settings, observe_since,
};

use crate::args::Args;

/// How long a command may take in all where nobody is asked.
const TOTAL: Duration = Duration::from_mins(30);

/// One call of the command.
#[derive(Debug)]
pub struct Context<'a> {
    /// The run.
    pub session: &'a Session,
    /// The arguments.
    pub args: Args,
    /// The name the verb was called by, empty for a bare call.
    pub called: String,
    /// The folder to work in, absolute.
    pub cwd: PathBuf,
    /// When it must be over.
    pub deadline: Deadline,
    variables: Variables,
}

#[derive(Debug)]
struct Variables(Environment);

impl EnvLookup for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(str::to_owned)
    }
}

impl<'a> Context<'a> {
    /// The call with its folder.
    pub fn new(session: &'a Session, args: Args, called: String) -> Result<Self, Failure> {
        let current = std::env::current_dir()
            .map_err(|error| Failure::input("cannot tell the current folder").caused_by(error))?;
        let cwd = args.text("cwd").map_or_else(|| current.clone(), |dir| current.join(dir));
        if !cwd.is_dir() {
            return Err(Failure::input(format!("`{}` is no folder", cwd.display())));
        }
        let variables = Variables(session.env().clone());
        // Whoever is asked questions may take their time.
        let deadline =
            if std::io::stdin().is_terminal() { Deadline::none() } else { Deadline::after(TOTAL) };
        Ok(Self { session, args, called, cwd, deadline, variables })
    }

    /// Reads the repository and says what is odd about its configuration.
    pub fn repository(&self) -> Result<Repository, Failure> {
        Ok(self.warned(observe(&self.cwd)?))
    }

    /// The same with only the changesets added or changed since a branch, tag or commit.
    pub fn repository_since(&self, reference: &str) -> Result<Repository, Failure> {
        Ok(self.warned(observe_since(&self.cwd, reference, &self.git(&self.cwd))?))
    }

    /// The same without changesets and pre mode: packages and configuration.
    pub fn settings(&self) -> Result<Repository, Failure> {
        Ok(self.warned(observe_settings(&self.cwd)?))
    }

    fn warned(&self, repository: Repository) -> Repository {
        for warning in &repository.warnings {
            let place = Location::file(".changeset/config.json");
            let message = format!("`.changeset/config.json` {warning}");
            self.session.annotate(&Annotation::new(Level::Warning, message).at(place));
        }
        repository
    }

    /// Git in a folder.
    pub fn git(&self, dir: &Path) -> Git {
        Git::at(dir).with_deadline(self.deadline)
    }

    /// What changelog generators may use.
    pub fn generator_context(&self) -> GeneratorContext<'_> {
        GeneratorContext { env: &self.variables, deadline: self.deadline }
    }

    /// The file named by `--output` or `CHANGESETS_OUTPUT`, as given.
    pub fn output(&self) -> Option<String> {
        self.args
            .text("output")
            .or_else(|| self.session.env().get("CHANGESETS_OUTPUT").map(str::to_owned))
            .filter(|path| !path.is_empty())
    }
}

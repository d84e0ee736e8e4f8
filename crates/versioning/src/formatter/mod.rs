//! The project's own formatter, run over changelogs and new changesets.

mod detect;
mod manager;

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use launchway_base::{Deadline, Failure, Location};
use launchway_changesets::Formatter;

use crate::child::{Ended, ProcessEnv, Said, find_program, program_in, run};
use crate::generator::EnvLookup;
use detect::Known;

const CONFIG: &str = ".changeset/config.json";

/// A formatter that was found and can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatterRun {
    /// Its name.
    pub name: String,
    /// Program and arguments, to which the files are added.
    pub command: Vec<String>,
    /// Where it finds programs: `node_modules/.bin` of the root and above, then `PATH`.
    search_path: OsString,
    /// When it must be over.
    deadline: Deadline,
}

impl FormatterRun {
    /// The same, to be over by a deadline.
    #[must_use]
    pub fn within(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs it over files relative to the root. An error says that the files may be half formatted.
    pub fn run(&self, root: &Path, files: &[String]) -> Result<(), Failure> {
        if files.is_empty() {
            return Ok(());
        }
        let files =
            files.iter().map(|file| file.split('/').fold(root.to_owned(), |p, part| p.join(part)));
        let ended = self.start(root, files.map(PathBuf::into_os_string).collect())?;
        if ended.succeeded() {
            return Ok(());
        }
        let failure = Failure::input(format!("formatter `{}` {}", self.name, ended.how()))
            .at(Location::file(CONFIG))
            .with_hint(format!(
                "run `{}` on a changelog to see why, or write `\"format\": false` in `{CONFIG}`",
                self.name
            ));
        Err(if ended.said.is_empty() { failure } else { failure.caused_by(Said(ended.said)) })
    }

    fn start(&self, root: &Path, arguments: Vec<OsString>) -> Result<Ended, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::input(format!("cannot run formatter `{}`", self.name))
                .at(Location::file(CONFIG))
                .with_hint(self.remedy())
                .caused_by(error)
        };
        let scratch = tempfile::Builder::new().prefix("launchway-").tempdir().map_err(cannot)?;
        let (program, fixed) = self.command.split_first().ok_or_else(|| {
            Failure::internal(format!("formatter `{}` has no command", self.name))
        })?;
        // Found here, not by the system: the search path is the project's.
        let program = find_program(program, &self.search_path).unwrap_or_else(|| program.into());
        let mut command = Command::new(program);
        command.args(fixed).args(arguments).current_dir(root).env("PATH", &self.search_path);
        run(command, scratch.path(), self.deadline).map_err(cannot)
    }

    fn remedy(&self) -> String {
        remedy(&self.name)
    }
}

fn remedy(name: &str) -> String {
    format!(
        "install the project's dependencies, `{name}` among them, or write `\"format\": false` in `{CONFIG}`"
    )
}

/// The formatter to run, `None` for none. An error, with the remedy, if one is configured or found
/// that cannot be run.
pub fn find_formatter(wanted: Formatter, root: &Path) -> Result<Option<FormatterRun>, Failure> {
    find_formatter_within(wanted, root, &ProcessEnv)
}

/// [`find_formatter`] with an environment of the caller's.
pub(crate) fn find_formatter_within(
    wanted: Formatter,
    root: &Path,
    env: &dyn EnvLookup,
) -> Result<Option<FormatterRun>, Failure> {
    let (known, because) = match wanted {
        Formatter::Off => return Ok(None),
        Formatter::Auto => match detect::detect(root) {
            None => return Ok(None),
            Some((known, sign)) => {
                let sign = sign.strip_prefix(root).unwrap_or(&sign).display().to_string();
                (known, format!("found by `{sign}`"))
            }
        },
        other => {
            let Some(known) = detect::ALL.iter().find(|known| known.formatter == other) else {
                return Ok(None);
            };
            (known, "wanted by `format`".to_owned())
        }
    };
    let search_path = search_path(root, env);
    let finder = Finder { known, root, search_path };
    match finder.find() {
        Ok(command) => Ok(Some(finder.runs(command))),
        Err(problem) => Err(Failure::input(format!(
            "formatter `{}`, {because}, cannot be run: {problem}",
            known.name
        ))
        .at(Location::file(CONFIG))
        .with_hint(remedy(known.name))),
    }
}

/// The name of the formatter a project has, whether or not it can be run.
pub(crate) fn detected(root: &Path) -> Option<&'static str> {
    detect::detect(root).map(|(known, _)| known.name)
}

/// `node_modules/.bin` of every folder upwards, then `PATH`.
fn search_path(root: &Path, env: &dyn EnvLookup) -> OsString {
    let given = OsString::from(env.get("PATH").unwrap_or_default());
    let bins = root.ancestors().map(|folder| folder.join("node_modules").join(".bin"));
    let joined = std::env::join_paths(bins.chain(std::env::split_paths(&given)));
    joined.unwrap_or(given)
}

/// Looks for a way to run a formatter.
struct Finder<'a> {
    known: &'a Known,
    root: &'a Path,
    search_path: OsString,
}

impl Finder<'_> {
    fn runs(&self, command: Vec<String>) -> FormatterRun {
        FormatterRun {
            name: self.known.name.to_owned(),
            command,
            search_path: self.search_path.clone(),
            deadline: Deadline::none(),
        }
    }

    fn arguments(&self) -> impl Iterator<Item = String> {
        self.known.arguments.iter().map(|argument| (*argument).to_owned())
    }

    /// The command, the files not yet among its arguments; or why there is none.
    fn find(&self) -> Result<Vec<String>, String> {
        // What a package manager would run is run without it: the same program, started sooner.
        if let Some(program) = self.installed() {
            check_interpreter(&program, &self.search_path)?;
            return Ok(self.direct(&program));
        }
        let through_manager = if self.known.on_npm { self.through_manager() } else { Ok(None) };
        match through_manager {
            Ok(Some(command)) => Ok(command),
            Ok(None) => match find_program(self.known.name, &self.search_path) {
                Some(program) => Ok(self.direct(&program)),
                None => Err(format!("there is no `{}`", self.known.name)),
            },
            Err(problem) => match find_program(self.known.name, &self.search_path) {
                Some(program) => Ok(self.direct(&program)),
                None => Err(problem),
            },
        }
    }

    fn direct(&self, program: &Path) -> Vec<String> {
        std::iter::once(program.to_string_lossy().into_owned()).chain(self.arguments()).collect()
    }

    /// The program among the installed packages of the root or above.
    fn installed(&self) -> Option<PathBuf> {
        if !self.known.on_npm {
            return None;
        }
        let mut bins = self.root.ancestors().map(|folder| folder.join("node_modules").join(".bin"));
        bins.find_map(|bin| program_in(&bin, self.known.name))
    }

    /// The package manager's way, tried out; `None` without the manager.
    fn through_manager(&self) -> Result<Option<Vec<String>>, String> {
        let manager = manager::detect(self.root);
        let [program, subcommand @ ..] = manager.command else { return Ok(None) };
        let Some(program) = find_program(program, &self.search_path) else { return Ok(None) };
        let start: Vec<String> = std::iter::once(program.to_string_lossy().into_owned())
            .chain(subcommand.iter().map(|word| (*word).to_owned()))
            .chain([self.known.name.to_owned()])
            .collect();
        let separator = manager.separated.then(|| "--".to_owned());
        let trial = self.runs(start.iter().cloned().chain(separator.clone()).collect());
        let shown = manager.command.join(" ");
        let ended = trial.start(self.root, vec!["--version".into()]).map_err(|f| f.chain())?;
        if !ended.succeeded() {
            let said = ended.said.lines().last().map(|line| format!(" ({line})"));
            return Err(format!(
                "`{shown} {} --version` {}{}",
                self.known.name,
                ended.how(),
                said.unwrap_or_default()
            ));
        }
        Ok(Some(start.into_iter().chain(separator).chain(self.arguments()).collect()))
    }
}

/// A script needs the program in its first line, `node` as a rule.
fn check_interpreter(program: &Path, path: &OsString) -> Result<(), String> {
    let Ok(file) = fs::File::open(program) else { return Ok(()) };
    let mut line = Vec::new();
    // A compiled program has no lines; its beginning is enough.
    let read = BufReader::new(std::io::Read::take(file, 256)).read_until(b'\n', &mut line);
    let line = String::from_utf8_lossy(&line);
    let Some(rest) = read.ok().and_then(|_| line.strip_prefix("#!")) else { return Ok(()) };
    let mut words = rest.split_whitespace();
    let first = words.next().unwrap_or_default();
    let name = if first.ends_with("/env") {
        words.find(|word| !word.starts_with('-')).unwrap_or_default()
    } else {
        first
    };
    let found = name.is_empty() || Path::new(name).is_file() || find_program(name, path).is_some();
    if found { Ok(()) } else { Err(format!("it is a program for `{name}`, which is not there")) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

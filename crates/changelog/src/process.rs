//! The steps of the configuration that turn commits into entries, on all cores.

use git_cliff_core::commit::Commit;
use git_cliff_core::config::{Config, GitConfig};
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::error::Error;
use git_cliff_core::process::CommitProcessor;
use git_cliff_core::summary::Summary;
use launchway_base::Failure;

use crate::history::read::Read;
use crate::model::{PROVIDERS, Release};
use crate::parallel;

/// How many commits a thread takes at once: small histories are shared out, too, and large releases
/// stay in one piece, which saves memory.
const BATCH: std::ops::RangeInclusive<usize> = 64..=4096;
/// Into how many parts a history is cut, if they are not too small or too large.
const PARTS: usize = 16;

/// Processes the commits of all releases, in place. With `keeps_message` an entry keeps its message
/// beside what was read from it.
///
/// # Errors
/// The configuration asks for commits of a form that not all of them have.
pub fn process(
    releases: &mut [Release],
    config: &GitConfig,
    keeps_message: bool,
) -> Result<(), Failure> {
    let renamed = under_one_name(config);
    let steps = Steps {
        config: renamed.as_ref().unwrap_or(config),
        fills: renamed.is_some(),
        keeps_message,
    };
    let runs_commands =
        config.commit_preprocessors.iter().any(|step| step.replace_command.is_some());
    let count: usize = releases.iter().map(|release| release.raw.len()).sum();
    let batch = (count / PARTS).clamp(*BATCH.start(), *BATCH.end());
    let mut jobs = Vec::new();
    for (place, release) in releases.iter_mut().enumerate() {
        let mut raw = std::mem::take(&mut release.raw);
        // Commands of the configuration see all commits one after the other.
        while raw.len() > batch && !runs_commands {
            let rest = raw.split_off(batch);
            jobs.push((place, std::mem::replace(&mut raw, rest)));
        }
        jobs.push((place, raw));
    }
    let mut refused = Refused::default();
    let work = |(place, raw)| (place, steps.run_raw(raw));
    let done = if runs_commands {
        jobs.into_iter().map(work).collect()
    } else {
        parallel::map(jobs, work)
    };
    for (place, result) in done {
        let Some(release) = releases.get_mut(place) else { continue };
        let mut commits = refused.note(result)?;
        if release.commits.is_empty() {
            release.commits = commits;
        } else {
            release.commits.append(&mut commits);
        }
    }
    for commits in releases.iter_mut().flat_map(|release| release.submodule_commits.values_mut()) {
        *commits = refused.note(steps.run(std::mem::take(commits)))?;
    }
    refused.end()
}

struct Steps<'a> {
    config: &'a GitConfig,
    /// Whether a rule reads a field that is there for every commit under its old name.
    fills: bool,
    keeps_message: bool,
}

type Processed = Result<Vec<Commit<'static>>, Error>;

impl Steps<'_> {
    fn run_raw(&self, raw: Vec<Read>) -> Processed {
        self.run(raw.into_iter().map(Read::into_commit).collect())
    }

    fn run(&self, mut commits: Vec<Commit<'static>>) -> Processed {
        if self.fills {
            for commit in &mut commits {
                commit.remote.get_or_insert_with(RemoteContributor::default);
            }
        }
        CommitProcessor::new(self.config, &mut Summary::default()).run(&mut commits)?;
        for commit in &mut commits {
            if self.fills {
                commit.remote.take_if(|remote| *remote == RemoteContributor::default());
            }
            if !self.keeps_message && commit.conv.is_some() {
                commit.message = String::new();
            }
        }
        commits.shrink_to_fit();
        Ok(commits)
    }
}

/// Commits that the configuration does not let pass.
#[derive(Default)]
struct Refused {
    unconventional: i32,
    unmatched: i32,
}

impl Refused {
    fn note(&mut self, result: Processed) -> Result<Vec<Commit<'static>>, Failure> {
        match result {
            Ok(commits) => return Ok(commits),
            Err(Error::UnconventionalCommitsError(count)) => self.unconventional += count,
            Err(Error::UnmatchedCommitsError(count)) => self.unmatched += count,
            Err(error) => return Err(Failure::input("cannot process the commits").caused_by(error)),
        }
        Ok(Vec::new())
    }

    fn end(&self) -> Result<(), Failure> {
        let (count, what, key) = match (self.unconventional, self.unmatched) {
            (0, 0) => return Ok(()),
            (0, count) => (count, "match no entry of `commit_parsers`", "fail_on_unmatched_commit"),
            (count, _) => (count, "are not conventional", "require_conventional"),
        };
        Err(Failure::rejected(format!("{count} commits {what}")).with_hint(format!(
            "`{key}` of the configuration asks for it; their hashes stand above"
        )))
    }
}

/// The configuration with fields such as `github.pr_labels` under the one name a commit has for
/// all services; `None` where there are none.
fn under_one_name(config: &GitConfig) -> Option<GitConfig> {
    let one_name = |field: &str| {
        let (service, rest) = field.split_once('.')?;
        PROVIDERS.contains(&service).then(|| format!("remote.{rest}"))
    };
    let fields = || config.commit_parsers.iter().filter_map(|parser| parser.field.as_deref());
    fields().any(|field| one_name(field).is_some()).then(|| {
        let mut config = config.clone();
        for parser in &mut config.commit_parsers {
            if let Some(field) = parser.field.as_deref().and_then(one_name) {
                parser.field = Some(field);
            }
        }
        config
    })
}

/// Has the commands of a configuration run without some variables of the environment: those that
/// carry inputs, which may hold secrets.
pub fn hide(config: &mut Config, variables: &[String]) {
    let steps = config.git.commit_preprocessors.iter_mut();
    for step in steps.chain(&mut config.changelog.postprocessors) {
        if let Some(command) = step.replace_command.as_mut().filter(|_| !variables.is_empty()) {
            *command = without(variables, command, cfg!(windows));
        }
    }
}

/// A command line for `cmd` or `sh` that takes variables away before it runs another.
fn without(variables: &[String], command: &str, windows: bool) -> String {
    if windows {
        let unset: Vec<_> = variables.iter().map(|name| format!("set {name}=&&")).collect();
        return unset.concat() + command;
    }
    let unset: Vec<_> = variables.iter().map(|name| format!(" -u {}", quoted(name))).collect();
    format!("exec env{} sh -c {}", unset.concat(), quoted(command))
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn commands_run_without_inputs() {
        let names = ["LAUNCHWAY_INPUTS".to_owned(), "INPUT_GITHUB-TOKEN".to_owned()];
        assert_eq!(
            without(&names, "echo 'a'", false),
            r"exec env -u 'LAUNCHWAY_INPUTS' -u 'INPUT_GITHUB-TOKEN' sh -c 'echo '\''a'\'''"
        );
        assert_eq!(
            without(&names, "type x", true),
            "set LAUNCHWAY_INPUTS=&&set INPUT_GITHUB-TOKEN=&&type x"
        );
    }
}

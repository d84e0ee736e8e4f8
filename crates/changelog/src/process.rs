//! The steps of the configuration that turn commits into entries, on all cores.

use git_cliff_core::commit::Commit;
use git_cliff_core::config::{Config, GitConfig};
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::error::Error;
use git_cliff_core::process::CommitProcessor;
use git_cliff_core::summary::Summary;
use launchway_base::Failure;

use crate::model::{PROVIDERS, Release};
use crate::parallel;

/// How many commits are worth the attention of a thread.
const BATCH: usize = 256;

/// Processes the commits of all releases, in place.
///
/// # Errors
/// The configuration asks for commits of a form that not all of them have.
pub fn process(releases: &mut [Release], config: &GitConfig) -> Result<(), Failure> {
    let renamed = under_one_name(config);
    let config = renamed.as_ref().unwrap_or(config);
    let mut jobs = Vec::new();
    for (place, release) in releases.iter_mut().enumerate() {
        batch(&mut jobs, (place, None), std::mem::take(&mut release.commits), config);
        for (path, commits) in &mut release.submodule_commits {
            batch(&mut jobs, (place, Some(path.clone())), std::mem::take(commits), config);
        }
    }
    let mut unconventional = 0;
    let mut unmatched = 0;
    for (target, result) in
        parallel::map(jobs, |(target, commits)| (target, run(commits, config, renamed.is_some())))
    {
        match result {
            Ok(commits) => {
                let Some(release) = releases.get_mut(target.0) else { continue };
                match target.1 {
                    None => release.commits.extend(commits),
                    Some(path) => {
                        release.submodule_commits.entry(path).or_default().extend(commits);
                    }
                }
            }
            Err(Error::UnconventionalCommitsError(count)) => unconventional += count,
            Err(Error::UnmatchedCommitsError(count)) => unmatched += count,
            Err(error) => return Err(Failure::input("cannot process the commits").caused_by(error)),
        }
    }
    if unconventional > 0 {
        return Err(Failure::rejected(format!("{unconventional} commits are not conventional"))
            .with_hint(
                "`require_conventional` of the configuration asks for it; their hashes stand above",
            ));
    }
    if unmatched > 0 {
        return Err(Failure::rejected(format!(
            "{unmatched} commits match no entry of `commit_parsers`"
        ))
        .with_hint(
            "`fail_on_unmatched_commit` of the configuration asks for it; their hashes stand above",
        ));
    }
    Ok(())
}

type Target = (usize, Option<String>);
type Job = (Target, Vec<Commit<'static>>);

/// Cuts commits into batches. Commands of the configuration see them one after the other.
fn batch(jobs: &mut Vec<Job>, target: Target, commits: Vec<Commit<'static>>, config: &GitConfig) {
    let runs_commands =
        config.commit_preprocessors.iter().any(|step| step.replace_command.is_some());
    let size = if runs_commands { usize::MAX } else { BATCH };
    let mut commits = commits.into_iter().peekable();
    while commits.peek().is_some() {
        jobs.push((target.clone(), commits.by_ref().take(size).collect()));
    }
}

fn run(
    mut commits: Vec<Commit<'static>>,
    config: &GitConfig,
    fills: bool,
) -> Result<Vec<Commit<'static>>, Error> {
    if fills {
        // A field that is there under its old name is there for every commit.
        for commit in &mut commits {
            commit.remote.get_or_insert_with(RemoteContributor::default);
        }
    }
    CommitProcessor::new(config, &mut Summary::default()).run(&mut commits)?;
    if fills {
        for commit in &mut commits {
            commit.remote.take_if(|remote| *remote == RemoteContributor::default());
        }
    }
    Ok(commits)
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
    if variables.is_empty() || cfg!(windows) {
        return;
    }
    let unset: String = variables.iter().map(|name| format!(" -u {}", quoted(name))).collect();
    let steps = config.git.commit_preprocessors.iter_mut();
    for step in steps.chain(&mut config.changelog.postprocessors) {
        if let Some(command) = &mut step.replace_command {
            *command = format!("exec env{unset} sh -c {}", quoted(command));
        }
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

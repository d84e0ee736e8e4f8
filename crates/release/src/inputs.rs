//! The inputs: command line, action and documentation in one struct.

use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use launchway_base::{Secret, parse_duration};

use crate::extras::ExtraInputs;

use crate::verbs::approve::ApproveInputs;
use crate::verbs::complete::CompleteInputs;
use crate::verbs::repair::RepairInputs;
use crate::verbs::verify::VerifyInputs;

/// The release bot: keeps a version pull request up to date and, once it is merged, publishes,
/// tags and makes GitHub Releases.
#[derive(Debug, Parser)]
#[command(name = "launchway-release", subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Opens or updates the version pull request while changesets are pending, else publishes.
    Run(Box<Inputs>),
    /// Looks up what the last release promised: tags at the right commit, Releases, registry
    /// versions. Exit code 1 when something is missing.
    Verify(VerifyInputs),
    /// Makes what the last release promised and is missing, and nothing else.
    Repair(RepairInputs),
    /// Makes the tags and Releases of versions that were staged and are live by now.
    Complete(CompleteInputs),
    /// On a maintainer's machine: shows what CI staged for this workspace, and approves it.
    Approve(ApproveInputs),
}

/// Where a verb works and as whom; the inputs all verbs have.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Token for the GitHub API. Unless given, that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// Directory to work in. The root of the checkout unless given.
    #[arg(long, value_name = "PATH")]
    pub cwd: Option<String>,

    /// Time after which nothing new is started, such as `30m`.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    pub timeout: Duration,
}

/// The inputs of `run`.
///
/// Inputs with an older name have no default here: an action hands over defaults like values, and
/// the older name would never be looked at.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Token for the GitHub API. With the workflow's own token (the default) checks on the version
    /// pull request wait for approval and new tags start no workflow; the token of a GitHub App
    /// has neither limit.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// Command that builds and publishes packages when no changesets are pending. Split into words
    /// at blanks, with double quotes around words that hold some; no shell.
    #[arg(long, value_name = "COMMAND", alias = "publish")]
    pub publish_script: Option<String>,

    /// Command that updates versions and changelogs, instead of doing so here. Split into words like
    /// `publish-script`.
    #[arg(long, value_name = "COMMAND", alias = "version")]
    pub version_script: Option<String>,

    /// Message of the commit on the version branch. `Version Packages` unless given.
    #[arg(long, value_name = "TEXT", alias = "commit")]
    pub commit_message: Option<String>,

    /// Title of the version pull request. `Version Packages` unless given.
    #[arg(long, value_name = "TEXT", alias = "title")]
    pub pr_title: Option<String>,

    /// Make the version pull request a draft: `create` when it is opened, `always` also each time
    /// it is updated.
    #[arg(long, value_enum, alias = "prDraft")]
    pub pr_draft: Option<Draft>,

    /// Branch the version pull request goes to. The branch of the run unless given.
    #[arg(long, value_name = "BRANCH", alias = "branch")]
    pub pr_base_branch: Option<String>,

    /// Make a GitHub Release for each tag. `true` unless given.
    #[arg(long, alias = "createGithubReleases")]
    pub create_github_releases: Option<bool>,

    /// Make a git tag for each published package. `true` unless given.
    #[arg(long)]
    pub push_git_tags: Option<bool>,

    /// Push the version branch and the tags with git instead of the API. Such commits are not
    /// signed by GitHub. `false` unless given.
    #[arg(long)]
    pub push_with_git_cli: Option<bool>,

    /// Build the version branch anew even where people put commits on it, which are lost then.
    /// `false` unless given: the run stops and names them.
    #[arg(long)]
    pub overwrite_human_commits: Option<bool>,

    /// What a version brings besides its tag and Release.
    #[command(flatten)]
    pub extras: ExtraInputs,

    /// Directory to work in. The root of the checkout unless given.
    #[arg(long, value_name = "PATH")]
    pub cwd: Option<String>,

    /// What to do without a `publish-script` when no changesets are pending: `publish` asks the
    /// registry and publishes what is not there with the package manager itself, `tag` makes the
    /// tags and Releases that are missing. Nothing unless given.
    #[arg(long, value_enum)]
    pub release_mode: Option<ReleaseMode>,

    /// Folder of `launchway-changeset pack` from an earlier job, which needs no credentials. With
    /// `release-mode: publish`: just those files are published, if their hashes are still the
    /// planned ones, and nothing is built here.
    #[arg(long, value_name = "PATH")]
    pub from_pack_dir: Option<String>,

    /// How npm packages reach the registry with `release-mode: publish`: `direct` at once, `stage` so
    /// that a maintainer approves each version before anybody can install it, `auto` as the trusted
    /// publisher of the package allows. `direct` unless given.
    #[arg(long, value_enum)]
    pub npm_publish: Option<NpmPublish>,

    /// What is done with Python packages in `release-mode: publish`: `upload` builds them and uploads
    /// them to their index, `tag` leaves that to another job and makes their tags and Releases only.
    /// `upload` unless given.
    #[arg(long, value_enum)]
    pub python_publish: Option<PythonPublish>,

    /// Look up what was released once it is done: every promised tag, Release and registry version.
    /// What is missing makes the run red. `true` unless given.
    #[arg(long)]
    pub verify: Option<bool>,

    /// Print the plan (also as output `plan`) and change nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Time after which nothing new is started, such as `30m`. Scripts of yours are ended, too.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Replaced by `push-with-git-cli`.
    #[arg(long, hide = true, value_enum, alias = "commitMode")]
    pub commit_mode: Option<CommitMode>,

    /// Not needed any more: git's user is set up when there is none.
    #[arg(long, hide = true, alias = "setupGitUser")]
    pub setup_git_user: Option<bool>,
}

/// When the version pull request is a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Draft {
    /// When it is opened.
    Create,
    /// When it is opened and each time it is updated.
    Always,
}

/// What is done without a publish script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReleaseMode {
    /// Publish, tag, release.
    Publish,
    /// Tag and release.
    Tag,
}

/// How npm packages reach the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NpmPublish {
    /// At once.
    Direct,
    /// Staged, until a maintainer approves.
    Stage,
    /// As the trusted publisher allows.
    Auto,
}

/// What is done with Python packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PythonPublish {
    /// Built, uploaded, tagged, released.
    Upload,
    /// Tagged and released; another job uploads.
    Tag,
}

/// How version 1 of the peer said who pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CommitMode {
    /// Git.
    GitCli,
    /// The API.
    GithubApi,
}

/// The whole command line.
pub fn command() -> clap::Command {
    Cli::command()
}

/// The command of the verb `run`, whose arguments are the action's inputs.
pub fn run_command() -> clap::Command {
    let root = Cli::command();
    root.find_subcommand("run").cloned().unwrap_or(root)
}

impl Inputs {
    /// Where it works and as whom.
    pub fn place(&self) -> Place {
        Place {
            github_token: self.github_token.clone(),
            cwd: self.cwd.clone(),
            timeout: self.timeout,
        }
    }

    /// Whether git pushes, and what is to be said about how that was asked for.
    pub fn push_with_git(&self) -> (bool, Option<String>) {
        match (self.push_with_git_cli, self.commit_mode) {
            (Some(given), None) => (given, None),
            (Some(given), Some(_)) => (
                given,
                Some("`commit-mode` is not looked at beside `push-with-git-cli`".to_owned()),
            ),
            (None, Some(mode)) => {
                let git = mode == CommitMode::GitCli;
                let warning = format!("`commit-mode` is older; write `push-with-git-cli: {git}`");
                (git, Some(warning))
            }
            (None, None) => (false, None),
        }
    }
}

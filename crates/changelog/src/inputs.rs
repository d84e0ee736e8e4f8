//! The inputs: command line, action and documentation in one struct. Flags, short flags and
//! variables are git-cliff's wherever the meaning is.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, CommandFactory, Parser, ValueEnum};
use launchway_base::{Secret, parse_duration};
use launchway_runtime::inputs::Verbatim;

use crate::unsupported::Unsupported;

/// From git history to changelog and release notes, with git-cliff's templates and configuration.
///
/// Writes the changelog to standard output, or with `--output` and `--prepend` to a file.
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Clone, Debug, Parser)]
#[command(name = "launchway-changelog")]
pub struct Inputs {
    /// Configuration file, or the name of one that git-cliff brings along. Unless given it is looked
    /// for: `cliff.toml`, `.cliff.toml`, `.config/cliff.toml` here and in the folders above, then
    /// `Cargo.toml` and `pyproject.toml`.
    #[arg(short, long, env = "GIT_CLIFF_CONFIG", value_name = "PATH")]
    pub config: Option<String>,

    /// Layout that needs no configuration file: `keepachangelog`, `github`, `conventional`,
    /// `detailed` or `changesets`.
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub preset: Option<String>,

    /// Directory to work in: configuration, repository and files are looked for there, and only
    /// commits that change something in it count.
    #[arg(short, long, env = "GIT_CLIFF_WORKDIR", value_name = "PATH")]
    pub workdir: Option<String>,

    /// Repositories to read. The one around the working directory unless given.
    #[arg(short, long, env = "GIT_CLIFF_REPOSITORY", value_name = "PATH", num_args(1..))]
    pub repository: Vec<String>,

    /// Only commits that change a file one of these patterns matches; several are separated by
    /// blanks or line ends.
    #[arg(long, env = "GIT_CLIFF_INCLUDE_PATH", value_name = "PATTERN")]
    pub include_path: Vec<String>,

    /// No commits that change only files these patterns match; several as above.
    #[arg(long, env = "GIT_CLIFF_EXCLUDE_PATH", value_name = "PATTERN")]
    pub exclude_path: Vec<String>,

    /// Regular expression of the tags that stand for releases.
    #[arg(long, env = "GIT_CLIFF_TAG_PATTERN", value_name = "REGEX")]
    pub tag_pattern: Option<String>,

    /// Message of a commit to add to the newest release, with its hash in front if it has one.
    #[arg(long, env = "GIT_CLIFF_WITH_COMMIT", value_name = "MESSAGE", action = ArgAction::Append)]
    pub with_commit: Vec<Verbatim>,

    /// Message of the newest release's tag.
    #[arg(long, env = "GIT_CLIFF_WITH_TAG_MESSAGE", value_name = "MESSAGE", num_args = 0..=1)]
    pub with_tag_message: Option<Verbatim>,

    /// Regular expression of tags to leave out with their commits.
    #[arg(long, env = "GIT_CLIFF_SKIP_TAGS", value_name = "REGEX")]
    pub skip_tags: Option<String>,

    /// Regular expression of tags to pass over: their commits belong to the next one.
    #[arg(long, env = "GIT_CLIFF_IGNORE_TAGS", value_name = "REGEX")]
    pub ignore_tags: Option<String>,

    /// Regular expression of the only tags that count; all others are passed over.
    #[arg(long, env = "GIT_CLIFF_COUNT_TAGS", value_name = "REGEX")]
    pub count_tags: Option<String>,

    /// Only this many of the newest tags.
    #[arg(long, env = "GIT_CLIFF_LIMIT_TAGS", value_name = "NUMBER")]
    pub limit_tags: Option<usize>,

    /// Full hashes of commits to leave out.
    #[arg(long, env = "GIT_CLIFF_SKIP_COMMIT", value_name = "HASH")]
    pub skip_commit: Vec<String>,

    /// Puts the new entries in front of this changelog, `CHANGELOG.md` unless named. Needs
    /// `unreleased`, `latest` or a range.
    #[arg(
        short,
        long,
        env = "GIT_CLIFF_PREPEND",
        value_name = "PATH",
        num_args = 0..=1,
        default_missing_value = "CHANGELOG.md"
    )]
    pub prepend: Option<String>,

    /// File to write, `CHANGELOG.md` unless named; `-` is standard output.
    #[arg(
        short,
        long,
        env = "GIT_CLIFF_OUTPUT",
        value_name = "PATH",
        num_args = 0..=1,
        default_missing_value = "CHANGELOG.md"
    )]
    pub output: Option<String>,

    /// Tag the unreleased commits will get.
    #[arg(short, long, env = "GIT_CLIFF_TAG", value_name = "TAG", allow_hyphen_values = true)]
    pub tag: Option<String>,

    /// Works out the next version from the unreleased commits and gives them its tag: `auto` by
    /// what they say, or `major`, `minor`, `patch`.
    #[arg(long, value_enum, num_args = 0..=1, default_missing_value = "auto")]
    pub bump: Option<Bump>,

    /// Prints the next version and nothing else.
    #[arg(long)]
    pub bumped_version: bool,

    /// Template of the body, instead of the configuration's.
    #[arg(
        short,
        long,
        env = "GIT_CLIFF_TEMPLATE",
        value_name = "TEMPLATE",
        allow_hyphen_values = true
    )]
    pub body: Option<Verbatim>,

    /// File that holds the template of the body.
    #[arg(long, value_name = "PATH")]
    pub body_file: Option<String>,

    /// Only the newest release.
    #[arg(short, long)]
    pub latest: bool,

    /// Only the release whose tag the checked-out commit has.
    #[arg(long)]
    pub current: bool,

    /// Only the commits after the newest tag.
    #[arg(short, long)]
    pub unreleased: bool,

    /// Takes tags in the order git lists them instead of by date.
    #[arg(long)]
    pub topo_order: bool,

    /// Only tags in the history of the checked-out commit.
    #[arg(long)]
    pub use_branch_tags: bool,

    /// Runs no `replace_command` of the configuration.
    #[arg(long)]
    pub no_exec: bool,

    /// Prints what templates get as JSON instead of the changelog.
    #[arg(short = 'x', long)]
    pub context: bool,

    /// Makes the changelog from such a JSON file instead of a repository; `-` is standard input.
    #[arg(long, env = "GIT_CLIFF_CONTEXT", value_name = "PATH")]
    pub from_context: Option<String>,

    /// Leaves out parts of the changelog: `header`, `footer` or `all`, which is both.
    #[arg(short, long, value_enum, value_name = "PART")]
    pub strip: Option<Strip>,

    /// Order of the commits of a release. That of the configuration, else `oldest`, unless given.
    #[arg(long, value_enum)]
    pub sort: Option<Sort>,

    /// Asks no other computer for anything: neither the GitHub API nor the remote.
    #[arg(long, env = "GIT_CLIFF_OFFLINE")]
    pub offline: bool,

    /// Token for the GitHub API, which knows pull requests, their labels and who is new. Unless
    /// given, that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// Repository on GitHub, as `OWNER/NAME` or address. That of the remote of the checked-out
    /// branch unless given.
    #[arg(long, env = "GITHUB_REPO", value_name = "OWNER/NAME")]
    pub github_repo: Option<String>,

    /// Packages of a monorepo to write a changelog for, each into its own folder, from one reading
    /// of the history: `all`, or names.
    #[arg(long, value_name = "NAME")]
    pub packages: Vec<String>,

    /// With `packages`: patterns of files that belong to every package, such as `Cargo.lock`; several
    /// are separated by blanks or line ends.
    #[arg(long, value_name = "PATTERN")]
    pub shared_path: Vec<String>,

    /// Cuts the changelog to what the text of a GitHub Release may hold (125,000 characters), with a
    /// link to the rest.
    #[arg(long)]
    pub release_notes: bool,

    /// Time after which the GitHub API is not asked any more, such as `2m`.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Goes on with the history of a shallow clone although some that is asked for is missing.
    #[arg(long)]
    pub allow_shallow: bool,

    /// Goes on although the remote has tags that are missing here.
    #[arg(long)]
    pub allow_missing_tags: bool,

    /// Goes on although an `include-path` matches no file of any commit.
    #[arg(long)]
    pub allow_empty_path: bool,

    /// Prepends although the file already holds the version.
    #[arg(long)]
    pub allow_duplicate: bool,

    /// Passes over keys of the configuration that have no meaning.
    #[arg(long)]
    pub allow_unknown_keys: bool,

    /// Reads a repository that belongs to another user, which git refuses, in this program only. A
    /// runner's workspace needs no such leave.
    #[arg(long)]
    pub trust_directory: bool,

    /// Flags as one text, split into words as a shell does it; for workflows that come from
    /// git-cliff-action. They win over the inputs of the same name. As there, the changelog then goes
    /// to the file that the variable `OUTPUT` names, else to `git-cliff/CHANGELOG.md`.
    #[arg(long, value_name = "FLAGS")]
    pub args: Option<String>,

    /// Says more on standard error; twice, even more.
    #[arg(short, long, action = ArgAction::Count, alias = "debug", hide = true)]
    pub verbose: u8,

    /// Commits to read, such as `v1.0.0..v2.0.0`. Those the other inputs name unless given, else all.
    #[arg(long = "range", value_name = "RANGE")]
    pub range_input: Option<String>,

    /// Commits to read, such as `v1.0.0..v2.0.0`. Those the flags above name unless given, else all.
    #[arg(value_name = "RANGE", conflicts_with = "range_input")]
    pub range: Option<String>,

    /// `github-token` under the name it has in git-cliff-action.
    #[arg(long = "github_token", hide = true)]
    pub github_token_of_peer: Option<Secret>,

    /// Flags of git-cliff without counterpart.
    #[command(flatten)]
    pub unsupported: Unsupported,
}

/// How to work out the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bump {
    /// By what the commits say.
    Auto,
    /// The next major version.
    Major,
    /// The next minor version.
    Minor,
    /// The next patch version.
    Patch,
}

/// Parts of a changelog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Strip {
    /// The header.
    Header,
    /// The footer.
    Footer,
    /// Both.
    All,
}

/// Order of the commits of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// The command line.
pub fn command() -> clap::Command {
    Inputs::command()
}

/// A path as given, with a leading `~` standing for the home directory.
pub fn path(given: &str) -> PathBuf {
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match given.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| given.into()),
        Some(rest) if rest.starts_with('/') => {
            home().map_or_else(|| given.into(), |home| home.join(rest.trim_start_matches('/')))
        }
        _ => given.into(),
    }
}

/// Patterns as given: separated by blanks and line ends.
pub fn patterns(given: &[String]) -> Vec<&str> {
    given.iter().flat_map(|line| line.split(' ')).filter(|pattern| !pattern.is_empty()).collect()
}

//! Why git did not do what it was asked.

use std::path::PathBuf;

use launchway_base::{Fault, Kind};

/// Why git did not do what it was asked. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The git program is not installed.
    #[error("git not found")]
    NotInstalled,
    /// The directory git was to run in does not exist.
    #[error("directory `{}` does not exist", .0.display())]
    NoDirectory(PathBuf),
    /// Git could not be started or spoken to.
    #[error("cannot run `{command}`")]
    Io {
        /// The subcommand, such as `git log`.
        command: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Git ended with an error.
    #[error("`{command}` failed with {}: {stderr}", exit.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}")))]
    Failed {
        /// The subcommand, such as `git log`.
        command: String,
        /// Its exit code; `None` when a signal ended it.
        exit: Option<i32>,
        /// The first lines it complained with, redacted.
        stderr: String,
        /// Whether the command talks to a remote.
        remote: bool,
    },
    /// The deadline passed while git was running.
    #[error("`{command}` did not end in time")]
    TimedOut {
        /// The subcommand, such as `git fetch`.
        command: String,
    },
    /// `HEAD` and the reference have no common commit, or the reference does not exist.
    #[error("cannot find where HEAD diverged from `{reference}`")]
    Diverged {
        /// The reference as given.
        reference: String,
        /// What git said, redacted; empty when it said nothing.
        stderr: String,
    },
    /// A path is not UTF-8, so neither the API nor JSON can carry it.
    #[error("path `{0}` is not UTF-8")]
    NotUtf8(String),
    /// A merge is not finished.
    #[error("`{0}` has an unresolved merge conflict")]
    Unmerged(String),
    /// Git printed something this crate does not understand.
    #[error("`{command}` printed something unexpected: {what}")]
    Unexpected {
        /// The subcommand.
        command: String,
        /// What was wrong with it.
        what: String,
    },
}

impl GitError {
    /// What git wrote to its standard error, redacted and cut; empty when it was not git that failed.
    pub fn stderr(&self) -> &str {
        match self {
            Self::Failed { stderr, .. } | Self::Diverged { stderr, .. } => stderr,
            _ => "",
        }
    }

    /// Whether git said that the directory is not inside a repository.
    pub fn is_not_a_repository(&self) -> bool {
        self.stderr().contains("not a git repository")
    }

    /// Whether git refused a directory because it belongs to another user.
    pub fn is_foreign_owned(&self) -> bool {
        ["dubious ownership", "unsafe repository"].iter().any(|said| self.stderr().contains(said))
    }
}

impl Fault for GitError {
    fn kind(&self) -> Kind {
        match self {
            Self::Failed { remote: true, .. } | Self::TimedOut { .. } => Kind::Remote,
            Self::Unexpected { .. } => Kind::Internal,
            _ => Kind::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let stderr = self.stderr();
        let hint = match self {
            Self::NotInstalled => "install git and put it on PATH",
            Self::Diverged { reference, .. } => {
                return Some(format!(
                    "does `{reference}` exist, and is it fetched? a shallow checkout needs `fetch-depth: 0`"
                ));
            }
            Self::NotUtf8(_) => "rename the file or ignore it",
            Self::Unmerged(_) => "resolve the conflict and commit first",
            _ if self.is_foreign_owned() => {
                "the directory belongs to another user; run `git config --global --add safe.directory <directory>`"
            }
            _ if self.is_not_a_repository() => "run inside a git repository",
            _ if stderr.contains("Please tell me who you are")
                || stderr.contains("empty ident") =>
            {
                "set `user.name` and `user.email` with `git config`"
            }
            _ if stderr.contains("Authentication failed")
                || stderr.contains("could not read Username")
                || stderr.contains("Permission to")
                || stderr.contains("403") =>
            {
                "the remote refused the credentials: the token needs `contents: write`, or the checkout must keep its credentials"
            }
            _ if ["bad revision", "unknown revision", "Invalid revision range"]
                .iter()
                .any(|said| stderr.contains(said)) =>
            {
                "does it exist, and is it fetched? a shallow checkout needs `fetch-depth: 0`"
            }
            _ if stderr.contains("non-fast-forward") || stderr.contains("fetch first") => {
                "the remote moved on meanwhile; run again"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

//! What can be wrong with a repository's packages.

use std::path::PathBuf;

use launchway_base::{Fault, Kind, Location};

/// Why the packages of a repository cannot be read or edited.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No manifest in the folder or above it.
    #[error("no package.json, Cargo.toml or pyproject.toml in `{}` or any folder above it", .0.display())]
    NothingFound(PathBuf),
    /// A folder that the configuration counts in has no package.
    #[error(
        "no {sought} in `{folder}`, which `launchway.workspaces` in `.changeset/config.json` names"
    )]
    NotThere {
        /// As it is named, or relative to the root where a pattern names it.
        folder: String,
        /// The manifests that were looked for.
        sought: String,
    },
    /// A file is there and cannot be read.
    #[error("cannot read `{file}`")]
    Unreadable {
        /// Relative to the root.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written; the others were put back.
    #[error("cannot write `{file}`")]
    Unwritable {
        /// Relative to the root.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what its name promises.
    #[error("`{file}` {problem}")]
    Malformed {
        /// Relative to the root.
        file: String,
        /// Line from 1, if known.
        line: Option<usize>,
        /// Completes "`file` …".
        problem: String,
    },
    /// All that was found is a project whose version stands elsewhere.
    #[error("`{file}` {reason}")]
    Unversioned {
        /// Relative to the root.
        file: String,
        /// Completes "`file` …".
        reason: String,
    },
    /// Manifests without a name.
    #[error("no `name` in {}", .0.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", "))]
    Nameless(Vec<String>),
}

impl Fault for WorkspaceError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NothingFound(_) => {
                Some("run it inside the repository, or name its folder with `--cwd`".to_owned())
            }
            Self::NotThere { folder, .. } => {
                Some(format!("correct the folder, or take it out; of a pattern with `!{folder}`"))
            }
            Self::Unversioned { .. } => Some(
                "write `version = \"…\"` under `[project]`, where it can be changed".to_owned(),
            ),
            Self::Nameless(_) => Some("give each of them a \"name\"".to_owned()),
            _ => None,
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::Malformed { file, line, .. } => {
                Some(Location { file: file.clone(), line: *line, column: None })
            }
            Self::Unreadable { file, .. } | Self::Unwritable { file, .. } => {
                Some(Location::file(file))
            }
            Self::Unversioned { file, .. } => Some(Location::file(file)),
            Self::Nameless(files) => files.first().map(Location::file),
            Self::NotThere { .. } => Some(Location::file(".changeset/config.json")),
            Self::NothingFound(_) => None,
        }
    }
}

//! What can be wrong with changesets and their configuration.

use launchway_base::{Fault, Kind, Location, nearest};
use launchway_workspace::Workspace;

/// Why a plan cannot be made. Nothing has been changed when one of these is returned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangesetError {
    /// A changeset file that cannot be read as one.
    #[error("`{file}` is not a changeset: {problem}")]
    Malformed {
        /// Relative to the root.
        file: String,
        /// Line from 1.
        line: Option<usize>,
        /// What is wrong, a lowercase fragment.
        problem: String,
        /// The next thing to do.
        hint: Option<String>,
    },
    /// A changeset for a package that is not there.
    #[error("`{file}` names package `{package}`, which is not in the workspace")]
    UnknownPackage {
        /// Relative to the root.
        file: String,
        /// Line from 1.
        line: Option<usize>,
        /// The name as written.
        package: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// A name that packages of two ecosystems have.
    #[error(
        "{place} names `{package}`, which is {}",
        .choices.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
    )]
    Ambiguous {
        /// The file in backticks, or the flag.
        place: String,
        /// Line from 1.
        line: Option<usize>,
        /// The name as written.
        package: String,
        /// The names it may stand for.
        choices: Vec<String>,
    },
    /// A changeset with packages that are released and packages that are not.
    #[error(
        "`{file}` mixes packages that are released ({}) with packages that are not ({})",
        .released.join(", "), .skipped.join(", ")
    )]
    Mixed {
        /// Relative to the root.
        file: String,
        /// Names of ignored or private packages in it.
        skipped: Vec<String>,
        /// Names of the others.
        released: Vec<String>,
    },
    /// Problems of `.changeset/config.json`, all at once.
    #[error("`.changeset/config.json` {}", .problems.join("; and it "))]
    Config {
        /// Each completes "`.changeset/config.json` …".
        problems: Vec<String>,
        /// Line of the first problem, from 1.
        line: Option<usize>,
        /// The next thing to do.
        hint: Option<String>,
    },
    /// `.changeset/pre.json` that is none.
    #[error("`.changeset/pre.json` {problem}")]
    Pre {
        /// Completes the sentence.
        problem: String,
    },
    /// A version that cannot be counted up.
    #[error("package `{package}` has the version `{version}`, {problem}")]
    Version {
        /// Its name.
        package: String,
        /// Its manifest, relative to the root.
        manifest: String,
        /// The version as written.
        version: String,
        /// Completes the sentence.
        problem: String,
    },
    /// A snapshot version that cannot be composed.
    #[error("{problem}")]
    Snapshot {
        /// The whole message.
        problem: String,
        /// The next thing to do.
        hint: String,
    },
    /// A manifest that cannot be edited.
    #[error("`{file}` {problem}")]
    Manifest {
        /// Relative to the root.
        file: String,
        /// Completes the sentence.
        problem: String,
    },
    /// A changelog generator that gave no answer or a bad option.
    #[error("changelog generator `{module}` {problem}")]
    Generator {
        /// The module as configured.
        module: String,
        /// Completes the sentence.
        problem: String,
        /// The next thing to do.
        hint: Option<String>,
    },
}

impl ChangesetError {
    /// The same, on a line of its file.
    #[must_use]
    pub fn on_line(mut self, number: Option<usize>) -> Self {
        if let Self::Ambiguous { line, .. } | Self::UnknownPackage { line, .. } = &mut self {
            *line = number;
        }
        self
    }

    /// An unknown package, with the nearest of the known names.
    pub fn unknown_package<'a>(
        file: impl Into<String>,
        line: Option<usize>,
        package: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::UnknownPackage {
            file: file.into(),
            line,
            package: package.to_owned(),
            nearest: nearest(package, known).map(str::to_owned),
        }
    }
}

/// The name by which the workspace knows a package, of a name as people write it: with its ecosystem
/// in front, or bare where only one has it. A name that no package has stays what it is.
///
/// `place` says where it is written: a file in backticks, or a flag.
pub fn key_of(workspace: &Workspace, name: &str, place: &str) -> Result<String, ChangesetError> {
    if let Some(package) = workspace.package(name) {
        return Ok(package.name.clone());
    }
    let choices = workspace.homonyms(name);
    if choices.is_empty() {
        return Ok(name.to_owned());
    }
    Err(ChangesetError::Ambiguous {
        place: place.to_owned(),
        line: None,
        package: name.to_owned(),
        choices: choices.into_iter().map(str::to_owned).collect(),
    })
}

impl Fault for ChangesetError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownPackage { nearest: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            Self::UnknownPackage { nearest: None, .. } => {
                Some("use the `name` of a package of this workspace, or remove the line".to_owned())
            }
            Self::Ambiguous { .. } => {
                Some("write the one that is meant, with its ecosystem in front".to_owned())
            }
            Self::Mixed { .. } => Some(
                "split it into two changesets, or change `ignore` or `privatePackages` in \
                 `.changeset/config.json`"
                    .to_owned(),
            ),
            Self::Snapshot { hint, .. } => Some(hint.clone()),
            Self::Malformed { hint, .. }
            | Self::Config { hint, .. }
            | Self::Generator { hint, .. } => hint.clone(),
            Self::Version { .. } => {
                Some("write a version such as `1.2.3` or `1.2.3-beta.0`".to_owned())
            }
            Self::Pre { .. } => Some(
                "it should read {\"mode\": \"pre\", \"tag\": \"…\"}; remove it to leave pre mode"
                    .to_owned(),
            ),
            Self::Manifest { .. } => None,
        }
    }

    fn location(&self) -> Option<Location> {
        let place = |file: &str, line: Option<usize>| {
            Some(Location { file: file.to_owned(), line, column: None })
        };
        match self {
            Self::Malformed { file, line, .. } | Self::UnknownPackage { file, line, .. } => {
                place(file, *line)
            }
            Self::Ambiguous { place: file, line, .. } => {
                let file = file.trim_matches('`');
                if file.starts_with(".changeset/") { place(file, *line) } else { None }
            }
            Self::Mixed { file, .. } | Self::Manifest { file, .. } => place(file, None),
            Self::Config { line, .. } => place(".changeset/config.json", *line),
            Self::Pre { .. } => place(".changeset/pre.json", None),
            Self::Version { manifest, .. } => place(manifest, None),
            Self::Snapshot { .. } | Self::Generator { .. } => None,
        }
    }
}

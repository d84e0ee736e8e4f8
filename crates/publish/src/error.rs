//! Why nothing could be planned, packed or published.

use launchway_base::{Fault, Kind, Location};

use crate::CommandError;

/// A package the registry gave no clear answer about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryFailure {
    /// The package.
    pub package: String,
    /// What the package manager said.
    pub error: CommandError,
}

/// Why nothing could be planned, packed or published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The package manager is not installed.
    #[error("`{0}` not found")]
    NoProgram(String),
    /// Nothing is there that uploads, or builds, Python's packages.
    #[error("`{program}`, which publishes Python packages, not found")]
    NoPythonTool {
        /// The program.
        program: String,
        /// Whether uv is to publish, else build and twine.
        is_uv: bool,
    },
    /// Nothing says where to read what an index holds.
    #[error("Python packages go where {said} says, and nothing says where to read what is there")]
    NoIndex {
        /// What says where uploads go.
        said: String,
    },
    /// Several indexes could be the one to upload to.
    #[error("Python packages could go to any of the indexes {}", list(names))]
    ManyIndexes {
        /// Their names.
        names: Vec<String>,
    },
    /// The package manager could not be run.
    #[error("cannot run `{command}`")]
    Run {
        /// Program and verb, such as `npm publish`.
        command: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The package manager took too long.
    #[error("`{0}` did not end in time")]
    TimedOut(String),
    /// npm is too old to stage.
    #[error("npm {0} cannot stage versions; 11.15 and newer can")]
    OldNpm(String),
    /// Yarn 1 is in use.
    #[error("yarn 1 cannot publish workspaces")]
    YarnClassic,
    /// The registry gave no clear answer about some packages.
    #[error("cannot ask the registry about {}", show(failures))]
    Query {
        /// The packages with what was said about them.
        failures: Vec<QueryFailure>,
        /// Which credentials were there.
        credentials: String,
    },
    /// A plan file is not one.
    #[error("`{file}` is no publish plan: {why}")]
    InvalidPlan {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A plan names a package the workspace does not have.
    #[error("the publish plan names `{name}`, which is not in the workspace")]
    UnknownPackage {
        /// The package.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A package's manifest cannot be read.
    #[error("cannot read `{file}`: {why}")]
    Manifest {
        /// The manifest.
        file: String,
        /// Why not.
        why: String,
    },
    /// Yarn cannot publish another folder than the package's own.
    #[error(
        "package `{package}` has publishConfig.directory `{directory}`, which yarn cannot pack"
    )]
    YarnDirectory {
        /// The package.
        package: String,
        /// The folder.
        directory: String,
        /// Its manifest.
        manifest: String,
    },
    /// A package cannot be packed.
    #[error("cannot pack `{package}`: {error}")]
    Pack {
        /// The package.
        package: String,
        /// What the package manager said.
        error: CommandError,
    },
    /// A file of the pack folder cannot be read or written.
    #[error("cannot use `{file}`")]
    File {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A tarball is not the one that was planned.
    #[error("tarball `{path}` of `{package}` is not usable: {why}")]
    Tarball {
        /// The package.
        package: String,
        /// Its path in the plan.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A package to publish is not among the packed ones.
    #[error("`{package}` {version} was not packed")]
    NotPacked {
        /// The package.
        package: String,
        /// The version to publish.
        version: String,
    },
    /// The package manager printed something unexpected.
    #[error("`{command}` printed something unexpected: {what}")]
    Unexpected {
        /// Program and verb.
        command: String,
        /// What.
        what: String,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn show(failures: &[QueryFailure]) -> String {
    let mut shown: Vec<String> = failures
        .iter()
        .take(3)
        .map(|failure| format!("`{}`: {}", failure.package, failure.error))
        .collect();
    if let Some(more @ 1..) = failures.len().checked_sub(3) {
        shown.push(format!("and {more} more"));
    }
    shown.join("; ")
}

impl Fault for PublishError {
    fn kind(&self) -> Kind {
        match self {
            Self::TimedOut(_) | Self::Query { .. } => Kind::Remote,
            Self::Unexpected { .. } => Kind::Internal,
            _ => Kind::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoProgram(program) => {
                format!(
                    "install `{program}` in an earlier step, or enable it with `corepack enable`"
                )
            }
            Self::NoPythonTool { is_uv: true, .. } => {
                "install uv in an earlier step: `astral-sh/setup-uv`, or `pipx install uv`".to_owned()
            }
            Self::NoPythonTool { is_uv: false, .. } => {
                "install both in an earlier step: `pipx install build twine`; or uv, with its token in `UV_PUBLISH_TOKEN` instead of variables of twine".to_owned()
            }
            Self::NoIndex { .. } => "set `UV_PUBLISH_CHECK_URL` to the address of that index, which often ends in `/simple`, whichever tool uploads".to_owned(),
            Self::ManyIndexes { .. } => "name one in `UV_PUBLISH_INDEX`".to_owned(),
            Self::OldNpm(_) => "bring a newer one in an earlier step: `npm install --global npm@latest`, or a newer Node.js".to_owned(),
            Self::YarnClassic => "move to yarn 4 or another package manager".to_owned(),
            Self::Query { credentials, .. } => credentials.clone(),
            Self::InvalidPlan { .. } => "make it with `publish-plan --output` or `pack`".to_owned(),
            Self::UnknownPackage { nearest, .. } => {
                format!("did you mean `{}`?", nearest.as_ref()?)
            }
            Self::YarnDirectory { .. } => "remove publishConfig.directory".to_owned(),
            Self::NotPacked { .. } => {
                "run `launchway-changeset pack` on this very commit, and hand its folder on"
                    .to_owned()
            }
            Self::Tarball { .. } => "run `pack` again".to_owned(),
            _ => return None,
        })
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::InvalidPlan { file, .. } | Self::Manifest { file, .. } => {
                Some(Location::file(file))
            }
            Self::YarnDirectory { manifest, .. } => Some(Location::file(manifest)),
            _ => None,
        }
    }
}

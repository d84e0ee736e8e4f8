//! Why a package is in the plan.

use launchway_workspace::{Bump, DependencyKind};
use serde::Serialize;

/// Why a package is in the plan, or why its bump grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Reason {
    /// A changeset names it.
    Changeset {
        /// The changeset.
        id: String,
        /// The bump it wants.
        #[serde(rename = "type")]
        bump: Bump,
    },
    /// A dependency's new version leaves the range.
    Dependency {
        /// The dependency.
        dependency: String,
        /// Its new version.
        version: String,
        /// The range as written.
        range: String,
        /// The table the range stands in.
        kind: DependencyKind,
        /// What follows for this package.
        #[serde(rename = "type")]
        bump: Bump,
    },
    /// A dependency is released and every dependent is to follow.
    Always {
        /// The dependency.
        dependency: String,
        /// What follows for this package.
        #[serde(rename = "type")]
        bump: Bump,
    },
    /// It is never released, but a dependency is: only its ranges follow.
    RangesOnly {
        /// The dependency.
        dependency: String,
    },
    /// Its fixed group is released.
    Fixed {
        /// The member with the highest bump.
        with: String,
        /// The group's bump.
        #[serde(rename = "type")]
        bump: Bump,
        /// The group's highest version.
        base: String,
    },
    /// It inherits its version from the same manifest as another package that is released.
    Inherited {
        /// The package with the highest bump.
        with: String,
        /// The common bump.
        #[serde(rename = "type")]
        bump: Bump,
        /// The common version.
        base: String,
        /// Where the version stands, relative to the root.
        manifest: String,
    },
    /// Another member of its linked group is released.
    Linked {
        /// The member with the highest bump.
        with: String,
        /// The group's bump.
        #[serde(rename = "type")]
        bump: Bump,
        /// The group's highest version.
        base: String,
    },
    /// Pre mode ends and it is on a prerelease.
    PreExit,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changeset { id, bump } => write!(f, "{bump}: changeset `{id}`"),
            Self::Dependency { dependency, version, range, bump: Bump::None, .. } => write!(
                f,
                "ranges only: development dependency `{dependency}` leaves {range} for {version}"
            ),
            Self::Dependency { dependency, version, range, bump, .. } => {
                write!(f, "{bump} because dependency `{dependency}` leaves {range} for {version}")
            }
            Self::Always { dependency, bump } => {
                write!(f, "{bump} because dependency `{dependency}` is released")
            }
            Self::RangesOnly { dependency } => {
                write!(f, "ranges only: never released itself, but dependency `{dependency}` is")
            }
            Self::Fixed { with, bump, base } => {
                write!(f, "{bump}: fixed group with `{with}`, counted from {base}")
            }
            Self::Inherited { with, bump, base, manifest } => {
                write!(f, "{bump}: inherits its version {base} from `{manifest}`, as does `{with}`")
            }
            Self::Linked { with, bump, base } => {
                write!(f, "{bump}: linked group with `{with}`, counted from {base}")
            }
            Self::PreExit => f.write_str("patch: pre mode ends and it is on a prerelease"),
        }
    }
}

//! Package managers. A new one is one file (or folder) here and one line in [`ALL`].

mod cargo;
mod npm;
mod python;

use std::fmt::Debug;
use std::path::Path;

use crate::error::WorkspaceError;
use crate::package::{Dependency, Package, Workspace};
use crate::version::Bump;

pub use cargo::Cargo;
pub use npm::{Npm, edit_json_strings};
pub use python::Python;

/// Every ecosystem, in the order in which they are asked.
pub const ALL: &[&dyn Ecosystem] = &[&Npm, &Cargo, &Python];

/// A release of a package, as far as ranges on it care.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// The released package.
    pub package: &'a Package,
    /// How much.
    pub bump: Bump,
    /// The version it comes from: its own, or the highest of its fixed or linked group.
    pub old_version: &'a str,
    /// The version it gets.
    pub new_version: &'a str,
}

/// How a dependency on a package of the same repository is tied to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// The current version satisfies it: a release may move the dependent.
    Linked,
    /// A range the current version does not satisfy; worth a complaint, else without effect.
    Stale,
    /// Something else (a tag, a file, a catalog): without effect.
    Elsewhere,
}

/// What decides whether a range is written anew.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// `updateInternalDependencies`: the smallest release that rewrites a range still satisfied.
    pub smallest: Bump,
    /// `onlyUpdatePeerDependentsWhenOutOfRange`.
    pub peers_only_when_out_of_range: bool,
    /// `bumpVersionsWithWorkspaceProtocolOnly`.
    pub protocol_only: bool,
    /// The range becomes the exact version.
    pub snapshot: bool,
}

/// How one kind of range is read and written. Several ecosystems may share it.
pub trait Ranges: Sync + Debug {
    /// How a dependency is tied to the package it names.
    fn linkage(&self, dependency: &Dependency, on: &Package, protocol_only: bool) -> Linkage;

    /// Whether a dependency is left out when only what users install counts.
    fn is_local_dev_only(&self, _dependency: &Dependency) -> bool {
        false
    }

    /// Whether the new version leaves the range; `None` if the range does not point at the package.
    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool>;

    /// Whether the text is a range on the package itself at all, not a tag, file or alias.
    fn is_range(&self, dependency: &Dependency) -> bool {
        !dependency.range.is_empty()
    }

    /// Whether a release counts as an update of this dependency: it leaves the range, or is large
    /// enough.
    fn is_updated(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> bool {
        let leaves = self.leaves(dependency, release);
        leaves.is_some_and(|leaves| leaves || release.bump >= options.smallest)
    }

    /// The range after the release, `None` if it stays as it is.
    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String>;
}

/// One package manager: finding packages, editing manifests.
pub trait Ecosystem: Sync + Debug {
    /// Short lowercase name: `npm`.
    fn id(&self) -> &'static str;

    /// The file that makes a folder one of its packages: `package.json`.
    fn manifest(&self) -> &'static str;

    /// Walks up from an absolute folder to a root of this ecosystem and reads its packages;
    /// `None` if there is no such root.
    fn discover(&self, _from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
        Ok(None)
    }

    /// How its ranges are read and written.
    fn ranges(&self) -> &'static dyn Ranges;

    /// The manifest with a new version and new ranges, every other byte kept. The error completes
    /// "`package.json` …".
    fn edit(
        &self,
        manifest: &str,
        version: Option<&str>,
        ranges: &[(Dependency, String)],
    ) -> Result<String, String>;

    /// The version in the text of a package's manifest; `shared` is the text of the manifest it may
    /// inherit from.
    fn version_in(&self, _manifest: &str, _shared: Option<&str>) -> Option<String> {
        None
    }
}

//! Lock files: what stands in them of the repository's own packages follows a version step. A new
//! format is one file here and one line in [`ALL`].

mod cargo;

use std::fmt::Debug;

use crate::package::DependencyKind;

pub use cargo::CargoLock;

/// Every format.
pub const ALL: &[&dyn Lockfile] = &[&CargoLock];

/// What a version step changes, as far as a lock file in some folder can know.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// Packages that get another version.
    pub packages: Vec<PackageMove>,
    /// Ranges that are written anew.
    pub ranges: Vec<RangeMove>,
}

/// A package that gets another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageMove {
    /// Its folder, relative to that of the lock file, with `/`; empty for the same.
    pub dir: String,
    /// Its name as the manifest writes it.
    pub name: String,
    /// Its version before.
    pub old: String,
    /// Its version after.
    pub new: String,
}

/// A range that is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeMove {
    /// Folder of the manifest it stands in, relative to that of the lock file.
    pub dir: String,
    /// Which table.
    pub kind: DependencyKind,
    /// Name of what is depended on, as the manifest writes it.
    pub name: String,
    /// The range before.
    pub old: String,
    /// The range after.
    pub new: String,
}

/// Why a lock file cannot follow by an edit: completes "`package-lock.json` …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsTool(pub String);

/// One format.
pub trait Lockfile: Sync + Debug {
    /// Id of the ecosystem whose packages stand in it.
    fn ecosystem(&self) -> &'static str;

    /// Names such files have.
    fn files(&self) -> &'static [&'static str];

    /// The text after the step, every byte that does not speak of it kept; the same text where it
    /// says nothing of what moves.
    fn update(&self, text: &str, moves: &Moves) -> Result<String, NeedsTool>;

    /// The command by which the tool itself brings the file up to date, offline where it can: program and arguments.
    fn command(&self, file: &str) -> Vec<&'static str>;
}

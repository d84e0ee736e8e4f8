//! Lock files: what stands in them of the repository's own packages follows a version step. A new
//! format is one file here and one line in [`ALL`].

mod bun;
mod cargo;
mod json;
mod npm;
mod pnpm;
mod poetry;
mod uv;
mod yarn;

use std::fmt::Debug;
use std::ops::Range;

use crate::package::DependencyKind;

pub use bun::BunLock;
pub use cargo::CargoLock;
pub use npm::NpmLock;
pub use pnpm::PnpmLock;
pub use poetry::PoetryLock;
pub use uv::UvLock;
pub use yarn::YarnLock;

/// Every format.
pub const ALL: &[&dyn Lockfile] =
    &[&CargoLock, &NpmLock, &PnpmLock, &YarnLock, &BunLock, &UvLock, &PoetryLock];

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

/// Why a lock file cannot follow by an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsTool {
    /// Completes "`package-lock.json` …".
    pub reason: String,
    /// Its tool could not read it, either, and would begin it anew: whatever it holds would be lost.
    pub is_broken: bool,
}

impl NeedsTool {
    /// Only the tool knows what is right.
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_broken: false }
    }

    /// A member is not the one in this repository.
    pub(crate) fn elsewhere(name: &str) -> Self {
        Self::because(format!("takes `{name}` from a registry, not from here"))
    }

    /// A format that came later.
    pub(crate) fn unknown(version: &str) -> Self {
        Self::because(format!("has the format {version}, which is not known here"))
    }

    /// Nobody can read it.
    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_broken: true }
    }
}

/// One format.
pub trait Lockfile: Sync + Debug {
    /// Id of the ecosystem whose packages stand in it.
    fn ecosystem(&self) -> &'static str;

    /// Names such files have.
    fn files(&self) -> &'static [&'static str];

    /// The text after the step, every byte that does not speak of it kept; the same text where it
    /// says nothing of what moves.
    fn update(&self, text: &str, moves: &Moves) -> Result<String, NeedsTool>;

    /// What brings the file up to date where an edit cannot.
    fn tool(&self, lock: &str) -> Tool;
}

/// The command by which a tool itself brings its lock file up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Program and arguments.
    pub command: &'static [&'static str],
    /// A further argument that keeps it from the network.
    pub offline: Option<&'static str>,
    /// It can be run unasked: with manifests, configuration and lock file alone it brings the lock file
    /// up to date, and it runs no scripts.
    pub can_be_run: bool,
}

/// Replaces texts at their places.
pub(crate) fn splice(text: &str, mut splices: Vec<(Range<usize>, String)>) -> String {
    splices.sort_by_key(|(span, _)| span.start);
    splices.dedup_by(|a, b| a.0 == b.0);
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (span, new) in splices {
        out.push_str(text.get(done..span.start).unwrap_or_default());
        out.push_str(&new);
        done = span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

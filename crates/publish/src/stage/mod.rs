//! npm's staged publishing: CI puts a version into the registry, a maintainer with a second factor
//! makes it public. Until then its number is taken, and nobody can install it.
//!
//! [`Staging`] publishes in this way, [`StageCommands`] are npm's own commands for those who approve.

mod commands;
mod manager;

use std::collections::BTreeMap;

use serde::Serialize;

pub use commands::{Decision, StageCommands, StagedItem};
pub use manager::{NpmPublish, Staging};

/// A version that waits for approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StagedVersion {
    /// The package, as the registry knows it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the registry calls it; `None` where an earlier run staged it and this one may not ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Bytes of the tarball; 0 when unknown.
    pub size: u64,
    /// Its hash, as in a lock file; empty when unknown.
    pub integrity: String,
    /// The version its files are compared with; `None` for the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Files that are not as they were, sorted by path.
    pub files: Vec<FileChange>,
}

/// A file of a package that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path in the package.
    pub path: String,
    /// Bytes before; `None` for a new one.
    pub before: Option<u64>,
    /// Bytes now; `None` for one that is gone.
    pub after: Option<u64>,
}

impl std::fmt::Display for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.before, self.after) {
            (None, Some(after)) => write!(f, "+ {} ({})", self.path, bytes(after)),
            (Some(before), None) => write!(f, "- {} ({})", self.path, bytes(before)),
            (before, after) => {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                write!(f, "~ {} ({} → {})", self.path, bytes(before), bytes(after))
            }
        }
    }
}

/// A size for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{}.{} kB", count / 1_000, count / 100 % 10),
        _ => format!("{}.{} MB", count / 1_000_000, count / 100_000 % 10),
    }
}

/// Sizes of a package's files by path.
pub(crate) type Files = BTreeMap<String, u64>;

/// The files that are not as they were: added, gone, or among those whose content differs.
pub(crate) fn changes(before: &Files, after: &Files, differing: &[String]) -> Vec<FileChange> {
    let all: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    all.into_iter()
        .map(|path| FileChange {
            path: path.clone(),
            before: before.get(path).copied(),
            after: after.get(path).copied(),
        })
        .filter(|change| change.before != change.after || differing.contains(&change.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_as_they_were_are_left_out() {
        let files = |list: &[(&str, u64)]| -> Files {
            list.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect()
        };
        let before = files(&[("a.js", 10), ("b.js", 2_400), ("c.js", 3), ("d.js", 4)]);
        let after = files(&[("a.js", 10), ("b.js", 3), ("c.js", 3), ("e.js", 1_500_000)]);
        let shown: Vec<String> = changes(&before, &after, &["c.js".to_owned()])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            ["~ b.js (2.4 kB → 3 B)", "~ c.js (3 B → 3 B)", "- d.js (4 B)", "+ e.js (1.5 MB)"]
        );
        assert!(changes(&after, &after, &[]).is_empty());
    }
}

//! What changed: against a commit, in the working tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use launchway_base::FileMode;

use crate::run::{path_text, split_nul};
use crate::{Git, GitError, Result};

/// How a file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// Its content, mode or type changed.
    Modified,
    /// It is gone.
    Deleted,
}

/// The mode of a file in the working tree.
fn mode_of(path: &Path) -> std::io::Result<FileMode> {
    let metadata = std::fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Ok(FileMode::Symlink);
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0 {
        return Ok(FileMode::Executable);
    }
    Ok(FileMode::Regular)
}

/// One file that differs from a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// How it changed.
    pub kind: ChangeKind,
    /// Its mode now; for a deleted file the mode it had.
    pub mode: FileMode,
}

impl Git {
    /// Files of the working tree that differ from where `HEAD` and the reference diverged, from the
    /// root. A renamed file is listed under its new name; untracked files are not listed.
    pub fn changed_files_since(&self, reference: &str) -> Result<Vec<String>> {
        let diverged = self.diverged_commit(reference)?;
        self.changed_names(&[
            "diff",
            "--name-only",
            "--no-relative",
            "--no-color",
            "-z",
            &diverged,
            "--",
        ])
    }

    /// As [`Git::changed_files_since`], as absolute paths.
    pub fn changed_paths_since(&self, reference: &str) -> Result<Vec<PathBuf>> {
        let files = self.changed_files_since(reference)?;
        let root = self.root()?;
        Ok(files.into_iter().map(|file| root.join(file)).collect())
    }

    /// Changeset files (also released ones in `pre/`) that were added or changed since `HEAD` and the
    /// reference diverged, from the root. README files are listed like any other.
    pub fn changed_changesets_since(&self, reference: &str) -> Result<Vec<String>> {
        let diverged = self.diverged_commit(reference)?;
        let names = self.changed_names(&[
            "diff",
            "--name-only",
            "--diff-filter=d",
            "--no-relative",
            "--no-color",
            "-z",
            &diverged,
            "--",
        ])?;
        Ok(names.into_iter().filter(|name| is_changeset(name)).collect())
    }

    fn changed_names(&self, args: &[&str]) -> Result<Vec<String>> {
        let output = self.run(args, None)?;
        Ok(split_nul(&output).map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// Everything in the working tree that differs from a commit, sorted by path, with untracked
    /// files that are not ignored. Repositories nested in the tree that are no submodules are left
    /// out; so are changes inside submodules.
    pub fn changes_since(&self, base: &str) -> Result<Vec<Change>> {
        // Against a commit, a conflict looks like any change, markers and all.
        let unmerged =
            self.run(["ls-files", "-z", "--unmerged", "--full-name", "--", ":/"], None)?;
        if let Some(record) = split_nul(&unmerged).next() {
            let record = String::from_utf8_lossy(record);
            let path = record.split_once('\t').map_or("", |(_, path)| path);
            return Err(GitError::Unmerged(path.escape_debug().to_string()));
        }
        let raw = self.run(
            [
                "diff",
                "--raw",
                "-z",
                "--no-color",
                "--no-renames",
                "--no-relative",
                "--ignore-submodules=dirty",
                "--end-of-options",
                base,
                "--",
            ],
            None,
        )?;
        let mut changes: BTreeMap<String, Change> = BTreeMap::new();
        let mut records = split_nul(&raw);
        while let Some(header) = records.next() {
            let path = path_text(records.next().unwrap_or_default())?;
            let change = read_change(&String::from_utf8_lossy(header), path)?;
            changes.insert(change.path.clone(), change);
        }
        let untracked = self.run(
            ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":/"],
            None,
        )?;
        let mut root = None;
        for path in split_nul(&untracked) {
            let path = path_text(path)?;
            if path.ends_with('/') {
                continue;
            }
            if root.is_none() {
                root = Some(self.root()?);
            }
            let mode = mode_of(&root.as_deref().unwrap_or(Path::new("")).join(&path))
                .map_err(|source| GitError::Io { command: "git ls-files".to_owned(), source })?;
            // Taken out of the index but still there: changed at most.
            let kind =
                if changes.contains_key(&path) { ChangeKind::Modified } else { ChangeKind::Added };
            changes.insert(path.clone(), Change { path, kind, mode });
        }
        Ok(changes.into_values().collect())
    }
}

/// `:oldmode newmode oldhash newhash status`.
fn read_change(header: &str, path: String) -> Result<Change> {
    let unexpected = || GitError::Unexpected {
        command: "git diff".to_owned(),
        what: header.escape_debug().to_string(),
    };
    let mut fields = header.strip_prefix(':').ok_or_else(unexpected)?.split(' ');
    let (old, new) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let (kind, mode) = match fields.nth(2) {
        Some("A") => (ChangeKind::Added, new),
        Some("D") => (ChangeKind::Deleted, old),
        Some("M" | "T") => (ChangeKind::Modified, new),
        _ => return Err(unexpected()),
    };
    let mode = FileMode::parse(mode).ok_or_else(unexpected)?;
    Ok(Change { path, kind, mode })
}

/// `….changeset/x.md` or `….changeset/pre/x.md`.
fn is_changeset(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let folder = folder.strip_suffix("/pre").unwrap_or(folder);
    name.strip_suffix(".md").is_some_and(|stem| !stem.is_empty()) && folder.ends_with(".changeset")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changesets_are_markdown_in_the_folder_or_in_pre() {
        for path in [
            ".changeset/a.md",
            "sub/.changeset/a b.md",
            ".changeset/pre/a.md",
            ".changeset/README.md",
        ] {
            assert!(is_changeset(path), "{path}");
        }
        for path in [
            "a.md",
            ".changeset/x/a.md",
            ".changeset/a.mdx",
            ".changeset/.md",
            ".changeset/config.json",
            "changeset/a.md",
        ] {
            assert!(!is_changeset(path), "{path}");
        }
    }

    #[test]
    fn raw_records_say_kind_and_mode() {
        let read = |header: &str| read_change(header, "f".into()).map(|c| (c.kind, c.mode));
        assert_eq!(
            read(":000000 100755 0 1 A").unwrap(),
            (ChangeKind::Added, FileMode::Executable)
        );
        assert_eq!(
            read(":100644 120000 0 1 T").unwrap(),
            (ChangeKind::Modified, FileMode::Symlink)
        );
        assert_eq!(
            read(":160000 000000 0 1 D").unwrap(),
            (ChangeKind::Deleted, FileMode::Submodule)
        );
        assert!(matches!(read("nonsense"), Err(GitError::Unexpected { .. })));
    }
}

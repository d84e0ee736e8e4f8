//! Many file changes as one: planned whole, checked whole, applied with nothing half-written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::WorkspaceError;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its whole new content.
    Write(Vec<u8>),
    /// It is removed; a file that is not there is fine.
    Remove,
}

/// Changes by path relative to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    changes: BTreeMap<String, Change>,
}

impl Changes {
    /// Plans a file's new content.
    pub fn write(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.changes.insert(path.into(), Change::Write(content.into()));
    }

    /// Plans a file's removal.
    pub fn remove(&mut self, path: impl Into<String>) {
        self.changes.insert(path.into(), Change::Remove);
    }

    /// Plans any change.
    pub fn insert(&mut self, path: impl Into<String>, change: Change) {
        self.changes.insert(path.into(), change);
    }

    /// The planned content of a file, if it is to be written.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        match self.changes.get(path) {
            Some(Change::Write(content)) => Some(content),
            _ => None,
        }
    }

    /// Each path with its change, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.changes.iter().map(|(path, change)| (path.as_str(), change))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many files change.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Makes every change or none. The new contents are staged in one folder, a journal says where
    /// each belongs, then they are moved. An error puts back what was moved; a kill leaves the
    /// journal, from which [`recover`] does the rest. Content that is already there is not written
    /// again.
    pub fn apply(&self, root: &Path) -> Result<(), WorkspaceError> {
        recover(root)?;
        let steps = self.steps(root)?;
        if steps.is_empty() {
            return Ok(());
        }
        let staging = root.join(STAGING);
        let result = stage(&staging, &steps).and_then(|()| commit(&staging, &steps));
        let cleared = clear(&staging);
        result.and(cleared)
    }

    /// What is really to be done, and what was there before.
    fn steps(&self, root: &Path) -> Result<Vec<Step>, WorkspaceError> {
        let mut steps = Vec::new();
        for (path, change) in &self.changes {
            let target = root.join(path);
            // A link is written through, as an editor would.
            let target = if target.is_symlink() && matches!(change, Change::Write(_)) {
                fs::canonicalize(&target).map_err(|source| unwritable(path, source))?
            } else {
                target
            };
            let before = match fs::read(&target) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unwritable(path, error)),
            };
            let needless = match change {
                Change::Write(content) => before.as_ref() == Some(content),
                Change::Remove => before.is_none(),
            };
            if !needless {
                steps.push(Step { path: path.clone(), target, before, change: change.clone() });
            }
        }
        Ok(steps)
    }
}

/// Folder for contents on their way, at the root so that a move stays on one file system.
const STAGING: &str = ".launchway";
const JOURNAL: &str = "journal.json";

fn unwritable(path: &str, source: io::Error) -> WorkspaceError {
    WorkspaceError::Unwritable { file: path.to_owned(), source }
}

struct Step {
    path: String,
    target: PathBuf,
    before: Option<Vec<u8>>,
    change: Change,
}

/// One line of the journal: a staged file and its place, or a file to be removed.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    target: PathBuf,
    staged: Option<String>,
}

impl Entry {
    /// Whether it may be carried out from a journal that was found: a repository is no friend, and
    /// what it has checked in must not reach outside of it or into `.git`.
    fn is_ours(&self, root: &Path) -> bool {
        let mut parts = Path::new(&self.path).components();
        let plain = parts.clone().all(|part| matches!(part, Component::Normal(_)));
        let in_git = parts.next().is_some_and(|part| part.as_os_str().eq_ignore_ascii_case(".git"));
        let digits = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
        let inside = || {
            let root = fs::canonicalize(root).ok()?;
            let there = self.target.ancestors().find_map(|path| fs::canonicalize(path).ok())?;
            Some(there.starts_with(root) && !there.components().any(|p| p.as_os_str() == ".git"))
        };
        plain && !in_git && self.staged.as_ref().is_none_or(digits) && inside() == Some(true)
    }

    /// Idempotent, so that it can be done again after a kill.
    fn carry_out(&self, staging: &Path) -> io::Result<()> {
        match &self.staged {
            Some(name) => {
                let staged = staging.join(name);
                if staged.exists() { place(&staged, &self.target) } else { Ok(()) }
            }
            None => match fs::remove_file(&self.target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }
}

/// Moves a staged file to its place, keeping the mode of what was there.
fn place(staged: &Path, target: &Path) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    if let Ok(known) = fs::metadata(target) {
        fs::set_permissions(staged, known.permissions())?;
    }
    match fs::rename(staged, target) {
        // A package on another file system: a copy beside it, then the move.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            let beside = target.with_file_name(format!(".{name}.launchway"));
            fs::copy(staged, &beside)?;
            fs::rename(&beside, target)?;
            fs::remove_file(staged)
        }
        moved => moved,
    }
}

fn journal_of(steps: &[Step]) -> Vec<Entry> {
    let entry = |(i, step): (usize, &Step)| Entry {
        path: step.path.clone(),
        target: step.target.clone(),
        staged: matches!(step.change, Change::Write(_)).then(|| i.to_string()),
    };
    steps.iter().enumerate().map(entry).collect()
}

/// Writes every new content, then the journal as the last thing.
fn stage(staging: &Path, steps: &[Step]) -> Result<(), WorkspaceError> {
    let staged = |source| unwritable(STAGING, source);
    fs::create_dir_all(staging).map_err(staged)?;
    for (i, step) in steps.iter().enumerate() {
        if let Change::Write(content) = &step.change {
            fs::write(staging.join(i.to_string()), content)
                .map_err(|source| unwritable(&step.path, source))?;
        }
    }
    let journal = serde_json::to_vec(&journal_of(steps)).map_err(|error| staged(error.into()))?;
    let draft = staging.join("journal.draft");
    fs::write(&draft, journal).map_err(staged)?;
    fs::rename(&draft, staging.join(JOURNAL)).map_err(staged)
}

fn commit(staging: &Path, steps: &[Step]) -> Result<(), WorkspaceError> {
    for (done, entry) in journal_of(steps).iter().enumerate() {
        if let Err(source) = entry.carry_out(staging) {
            steps.iter().take(done).for_each(Step::undo);
            return Err(unwritable(&entry.path, source));
        }
    }
    Ok(())
}

impl Step {
    fn undo(&self) {
        let undone = match &self.before {
            Some(content) => fs::write(&self.target, content),
            None => fs::remove_file(&self.target),
        };
        drop(undone);
    }
}

/// The journal goes first: without it the folder means nothing.
fn clear(staging: &Path) -> Result<(), WorkspaceError> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(STAGING, error)),
        _ => Ok(()),
    };
    gone(fs::remove_file(staging.join(JOURNAL)))?;
    gone(fs::remove_dir_all(staging))
}

/// Does the rest of changes that were interrupted by a kill; tells whether there were any. Changes
/// that were not staged whole are forgotten: nothing had been moved yet.
pub fn recover(root: &Path) -> Result<bool, WorkspaceError> {
    let staging = root.join(STAGING);
    let journal = match fs::read(staging.join(JOURNAL)) {
        Ok(journal) => journal,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if staging.is_dir() { clear(&staging).map(|()| false) } else { Ok(false) };
        }
        Err(error) => return Err(unwritable(STAGING, error)),
    };
    let entries: Vec<Entry> =
        serde_json::from_slice(&journal).map_err(|error| WorkspaceError::Malformed {
            file: format!("{STAGING}/{JOURNAL}"),
            line: None,
            problem: format!("is not a journal of ours: {error}"),
        })?;
    if let Some(odd) = entries.iter().find(|entry| !entry.is_ours(root)) {
        return Err(WorkspaceError::Malformed {
            file: format!("{STAGING}/{JOURNAL}"),
            line: None,
            problem: format!(
                "is not a journal of ours, it names `{}`; remove the folder `{STAGING}`",
                odd.path
            ),
        });
    }
    for entry in &entries {
        entry.carry_out(&staging).map_err(|source| unwritable(&entry.path, source))?;
    }
    clear(&staging)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kill after any number of moves: the next run does the rest.
    #[test]
    fn a_kill_at_any_point_is_healed() {
        for moves in 0..=4 {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path();
            fs::write(root.join("a"), "old").unwrap();
            fs::write(root.join("gone"), "old").unwrap();
            let mut changes = Changes::default();
            changes.write("a", "new");
            changes.write("folder/b", "new");
            changes.remove("gone");
            changes.write("z", "new");
            let steps = changes.steps(root).unwrap();
            let staging = root.join(STAGING);
            stage(&staging, &steps).unwrap();
            for entry in journal_of(&steps).iter().take(moves) {
                entry.carry_out(&staging).unwrap();
            }
            assert!(recover(root).unwrap());
            for path in ["a", "folder/b", "z"] {
                assert_eq!(fs::read_to_string(root.join(path)).unwrap(), "new", "{path} {moves}");
            }
            assert!(!root.join("gone").exists() && !staging.exists());
            assert!(!recover(root).unwrap());
        }
    }

    #[test]
    fn a_journal_from_the_repository_reaches_nothing_outside() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("repository"), dir.path().join("outside"));
        let staging = root.join(STAGING);
        fs::create_dir_all(&staging).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(staging.join("0"), "evil").unwrap();
        for (path, target) in [
            ("x", outside.clone()),
            ("../outside", root.join("../outside")),
            ("/outside", outside.clone()),
            (".git/config", root.join(".git/config")),
            ("x", root.join(".git/config")),
        ] {
            let entry = Entry { path: path.into(), target, staged: Some("0".into()) };
            fs::write(staging.join(JOURNAL), serde_json::to_vec(&[entry]).unwrap()).unwrap();
            assert!(recover(&root).is_err(), "{path}");
            assert!(!outside.exists() && !root.join(".git/config").exists());
        }
    }

    #[test]
    fn a_kill_while_staging_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::write(root.join("a"), "old").unwrap();
        fs::create_dir(root.join(STAGING)).unwrap();
        fs::write(root.join(STAGING).join("0"), "half of the n").unwrap();
        assert!(!recover(root).unwrap());
        assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "old");
        assert!(!root.join(STAGING).exists());
    }
}

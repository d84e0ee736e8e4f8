//! Many file changes as one: planned whole, checked whole, applied with nothing half-written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

    /// Writes everything next to its place first, then renames; on an error what was renamed is put
    /// back, so the tree is as before. Content that is already there is not written again.
    pub fn apply(&self, root: &Path) -> Result<(), WorkspaceError> {
        let mut staged = Vec::new();
        let result = self.stage(root, &mut staged).and_then(|()| commit(&staged));
        for step in &staged {
            drop(fs::remove_file(&step.temporary));
        }
        result
    }

    fn stage(&self, root: &Path, staged: &mut Vec<Step>) -> Result<(), WorkspaceError> {
        for (path, change) in &self.changes {
            let unwritable = |source| WorkspaceError::Unwritable { file: path.clone(), source };
            let target = root.join(path);
            // A link is written through, as an editor would.
            let target = if target.is_symlink() {
                fs::canonicalize(&target).map_err(unwritable)?
            } else {
                target
            };
            let before = match fs::read(&target) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unwritable(error)),
            };
            let temporary = beside(&target);
            let step =
                Step { path: path.clone(), target, temporary, before, change: change.clone() };
            if let Change::Write(content) = change {
                if step.before.as_deref() == Some(content) {
                    continue;
                }
                step.write_temporary(content).map_err(unwritable)?;
            } else if step.before.is_none() {
                continue;
            }
            staged.push(step);
        }
        Ok(())
    }
}

struct Step {
    path: String,
    target: PathBuf,
    temporary: PathBuf,
    before: Option<Vec<u8>>,
    change: Change,
}

impl Step {
    fn write_temporary(&self, content: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.target.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create(&self.temporary)?;
        file.write_all(content)?;
        if let Ok(known) = fs::metadata(&self.target) {
            file.set_permissions(known.permissions())?;
        }
        file.sync_data()
    }

    fn carry_out(&self) -> io::Result<()> {
        match self.change {
            Change::Write(_) => fs::rename(&self.temporary, &self.target),
            Change::Remove => fs::remove_file(&self.target),
        }
    }

    fn undo(&self) {
        let undone = match &self.before {
            Some(content) => self
                .write_temporary(content)
                .and_then(|()| fs::rename(&self.temporary, &self.target)),
            None => fs::remove_file(&self.target),
        };
        drop(undone);
    }
}

fn commit(steps: &[Step]) -> Result<(), WorkspaceError> {
    for (done, step) in steps.iter().enumerate() {
        if let Err(source) = step.carry_out() {
            steps.iter().take(done).for_each(Step::undo);
            return Err(WorkspaceError::Unwritable { file: step.path.clone(), source });
        }
    }
    Ok(())
}

/// A name in the same folder, so that the rename stays on one file system.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.launchway", std::process::id()))
}

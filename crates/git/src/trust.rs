//! Repositories that belong to another user, which git refuses to read.

use std::path::{Path, PathBuf};

use crate::run::ConfigPair;
use crate::{Git, GitError, Result};

impl Git {
    /// The same, reading this one directory although it belongs to another user. It holds for the
    /// processes of this value only: nothing is written to a configuration file, and no other
    /// directory is trusted. `directory` is the one that holds `.git`, absolute and without links.
    ///
    /// Git takes this from a process since its release 2.38.
    #[must_use]
    pub fn trusting(&self, directory: &Path) -> Self {
        let mut git = self.clone();
        let value = directory.to_string_lossy().into_owned();
        git.config.push(ConfigPair { key: "safe.directory".to_owned(), value });
        git
    }

    /// Whether git refuses this directory because it belongs to another user. No process where the
    /// owner is seen to be our own user.
    pub fn is_foreign_owned(&self) -> Result<bool> {
        if self.repository_folder().is_some_and(|folder| is_ours(&folder)) {
            return Ok(false);
        }
        match self.run(["rev-parse", "--git-dir"], None) {
            Err(error) if error.is_foreign_owned() => Ok(true),
            Err(error) if !matches!(error, GitError::Failed { .. }) => Err(error),
            _ => Ok(false),
        }
    }

    /// The nearest folder, from this directory upwards, that holds a repository, absolute and without
    /// links; found without git. `None` when there is none.
    pub fn repository_folder(&self) -> Option<PathBuf> {
        let start = self.dir.canonicalize().ok()?;
        let holds_one = |folder: &Path| {
            let bare = || folder.join("HEAD").is_file() && folder.join("objects").is_dir();
            folder.join(".git").exists() || bare()
        };
        start.ancestors().find(|folder| holds_one(folder)).map(Path::to_path_buf)
    }
}

/// Whether a folder and the repository in it are seen to be our own user's; only then git surely
/// takes them.
#[cfg(unix)]
fn is_ours(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // Where there is no such file, git is asked.
    let Ok(ours) = std::fs::metadata("/proc/self") else { return false };
    let is_ours = |path: &Path| {
        let found = std::fs::symlink_metadata(path);
        found.is_ok_and(|found| found.is_dir() && found.uid() == ours.uid())
    };
    is_ours(folder) && is_ours(&folder.join(".git"))
}

#[cfg(not(unix))]
fn is_ours(_folder: &Path) -> bool {
    false
}

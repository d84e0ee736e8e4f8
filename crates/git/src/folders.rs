//! Where a repository lies.

use std::path::PathBuf;

use crate::{Git, Result};

/// The folders of a repository, as absolute paths without links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// The root of the working tree; `None` in a bare repository.
    pub work_tree: Option<PathBuf>,
    /// The folder of git's data for this working tree.
    pub git_dir: PathBuf,
    /// The folder of git's data that all working trees share.
    pub common_dir: PathBuf,
}

impl Git {
    /// Finds the repository this directory belongs to.
    ///
    /// At the root of an ordinary checkout no process is run.
    pub fn folders(&self) -> Result<Folders> {
        if self.is_plain_root()
            && !self.dir.join(".git").is_symlink()
            && let Ok(dir) = self.dir.canonicalize()
        {
            let git_dir = dir.join(".git");
            return Ok(Folders { work_tree: Some(dir), common_dir: git_dir.clone(), git_dir });
        }
        let args = [
            "rev-parse",
            "--path-format=absolute",
            "--git-dir",
            "--git-common-dir",
            "--is-inside-work-tree",
        ];
        let output = self.run(args, None)?;
        let text = String::from_utf8_lossy(&output);
        let mut lines = text.lines();
        let git_dir = PathBuf::from(lines.next().unwrap_or_default());
        let common_dir = PathBuf::from(lines.next().unwrap_or_default());
        let inside = lines.next() == Some("true");
        let work_tree = if inside && git_dir.ends_with(".git") && git_dir == common_dir {
            git_dir.parent().map(PathBuf::from)
        } else if inside {
            Some(PathBuf::from(self.line(["rev-parse", "--show-toplevel"])?))
        } else {
            None
        };
        Ok(Folders { work_tree, git_dir, common_dir })
    }
}

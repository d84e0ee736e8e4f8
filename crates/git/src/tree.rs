//! The tree a commit of the working tree would have, without touching the index.

use crate::{Git, GitError, Result};

impl Git {
    /// The id of the tree that results from a commit's tree with these files taken as they are in
    /// the working tree: added, changed or gone. Paths are from the root; the index stays as it is.
    pub fn tree_with<S: AsRef<str>>(&self, commit: &str, paths: &[S]) -> Result<String> {
        let folder = tempfile::tempdir()
            .map_err(|source| GitError::Io { command: "git read-tree".to_owned(), source })?;
        let git = self
            .in_dir(self.root()?)
            .with_env("GIT_INDEX_FILE", folder.path().join("index"));
        git.run(["read-tree", "--end-of-options", commit], None)?;
        git.add(paths)?;
        git.line(["write-tree"])
    }
}

//! The tree a commit of the working tree would have, without touching the index.

use crate::{Git, Result};

impl Git {
    /// The id of the tree that results from a commit's tree with these files taken as they are in
    /// the working tree: added, changed or gone. Paths are from the root; the index stays as it is.
    pub fn tree_with<S: AsRef<str>>(&self, commit: &str, paths: &[S]) -> Result<String> {
        let root = self.in_dir(self.root()?);
        // Within git's own folder nobody else writes there, and it is on the same file system.
        let name = format!("launchway-index-{}", std::process::id());
        let index = root.dir().join(root.line(["rev-parse", "--git-path", &name])?);
        let git = root.with_env("GIT_INDEX_FILE", &index);
        let tree = git
            .run(["read-tree", "--end-of-options", commit], None)
            .and_then(|_| git.add(paths))
            .and_then(|()| git.line(["write-tree"]));
        // What is left over does no harm.
        let _ = std::fs::remove_file(&index);
        tree
    }
}

//! Trees: the files of one, and the one a commit of the working tree would have, without touching
//! the index.

use crate::run::split_nul;
use crate::{Git, Result};

impl Git {
    /// The paths of all files of a commit; names that are no UTF-8 have replacement characters.
    pub fn files_of(&self, commit: &str) -> Result<Vec<String>> {
        let args =
            ["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", commit];
        let output = self.run(args, None)?;
        Ok(split_nul(&output).map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

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

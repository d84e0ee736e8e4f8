//! Which commit added a file, and shallow clones.

use std::collections::{BTreeMap, BTreeSet};

use crate::additions::Added;
use crate::{Git, GitError, Result};

/// How many commits a shallow clone is deepened by at a time.
const DEEPEN_BY: u32 = 50;

impl Git {
    /// The commit that added each file, as a full hash, followed through renames; what
    /// `git log --diff-filter=AC --follow --max-count=1` says per file, in one pass for all. That is
    /// one process; one more where files were moved in from other folders, one more where commits
    /// also delete files, and one for each file that may have been renamed and edited at once.
    ///
    /// `paths` are relative to this git's directory, with `/`. Files without such a commit, and all
    /// files outside a repository, are absent from the answer. A shallow clone is deepened until
    /// the commits are found; a failing fetch is an error.
    pub fn adding_commits<S: AsRef<str>>(&self, paths: &[S]) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        let mut remaining: BTreeSet<String> =
            paths.iter().map(|path| path.as_ref().to_owned()).collect();
        let mut before: Option<BTreeMap<String, Added>> = None;
        while !remaining.is_empty() {
            let round = match self.adding_commits_here(&remaining) {
                Err(error) if has_no_history(&error) => return Ok(found),
                round => round?,
            };
            let (edge, known): (BTreeMap<_, _>, BTreeMap<_, _>) =
                round.into_iter().partition(|(_, added)| added.is_root);
            found.extend(known.into_iter().map(|(path, added)| (path, added.commit)));
            if edge.is_empty() {
                break;
            }
            // A remote that is itself shallow never gets deeper: what is there is the beginning.
            if before.as_ref() == Some(&edge) || !self.is_shallow()? {
                found.extend(edge.into_iter().map(|(path, added)| (path, added.commit)));
                break;
            }
            self.deepen(DEEPEN_BY)?;
            remaining = edge.keys().cloned().collect();
            before = Some(edge);
        }
        Ok(found)
    }

    fn adding_commits_here(&self, paths: &BTreeSet<String>) -> Result<BTreeMap<String, Added>> {
        let additions = self.additions(&self.prefix()?, paths)?;
        let mut unsure = self.renamed(&additions)?;
        unsure.extend(additions.strayed.into_keys());
        let mut added = additions.found;
        // An old file renamed and edited at once, or from elsewhere: only git's own following knows
        // what it takes for what. Copies need no such care, the copying commit is the one asked for.
        for path in unsure {
            match self.follow(&path)? {
                Some(origin) => added.insert(path, origin),
                None => added.remove(&path),
            };
        }
        Ok(added)
    }

    /// This directory from the root of the repository, with a final `/`; empty at the root.
    fn prefix(&self) -> Result<String> {
        if self.is_plain_root() {
            return Ok(String::new());
        }
        self.line(["rev-parse", "--show-prefix"])
    }

    /// Whether this is the root of an ordinary checkout, told without a process.
    pub(crate) fn is_plain_root(&self) -> bool {
        let moved = |name: &str| {
            std::env::var_os(name).is_some() || self.env.iter().any(|(known, _)| known == name)
        };
        let folder = self.dir.join(".git");
        folder.join("HEAD").is_file()
            && !["GIT_DIR", "GIT_WORK_TREE", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"]
                .into_iter()
                .any(moved)
            && self.config.is_empty()
            && std::fs::read(folder.join("config")).is_ok_and(|config| {
                !config.to_ascii_lowercase().windows(8).any(|part| part == b"worktree")
            })
    }

    fn follow(&self, path: &str) -> Result<Option<Added>> {
        let args = [
            "--literal-pathspecs",
            "log",
            "--no-color",
            "--no-show-signature",
            "--diff-filter=AC",
            "--follow",
            "--max-count=1",
            "--format=%H %P",
            "-s",
            "--",
            path,
        ];
        let line = self.line(args)?;
        Ok(line.split_once(' ').map(|(commit, parents)| Added {
            commit: commit.to_owned(),
            is_root: parents.trim().is_empty(),
        }))
    }

    /// Whether the clone lacks older history.
    pub fn is_shallow(&self) -> Result<bool> {
        Ok(self.line(["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// Fetches `by` more commits of history into a shallow clone.
    pub fn deepen(&self, by: u32) -> Result<()> {
        self.run(["fetch".to_owned(), format!("--deepen={by}")], None).map(drop)
    }
}

fn has_no_history(error: &GitError) -> bool {
    error.is_not_a_repository() || error.stderr().contains("does not have any commits yet")
}

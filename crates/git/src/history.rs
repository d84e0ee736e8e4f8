//! Which commit added a file, and shallow clones.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::run::split_nul;
use crate::{Git, GitError, Result};

/// How many commits a shallow clone is deepened by at a time.
const DEEPEN_BY: u32 = 50;
/// Longer argument lists are replaced by the folders the paths are in (Windows takes 32 K characters).
const ARGUMENT_BYTES: usize = 16_000;

/// A commit that added a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Added {
    commit: String,
    /// No parents: the first commit, or the edge of a shallow clone.
    is_root: bool,
}

impl Git {
    /// The commit that added each file, as a full hash, followed through renames; what
    /// `git log --diff-filter=AC --follow --max-count=1` says per file, in one pass for all.
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
        let prefix = self.line(["rev-parse", "--show-prefix"])?;
        let mut added = self.additions(&prefix, paths)?;
        let suspects = self.commits_that_delete(added.values())?;
        // Where a commit also deletes files, the new file may be an old one renamed: only git's own
        // following knows. Copies need no such care, the copying commit is the one asked for.
        for path in paths {
            if added.get(path).is_some_and(|added| suspects.contains(&added.commit)) {
                match self.follow(path)? {
                    Some(origin) => added.insert(path.clone(), origin),
                    None => added.remove(path),
                };
            }
        }
        Ok(added)
    }

    /// One log over all paths, newest first, ended as soon as every path is found.
    fn additions(&self, prefix: &str, paths: &BTreeSet<String>) -> Result<BTreeMap<String, Added>> {
        // `--follow` walks all of history, where a log of paths would leave out branches that
        // changed nothing in the end: hence `--full-history`.
        let mut args: Vec<String> = [
            "--literal-pathspecs",
            "log",
            "--no-color",
            "--no-show-signature",
            "--full-history",
            "--no-renames",
            "--no-relative",
            "--diff-filter=A",
            "--name-only",
            "-z",
            "--format=%x01%H %P",
            "--",
        ]
        .map(str::to_owned)
        .into();
        args.extend(pathspecs(paths));
        let mut command = self.command(&args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(&mut command)?;
        let io = |source| GitError::Io { command: "git log".to_owned(), source };
        let stderr = crate::run::read_all(child.stderr.take());

        let mut added = BTreeMap::new();
        let mut commit: Option<Added> = None;
        let mut complete = false;
        if let Some(stdout) = child.stdout.take() {
            for record in BufReader::new(stdout).split(0) {
                let record = record.map_err(io)?;
                let record = String::from_utf8_lossy(&record);
                // Git puts a newline between a commit and its files, and none between `-z` records.
                let record = record.strip_prefix('\n').unwrap_or(&record);
                if let Some(header) = record.strip_prefix('\u{1}') {
                    let (hash, parents) = header.split_once(' ').unwrap_or((header, ""));
                    commit =
                        Some(Added { commit: hash.to_owned(), is_root: parents.trim().is_empty() });
                } else if let (Some(commit), Some(path)) = (&commit, record.strip_prefix(prefix))
                    && paths.contains(path)
                    && !added.contains_key(path)
                {
                    added.insert(path.to_owned(), commit.clone());
                    if added.len() == paths.len() {
                        complete = true;
                        break;
                    }
                }
            }
        }
        if complete {
            // Its exit code says nothing any more: it may have been writing when the pipe closed.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(added);
        }
        let status = child.wait().map_err(io)?;
        if status.success() {
            return Ok(added);
        }
        let stderr = stderr.recv().unwrap_or_else(|_| Ok(Vec::new())).map_err(io)?;
        let output = crate::run::Output { exit: status.code(), stdout: Vec::new(), stderr };
        Err(crate::run::failed(&args, &output))
    }

    /// Those of the commits that delete a file, in one process.
    fn commits_that_delete<'a>(
        &self,
        added: impl Iterator<Item = &'a Added>,
    ) -> Result<BTreeSet<String>> {
        // A commit without parents deletes nothing.
        let commits: BTreeSet<&str> =
            added.filter(|added| !added.is_root).map(|added| added.commit.as_str()).collect();
        if commits.is_empty() {
            return Ok(BTreeSet::new());
        }
        let input: String = commits.iter().flat_map(|commit| [commit, "\n"]).collect();
        let args =
            ["diff-tree", "--stdin", "-r", "--no-renames", "--diff-filter=D", "--name-only", "-z"];
        let output = self.run(args, Some(input.into_bytes()))?;
        // With a filter, a commit that has nothing to show is not printed at all.
        Ok(split_nul(&output)
            .filter_map(|record| std::str::from_utf8(record).ok())
            .map(|record| record.trim_matches('\n'))
            .filter(|record| commits.contains(record))
            .map(str::to_owned)
            .collect())
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

fn pathspecs(paths: &BTreeSet<String>) -> Vec<String> {
    if paths.iter().map(|path| path.len() + 3).sum::<usize>() <= ARGUMENT_BYTES {
        return paths.iter().cloned().collect();
    }
    let folders: BTreeSet<&str> =
        paths.iter().map(|path| path.rsplit_once('/').map_or(".", |(folder, _)| folder)).collect();
    folders.into_iter().map(str::to_owned).collect()
}

fn has_no_history(error: &GitError) -> bool {
    error.is_not_a_repository() || error.stderr().contains("does not have any commits yet")
}

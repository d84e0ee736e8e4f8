//! One log over many files: which commit added each, followed through moves.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::run::split_nul;
use crate::{Git, GitError, Result};

/// A commit that added a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) commit: String,
    /// No parents: the first commit, or the edge of a shallow clone.
    pub(crate) is_root: bool,
}

/// What a log says about the files asked for.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    /// The commit of each file that was found, by the file's name today.
    pub(crate) found: BTreeMap<String, Added>,
    /// Of those, the ones whose commit also deletes files: there the new file may be an old one,
    /// renamed and edited.
    pub(crate) suspects: BTreeSet<String>,
    /// Files moved from where the log did not look, with the name they had there.
    pub(crate) strayed: BTreeMap<String, String>,
    /// Folders whose history was read, from the repository's root; an empty one is the root.
    folders: Vec<String>,
}

/// A log being read, newest commit first.
#[derive(Debug)]
struct Walk {
    /// Name at this point of history, and the names today it stands for.
    wanted: HashMap<String, Vec<String>>,
    additions: Additions,
    commit: Option<Added>,
    /// Files of the commit, with the hash of their content.
    added: Vec<(String, String)>,
    deleted: Vec<(String, String)>,
}

impl Git {
    /// The commits that added files, by one log over their folders; by a second one where files were
    /// moved there from other folders. Paths are from this directory, which is `prefix` in the
    /// repository.
    pub(crate) fn additions(&self, prefix: &str, paths: &BTreeSet<String>) -> Result<Additions> {
        let additions = self.read_log(prefix, paths, &folders_of(paths))?;
        let sources = additions.strayed.values().map(|source| source.strip_prefix(prefix));
        match sources.map(|source| source.map(str::to_owned)).collect::<Option<BTreeSet<_>>>() {
            Some(sources) if !sources.is_empty() => {
                let both = paths.union(&sources).cloned().collect();
                self.read_log(prefix, paths, &folders_of(&both))
            }
            _ => Ok(additions),
        }
    }

    /// Reads one log over folders, newest first, and ends it as soon as every path is found.
    fn read_log(
        &self,
        prefix: &str,
        paths: &BTreeSet<String>,
        folders: &BTreeSet<&str>,
    ) -> Result<Additions> {
        // `--follow` walks all of history, where a log of paths would leave out branches that
        // changed nothing in the end: hence `--full-history`. What a commit deletes elsewhere tells
        // whether a file may have come from there: hence `--full-diff`.
        let mut args: Vec<String> = [
            "--literal-pathspecs",
            "log",
            "--no-color",
            "--no-show-signature",
            "--full-history",
            "--full-diff",
            "--no-renames",
            "--no-relative",
            "--diff-filter=AD",
            "--raw",
            "--no-abbrev",
            "-z",
            "--format=%x01%H %P",
            "--",
        ]
        .map(str::to_owned)
        .into();
        args.extend(folders.iter().map(|folder| (*folder).to_owned()));
        let mut command = self.command(&args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(&mut command)?;
        let io = |source| GitError::Io { command: "git log".to_owned(), source };
        let stderr = crate::run::read_all(child.stderr.take());

        let mut walk = Walk {
            wanted: paths
                .iter()
                .map(|path| (format!("{prefix}{path}"), vec![path.clone()]))
                .collect(),
            additions: Additions {
                folders: folders.iter().map(|folder| within(prefix, folder)).collect(),
                ..Additions::default()
            },
            commit: None,
            added: Vec::new(),
            deleted: Vec::new(),
        };
        if let Some(stdout) = child.stdout.take() {
            let mut records = BufReader::with_capacity(1 << 16, stdout).split(0);
            while let Some(record) = records.next() {
                let record = record.map_err(io)?;
                // Git puts a newline between a commit and its files, and none between records.
                let record = record.strip_prefix(b"\n").unwrap_or(&record);
                if let Some(header) = record.strip_prefix(b"\x01") {
                    walk.end_commit();
                    if walk.wanted.is_empty() {
                        // Its exit code says nothing any more: it may have been writing when the pipe
                        // closed.
                        drop(records);
                        let _ = child.kill();
                        let _ = child.wait();
                        return Ok(walk.additions);
                    }
                    walk.begin_commit(&String::from_utf8_lossy(header));
                } else if let Some(change) = record.strip_prefix(b":") {
                    let path = records.next().transpose().map_err(io)?.unwrap_or_default();
                    walk.change(&String::from_utf8_lossy(change), &String::from_utf8_lossy(&path));
                }
            }
        }
        walk.end_commit();
        let status = child.wait().map_err(io)?;
        if status.success() {
            return Ok(walk.additions);
        }
        let stderr = stderr.recv().unwrap_or_else(|_| Ok(Vec::new())).map_err(io)?;
        let output = crate::run::Output { exit: status.code(), stdout: Vec::new(), stderr };
        Err(crate::run::failed(&args, &output))
    }

    /// Those of the suspects that git may take for renamed, told by one process. Where a commit renames
    /// one file of the folders, all its suspects are given: two may come from the same file.
    pub(crate) fn renamed(&self, additions: &Additions) -> Result<BTreeSet<String>> {
        let suspects: Vec<(&str, &str)> = additions
            .suspects
            .iter()
            .filter_map(|today| {
                let added = additions.found.get(today)?;
                Some((added.commit.as_str(), today.as_str()))
            })
            .collect();
        let commits: BTreeSet<&str> = suspects.iter().map(|(commit, _)| *commit).collect();
        if commits.is_empty() {
            return Ok(BTreeSet::new());
        }
        let input: String = commits.iter().flat_map(|commit| [commit, "\n"]).collect();
        let args = [
            "diff-tree",
            "--stdin",
            "-r",
            "-M",
            "-l1000",
            "--diff-filter=R",
            "--name-status",
            "-z",
        ];
        let output = self.run(args, Some(input.into_bytes()))?;
        let mut renaming = BTreeSet::new();
        let mut commit = None;
        let mut records = split_nul(&output);
        while let Some(record) = records.next() {
            let text = String::from_utf8_lossy(record);
            let text = text.trim_matches('\n');
            if let Some(known) = commits.get(text) {
                commit = Some(*known);
                continue;
            }
            let ours = [records.next(), records.next()]
                .into_iter()
                .flatten()
                .any(|path| additions.looked_at(&String::from_utf8_lossy(path)));
            renaming.extend(commit.filter(|_| ours));
        }
        Ok(suspects
            .iter()
            .filter(|(commit, _)| renaming.contains(commit))
            .map(|(_, today)| (*today).to_owned())
            .collect())
    }
}

impl Walk {
    fn begin_commit(&mut self, header: &str) {
        let (hash, parents) = header.split_once(' ').unwrap_or((header, ""));
        self.commit = Some(Added { commit: hash.to_owned(), is_root: parents.trim().is_empty() });
    }

    /// `oldmode newmode oldhash newhash status` and a path.
    fn change(&mut self, change: &str, path: &str) {
        let mut fields = change.split(' ').skip(2);
        let (old, new) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        match fields.next() {
            Some("A") if self.wanted.contains_key(path) => {
                self.added.push((path.to_owned(), new.to_owned()));
            }
            Some("D") => self.deleted.push((path.to_owned(), old.to_owned())),
            _ => {}
        }
    }

    fn end_commit(&mut self) {
        let (added, deleted) = (std::mem::take(&mut self.added), std::mem::take(&mut self.deleted));
        let Some(commit) = self.commit.take() else { return };
        let mut moved = Vec::new();
        for (path, hash) in added {
            let today = self.wanted.remove(&path).unwrap_or_default();
            let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
            let mut sources = deleted
                .iter()
                .filter(|(old, content)| *content == hash && name(old) == name(&path))
                .map(|(old, _)| old);
            match (sources.next(), sources.next()) {
                // Moved as it is: its history goes on under the old name.
                (Some(old), None) if self.additions.looked_at(old) => {
                    moved.push((old.clone(), today));
                }
                (Some(old), _) => {
                    let strayed = today.into_iter().map(|today| (today, old.clone()));
                    self.additions.strayed.extend(strayed);
                }
                (None, _) => {
                    for today in today {
                        if !deleted.is_empty() {
                            self.additions.suspects.insert(today.clone());
                        }
                        self.additions.found.insert(today, commit.clone());
                    }
                }
            }
        }
        for (old, today) in moved {
            self.wanted.entry(old).or_default().extend(today);
        }
    }
}

impl Additions {
    /// Whether the history of a path, from the repository's root, was read.
    fn looked_at(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| {
            folder.is_empty()
                || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

/// The folders the paths lie in, none within another.
fn folders_of(paths: &BTreeSet<String>) -> BTreeSet<&str> {
    let all: BTreeSet<&str> =
        paths.iter().map(|path| path.rsplit_once('/').map_or(".", |(folder, _)| folder)).collect();
    if all.contains(".") {
        return BTreeSet::from(["."]);
    }
    let inside = |folder: &str, outer: &str| {
        folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    all.iter().copied().filter(|folder| !all.iter().any(|outer| inside(folder, outer))).collect()
}

/// A folder from the repository's root; the root is empty.
fn within(prefix: &str, folder: &str) -> String {
    let folder = if folder == "." { "" } else { folder };
    format!("{prefix}{folder}").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hold_every_path_once() {
        let folders = |paths: &[&str]| {
            let paths = paths.iter().map(|path| (*path).to_owned()).collect();
            folders_of(&paths).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(folders(&[".changeset/a.md", ".changeset/pre/b.md"]), [".changeset"]);
        assert_eq!(folders(&["a/x", "ab/y", "a/b/z"]), ["a", "ab"]);
        assert_eq!(folders(&["a/x", "y"]), ["."]);
        assert_eq!(within("", "."), "");
        assert_eq!(within("sub/", "."), "sub");
        assert_eq!(within("sub/", ".changeset"), "sub/.changeset");
    }
}

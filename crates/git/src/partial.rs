//! Partial clones: what reading a log would fetch object by object, fetched at once.

use std::collections::BTreeSet;

use crate::run::split_nul;
use crate::{Ends, Git, GitError, Result};

/// A clone that was made with `--filter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The remote that has promised the rest.
    pub remote: String,
    /// The filter, such as `blob:none`; empty when it is not known.
    pub filter: String,
}

impl Git {
    /// How this clone is partial; `None` for one that has everything. No process where this is the
    /// root of an ordinary checkout with its own configuration.
    pub fn partial(&self) -> Result<Option<Partial>> {
        if self.is_plain_root() {
            let config = std::fs::read_to_string(self.dir.join(".git/config")).unwrap_or_default();
            let config = config.to_ascii_lowercase();
            // An included file may say more.
            if !["promisor", "partialclone", "include"].iter().any(|word| config.contains(word)) {
                return Ok(None);
            }
        }
        let args = [
            "config",
            "--null",
            "--get-regexp",
            r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$",
        ];
        let output = self.output(args, None)?;
        let mut partial: Option<Partial> = None;
        for record in split_nul(&output.stdout) {
            let record = String::from_utf8_lossy(record);
            let (key, value) = record.split_once('\n').unwrap_or((&record, "true"));
            let Some((section, name)) = key.rsplit_once('.') else { continue };
            let remote = section.strip_prefix("remote.").unwrap_or(value).to_owned();
            let filter = if name == "partialclonefilter" { value } else { "" };
            match &mut partial {
                Some(found) if found.remote == remote && !filter.is_empty() => {
                    filter.clone_into(&mut found.filter);
                }
                Some(_) => {}
                None => partial = Some(Partial { remote, filter: filter.to_owned() }),
            }
        }
        Ok(partial)
    }

    /// Whether folders of commits are missing, so that even the names of changed files would have to
    /// be fetched. Fetches nothing.
    pub fn lacks_trees(&self, ends: &Ends) -> Result<bool> {
        let args = [
            "rev-list",
            "--objects",
            "--no-object-names",
            "--filter=blob:none",
            "--missing=print",
            "--stdin",
        ];
        let output = self.run(args, Some(ends.input()))?;
        Ok(output.starts_with(b"?") || output.windows(2).any(|pair| pair == b"\n?"))
    }

    /// Fetches commits again with all their folders, but without the contents of files, in one
    /// request.
    pub fn fetch_trees(&self, remote: &str, commits: &[String]) -> Result<()> {
        let fixed = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--refetch"];
        let mut args: Vec<&str> = fixed.into();
        args.extend(["--filter=blob:none", "--", remote]);
        args.extend(commits.iter().map(String::as_str));
        self.run(&args, None).map(drop)
    }

    /// The contents of changed files that are missing, as hashes: what counting the changed lines of
    /// these commits would fetch. Fetches nothing if all folders are here.
    pub fn missing_contents(&self, ends: &Ends) -> Result<BTreeSet<String>> {
        let args = [
            "log",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--diff-merges=first-parent",
            "--ignore-submodules=all",
            "--root",
            "--format=",
            "--stdin",
        ];
        let output = self.run(args, Some(ends.input()))?;
        let mut ids = BTreeSet::new();
        let mut fields = split_nul(&output);
        while let Some(change) = fields.next() {
            // `:100644 100644 <before> <after> M`, then the path.
            let change = String::from_utf8_lossy(change);
            fields.next();
            let parts: Vec<&str> = change.split_ascii_whitespace().collect();
            let [old_mode, new_mode, before, after, _] = *parts.as_slice() else {
                return Err(GitError::Unexpected {
                    command: "git log".to_owned(),
                    what: "a change without its hashes".to_owned(),
                });
            };
            let sides = [(old_mode.trim_start_matches(':'), before), (new_mode, after)];
            let contents = sides.iter().filter(|(mode, _)| !["160000", "000000"].contains(mode));
            ids.extend(contents.map(|(_, id)| (*id).to_owned()));
        }
        if ids.is_empty() {
            return Ok(ids);
        }
        // Asked about one that is missing, git would fetch it: what is here is listed instead.
        let args =
            ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"];
        let output = self.run(args, None)?;
        for id in String::from_utf8_lossy(&output).lines() {
            ids.remove(id);
        }
        Ok(ids)
    }

    /// Fetches objects by their hashes in one request.
    pub fn fetch_objects(&self, remote: &str, ids: &BTreeSet<String>) -> Result<()> {
        let args = [
            // What is here says nothing of what a partial clone lacks.
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--filter=blob:none",
            "--stdin",
            "--",
            remote,
        ];
        self.run(args, Some(lines(ids))).map(drop)
    }
}

fn lines(ids: &BTreeSet<String>) -> Vec<u8> {
    ids.iter().fold(String::new(), |input, id| input + id + "\n").into_bytes()
}

//! Tags with the commits they stand for, in two processes at most.

use std::collections::{BTreeMap, HashSet};

use crate::{Git, GitError, Result};

/// A tag that stands for a commit, directly or through tag objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRef {
    /// The name of the reference without `refs/tags/`.
    pub name: String,
    /// The full hash of the commit.
    pub commit: String,
    /// When that commit was made, in seconds since 1970.
    pub time: i64,
    /// What the tag object says, for an annotated tag.
    pub annotation: Option<Annotation>,
}

/// What a tag object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The name in the object, which can differ from the reference's.
    pub name: String,
    /// The message with its signature, as stored; may be no UTF-8.
    pub message: Vec<u8>,
}

const FORMAT: &str = "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(committerdate:unix)%00%(*committerdate:unix)%00%(tag)%00%(contents)%00";
const FIELDS: usize = 9;

impl Git {
    /// All tags that stand for commits, sorted by name; with `merged` only those whose commit is
    /// in the history of `HEAD`.
    pub fn tag_refs(&self, merged: bool) -> Result<Vec<TagRef>> {
        let output = self.run(["for-each-ref", FORMAT, "refs/tags/"], None)?;
        let fields: Vec<&[u8]> = output.split(|byte| *byte == 0).collect();
        let mut tags = Vec::new();
        let mut nested = Vec::new();
        for record in fields.chunks_exact(FIELDS) {
            let [refname, kind, id, peeled_kind, peeled, time, peeled_time, object, message] =
                record
            else {
                continue;
            };
            // A name that is no UTF-8 is no name for anybody else either.
            let Ok(refname) = std::str::from_utf8(refname) else { continue };
            let Some(name) = refname.trim_start().strip_prefix("refs/tags/") else { continue };
            let number = |bytes: &[u8]| text(bytes).parse().unwrap_or_default();
            let annotation = Annotation { name: text(object), message: message.to_vec() };
            let (commit, time, annotation) = match (*kind, *peeled_kind) {
                (b"commit", _) => (text(id), number(time), None),
                (b"tag", b"commit") => (text(peeled), number(peeled_time), Some(annotation)),
                (b"tag", b"tag") => {
                    nested.push(tags.len());
                    (text(id), 0, Some(annotation))
                }
                _ => continue,
            };
            tags.push(TagRef { name: name.to_owned(), commit, time, annotation });
        }
        if !nested.is_empty() {
            tags = self.peel(tags, &nested)?;
        }
        if merged {
            // `--merged` of the same command stops early where clocks were wrong.
            let history = self.run(["rev-list", "HEAD", "--"], None)?;
            let history = text(&history);
            let history: HashSet<&str> = history.lines().collect();
            tags.retain(|tag| history.contains(tag.commit.as_str()));
        }
        Ok(tags)
    }

    /// Finds the commits behind tags of tags, which older versions of git peel only once.
    fn peel(&self, tags: Vec<TagRef>, nested: &[usize]) -> Result<Vec<TagRef>> {
        let ids: Vec<&str> = nested
            .iter()
            .filter_map(|index| tags.get(*index))
            .map(|tag| tag.commit.as_str())
            .collect();
        let input = ids.iter().fold(String::new(), |input, id| input + id + "^{}\n");
        let format = "--batch-check=%(objectname) %(objecttype)";
        let output = self.run(["cat-file", format], Some(input.into_bytes()))?;
        let answers = text(&output);
        let mut commits = BTreeMap::new();
        for (id, answer) in ids.iter().zip(answers.lines()) {
            if let Some(commit) = answer.strip_suffix(" commit") {
                commits.insert((*id).to_owned(), commit.to_owned());
            }
        }
        let times = self.commit_times(commits.values())?;
        let mut nested = nested.iter().copied().peekable();
        let mut peeled = Vec::new();
        for (index, tag) in tags.into_iter().enumerate() {
            if nested.next_if_eq(&index).is_none() {
                peeled.push(tag);
            } else if let Some(commit) = commits.get(&tag.commit) {
                let time = times.get(commit).copied().unwrap_or_default();
                peeled.push(TagRef { commit: commit.clone(), time, ..tag });
            }
        }
        Ok(peeled)
    }

    /// When commits were made, in seconds since 1970, by their full hashes.
    pub fn commit_times<'a>(
        &self,
        commits: impl Iterator<Item = &'a String>,
    ) -> Result<BTreeMap<String, i64>> {
        let input = commits.fold(String::new(), |input, id| input + id + "\n");
        if input.is_empty() {
            return Ok(BTreeMap::new());
        }
        let args = [
            "log",
            "--no-walk=unsorted",
            "--no-patch",
            "--no-show-signature",
            "--format=%H %ct",
            "--stdin",
        ];
        let output = text(&self.run(args, Some(input.into_bytes()))?);
        let times = output.lines().map(|line| {
            let (id, time) = line.split_once(' ')?;
            Some((id.to_owned(), time.parse().ok()?))
        });
        times.collect::<Option<_>>().ok_or_else(|| GitError::Unexpected {
            command: "git log".to_owned(),
            what: "a line without its time".to_owned(),
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

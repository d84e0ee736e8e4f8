//! Generated git histories, each written as one `git fast-import` stream: fifty thousand commits in
//! seconds. The same specification gives the same hashes on every machine.
//!
//! ```no_run
//! use launchway_testkit::history::{Extra, HistorySpec};
//! let dir = std::path::Path::new("somewhere");
//! HistorySpec::diverged(300).seed(7).tags(12).odd(20).with(Extra::Renames).write(dir);
//! ```

mod message;
mod random;
mod stream;
mod tags;

use std::collections::BTreeSet;
use std::path::Path;

use crate::git;

/// How the commits hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One after another.
    Linear,
    /// Short topic branches, merged before the next one begins.
    Merged,
    /// Several long-lived branches at once, with interleaved dates, tags of their own, merges in
    /// both directions and now and then of several branches; one of them may stay unmerged.
    Diverged,
}

/// How tags are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagStyle {
    /// `v1.2.3`.
    Version,
    /// `1.2.3`.
    Plain,
    /// `pkg-03@1.2.3`, each package with versions of its own.
    At,
    /// `pkg-03/v1.2.3`, each package with versions of its own.
    Slash,
}

/// What a history has besides; nothing of this unless asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// Renames, deletions and changes of the mode among the changes.
    Renames,
    /// Commits that change nothing.
    EmptyCommits,
    /// Tags anywhere instead of evenly spread.
    ScatteredTags,
    /// Every third tag is a prerelease.
    Prereleases,
    /// Further tags that are no versions, such as `nightly-12`.
    OtherTags,
    /// Every fourth annotated tag points to another tag, which points to the commit.
    NestedTags,
    /// Messages of some tags end in a PGP block, others have several paragraphs.
    SignedTags,
    /// Every third tagged commit has a second tag: `rel-…`, lightweight or annotated.
    SeveralTags,
    /// A tag on a tree and one on a blob.
    ObjectTags,
    /// A submodule entry that moves now and then.
    Submodule,
    /// The files of HEAD are in the work tree; else it is empty, as after `clone --no-checkout`.
    Checkout,
}

/// What to generate.
#[derive(Clone, Debug)]
pub struct HistorySpec {
    seed: u64,
    commits: usize,
    packages: usize,
    shape: Shape,
    tags: usize,
    style: TagStyle,
    annotated: u8,
    conventional: u8,
    odd: u8,
    odd_authors: u8,
    same_second: u8,
    skewed: u8,
    roots: usize,
    extras: BTreeSet<Extra>,
}

impl HistorySpec {
    fn new(shape: Shape, commits: usize) -> Self {
        Self {
            seed: 1,
            commits,
            packages: 20,
            shape,
            tags: 19,
            style: TagStyle::Version,
            annotated: 100,
            conventional: 93,
            odd: 0,
            odd_authors: 0,
            same_second: 0,
            skewed: 0,
            roots: 1,
            extras: BTreeSet::new(),
        }
    }

    /// So many commits, one after another, in 20 packages, with 19 annotated tags evenly spread.
    pub fn linear(commits: usize) -> Self {
        Self::new(Shape::Linear, commits)
    }

    /// The same with topic branches; some tags are lightweight, some commits in the same second.
    pub fn merged(commits: usize) -> Self {
        let spec = Self::new(Shape::Merged, commits);
        spec.annotated(70).same_second(20).with(Extra::ScatteredTags)
    }

    /// The same with long-lived branches and commits older than their parents.
    pub fn diverged(commits: usize) -> Self {
        let spec = Self::new(Shape::Diverged, commits);
        spec.annotated(70).same_second(30).skewed(3).with(Extra::ScatteredTags)
    }

    /// Another history of the same kind.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many packages (`packages/pkg-00` and so on, at most 100) the commits change. The first
    /// commit makes them an npm workspace.
    pub fn packages(self, packages: usize) -> Self {
        Self { packages: packages.clamp(1, 100), ..self }
    }

    /// How many tags; at most one a commit.
    pub fn tags(self, tags: usize) -> Self {
        Self { tags, ..self }
    }

    /// How tags are named.
    pub fn style(self, style: TagStyle) -> Self {
        Self { style, ..self }
    }

    /// How many of a hundred tags are annotated.
    pub fn annotated(self, percent: u8) -> Self {
        Self { annotated: percent, ..self }
    }

    /// How many of a hundred messages are conventional commits.
    pub fn conventional(self, percent: u8) -> Self {
        Self { conventional: percent, ..self }
    }

    /// How many of a hundred messages are odd: CRLF, empty, blank, hostile, not UTF-8, endless.
    pub fn odd(self, percent: u8) -> Self {
        Self { odd: percent, ..self }
    }

    /// How many of a hundred authors have an odd name: none, not ASCII, not UTF-8.
    pub fn odd_authors(self, percent: u8) -> Self {
        Self { odd_authors: percent, ..self }
    }

    /// How many of a hundred commits are made in the second of the one before.
    pub fn same_second(self, percent: u8) -> Self {
        Self { same_second: percent, ..self }
    }

    /// How many of a hundred commits say they are older than their parents.
    pub fn skewed(self, percent: u8) -> Self {
        Self { skewed: percent, ..self }
    }

    /// How many commits have no parent: unrelated histories, merged in.
    pub fn roots(self, roots: usize) -> Self {
        Self { roots: roots.max(1), ..self }
    }

    /// One thing more.
    pub fn with(mut self, extra: Extra) -> Self {
        self.extras.insert(extra);
        self
    }

    /// Odd messages and authors, and every extra but those that name one commit twice or tag
    /// something that is no commit.
    pub fn wild(self) -> Self {
        use Extra::{
            EmptyCommits, NestedTags, OtherTags, Prereleases, Renames, SignedTags, Submodule,
        };
        let extras =
            [EmptyCommits, NestedTags, OtherTags, Prereleases, Renames, SignedTags, Submodule];
        extras.into_iter().fold(self.odd(25).odd_authors(10), Self::with)
    }

    fn has(&self, extra: Extra) -> bool {
        self.extras.contains(&extra)
    }

    /// The stream for `git fast-import`. The branch is `main`.
    pub fn stream(&self) -> Vec<u8> {
        stream::write(self).out
    }

    /// Makes the repository in a directory, which is made if need be: one pack, packed references,
    /// HEAD on `main`.
    pub fn write(&self, dir: &Path) {
        std::fs::create_dir_all(dir).expect("a directory can be made");
        git::text(dir, &["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [
            ("user.name", git::NAME),
            ("user.email", git::EMAIL),
            ("commit.gpgsign", "false"),
            ("core.autocrlf", "false"),
        ] {
            git::text(dir, &["config", key, value]);
        }
        let stream = stream::write(self);
        // Kept as a pack, however small.
        let import = ["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force"];
        git::checked(&git::output(dir, &import, Some(&stream.out)), "git fast-import");
        let inner: Vec<_> = stream.inner_tags.iter().map(String::as_str).collect();
        if !inner.is_empty() {
            git::text(dir, &[&["tag", "--delete"], inner.as_slice()].concat());
        }
        if self.has(Extra::ObjectTags) && self.commits > 0 {
            git::text(dir, &["tag", "some-tree", "HEAD^{tree}"]);
            git::text(dir, &["tag", "-a", "-m", "a file", "some-blob", "HEAD:package.json"]);
        }
        git::text(dir, &["pack-refs", "--all"]);
        if self.has(Extra::Checkout) && self.commits > 0 {
            git::text(dir, &["reset", "--quiet", "--hard"]);
        }
    }
}

#[cfg(test)]
mod tests;

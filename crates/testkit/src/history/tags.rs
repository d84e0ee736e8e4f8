//! The tags of a stream: names, kinds, and tags that point to tags.

use super::message;
use super::stream::Writer;
use super::{Extra, TagStyle};
use crate::git;

impl Writer<'_> {
    /// Tags a commit, and what the extras ask for besides.
    pub(super) fn tag(&mut self, commit: usize) {
        self.tags += 1;
        let name = self.version();
        let annotated = self.random.percent(self.spec.annotated);
        if annotated && self.spec.has(Extra::NestedTags) && self.random.percent(25) {
            let inner = format!("inner-{}", self.tags);
            self.mark += 1;
            let mark = self.mark;
            self.annotated(&inner, commit, Some(mark));
            self.annotated(&name, mark, None);
            self.inner_tags.push(inner);
        } else if annotated {
            self.annotated(&name, commit, None);
        } else {
            self.reference(&format!("refs/tags/{name}"), Some(commit));
        }
        if self.spec.has(Extra::SeveralTags) && self.tags.is_multiple_of(3) {
            let second = format!("rel-{name}");
            if self.random.percent(50) {
                self.annotated(&second, commit, None);
            } else {
                self.reference(&format!("refs/tags/{second}"), Some(commit));
            }
        }
    }

    /// The name of the next tag.
    fn version(&mut self) -> String {
        if self.spec.has(Extra::OtherTags) && self.tags.is_multiple_of(5) {
            return format!("nightly-{}", self.tags);
        }
        let of_packages = matches!(self.spec.style, TagStyle::At | TagStyle::Slash);
        let package = if of_packages { self.random.below(self.spec.packages) } else { 0 };
        let step = self.random.below(8);
        let (major, minor, patch) = self.versions[package];
        let next = match step {
            0 => (major + 1, 0, 0),
            1..=3 => (major, minor + 1, 0),
            _ => (major, minor, patch + 1),
        };
        self.versions[package] = next;
        let (major, minor, patch) = next;
        let mut version = format!("{major}.{minor}.{patch}");
        if self.spec.has(Extra::Prereleases) && self.tags.is_multiple_of(3) {
            let stage = self.random.pick(&["alpha", "beta", "rc"]);
            version.push_str(&format!("-{stage}.{}", self.tags));
        }
        match self.spec.style {
            TagStyle::Version => format!("v{version}"),
            TagStyle::Plain => version,
            TagStyle::At => format!("pkg-{package:02}@{version}"),
            TagStyle::Slash => format!("pkg-{package:02}/v{version}"),
        }
    }

    fn annotated(&mut self, name: &str, target: usize, mark: Option<usize>) {
        self.line(&format!("tag {name}"));
        if let Some(mark) = mark {
            self.line(&format!("mark :{mark}"));
        }
        self.line(&format!("from :{target}"));
        self.line(&format!("tagger {} <{}> {} +0000", git::NAME, git::EMAIL, self.clock + 60));
        let message = message::tag(&mut self.random, name, self.spec.has(Extra::SignedTags));
        self.data(message.as_bytes());
    }
}

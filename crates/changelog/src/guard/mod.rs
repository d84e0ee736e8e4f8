//! Never silently wrong: what has to be there before a changelog is made of it.
//!
//! The decisions are pure ([`shallow`], [`remote_tags`], [`include_path`], [`prepend`]);
//! [`history`], [`partial`] and [`ownership`] ask git, fetch what is missing and say so.

pub mod history;
pub mod include_path;
pub mod ownership;
pub mod partial;
pub mod prepend;
pub mod remote_tags;
pub mod shallow;

/// What the user has given leave for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// Nothing may be fetched (`--offline`).
    pub offline: bool,
    /// History may be missing, and none is fetched (`--allow-shallow`).
    pub shallow: bool,
    /// Tags may be missing, and none are asked for (`--allow-missing-tags`).
    pub missing_tags: bool,
}

/// What a run is going to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Revisions and ranges the log will be asked for: `HEAD`, `v1.0.0..HEAD`.
    pub revisions: Vec<String>,
    /// Whether tags decide what is read or how it is divided.
    pub tags: Tags,
    /// Whether the revisions are the user's own words, so that they may name what is not here.
    pub given: bool,
}

impl Need {
    /// Whether the user's own range names this tag.
    fn names(&self, tag: &str) -> bool {
        let ends = self.revisions.iter().flat_map(|range| range.split(".."));
        self.given && ends.map(|end| end.trim_matches(['.', '^'])).any(|end| end == tag)
    }
}

/// What tags are to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    /// They decide nothing.
    Unused,
    /// They decide, and some that match are here.
    Found,
    /// They decide, and none that matches is here.
    NoneHere,
}

//! The tag types: one file each, and one line in [`ALL`].

pub mod edge;
pub mod matching;
pub mod pep440;
pub mod raw;
pub mod reference;
pub mod schedule;
pub mod semver;
pub mod sha;
pub mod subject;

use launchway_base::Failure;

use super::rule::{Attributes, Rule, Wrong};
use super::sight::Sight;

/// One way to make a tag. A new one is one file and one line in [`ALL`].
pub trait TagType: Sync {
    /// As in `type=`.
    fn name(&self) -> &'static str;

    /// Its priority unless a rule says otherwise.
    fn priority(&self) -> &'static str;

    /// Its attributes beside those every type has.
    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Adds what is not given and refuses what cannot be.
    ///
    /// # Errors
    /// Says what is wrong.
    fn complete(&self, _given: &mut Attributes) -> Result<(), Wrong> {
        Ok(())
    }

    /// What a rule gives in a run, without prefix and suffix.
    ///
    /// # Errors
    /// A template or pattern that cannot be read, a version without the part it is asked for.
    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure>;
}

/// Every type, in the order of their priorities.
pub const ALL: &[&dyn TagType] = &[
    &schedule::Schedule,
    &semver::Semver,
    &pep440::Pep440,
    &matching::Match,
    &edge::Edge,
    &reference::Ref,
    &raw::Raw,
    &sha::Sha,
];

/// The type of that name.
pub fn named(name: &str) -> Option<&'static dyn TagType> {
    ALL.iter().copied().find(|kind| kind.name() == name)
}

/// The type of a rule that names none.
pub fn fallback() -> &'static dyn TagType {
    &raw::Raw
}

/// What a rule gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No tag, for this reason, which is no surprise.
    Nothing(String),
    /// No tag, for this reason, which somebody should see.
    Warned(String),
    /// A tag.
    Tag(Given),
}

/// A tag before prefix and suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub value: String,
    /// Whether it makes `latest` when it is the first tag and `flavor` leaves it open.
    pub latest: bool,
    /// Why it is given.
    pub reason: String,
    /// The version it was made from, for types that know one.
    pub version: Option<String>,
    /// The pattern it was made by, for types that have versions; none where it was not followed.
    pub pattern: Option<String>,
    /// What is to be said besides.
    pub warning: Option<String>,
}

impl Found {
    /// A tag that does not make `latest`.
    pub(super) fn tag(value: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Tag(Given {
            value: value.into(),
            latest: false,
            reason: reason.into(),
            version: None,
            pattern: None,
            warning: None,
        })
    }

    /// A tag that makes `latest`.
    pub(super) fn release(value: impl Into<String>, reason: impl Into<String>) -> Self {
        match Self::tag(value, reason) {
            Self::Tag(given) => Self::Tag(Given { latest: true, ..given }),
            other => other,
        }
    }
}

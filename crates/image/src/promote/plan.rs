//! What is done with each image. Pure.

use std::collections::BTreeSet;

use launchway_base::Failure;
use launchway_registry::copy::CopyPlan;
use launchway_registry::{Digest, Manifest, Repository};

use super::pairs::Pair;
use crate::push_tags::{Act, Immutable};

/// What was seen of an image before anything was written.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Where it is and where it goes.
    pub pair: Pair,
    /// The image.
    pub manifest: Manifest,
    /// What the destination holds; `None` when there is no such tag.
    pub before: Option<Digest>,
}

/// An image and what is done with its tag.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was seen.
    pub seen: Seen,
    /// What is done.
    pub act: Act,
}

impl Step {
    /// Whether the tag is written.
    pub fn is_write(&self) -> bool {
        matches!(self.act, Act::Create | Act::Move)
    }

    /// `write`, `keep` or `refuse`.
    pub fn action(&self) -> &'static str {
        match &self.act {
            Act::Create | Act::Move => "write",
            Act::Keep => "keep",
            Act::Refuse(_) => "refuse",
        }
    }

    /// What is to be done or why nothing is, in a few words.
    pub fn why(&self) -> &str {
        match &self.act {
            Act::Create => "new",
            Act::Move => "to be moved",
            Act::Keep => "holds it already",
            Act::Refuse(why) => why,
        }
    }

    /// The same when it is done.
    pub fn outcome(&self) -> &str {
        if self.act == Act::Move { "moved" } else { self.why() }
    }
}

/// The whole plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is done with each tag, in the order of the input.
    pub steps: Vec<Step>,
    /// What other repositories lack of the images and of what refers to them: it is copied before
    /// any tag is written.
    pub copies: Vec<CopyPlan>,
}

/// The most refusals one message names.
const NAMED: usize = 5;

impl Plan {
    /// Decides.
    ///
    /// # Errors
    /// Exit 1: a source does not hold the digest it must, or a tag that never moves holds another
    /// digest; all of them are named.
    pub fn new(images: Vec<Seen>, immutable: &Immutable) -> Result<Self, Failure> {
        let wrong = images.iter().filter_map(|seen| {
            let from = &seen.pair.from;
            let expected = from.expected.as_ref()?;
            let found = &seen.manifest.digest;
            (!expected.matches(&seen.manifest.bytes))
                .then(|| format!("`{}` holds {found}, not {expected}", from.text))
        });
        if let Some(text) = named(wrong.collect()) {
            return Err(Failure::rejected(format!("{text}: nothing was promoted")).with_hint(
                "another run may have been faster: test what is there now, or leave it to that run",
            ));
        }
        let mut steps = Vec::with_capacity(images.len());
        for seen in images {
            let act = match &seen.before {
                None => Act::Create,
                Some(held) if *held == seen.manifest.digest => Act::Keep,
                Some(_) => {
                    let tag = seen.pair.to.tag.as_str();
                    immutable.reason(tag)?.map_or(Act::Move, Act::Refuse)
                }
            };
            steps.push(Step { seen, act });
        }
        let plan = Self { steps, copies: Vec::new() };
        let refused = plan.steps.iter().filter_map(|step| match (&step.act, &step.seen.before) {
            (Act::Refuse(why), Some(held)) => Some(format!(
                "`{}` holds {held}, not {}: {why}",
                step.seen.pair.to, step.seen.manifest.digest
            )),
            _ => None,
        });
        match named(refused.collect()) {
            None => Ok(plan),
            Some(text) => {
                Err(Failure::rejected(format!("{text}; nothing was promoted")).with_hint(
                    "give the build another version; where the tag may move, say so with `immutable`",
                ))
            }
        }
    }

    /// Adds what is copied before.
    #[must_use]
    pub fn with_copies(mut self, copies: Vec<CopyPlan>) -> Self {
        self.copies = copies.into_iter().filter(|copy| !copy.is_empty()).collect();
        self
    }

    /// Whether there is nothing to do.
    pub fn is_done(&self) -> bool {
        self.copies.is_empty() && self.writes().next().is_none()
    }

    /// The steps that write a tag.
    pub fn writes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_write())
    }

    /// Repositories whose login is tried before anything is written: a single write is its own
    /// trial, more than one must not end half-way for a lack of rights.
    pub fn tried(&self) -> BTreeSet<&Repository> {
        let copies = self.copies.iter().map(|copy| &copy.to);
        let tags = self.writes().map(|step| &step.seen.pair.to.repository);
        let all: BTreeSet<_> = copies.chain(tags).collect();
        if self.copies.is_empty() && all.len() < 2 { BTreeSet::new() } else { all }
    }
}

/// The first few of what is to be said, and how many more there are; `None` of nothing.
pub(crate) fn named(mut all: Vec<String>) -> Option<String> {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!all.is_empty()).then(|| format!("{}{more}", all.join("; ")))
}

#[cfg(test)]
mod tests {
    use launchway_registry::{OCI_MANIFEST, Which};

    use super::*;
    use crate::promote::pairs::Source;
    use crate::references::Target;

    fn seen(from: &str, to: &str, before: Option<&str>) -> Seen {
        let split = |text: &str| {
            let (name, tag) = text.rsplit_once(':').unwrap();
            (name.parse::<Repository>().unwrap(), tag.parse::<launchway_registry::Tag>().unwrap())
        };
        let (repository, tag) = split(from);
        let which = Which::Tag(tag);
        let from = Source { text: from.to_owned(), repository, which, expected: None };
        let (repository, tag) = split(to);
        let to = Target { text: to.to_owned(), repository, tag };
        Seen {
            pair: Pair { from, to },
            manifest: Manifest::new("new", OCI_MANIFEST),
            before: before.map(|text| Digest::of(text.as_bytes())),
        }
    }

    fn plan(images: Vec<Seen>) -> Result<Plan, Failure> {
        Plan::new(images, &Immutable::Versions)
    }

    #[test]
    fn the_table() {
        for (to, before, act) in [
            ("r.io/a:prod", None, Act::Create),
            ("r.io/a:prod", Some("old"), Act::Move),
            ("r.io/a:prod", Some("new"), Act::Keep),
            ("r.io/a:1.2.3", None, Act::Create),
            ("r.io/a:1.2.3", Some("new"), Act::Keep),
        ] {
            let plan = plan(vec![seen("r.io/a:dev", to, before)]).unwrap();
            assert_eq!(plan.steps[0].act, act, "{to} {before:?}");
            assert!(plan.tried().is_empty());
        }
    }

    #[test]
    fn one_refusal_is_a_refusal_of_all() {
        let images = vec![
            seen("r.io/a:dev", "r.io/a:prod", None),
            seen("r.io/b:dev", "r.io/b:1.2.3", Some("old")),
        ];
        let failure = plan(images.clone()).unwrap_err();
        assert_eq!(failure.kind().code(), 1);
        let text = failure.to_string();
        for digest in ["old", "new"] {
            assert!(text.contains(Digest::of(digest.as_bytes()).as_str()), "{text}");
        }
        assert_eq!(Plan::new(images, &Immutable::None).unwrap().tried().len(), 2);
    }

    #[test]
    fn a_source_that_holds_another_digest_is_refused_with_both() {
        let mut one = seen("r.io/a:dev", "r.io/a:prod", None);
        one.pair.from.expected = Some(Digest::of(b"tested"));
        let failure = plan(vec![one.clone()]).unwrap_err();
        assert_eq!(failure.kind().code(), 1);
        let text = failure.to_string();
        assert!(text.contains(Digest::of(b"tested").as_str()), "{text}");
        assert!(text.contains(one.manifest.digest.as_str()), "{text}");
        one.pair.from.expected = Some(one.manifest.digest.clone());
        assert!(plan(vec![one]).is_ok());
    }
}

//! What is to be done with each tag. Pure.

use std::collections::BTreeSet;

use launchway_base::Failure;
use launchway_registry::{Digest, Repository};

use super::immutable::Immutable;
use crate::references::{Image, Target};

/// What was seen before anything was written.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The image.
    pub image: Image,
    /// The tags with the digest they hold, in the order of the input.
    pub tags: Vec<(Target, Option<Digest>)>,
    /// Repositories that get a tag and do not have the image.
    pub missing_in: Vec<Repository>,
}

/// What is done with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It does not exist and is written.
    Create,
    /// It holds another digest and is moved.
    Move,
    /// It holds the digest already.
    Keep,
    /// It holds another digest and never moves; why.
    Refuse(String),
}

/// A tag and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The tag.
    pub target: Target,
    /// The digest it holds before; `None` when it does not exist.
    pub before: Option<Digest>,
    /// What is done.
    pub act: Act,
}

impl Step {
    /// Whether it is written.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The image.
    pub image: Image,
    /// What is done with each tag, in the order of the input.
    pub steps: Vec<Step>,
    /// Repositories the image is copied to before a tag is written.
    pub copies: Vec<Repository>,
}

impl Plan {
    /// Decides.
    ///
    /// # Errors
    /// The expression of `immutable` takes too long.
    pub fn new(snapshot: Snapshot, immutable: &Immutable) -> Result<Self, Failure> {
        let Snapshot { image, tags, missing_in } = snapshot;
        let steps: Vec<Step> = tags
            .into_iter()
            .map(|(target, before)| {
                let act = match &before {
                    None => Act::Create,
                    Some(held) if *held == image.digest => Act::Keep,
                    Some(_) => {
                        immutable.reason(target.tag.as_str())?.map_or(Act::Move, Act::Refuse)
                    }
                };
                Ok(Step { target, before, act })
            })
            .collect::<Result<_, Failure>>()?;
        let needed = |repository: &Repository| {
            steps.iter().any(|step| step.is_write() && step.target.repository == *repository)
        };
        let copies = missing_in.into_iter().filter(needed).collect();
        Ok(Self { image, steps, copies })
    }

    /// The tags that never move and hold another digest. With one of them nothing is written.
    pub fn refused(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| matches!(step.act, Act::Refuse(_)))
    }

    /// Repositories whose login is tried before anything is written: a single write is its own
    /// trial, more than one must not end half-way for a lack of rights.
    pub fn tried(&self) -> BTreeSet<&Repository> {
        let written = self.steps.iter().filter(|step| step.is_write());
        let all: BTreeSet<_> = written.map(|step| &step.target.repository).collect();
        if all.len() < 2 { BTreeSet::new() } else { all }
    }

    /// What is written, in two rounds: new tags before tags that move. Who pulls a tag that moves
    /// sees nothing of a run that fails at a new one.
    pub fn rounds(&self) -> [Vec<&Step>; 2] {
        [Act::Create, Act::Move]
            .map(|act| self.steps.iter().filter(|step| step.act == act).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::references;

    fn digest(of: &str) -> Digest {
        Digest::of(of.as_bytes())
    }

    fn plan(tags: &[(&str, Option<&str>)], missing: &[&str]) -> Plan {
        let image = Image { repository: "r.io/a".parse().unwrap(), digest: digest("new") };
        let tags = tags
            .iter()
            .map(|(text, held)| {
                let target = references::targets(&[(*text).to_owned()], None).unwrap();
                (target.into_iter().next().unwrap(), held.map(digest))
            })
            .collect();
        let missing_in = missing.iter().map(|name| name.parse().unwrap()).collect();
        Plan::new(Snapshot { image, tags, missing_in }, &Immutable::Versions).unwrap()
    }

    #[test]
    fn the_table() {
        let plan = plan(
            &[
                ("r.io/a:1", Some("old")),
                ("r.io/a:1.2.3", None),
                ("r.io/a:1.2.2", Some("old")),
                ("r.io/a:1.2.4", Some("new")),
                ("r.io/a:latest", Some("new")),
            ],
            &[],
        );
        let acts: Vec<_> = plan.steps.iter().map(|step| &step.act).collect();
        let never = Act::Refuse("a full version never moves".to_owned());
        assert_eq!(acts, [&Act::Move, &Act::Create, &never, &Act::Keep, &Act::Keep]);
        assert_eq!(plan.refused().count(), 1);
        let rounds = plan
            .rounds()
            .map(|steps| steps.iter().map(|step| step.target.text.as_str()).collect::<Vec<_>>());
        assert_eq!(rounds, [vec!["r.io/a:1.2.3"], vec!["r.io/a:1"]]);
    }

    #[test]
    fn an_image_is_copied_only_where_a_tag_is_written() {
        let tags = [("r.io/b:1", None), ("r.io/c:1", Some("new"))];
        let plan = plan(&tags, &["r.io/b", "r.io/c"]);
        assert_eq!(plan.copies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["r.io/b"]);
    }
}

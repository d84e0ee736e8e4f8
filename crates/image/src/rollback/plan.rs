//! What is done with each tag of a record. Pure.

use std::collections::HashSet;

use launchway_base::Failure;
use launchway_registry::{Digest, Manifest, Reference};

use crate::promote::named;
use crate::record::{Change, Record};
use crate::references::Target;

/// One change that is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The tag.
    pub target: Target,
    /// What the record says it holds.
    pub digest: Digest,
    /// What it held before; `None` when it did not exist.
    pub previous: Option<Digest>,
    /// Whether the newest record says that it was taken back already: then nothing is done.
    pub is_done: bool,
}

/// What the record's previous digest is at the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There was none: the tag did not exist.
    Nothing,
    /// It is still there.
    Here(Manifest),
    /// It is gone.
    Gone,
}

/// What was seen of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What is wished.
    pub wish: Wish,
    /// What it holds now.
    pub now: Option<Digest>,
    /// What it held before.
    pub previous: Held,
}

/// What is done with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It holds already what it held before.
    Keep,
    /// It gets what it held before.
    Put(Manifest),
    /// It did not exist before, and is deleted.
    Delete,
}

/// A tag and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was seen.
    pub seen: Seen,
    /// What is done.
    pub act: Act,
}

/// The whole plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is done with each tag.
    pub steps: Vec<Step>,
}

/// What a record asks to be taken back, in the order of the record; with `only` just these tags.
///
/// # Errors
/// Exit 2: a tag or digest of the record is malformed, a tag stands in it twice, or a tag of
/// `only` is not in it.
pub(super) fn wishes(record: &Record, only: &[Target]) -> Result<Vec<Wish>, Failure> {
    let key = |target: &Target| (target.repository.clone(), target.tag.clone());
    let wanted: HashSet<_> = only.iter().map(key).collect();
    let mut seen = HashSet::new();
    let mut wishes: Vec<Wish> = Vec::new();
    for change in &record.changes {
        let wish = wish(change).map_err(|failure| failure.while_doing("the record"))?;
        let name = key(&wish.target);
        if only.is_empty() || wanted.contains(&name) {
            wishes.push(wish);
        }
        if !seen.insert(name) {
            return Err(Failure::input(format!(
                "the record names `{}` twice",
                change.tag.escape_debug()
            ))
            .with_hint("give the record of one run as it is"));
        }
    }
    let missing = only.iter().find(|target| !seen.contains(&key(target)));
    match missing {
        Some(target) => Err(Failure::input(format!("the record does not name `{target}`"))
            .with_hint("a tag that held its image already is not in a record")),
        None => Ok(wishes),
    }
}

/// Reads one change of a record.
///
/// # Errors
/// Exit 2: its tag or a digest is malformed.
pub(super) fn wish(change: &Change) -> Result<Wish, Failure> {
    let reference: Reference = change.tag.parse().map_err(Failure::from)?;
    let Some(tag) = reference.tag.clone().filter(|_| reference.digest.is_none()) else {
        return Err(Failure::input(format!("`{reference}` is no tag"))
            .with_hint("give the record as it was written"));
    };
    let target = Target { text: change.tag.clone(), repository: reference.repository, tag };
    let digest = change.digest.parse().map_err(Failure::from)?;
    let previous = change.previous.as_deref().map(str::parse).transpose().map_err(Failure::from)?;
    Ok(Wish { target, digest, previous, is_done: false })
}

impl Plan {
    /// Decides. With `force` it does not matter what a tag holds now.
    ///
    /// # Errors
    /// Exit 1, naming each tag: it holds something else than the record says, or what it held
    /// before is gone.
    pub fn new(seen: Vec<Seen>, force: bool) -> Result<Self, Failure> {
        let mut moved = Vec::new();
        let mut gone = Vec::new();
        let mut steps = Vec::with_capacity(seen.len());
        for seen in seen {
            let wish = &seen.wish;
            let act = if seen.now == wish.previous || wish.is_done {
                Act::Keep
            } else if seen.now.as_ref() != Some(&wish.digest) && !force {
                let now = seen.now.as_ref().map_or("nothing", Digest::as_str);
                moved.push(format!("`{}` holds {now}, not {}", wish.target, wish.digest));
                continue;
            } else {
                match &seen.previous {
                    Held::Nothing => Act::Delete,
                    Held::Here(manifest) => Act::Put(manifest.clone()),
                    Held::Gone => {
                        let previous = wish.previous.as_ref().map_or("", Digest::as_str);
                        gone.push(format!("`{}` held {previous}", wish.target));
                        continue;
                    }
                }
            };
            steps.push(Step { seen, act });
        }
        if let Some(moved) = named(moved) {
            return Err(Failure::rejected(format!("{moved}: nothing was taken back")).with_hint(
                "somebody moved it since; `force` puts back what was before all the same",
            ));
        }
        if let Some(gone) = named(gone) {
            return Err(Failure::rejected(format!(
                "{gone}, which is not there any more: nothing was taken back"
            ))
            .with_hint("a cleanup deleted it; promote an image that is there"));
        }
        Ok(Self { steps })
    }
}

#[cfg(test)]
mod tests {
    use launchway_registry::OCI_MANIFEST;

    use super::*;

    fn digest(of: &str) -> Digest {
        Digest::of(of.as_bytes())
    }

    fn change(tag: &str, digest: &str, previous: Option<&str>) -> Change {
        let of = |text: &str| self::digest(text).to_string();
        Change { tag: tag.to_owned(), digest: of(digest), previous: previous.map(of), from: None }
    }

    fn record(changes: Vec<Change>) -> Record {
        Record {
            schema: crate::record::SCHEMA.to_owned(),
            verb: "promote".to_owned(),
            at: String::new(),
            by: None,
            run: None,
            changes,
        }
    }

    fn seen(previous: Option<&str>, now: Option<&str>, gone: bool) -> Seen {
        let held = match previous {
            None => Held::Nothing,
            Some(_) if gone => Held::Gone,
            Some(text) => Held::Here(Manifest::new(text.to_owned(), OCI_MANIFEST)),
        };
        let wish = wish(&change("r.io/a:prod", "new", previous)).unwrap();
        Seen { wish, now: now.map(digest), previous: held }
    }

    #[test]
    fn the_table() {
        let put = |text: &str| Act::Put(Manifest::new(text.to_owned(), OCI_MANIFEST));
        let refused = Err(1);
        for (previous, now, gone, force, expected) in [
            (Some("old"), Some("new"), false, false, Ok(put("old"))),
            (Some("old"), Some("old"), false, false, Ok(Act::Keep)),
            (Some("old"), Some("old"), true, false, Ok(Act::Keep)),
            (Some("old"), Some("other"), false, false, refused.clone()),
            (Some("old"), None, false, false, refused.clone()),
            (Some("old"), Some("other"), false, true, Ok(put("old"))),
            (Some("old"), None, false, true, Ok(put("old"))),
            (Some("old"), Some("new"), true, false, refused.clone()),
            (Some("old"), Some("new"), true, true, refused.clone()),
            (None, Some("new"), false, false, Ok(Act::Delete)),
            (None, None, false, false, Ok(Act::Keep)),
            (None, Some("other"), false, false, refused.clone()),
            (None, Some("other"), false, true, Ok(Act::Delete)),
        ] {
            let plan = Plan::new(vec![seen(previous, now, gone)], force);
            let got = plan.map(|plan| plan.steps[0].act.clone());
            let got = got.map_err(|failure| failure.kind().code());
            assert_eq!(got, expected, "{previous:?} {now:?} gone={gone} force={force}");
        }
    }

    #[test]
    fn one_refusal_is_a_refusal_of_all() {
        let fine = seen(Some("old"), Some("new"), false);
        let failure =
            Plan::new(vec![fine, seen(Some("old"), Some("x"), false)], false).unwrap_err();
        let text = failure.to_string();
        assert!(text.contains(digest("x").as_str()), "{text}");
        assert!(text.contains(digest("new").as_str()), "{text}");
    }

    #[test]
    fn a_record_is_read_or_explained() {
        let two = record(vec![change("r.io/a:1", "n", None), change("r.io/b:1", "n", Some("o"))]);
        assert_eq!(wishes(&two, &[]).unwrap().len(), 2);
        let only = |text: &str| crate::references::targets(&[text.to_owned()], None).unwrap();
        assert_eq!(wishes(&two, &only("r.io/b:1")).unwrap()[0].target.text, "r.io/b:1");
        let mut bad = change("r.io/a:1", "n", None);
        bad.digest = "sha256:xyz".to_owned();
        let mut previous = change("r.io/a:1", "n", None);
        previous.previous = Some("latest".to_owned());
        for (record, tag, said) in [
            (two.clone(), "r.io/c:1", "does not name `r.io/c:1`"),
            (record(vec![change("r.io/a", "n", None)]), "", "is no tag"),
            (record(vec![change("r.io/A:1", "n", None)]), "", "upper-case"),
            (
                record(vec![change("r.io/a:1", "n", None), change("r.io/a:1", "o", None)]),
                "",
                "twice",
            ),
            (record(vec![bad]), "", "`sha256:xyz` is no digest"),
            (record(vec![previous]), "", "`latest` is no digest"),
        ] {
            let only = if tag.is_empty() { Vec::new() } else { only(tag) };
            let failure = wishes(&record, &only).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
            assert_eq!(failure.kind().code(), 2);
        }
    }
}

//! Putting back: every tag holds again what it held before.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::{Digest, Manifest, Registry, Repository, Which};

use super::apply::holds;
use super::{AT_ONCE, Begun, Move};
use crate::push_tags::observe::known_as;
use crate::references::Target;

/// A tag that could not be put back.
#[derive(Clone, Debug)]
pub struct Left {
    /// The tag.
    pub target: Target,
    /// The digest it held before; `None` when it did not exist.
    pub before: Option<Digest>,
    /// The digest it holds now, as far as it is known.
    pub now: Option<Digest>,
    /// Why, in a few words.
    pub why: String,
}

enum Outcome {
    Untouched,
    Back,
    Left(Left),
}

/// Puts back what was begun; gives what holds again what it held, and what does not.
pub(super) async fn all(registry: &Registry, begun: &[Begun<'_>]) -> (Vec<Target>, Vec<Left>) {
    let mut back = Vec::new();
    let mut left = Vec::new();
    let mut unique: BTreeMap<_, Begun<'_>> = BTreeMap::new();
    for begun in begun {
        let target = &begun.one.target;
        let known = unique.entry((&target.repository, &target.tag)).or_insert(*begun);
        known.is_taken |= begun.is_taken;
    }
    let outcomes: Vec<(&Move, Outcome)> = stream::iter(unique.into_values())
        .map(|begun| async move { (begun.one, one(registry, begun).await) })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut deleted: BTreeMap<(&Repository, &Digest), &Move> = BTreeMap::new();
    for (undone, outcome) in outcomes {
        match outcome {
            Outcome::Untouched => {}
            Outcome::Back => {
                if undone.before.is_none() {
                    deleted.insert((&undone.target.repository, &undone.manifest.digest), undone);
                }
                back.push(undone.target.clone());
            }
            Outcome::Left(one) => left.push(one),
        }
    }
    for ((repository, _), undone) in deleted {
        keep(registry, repository, &undone.manifest).await;
    }
    (back, left)
}

/// Sees to it that a manifest outlives a tag that was deleted: some registries delete it along with
/// its last tag.
pub async fn keep(registry: &Registry, repository: &Repository, manifest: &Manifest) {
    let digest = &manifest.digest;
    if matches!(registry.head(repository, &digest.into()).await, Ok(None))
        && let Err(error) = registry.put_manifest(repository, &digest.into(), manifest).await
    {
        tracing::warn!("{repository}@{digest} went along with its tag: {error}");
    }
}

async fn one(registry: &Registry, begun: Begun<'_>) -> Outcome {
    let undone = begun.one;
    let (target, wanted) = (&undone.target, &undone.manifest.digest);
    let left = |now: Option<Digest>, why: String| {
        Outcome::Left(Left { target: target.clone(), before: undone.before.clone(), now, why })
    };
    let which = Which::Tag(target.tag.clone());
    let now = match registry.head(&target.repository, &which).await {
        Ok(head) => known_as(head.map(|head| head.digest), &undone.manifest),
        Err(error) => return left(None, format!("what it holds is unknown: {error}")),
    };
    if now == undone.before {
        // A registry that took the write and answers as before lags, and shows it later.
        return match &undone.before {
            Some(before) if begun.is_taken => match move_back(registry, target, before).await {
                Ok(()) => Outcome::Back,
                Err(why) => left(now, why),
            },
            None if begun.is_taken && delete(registry, target).await.is_ok() => Outcome::Back,
            _ => Outcome::Untouched,
        };
    }
    if now.as_ref() != Some(wanted) {
        return left(now, "somebody else moved it meanwhile".to_owned());
    }
    let result = match &undone.before {
        Some(before) => move_back(registry, target, before).await,
        None => delete(registry, target).await,
    };
    match result {
        Ok(()) => Outcome::Back,
        Err(why) => left(now, why),
    }
}

async fn move_back(registry: &Registry, target: &Target, before: &Digest) -> Result<(), String> {
    let said = |error| Failure::from(error).chain();
    let repository = &target.repository;
    let manifest = registry.get_manifest(repository, &before.into()).await.map_err(said)?;
    let Some(manifest) = manifest else {
        return Err(format!("{before}, which it held, is not there any more"));
    };
    let which = Which::Tag(target.tag.clone());
    registry.put_manifest(repository, &which, &manifest).await.map_err(said)?;
    holds(registry, target, &manifest).await.map_err(|failure| failure.chain())
}

async fn delete(registry: &Registry, target: &Target) -> Result<(), String> {
    let which = Which::Tag(target.tag.clone());
    if let Err(error) = registry.delete_manifest(&target.repository, &which).await {
        tracing::info!("{error}");
        return Err("it is new, and the registry deletes no tags".to_owned());
    }
    match registry.head(&target.repository, &which).await {
        Ok(None) => Ok(()),
        _ => Err("it is new, and still there after it was deleted".to_owned()),
    }
}

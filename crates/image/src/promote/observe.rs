//! What the registries hold before anything is written. Nothing but an answer counts: what cannot
//! be told ends the run.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::copy::{Along, CopyPlan};
use launchway_registry::{Descriptor, Manifest, Registry, Repository};

use super::pairs::{Pair, Source};
use super::plan::{Plan, Seen};
use crate::moves::AT_ONCE;
use crate::push_tags::observe::{held, known_as};

/// The images, and what their destinations hold.
pub(super) async fn images(registry: &Registry, pairs: Vec<Pair>) -> Result<Vec<Seen>, Failure> {
    let manifests: Vec<Manifest> = stream::iter(&pairs)
        .map(|pair| source(registry, &pair.from))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let targets: Vec<_> = pairs.iter().map(|pair| pair.to.clone()).collect();
    let held = held(registry, &targets).await?;
    let seen = pairs.into_iter().zip(manifests).zip(held);
    let seen = seen.map(|((pair, manifest), before)| {
        let before = known_as(before, &manifest);
        Seen { pair, manifest, before }
    });
    Ok(seen.collect())
}

async fn source(registry: &Registry, from: &Source) -> Result<Manifest, Failure> {
    let found = registry.get_manifest(&from.repository, &from.which).await.map_err(|error| {
        Failure::from(error).while_doing(&format!("cannot tell what `{}` holds", from.text))
    })?;
    found.ok_or_else(|| {
        Failure::remote(format!("`{}` is not there", from.text))
            .with_hint("check the name; a registry also says so of what the login may not see")
    })
}

/// What other repositories lack, also where the tag holds its image already: what refers to it may
/// be newer.
pub(super) async fn copies(
    registry: &Registry,
    plan: &Plan,
    along: Along,
) -> Result<Vec<CopyPlan>, Failure> {
    let mut seen = BTreeSet::new();
    let mut copies = Vec::new();
    for step in &plan.steps {
        let (from, to) = (&step.seen.pair.from, &step.seen.pair.to);
        let manifest = &step.seen.manifest;
        if !step.seen.pair.crosses() {
            if step.is_write() {
                whole(registry, &from.repository, manifest).await?;
            }
        } else if seen.insert((&from.repository, &to.repository, &manifest.digest)) {
            let copy = registry.plan_copy(&from.repository, &to.repository, manifest, along).await;
            copies.push(copy.map_err(|error| {
                let doing = format!("cannot copy `{}` to {}", from.text, to.repository);
                Failure::from(error).while_doing(&doing)
            })?);
        }
    }
    Ok(copies)
}

/// A registry keeps an index whose platforms were cleaned away; no tag is put on such an image.
pub(crate) async fn whole(
    registry: &Registry,
    repository: &Repository,
    image: &Manifest,
) -> Result<(), Failure> {
    let children = image.descriptors()?.children;
    let children = children.into_iter().filter(Descriptor::is_manifest);
    stream::iter(children)
        .map(Ok::<_, Failure>)
        .try_for_each_concurrent(AT_ONCE, |child| async move {
            if registry.head(repository, &(&child.digest).into()).await?.is_some() {
                return Ok(());
            }
            let platform = child.platform_name().map(|name| format!(" ({name})"));
            Err(Failure::remote(format!(
                "{repository}@{} lists {}{}, which is not there",
                image.digest,
                child.digest,
                platform.unwrap_or_default()
            ))
            .with_hint("a cleanup deleted part of this image: build and push it again"))
        })
        .await
}

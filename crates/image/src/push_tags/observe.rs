//! What the registries hold before anything is written. Nothing but an answer counts: what cannot
//! be told ends the run.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::{Digest, Manifest, Registry, Repository, Which};

use super::plan::Snapshot;
use crate::moves::AT_ONCE;
use crate::references::{Image, Target};

/// Looks: the manifest, whether other repositories have it, and what every tag holds.
pub(super) async fn observe(
    registry: &Registry,
    image: Image,
    targets: Vec<Target>,
) -> Result<(Manifest, Snapshot), Failure> {
    let manifest = manifest(registry, &image).await?;
    let others: BTreeSet<&Repository> = targets
        .iter()
        .map(|target| &target.repository)
        .filter(|other| **other != image.repository)
        .collect();
    let mut missing_in = Vec::new();
    for other in others {
        let there = registry.head(other, &(&image.digest).into()).await.map_err(|error| {
            Failure::from(error).while_doing(&format!("cannot tell whether {other} has the image"))
        })?;
        if there.is_none() {
            missing_in.push(other.clone());
        }
    }
    let held = held(registry, &targets).await?;
    let held: Vec<_> = held.into_iter().map(|held| known_as(held, &manifest)).collect();
    Ok((manifest, Snapshot { image, tags: targets.into_iter().zip(held).collect(), missing_in }))
}

/// The manifest of an image that must be there.
pub(crate) async fn manifest(registry: &Registry, image: &Image) -> Result<Manifest, Failure> {
    let found = registry.get_manifest(&image.repository, &(&image.digest).into()).await?;
    found.ok_or_else(|| {
        Failure::remote(format!("{image} is not there")).with_hint(
            "push the image first; a registry also says so of what the login may not see",
        )
    })
}

/// What a tag holds. A registry may name the manifest's bytes by another algorithm than the image
/// does: that is the same digest.
pub(crate) fn known_as(held: Option<Digest>, manifest: &Manifest) -> Option<Digest> {
    let is_other = |held: &Digest| held.algorithm() != manifest.digest.algorithm();
    held.map(|held| {
        let is_it = is_other(&held) && held.matches(&manifest.bytes);
        if is_it { manifest.digest.clone() } else { held }
    })
}

/// The digests of the tags, in their order; `None` where there is no such tag.
///
/// # Errors
/// What one of them holds cannot be told.
pub(crate) async fn held(
    registry: &Registry,
    targets: &[Target],
) -> Result<Vec<Option<Digest>>, Failure> {
    stream::iter(targets)
        .map(|target| async move {
            let which = Which::Tag(target.tag.clone());
            match registry.head(&target.repository, &which).await {
                Ok(head) => Ok(head.map(|head| head.digest)),
                Err(error) => {
                    Err(Failure::from(error)
                        .while_doing(&format!("cannot tell what `{target}` holds")))
                }
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

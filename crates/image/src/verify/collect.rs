//! What is said to be a signature of an image: the tag `sha256-….sig` and the referrers.

use launchway_base::Failure;
use launchway_registry::{Descriptor, Manifest, Registry, RegistryError, Repository, Which};

use super::signature::Candidate;
use crate::references::Image;

const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const ARTIFACT: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Payloads and bundles are small; the longest chain of certificates is far below this.
const LARGEST: usize = 1 << 20;
/// How many candidates are looked at. Everybody who may push can add some.
const MOST: usize = 100;

/// A candidate and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The tag, or digest of the referrer.
    pub(super) place: String,
    /// What it is; or why it cannot be had.
    pub(super) candidate: Result<Candidate, String>,
}

/// Looks in all places.
///
/// # Errors
/// A registry refuses or cannot be reached, so that what there is cannot be told.
pub(super) async fn collect(registry: &Registry, image: &Image) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let repository = &image.repository;
    let tag = format!("{}.sig", image.digest.as_str().replacen(':', "-", 1));
    // That of a longer digest is too long for a tag.
    if let Ok(tag) = tag.parse() {
        let which = Which::Tag(tag);
        if let Some(manifest) = registry.get_manifest(repository, &which).await? {
            add(registry, repository, which.as_str(), &manifest, &mut found).await?;
        }
    }
    let referrers = registry.referrers(repository, &image.digest, None).await?;
    for one in referrers.manifests {
        let kind = one.artifact_type.as_deref().unwrap_or_default();
        // Lists of some registries leave the type out.
        let may_be =
            kind.is_empty() || kind == ARTIFACT || kind == SIMPLE || kind.starts_with(BUNDLE);
        if !may_be || found.len() >= MOST {
            continue;
        }
        if let Some(manifest) = registry.get_manifest(repository, &(&one.digest).into()).await? {
            add(registry, repository, one.digest.short(), &manifest, &mut found).await?;
        }
    }
    Ok(found)
}

async fn add(
    registry: &Registry,
    repository: &Repository,
    place: &str,
    manifest: &Manifest,
    found: &mut Vec<Found>,
) -> Result<(), Failure> {
    let place = place.to_owned();
    let parts = match manifest.descriptors() {
        Ok(parts) => parts,
        Err(error) => {
            found.push(Found { place, candidate: Err(error.to_string()) });
            return Ok(());
        }
    };
    for layer in parts.layers {
        if found.len() >= MOST {
            break;
        }
        let simple = layer.media_type == SIMPLE;
        if !simple && !layer.media_type.starts_with(BUNDLE) {
            continue;
        }
        let candidate = match blob(registry, repository, &layer).await? {
            Ok(payload) if simple => Ok(Candidate::Simple {
                payload,
                signature: layer.annotations.get(SIGNATURE).cloned(),
            }),
            Ok(bytes) => Ok(Candidate::Bundle(bytes)),
            Err(why) => Err(why),
        };
        found.push(Found { place: place.clone(), candidate });
    }
    Ok(())
}

/// A payload. What is wrong with it alone does not end the search.
async fn blob(
    registry: &Registry,
    repository: &Repository,
    layer: &Descriptor,
) -> Result<Result<Vec<u8>, String>, Failure> {
    match registry.get_blob(repository, &layer.digest, LARGEST).await {
        Ok(Some(bytes)) => Ok(Ok(bytes.to_vec())),
        Ok(None) => Ok(Err("its payload is not there".to_owned())),
        Err(error @ (RegistryError::Mismatch { .. } | RegistryError::TooLarge { .. })) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

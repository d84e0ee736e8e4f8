//! The record in the registry: an artifact that refers to the image it speaks of.

use launchway_base::{Failure, Location};
use launchway_registry::{
    Descriptor, Digest, Manifest, OCI_MANIFEST, Reference, Registry, Repository, Which,
};
use serde_json::json;

use crate::record::{Change, Record};
use crate::references::Target;

/// The artifact type, and the media type of its one layer: the JSON of a [`Record`].
pub const ARTIFACT_TYPE: &str = "application/vnd.launchway.promotion.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const CREATED: &str = "org.opencontainers.image.created";
/// The most bytes of a record that are read.
const LIMIT: usize = 4 << 20;

/// Attaches a record to an image.
///
/// # Errors
/// The registry refuses or cannot be reached.
pub async fn attach(
    registry: &Registry,
    repository: &Repository,
    image: &Manifest,
    record: &Record,
    now: jiff::Timestamp,
) -> Result<Digest, Failure> {
    let json = record.to_json().into_bytes();
    let size = json.len();
    let layer = registry.put_blob(repository, json).await?;
    let config = registry.put_blob(repository, &b"{}"[..]).await?;
    let manifest = artifact(image, &layer, size, &config, now);
    Ok(registry.put_referrer(repository, &manifest).await?.digest)
}

fn artifact(
    image: &Manifest,
    layer: &Digest,
    size: usize,
    config: &Digest,
    now: jiff::Timestamp,
) -> Manifest {
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": ARTIFACT_TYPE,
        "config": { "mediaType": EMPTY, "digest": config.as_str(), "size": 2 },
        "layers": [{ "mediaType": ARTIFACT_TYPE, "digest": layer.as_str(), "size": size }],
        "subject": {
            "mediaType": image.media_type,
            "digest": image.digest.as_str(),
            "size": image.bytes.len(),
        },
        // Finer than the record's second: the newest is to be told.
        "annotations": { CREATED: now.to_string() },
    });
    Manifest::new(manifest.to_string(), OCI_MANIFEST)
}

/// The newest record in the registry that says how a tag came to hold a digest, with the change it
/// is about. Artifacts that are no record of ours are passed over.
///
/// # Errors
/// The registry refuses or cannot be reached.
pub async fn newest(
    registry: &Registry,
    target: &Target,
    digest: &Digest,
) -> Result<Option<(Record, Change)>, Failure> {
    let repository = &target.repository;
    let listed = registry.referrers(repository, digest, Some(ARTIFACT_TYPE)).await?.manifests;
    let mut dated = Vec::with_capacity(listed.len());
    for (place, entry) in listed.iter().enumerate() {
        let which = Which::from(&entry.digest);
        // A list that repeats no annotations: the artifact itself has them.
        let Some(manifest) = registry.get_manifest(repository, &which).await? else { continue };
        let Ok(parts) = manifest.descriptors() else { continue };
        let created = parts.annotations.get(CREATED).or_else(|| entry.annotations.get(CREATED));
        let created = created.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        dated.push((created, place, parts.layers));
    }
    dated.sort_by_key(|(created, place, _)| std::cmp::Reverse((*created, *place)));
    for (_, _, layers) in dated {
        if let Some(found) = read(registry, repository, &layers).await?
            && let Some(change) = change_of(&found, target, digest)
        {
            return Ok(Some((found.clone(), change)));
        }
    }
    Ok(None)
}

async fn read(
    registry: &Registry,
    repository: &Repository,
    layers: &[Descriptor],
) -> Result<Option<Record>, Failure> {
    let Some(layer) = layers.iter().find(|layer| layer.media_type == ARTIFACT_TYPE) else {
        return Ok(None);
    };
    let Some(bytes) = registry.get_blob(repository, &layer.digest, LIMIT).await? else {
        return Ok(None);
    };
    let parsed = Record::parse(&String::from_utf8_lossy(&bytes));
    let place = || Location::file(repository.at(layer.digest.clone()).to_string());
    Ok(parsed.map_err(|failure| tracing::warn!("{}", failure.at(place()).chain())).ok())
}

/// The change of a record by which a tag came to hold a digest.
pub fn change_of(record: &Record, target: &Target, digest: &Digest) -> Option<Change> {
    let is_it = |change: &&Change| {
        let reference: Result<Reference, _> = change.tag.parse();
        change.digest == digest.as_str()
            && reference.is_ok_and(|reference| {
                reference.repository == target.repository
                    && reference.tag.as_ref() == Some(&target.tag)
            })
    };
    record.changes.iter().find(is_it).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_artifact_refers_to_the_image() {
        let image = Manifest::new("{}", launchway_registry::OCI_INDEX);
        let (layer, config) = (Digest::of(b"record"), Digest::of(b"{}"));
        let now = "2026-11-21T12:00:00.25Z".parse().unwrap();
        let made = artifact(&image, &layer, 6, &config, now);
        let parts = made.descriptors().unwrap();
        assert_eq!(parts.subject.unwrap().digest, image.digest);
        assert_eq!(parts.artifact_type.as_deref(), Some(ARTIFACT_TYPE));
        assert_eq!(parts.annotations[CREATED], "2026-11-21T12:00:00.25Z");
        assert_eq!((parts.layers[0].size, parts.config.unwrap().size), (6, 2));
    }

    #[test]
    fn a_change_is_found_by_what_it_means() {
        let digest = Digest::of(b"1");
        let change = |tag: &str| Change {
            tag: tag.to_owned(),
            digest: digest.to_string(),
            previous: None,
            from: None,
        };
        let record = Record {
            schema: crate::record::SCHEMA.to_owned(),
            verb: "promote".to_owned(),
            at: String::new(),
            by: None,
            run: None,
            changes: vec![change("nothing at all"), change("acme/app:prod")],
        };
        let target = |tag: &str| Target {
            text: String::new(),
            repository: "docker.io/acme/app".parse().unwrap(),
            tag: tag.parse().unwrap(),
        };
        assert_eq!(change_of(&record, &target("prod"), &digest), Some(change("acme/app:prod")));
        assert_eq!(change_of(&record, &target("dev"), &digest), None);
        assert_eq!(change_of(&record, &target("prod"), &Digest::of(b"2")), None);
    }
}

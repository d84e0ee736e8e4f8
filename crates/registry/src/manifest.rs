//! Manifests by their raw bytes, and what they point to.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Algorithm, Digest, RegistryError};

/// Media type of an OCI image manifest; artifacts have it, too.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of Docker's image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Media type of Docker's manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// What every request for a manifest accepts. A registry that finds the stored type missing says
/// that there is nothing: forms that are not made any more are named, too, or a tag that holds one
/// would look free.
pub(crate) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.oci.artifact.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws, \
    application/vnd.docker.distribution.manifest.v1+json";
/// The most bytes of a manifest that are read: 16 MiB. Registries accept 4 MiB.
pub const LARGEST_MANIFEST: usize = 16 << 20;

/// A pointer to content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The type of an artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Notes on it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "notes")]
    pub annotations: BTreeMap<String, String>,
    /// The platform it is for, as it stands in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Value>,
    /// Other places of the content; what is there is not in the registry (a foreign layer).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

fn notes<'de, D: serde::Deserializer<'de>>(d: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

impl Descriptor {
    /// Whether it points to a manifest or index.
    pub fn is_manifest(&self) -> bool {
        [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST].contains(&self.media_type.as_str())
    }

    /// Whether its content is not to be handed on and is found elsewhere. Without another place it
    /// is like any other: registries ask for it.
    pub fn is_foreign(&self) -> bool {
        let kept_back =
            ["nondistributable", ".foreign."].iter().any(|kind| self.media_type.contains(kind));
        kept_back && !self.urls.is_empty()
    }

    /// Its platform as in `linux/arm64/v8`.
    pub fn platform_name(&self) -> Option<String> {
        let platform = self.platform.as_ref()?;
        let part = |name: &str| platform.get(name).and_then(Value::as_str).map(str::to_owned);
        let parts = [part("os"), part("architecture"), part("variant")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }
}

/// What a manifest points to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Descriptors {
    /// The manifests of an index; empty for an image.
    #[serde(rename = "manifests", deserialize_with = "list")]
    pub children: Vec<Descriptor>,
    /// The configuration of an image.
    pub config: Option<Descriptor>,
    /// The layers of an image, as they stand.
    #[serde(deserialize_with = "list")]
    pub layers: Vec<Descriptor>,
    /// The manifest it speaks about: it is a referrer of that.
    pub subject: Option<Descriptor>,
    /// The type of an artifact.
    pub artifact_type: Option<String>,
    /// Notes on it.
    #[serde(deserialize_with = "notes")]
    pub annotations: BTreeMap<String, String>,
    /// The media type the manifest gives itself.
    pub media_type: Option<String>,
}

fn list<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<Descriptor>, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

/// A manifest as the registry holds it: the bytes are never written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The bytes.
    pub bytes: Bytes,
    /// What the registry or its maker calls them.
    pub media_type: String,
    /// The digest of the bytes, computed here.
    pub digest: Digest,
}

impl Manifest {
    /// A manifest from its bytes; the digest is SHA-256.
    pub fn new(bytes: impl Into<Bytes>, media_type: impl Into<String>) -> Self {
        Self::with_algorithm(bytes, media_type, Algorithm::Sha256)
    }

    pub(crate) fn with_algorithm(
        bytes: impl Into<Bytes>,
        media_type: impl Into<String>,
        algorithm: Algorithm,
    ) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of_with(algorithm, &bytes);
        Self { bytes, media_type: media_type.into(), digest }
    }

    /// Whether it is an index (or list) of manifests.
    pub fn is_index(&self) -> bool {
        [OCI_INDEX, DOCKER_LIST].contains(&self.media_type.as_str())
    }

    /// A pointer to it, with the type and notes a list of referrers shows.
    pub fn descriptor(&self) -> Result<Descriptor, RegistryError> {
        let parts = self.descriptors()?;
        let config = parts.config.map(|config| config.media_type);
        Ok(Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest.clone(),
            size: self.bytes.len() as u64,
            artifact_type: parts.artifact_type.or(config),
            annotations: parts.annotations,
            platform: None,
            urls: Vec::new(),
        })
    }

    /// What it points to. An error when the bytes are no manifest.
    pub fn descriptors(&self) -> Result<Descriptors, RegistryError> {
        let wrong = |reason: String| RegistryError::Unexpected {
            what: format!("manifest {}", self.digest),
            reason: format!("it cannot be read: {reason}"),
        };
        // A list would be read as a manifest without anything.
        if !self.bytes.trim_ascii_start().starts_with(b"{") {
            return Err(wrong("it is no JSON object".to_owned()));
        }
        // The reader quotes what it found.
        serde_json::from_slice(&self.bytes)
            .map_err(|error| wrong(crate::reference::show(&error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::new(text.to_owned(), OCI_MANIFEST)
    }

    #[test]
    fn what_it_points_to() {
        let digest = Digest::of(b"x");
        let made = manifest(&format!(
            r#"{{"schemaVersion":2,"artifactType":"text/x","annotations":null,
              "config":{{"mediaType":"a/b","digest":"{digest}","size":1}},
              "layers":[{{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"{digest}","size":7,"urls":["https://x"]}}],
              "subject":{{"mediaType":"{OCI_INDEX}","digest":"{digest}","size":3}}}}"#
        ));
        let parts = made.descriptors().unwrap();
        assert_eq!(parts.layers.len(), 1);
        assert!(parts.layers[0].is_foreign());
        assert!(parts.subject.unwrap().is_manifest());
        assert!(parts.children.is_empty());
        assert_eq!(made.descriptor().unwrap().artifact_type.as_deref(), Some("text/x"));
    }

    #[test]
    fn no_manifest_is_an_error() {
        for text in ["", "[]", "null", r#"{"layers":[{"digest":"sha256:zz"}]}"#] {
            assert!(manifest(text).descriptors().is_err(), "{text}");
        }
    }
}

//! Puts images there without a request, and looks what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::state::{OCI_INDEX, OCI_MANIFEST, Stored, describe, digest_of};
use super::{FakeRegistry, lock};

/// Media type of an image's configuration.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Media type of a layer.
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// Media type and bytes of the empty configuration of artifacts.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");

/// The tag that stands in for the referrers API: `sha256-<hex>`.
pub fn fallback_tag(digest: &str) -> String {
    digest.replacen(':', "-", 1)
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest_of(bytes), "size": bytes.len() })
}

/// Manifest, configuration and layer of an image for a platform like `linux/arm64/v8`. The
/// content decides the digests; the layer is that text, not an archive.
pub fn image_manifest(platform: &str, content: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let layer = content.as_bytes().to_vec();
    let mut parts = platform.splitn(3, '/');
    let mut config = json!({
        "os": parts.next(), "architecture": parts.next(),
        "rootfs": { "type": "layers", "diff_ids": [digest_of(&layer)] },
    });
    if let Some(variant) = parts.next() {
        config["variant"] = variant.into();
    }
    let config = config.to_string().into_bytes();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": descriptor(CONFIG, &config), "layers": [descriptor(LAYER, &layer)],
    });
    (manifest.to_string().into_bytes(), config, layer)
}

impl FakeRegistry {
    /// An image for `linux/amd64` under a tag; its content is its name and tag. Returns its digest.
    pub fn add_image(&self, repo: &str, tag: &str) -> String {
        let digest = self.add_untagged(repo, "linux/amd64", &format!("{repo}:{tag}"));
        self.tag(repo, tag, &digest);
        digest
    }

    /// An image without a tag. Returns its digest.
    pub fn add_untagged(&self, repo: &str, platform: &str, content: &str) -> String {
        let (manifest, config, layer) = image_manifest(platform, content);
        self.add_blob(repo, &config);
        self.add_blob(repo, &layer);
        self.add_manifest(repo, None, OCI_MANIFEST, &manifest)
    }

    /// An index with an image for each of these platforms, as in `linux/arm64`. Returns its digest.
    pub fn add_index(&self, repo: &str, tag: &str, platforms: &[&str]) -> String {
        let mut children = Vec::new();
        for platform in platforms {
            let content = format!("{repo}:{tag} for {platform}");
            let digest = self.add_untagged(repo, platform, &content);
            let bytes = self.manifest(repo, &digest).expect("it was just added");
            let mut child = descriptor(OCI_MANIFEST, &bytes);
            let mut parts = platform.splitn(3, '/');
            child["platform"] = json!({ "os": parts.next(), "architecture": parts.next() });
            if let Some(variant) = parts.next() {
                child["platform"]["variant"] = variant.into();
            }
            children.push(child);
        }
        let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
        self.add_manifest(repo, Some(tag), OCI_INDEX, index.to_string().as_bytes())
    }

    /// A manifest as it is, with or without a tag; nothing is checked. Returns its digest.
    pub fn add_manifest(
        &self,
        repo: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: &[u8],
    ) -> String {
        let digest = digest_of(bytes);
        let stored = Stored { media_type: media_type.to_owned(), bytes: Arc::new(bytes.to_vec()) };
        let mut store = lock(&self.shared);
        let repo = store.repo(repo);
        repo.manifests.insert(digest.clone(), stored);
        if let Some(tag) = tag {
            repo.set_tag(tag, &digest);
        }
        digest
    }

    /// A blob. Returns its digest.
    pub fn add_blob(&self, repo: &str, bytes: &[u8]) -> String {
        let digest = digest_of(bytes);
        lock(&self.shared).repo(repo).blobs.insert(digest.clone(), Arc::new(bytes.to_vec()));
        digest
    }

    /// An artifact about a manifest, of a type, with one layer. Where the registry has no referrers
    /// API, the index under the fallback tag is kept, as a client does. Returns its digest.
    pub fn add_referrer(
        &self,
        repo: &str,
        subject: &str,
        artifact_type: &str,
        payload: &[u8],
    ) -> String {
        let of = self.manifest(repo, subject).unwrap_or_default();
        let media_type = self.media_type(repo, subject).unwrap_or_else(|| OCI_MANIFEST.to_owned());
        self.add_blob(repo, EMPTY.1);
        self.add_blob(repo, payload);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": artifact_type,
            "config": descriptor(EMPTY.0, EMPTY.1),
            "layers": [descriptor("application/octet-stream", payload)],
            "subject": { "mediaType": media_type, "digest": subject, "size": of.len() },
        });
        let bytes = manifest.to_string().into_bytes();
        let digest = self.add_manifest(repo, None, OCI_MANIFEST, &bytes);
        if !lock(&self.shared).set.referrers {
            self.add_to_fallback(repo, subject, &digest);
        }
        digest
    }

    /// Lists a manifest under the fallback tag of another.
    fn add_to_fallback(&self, repo: &str, subject: &str, digest: &str) {
        let tag = fallback_tag(subject);
        let old = self.digest(repo, &tag).and_then(|digest| self.manifest(repo, &digest));
        let mut index: Value =
            old.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_else(
                || json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [] }),
            );
        let stored = lock(&self.shared).repo(repo).manifests[digest].clone();
        let json: Value = serde_json::from_slice(&stored.bytes).unwrap_or_default();
        let list = index["manifests"].as_array_mut().expect("an index has manifests");
        list.push(describe(digest, &stored, &json));
        self.add_manifest(repo, Some(&tag), OCI_INDEX, index.to_string().as_bytes());
    }

    /// A signature as cosign keeps it under the tag `sha256-<hex>.sig`: the signed payload, and the
    /// signature in Base64. Returns the digest of its manifest.
    pub fn add_cosign_signature(
        &self,
        repo: &str,
        subject: &str,
        payload: &[u8],
        signature: &str,
    ) -> String {
        let config = json!({ "architecture": "", "os": "" }).to_string().into_bytes();
        self.add_blob(repo, &config);
        self.add_blob(repo, payload);
        let mut layer = descriptor("application/vnd.dev.cosign.simplesigning.v1+json", payload);
        layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": signature });
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": descriptor(CONFIG, &config), "layers": [layer],
        });
        let tag = format!("{}.sig", fallback_tag(subject));
        self.add_manifest(repo, Some(&tag), OCI_MANIFEST, manifest.to_string().as_bytes())
    }

    /// Sets a tag, as somebody else would in the meantime.
    pub fn tag(&self, repo: &str, tag: &str, digest: &str) -> &Self {
        lock(&self.shared).repo(repo).set_tag(tag, digest);
        self
    }

    /// Takes a tag away.
    pub fn untag(&self, repo: &str, tag: &str) -> &Self {
        lock(&self.shared).repo(repo).tags.retain(|(known, _)| known != tag);
        self
    }

    /// Takes a manifest away with its tags, as a cleanup does: an index keeps naming it.
    pub fn remove_manifest(&self, repo: &str, digest: &str) -> &Self {
        let mut store = lock(&self.shared);
        let found = store.repo(repo);
        found.manifests.remove(digest);
        found.tags.retain(|(_, at)| at != digest);
        drop(store);
        self
    }

    /// Gives a blob other bytes than its digest says.
    pub fn corrupt_blob(&self, repo: &str, digest: &str, bytes: &[u8]) -> &Self {
        let mut store = lock(&self.shared);
        store.repo(repo).blobs.insert(digest.to_owned(), Arc::new(bytes.to_vec()));
        drop(store);
        self
    }

    /// Gives a manifest other bytes than its digest says.
    pub fn corrupt_manifest(&self, repo: &str, digest: &str, bytes: &[u8]) -> &Self {
        let mut store = lock(&self.shared);
        if let Some(stored) = store.repo(repo).manifests.get_mut(digest) {
            stored.bytes = Arc::new(bytes.to_vec());
        }
        drop(store);
        self
    }

    /// The digest a tag holds; `None` when there is none.
    pub fn digest(&self, repo: &str, tag: &str) -> Option<String> {
        lock(&self.shared).repos.get(repo)?.resolve(tag)
    }

    /// Every tag of a repository with its digest.
    pub fn tags(&self, repo: &str) -> BTreeMap<String, String> {
        let store = lock(&self.shared);
        store.repos.get(repo).map(|repo| repo.tags.iter().cloned().collect()).unwrap_or_default()
    }

    /// The bytes of a manifest by digest.
    pub fn manifest(&self, repo: &str, digest: &str) -> Option<Vec<u8>> {
        let store = lock(&self.shared);
        store.repos.get(repo)?.manifests.get(digest).map(|stored| stored.bytes.to_vec())
    }

    /// The media type a manifest was put with.
    pub fn media_type(&self, repo: &str, digest: &str) -> Option<String> {
        let store = lock(&self.shared);
        store.repos.get(repo)?.manifests.get(digest).map(|stored| stored.media_type.clone())
    }

    /// The digests of a repository's manifests, sorted.
    pub fn manifests(&self, repo: &str) -> Vec<String> {
        let store = lock(&self.shared);
        store.repos.get(repo).map(|r| r.manifests.keys().cloned().collect()).unwrap_or_default()
    }

    /// The bytes of a blob.
    pub fn blob(&self, repo: &str, digest: &str) -> Option<Vec<u8>> {
        let store = lock(&self.shared);
        store.repos.get(repo)?.blobs.get(digest).map(|bytes| bytes.to_vec())
    }

    /// The digests of a repository's blobs, sorted.
    pub fn blobs(&self, repo: &str) -> Vec<String> {
        let store = lock(&self.shared);
        store.repos.get(repo).map(|r| r.blobs.keys().cloned().collect()).unwrap_or_default()
    }

    /// The digests of what speaks about a manifest, sorted.
    pub fn referrers(&self, repo: &str, subject: &str) -> Vec<String> {
        let store = lock(&self.shared);
        let found = store.repos.get(repo).map(|repo| repo.referrers(subject)).unwrap_or_default();
        found.iter().filter_map(|one| one["digest"].as_str().map(str::to_owned)).collect()
    }
}

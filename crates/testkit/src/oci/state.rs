//! What the registry holds, and how it is set to behave.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};

use super::auth::Access;
use crate::fault::{Faults, wildcard};
use crate::kill::KillSwitch;
use crate::record::Log;

/// Media type of an OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of Docker's image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Media type of Docker's manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// What happens to the `tag` parameters of a manifest that is put by digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiTag {
    /// 201 without `OCI-Tag`, and no tag is made, as distribution 2.8 does.
    #[default]
    Ignored,
    /// Every tag is made and named by an `OCI-Tag` header.
    Supported,
    /// The first tag only is made and named.
    Partial,
    /// Every tag is named, none is made.
    Lie,
}

/// How an existing tag that may not move refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Immutable {
    /// 400 `TAG_INVALID`, as Amazon ECR.
    Ecr,
    /// 403 `DENIED`, as Docker Hub.
    DockerHub,
}

/// A manifest as it was put.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) media_type: String,
    pub(super) bytes: Arc<Vec<u8>>,
}

/// One repository.
#[derive(Clone, Debug, Default)]
pub(super) struct Repo {
    pub(super) manifests: BTreeMap<String, Stored>,
    /// In the order they were made first: not sorted.
    pub(super) tags: Vec<(String, String)>,
    pub(super) blobs: BTreeMap<String, Arc<Vec<u8>>>,
    pub(super) immutable: Option<(Immutable, String)>,
}

impl Repo {
    pub(super) fn resolve(&self, reference: &str) -> Option<String> {
        if reference.contains(':') {
            return self.manifests.contains_key(reference).then(|| reference.to_owned());
        }
        let found = self.tags.iter().find(|(tag, _)| tag == reference);
        found.map(|(_, digest)| digest.clone())
    }

    pub(super) fn set_tag(&mut self, tag: &str, digest: &str) {
        match self.tags.iter_mut().find(|(known, _)| known == tag) {
            Some((_, at)) => digest.clone_into(at),
            None => self.tags.push((tag.to_owned(), digest.to_owned())),
        }
    }

    /// How the tag refuses to move; `None` when it may.
    pub(super) fn refusal(&self, tag: &str) -> Option<Immutable> {
        let (kind, pattern) = self.immutable.as_ref()?;
        let is_there = self.tags.iter().any(|(known, _)| known == tag);
        (is_there && wildcard(pattern, tag)).then_some(*kind)
    }

    /// The manifests whose `subject` is this one, as descriptors.
    pub(super) fn referrers(&self, subject: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for (digest, stored) in &self.manifests {
            let json: Value = serde_json::from_slice(&stored.bytes).unwrap_or_default();
            if json["subject"]["digest"] == subject {
                found.push(describe(digest, stored, &json));
            }
        }
        found
    }
}

/// The descriptor of a referrer.
pub(super) fn describe(digest: &str, stored: &Stored, json: &Value) -> Value {
    let mut descriptor = serde_json::json!({
        "mediaType": stored.media_type, "digest": digest, "size": stored.bytes.len(),
    });
    let kind = json["artifactType"].as_str().or_else(|| json["config"]["mediaType"].as_str());
    if let Some(kind) = kind {
        descriptor["artifactType"] = kind.into();
    }
    if json["annotations"].is_object() {
        descriptor["annotations"] = json["annotations"].clone();
    }
    descriptor
}

/// How it is set.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of a registry")]
pub(super) struct Behaviour {
    pub(super) referrers: bool,
    pub(super) multi_tag: MultiTag,
    pub(super) strict_accept: bool,
    pub(super) check_children: bool,
    pub(super) mounts: bool,
    pub(super) creates: bool,
    pub(super) page: Option<usize>,
    pub(super) referrers_page: Option<usize>,
    pub(super) largest_manifest: usize,
    pub(super) largest_blob: usize,
    pub(super) relative_locations: bool,
    pub(super) redirects_blobs: bool,
    pub(super) delete_by_tag: bool,
    pub(super) forgets_untagged: bool,
    pub(super) wrong_digests: bool,
    pub(super) no_digests: bool,
    pub(super) drops_writes: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            referrers: true,
            multi_tag: MultiTag::default(),
            strict_accept: true,
            check_children: true,
            mounts: true,
            creates: true,
            page: None,
            referrers_page: None,
            largest_manifest: 4 << 20,
            largest_blob: usize::MAX,
            relative_locations: false,
            redirects_blobs: false,
            delete_by_tag: false,
            forgets_untagged: false,
            wrong_digests: false,
            no_digests: false,
            drops_writes: false,
        }
    }
}

/// Everything.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) url: String,
    pub(super) storage_url: String,
    pub(super) log: Log,
    pub(super) storage_log: Log,
    pub(super) token_log: Log,
    pub(super) faults: Faults,
    pub(super) kill: Option<KillSwitch>,
    pub(super) repos: BTreeMap<String, Repo>,
    /// What stale reads see.
    pub(super) before_last_write: Option<BTreeMap<String, Repo>>,
    pub(super) uploads: BTreeMap<String, (String, Vec<u8>)>,
    pub(super) counter: usize,
    pub(super) set: Behaviour,
    pub(super) access: Access,
}

impl Store {
    pub(super) fn next(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    pub(super) fn repo(&mut self, name: &str) -> &mut Repo {
        self.repos.entry(name.to_owned()).or_default()
    }
}

/// `sha256:…` of these bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// The digest of these bytes under the algorithm a digest names.
pub(super) fn digest_like(digest: &str, bytes: &[u8]) -> String {
    if digest.starts_with("sha512:") {
        return format!("sha512:{}", hex(&Sha512::digest(bytes)));
    }
    digest_of(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

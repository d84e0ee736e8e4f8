//! What refers to a manifest: signatures, attestations, records.

use bytes::Bytes;
use launchway_http::retry::{self, Outcome};
use launchway_http::{HttpError, Intent, Method, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Call;
use crate::manifest::OCI_INDEX;
use crate::{
    Descriptor, Digest, LARGEST_MANIFEST, Manifest, Put, Registry, RegistryError, Repository, Tag,
    Which, link,
};

const MOST_PAGES: usize = 1_000;
/// More than refers to any image.
const MOST_REFERRERS: usize = 100_000;

/// The referrers of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referrers {
    /// Pointers to their manifests.
    pub manifests: Vec<Descriptor>,
    /// Whether the registry keeps the list. If not, it stands under [`fallback_tag`].
    pub by_api: bool,
}

/// The tag that lists the referrers of a digest where the registry does not: `sha256-…`.
pub fn fallback_tag(digest: &Digest) -> Option<Tag> {
    // 128 digits and the name of the algorithm are too long for a tag; the specification cuts.
    let text = digest.as_str().replacen(':', "-", 1);
    text.get(..text.len().min(crate::LONGEST_TAG))?.parse().ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    manifests: Option<Vec<Descriptor>>,
}

impl Registry {
    /// The referrers of a manifest, all pages, of one artifact type or of all. A registry without
    /// the list is asked for the fallback tag.
    pub async fn referrers(
        &self,
        repository: &Repository,
        digest: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Referrers, RegistryError> {
        let mut call = Call::new(repository, Method::GET, &format!("referrers/{digest}"))
            .about(format!("the referrers of {}", repository.at(digest.clone())))
            .header(header::ACCEPT, OCI_INDEX)
            .limit(LARGEST_MANIFEST);
        if let Some(artifact_type) = artifact_type {
            call = call.query("artifactType", artifact_type);
        }
        let mut manifests = Vec::new();
        for page in 0..MOST_PAGES {
            let answer = self.ask(&call).await;
            // Later pages are of a list that is there.
            if page == 0 && no_api(&answer) {
                let manifests = self.fallback(repository, digest).await?;
                let manifests = filtered(manifests, artifact_type);
                return Ok(Referrers { manifests, by_api: false });
            }
            let response = answer?;
            let index: Index = response.json()?;
            manifests.extend(index.manifests.unwrap_or_default());
            match link::next(&call.what, &response)? {
                Some(next) if next == response.url || manifests.len() > MOST_REFERRERS => break,
                Some(next) => call = call.page(next),
                // A registry need not filter.
                None => {
                    let manifests = filtered(manifests, artifact_type);
                    return Ok(Referrers { manifests, by_api: true });
                }
            }
        }
        let reason = "the list has no end".to_owned();
        Err(RegistryError::Unexpected { what: call.what, reason })
    }

    async fn fallback(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let Some(tag) = fallback_tag(digest) else { return Ok(Vec::new()) };
        let index = self.listed_under(repository, &tag.into(), digest).await?;
        index.map_or_else(|| Ok(Vec::new()), |index| Ok(index.descriptors()?.children))
    }

    /// What stands under the fallback tag of a manifest. GitLab takes the tag for the digest, and
    /// answers with the manifest itself.
    async fn listed_under(
        &self,
        repository: &Repository,
        tag: &Which,
        subject: &Digest,
    ) -> Result<Option<Manifest>, RegistryError> {
        let found = self.get_manifest(repository, tag).await?;
        Ok(found.filter(|found| !subject.matches(&found.bytes)))
    }

    /// Puts a manifest that has a subject, and lists it under the fallback tag where the registry
    /// does not keep the list of referrers. The list is read and written in two requests: it is
    /// read again afterwards, and written again when another writer replaced it.
    pub async fn put_referrer(
        &self,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<Put, RegistryError> {
        let parts = manifest.descriptors()?;
        let put = self.put_manifest(repository, &(&manifest.digest).into(), manifest).await?;
        let Some(subject) = parts.subject else { return Ok(put) };
        let listed = |list: &[Descriptor]| list.iter().any(|d| d.digest == manifest.digest);
        if put.subject.as_ref() == Some(&subject.digest) {
            return Ok(put);
        }
        let Some(tag) = fallback_tag(&subject.digest) else { return Ok(put) };
        let tag = Which::Tag(tag);
        let own = manifest.descriptor()?;
        let mut attempt = 1;
        loop {
            let index = match self.listed_under(repository, &tag, &subject.digest).await? {
                Some(before) if listed(&before.descriptors()?.children) => return Ok(put),
                before => with_entry(before.as_ref(), &own)?,
            };
            self.put_manifest(repository, &tag, &index).await?;
            let after = self.get_manifest(repository, &tag).await?;
            if let Some(after) = after
                && listed(&after.descriptors()?.children)
            {
                return Ok(put);
            }
            let wait = retry::delay(Intent::Read, attempt, Outcome::Unknown);
            let Some(wait) = wait.filter(|wait| self.http().deadline().allows(*wait)) else {
                return Err(RegistryError::Unexpected {
                    what: repository.which(&tag).to_string(),
                    reason: "the list of referrers does not keep what is added".to_owned(),
                });
            };
            tracing::info!("{}: what was added is missing", repository.which(&tag));
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }
}

/// Whether an answer says that the registry has no list of referrers. Where it has one, an unknown
/// digest has an empty list. GitHub's sends on to a page of its site.
fn no_api(answer: &Result<Response, RegistryError>) -> bool {
    match answer {
        Ok(response) => response.header("content-type").is_some_and(|kind| !kind.contains("json")),
        Err(RegistryError::NotFound { .. } | RegistryError::Http(HttpError::Redirect { .. })) => {
            true
        }
        Err(RegistryError::Refused { status, .. }) => {
            matches!(status, 300..=399 | 400 | 405 | 406 | 410 | 501)
        }
        Err(_) => false,
    }
}

fn filtered(mut manifests: Vec<Descriptor>, artifact_type: Option<&str>) -> Vec<Descriptor> {
    if let Some(wanted) = artifact_type {
        manifests.retain(|one| one.artifact_type.as_deref() == Some(wanted));
    }
    let mut seen = std::collections::HashSet::new();
    manifests.retain(|one| seen.insert(one.digest.clone()));
    manifests
}

/// An index with one more entry; every other key and entry stays as it is.
fn with_entry(before: Option<&Manifest>, entry: &Descriptor) -> Result<Manifest, RegistryError> {
    let unreadable = |error: serde_json::Error| RegistryError::Unexpected {
        what: "the list of referrers".to_owned(),
        reason: format!("it cannot be read: {error}"),
    };
    let mut index = match before {
        Some(before) => {
            let parts = before.descriptors()?;
            if parts.config.is_some() || !parts.layers.is_empty() {
                return Err(RegistryError::Unexpected {
                    what: format!("manifest {}", before.digest),
                    reason: "it is an image where the list of referrers should stand".to_owned(),
                });
            }
            serde_json::from_slice(&before.bytes).map_err(unreadable)?
        }
        None => json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [] }),
    };
    let entry = serde_json::to_value(entry).map_err(unreadable)?;
    match index.get_mut("manifests").and_then(Value::as_array_mut) {
        Some(list) => list.push(entry),
        None => {
            if let Some(index) = index.as_object_mut() {
                index.insert("manifests".to_owned(), json!([entry]));
            }
        }
    }
    let bytes = serde_json::to_vec(&index).map_err(unreadable)?;
    Ok(Manifest::new(Bytes::from(bytes), OCI_INDEX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_tag() {
        let digest = Digest::of(b"");
        let tag = fallback_tag(&digest).unwrap();
        assert_eq!(tag.as_str(), format!("sha256-{}", digest.hex()));
        let long = Digest::of_with(crate::Algorithm::Sha512, b"");
        assert_eq!(fallback_tag(&long).unwrap().as_str().len(), 128);
    }

    #[test]
    fn an_entry_more_and_nothing_less() {
        let own = Manifest::new("{}", crate::OCI_MANIFEST).descriptor().unwrap();
        let first = with_entry(None, &own).unwrap();
        assert_eq!(first.descriptors().unwrap().children, std::slice::from_ref(&own));
        let kept = Manifest::new(r#"{"x":1,"manifests":[]}"#, OCI_INDEX);
        let second = with_entry(Some(&kept), &own).unwrap();
        assert!(String::from_utf8_lossy(&second.bytes).starts_with(r#"{"x":1,"manifests":[{"#));
    }
}

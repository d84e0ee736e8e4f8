//! Manifests: look, get, put, delete.

use launchway_http::{Method, Redirects, Response, header};

use crate::client::{Access, Call};
use crate::manifest::{ACCEPT, LARGEST_MANIFEST};
use crate::{Digest, Manifest, Registry, RegistryError, Repository, Tag, Which};

/// What a look at a manifest says, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The digest the registry names.
    pub digest: Digest,
    /// The media type, when it is told.
    pub media_type: Option<String>,
    /// The size in bytes, when it is told.
    pub size: Option<u64>,
}

/// What a registry says of a manifest it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The digest of the manifest, computed here; the registry named no other.
    pub digest: Digest,
    /// The tags the registry proves to have set along with it (`OCI-Tag`).
    pub tags: Vec<Tag>,
    /// The subject the registry says it keeps as referred to (`OCI-Subject`). Without it the
    /// fallback tag is the client's to write.
    pub subject: Option<Digest>,
}

impl Registry {
    /// The digest of a manifest, without its bytes; `None` when it is not there. Docker Hub does
    /// not count it against its limit.
    pub async fn head(
        &self,
        repository: &Repository,
        which: &Which,
    ) -> Result<Option<Head>, RegistryError> {
        let call = Call::new(repository, Method::HEAD, &format!("manifests/{which}"))
            .about(repository.which(which).to_string())
            .header(header::ACCEPT, ACCEPT)
            .redirects(Redirects::Any);
        let response = match self.ask(&call).await {
            Ok(response) => response,
            Err(error) if error.is_not_found() => return Ok(None),
            // The answer to HEAD has no words, and without them a limit looks like a denial.
            Err(RegistryError::Denied { said, .. } | RegistryError::Unauthorized { said, .. })
                if said.is_empty() =>
            {
                return self.look_by_get(repository, which).await;
            }
            Err(error) => return Err(error),
        };
        let Some(digest) = announced(&call.what, &response)? else {
            // Some registries tell the digest of the bytes only by giving them.
            return self.look_by_get(repository, which).await;
        };
        if let Which::Digest(expected) = which
            && expected.algorithm() == digest.algorithm()
            && *expected != digest
        {
            let expected = expected.clone();
            return Err(RegistryError::Mismatch { what: call.what, expected, found: digest });
        }
        Ok(Some(Head {
            digest,
            media_type: response.header("content-type").map(media_type),
            size: response.header("content-length").and_then(|size| size.parse().ok()),
        }))
    }

    async fn look_by_get(
        &self,
        repository: &Repository,
        which: &Which,
    ) -> Result<Option<Head>, RegistryError> {
        let manifest = self.get_manifest(repository, which).await?;
        Ok(manifest.map(|manifest| Head {
            size: Some(manifest.bytes.len() as u64),
            digest: manifest.digest,
            media_type: Some(manifest.media_type),
        }))
    }

    /// A manifest by its bytes; `None` when it is not there. What comes has the digest that was
    /// asked for, and the one the registry announces.
    pub async fn get_manifest(
        &self,
        repository: &Repository,
        which: &Which,
    ) -> Result<Option<Manifest>, RegistryError> {
        let call = Call::new(repository, Method::GET, &format!("manifests/{which}"))
            .about(repository.which(which).to_string())
            .header(header::ACCEPT, ACCEPT)
            .redirects(Redirects::Any)
            .limit(LARGEST_MANIFEST);
        let response = match self.ask(&call).await {
            Ok(response) => response,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        manifest(call.what, which, &response).map(Some)
    }

    /// Puts a manifest under a tag or its digest, byte for byte.
    ///
    /// When the answer is lost, a look tells whether it arrived; it is sent once more when it did
    /// not. That is safe: the same bytes under the same name are the same write.
    pub async fn put_manifest(
        &self,
        repository: &Repository,
        which: &Which,
        manifest: &Manifest,
    ) -> Result<Put, RegistryError> {
        if let Which::Digest(expected) = which
            && !expected.matches(&manifest.bytes)
        {
            return Err(RegistryError::Mismatch {
                what: repository.at(expected.clone()).to_string(),
                expected: expected.clone(),
                found: manifest.digest.clone(),
            });
        }
        let call = Call::new(repository, Method::PUT, &format!("manifests/{which}"))
            .about(repository.which(which).to_string());
        self.put(repository, call, which, manifest).await
    }

    /// Puts a manifest under its digest and asks for several tags in the same request. Only the
    /// tags in [`Put::tags`] are set; a registry that does not know this sets none and says so by
    /// silence.
    pub async fn put_tags(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        tags: &[Tag],
    ) -> Result<Put, RegistryError> {
        let digest = Which::Digest(manifest.digest.clone());
        let mut call = Call::new(repository, Method::PUT, &format!("manifests/{digest}"))
            .about(repository.which(&digest).to_string());
        for tag in tags {
            call = call.query("tag", tag.as_str());
        }
        self.put(repository, call, &digest, manifest).await
    }

    async fn put(
        &self,
        repository: &Repository,
        call: Call,
        which: &Which,
        manifest: &Manifest,
    ) -> Result<Put, RegistryError> {
        let call = call
            .access(Access::Write)
            .header(header::CONTENT_TYPE, &manifest.media_type)
            .body(manifest.bytes.clone());
        let response = match self.ask(&call).await {
            Err(error) if error.is_unclear() => {
                tracing::info!("{error}; looking whether it arrived");
                match self.head(repository, which).await {
                    Ok(Some(head)) if head.digest == manifest.digest => {
                        return Ok(Put {
                            digest: manifest.digest.clone(),
                            tags: Vec::new(),
                            subject: None,
                        });
                    }
                    Ok(_) => self.ask(&call).await?,
                    Err(_) => return Err(error),
                }
            }
            result => result?,
        };
        // A registry may have another canonical algorithm, but not another digest.
        if let Some(found) = announced(&call.what, &response)?
            && !found.matches(&manifest.bytes)
        {
            let expected = manifest.digest.clone();
            return Err(RegistryError::Mismatch { what: call.what, expected, found });
        }
        let subject = response.header("oci-subject").and_then(|text| text.trim().parse().ok());
        Ok(Put { digest: manifest.digest.clone(), tags: proven(&response), subject })
    }

    /// Deletes a manifest, or just a tag where the registry can do that; whether it was there.
    /// Deleting a digest takes all its tags along.
    pub async fn delete_manifest(
        &self,
        repository: &Repository,
        which: &Which,
    ) -> Result<bool, RegistryError> {
        let call = Call::new(repository, Method::DELETE, &format!("manifests/{which}"))
            .about(repository.which(which).to_string())
            .access(Access::Delete);
        match self.ask(&call).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn manifest(what: String, which: &Which, response: &Response) -> Result<Manifest, RegistryError> {
    let told = announced(&what, response)?;
    let algorithm = match which {
        Which::Digest(digest) => digest.algorithm(),
        Which::Tag(_) => told.as_ref().map_or(crate::Algorithm::Sha256, Digest::algorithm),
    };
    let media_type = response.header("content-type").map(media_type).unwrap_or_default();
    let mut manifest = Manifest::with_algorithm(response.body.clone(), media_type, algorithm);
    let asked = match which {
        Which::Digest(digest) => Some(digest),
        Which::Tag(_) => None,
    };
    for expected in asked.into_iter().chain(told.as_ref()) {
        if !expected.matches(&manifest.bytes) {
            let (expected, found) = (expected.clone(), manifest.digest);
            return Err(RegistryError::Mismatch { what, expected, found });
        }
    }
    // A page of a proxy has a digest, too.
    if !manifest.bytes.trim_ascii_start().starts_with(b"{") {
        let reason = "the answer is no manifest; perhaps something else answers here".to_owned();
        return Err(RegistryError::Unexpected { what, reason });
    }
    // A registry that tells no type, or a general one: the manifest says it itself.
    let general = ["", "application/json", "text/plain", "application/octet-stream"];
    if general.contains(&manifest.media_type.as_str())
        && let Ok(parts) = manifest.descriptors()
        && let Some(own) = parts.media_type
    {
        manifest.media_type = own;
    }
    Ok(manifest)
}

/// The media type without its parameters.
fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The digest the registry names for the content.
fn announced(what: &str, response: &Response) -> Result<Option<Digest>, RegistryError> {
    let Some(text) = response.header("docker-content-digest") else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|error: crate::ReferenceError| {
        RegistryError::Unexpected {
            what: what.to_owned(),
            reason: format!("the registry names no valid digest: {error}"),
        }
    })
}

/// The tags of all `OCI-Tag` headers.
fn proven(response: &Response) -> Vec<Tag> {
    let values = response.headers.get_all("oci-tag").iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(|tag| tag.trim().parse().ok()).collect()
}

//! Blobs: look, mount, put, get, copy.

use bytes::Bytes;
use launchway_http::{HttpError, Method, Redirects, Response, Url, header};

use crate::client::{Access, Call};
use crate::{Descriptor, Digest, Registry, RegistryError, Repository};

/// How a blob came to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was there already.
    Present,
    /// Within the registry, without its bytes.
    Mounted,
    /// Byte for byte.
    Copied,
}

impl Registry {
    /// Whether a repository has a blob.
    pub async fn has_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        let call = Call::new(repository, Method::HEAD, &format!("blobs/{digest}"))
            .about(format!("blob {}", repository.at(digest.clone())))
            .redirects(Redirects::Any);
        match self.ask(&call).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A small blob, such as a configuration or the payload of a signature; `None` when it is not
    /// there. More than `limit` bytes are an error.
    pub async fn get_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        limit: usize,
    ) -> Result<Option<Bytes>, RegistryError> {
        let call = Call::new(repository, Method::GET, &format!("blobs/{digest}"))
            .about(format!("blob {}", repository.at(digest.clone())))
            .redirects(Redirects::Any)
            .limit(limit);
        let response = match self.ask(&call).await {
            Ok(response) => response,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = Digest::of_with(digest.algorithm(), &response.body);
        if found != *digest {
            let expected = digest.clone();
            return Err(RegistryError::Mismatch { what: call.what, expected, found });
        }
        Ok(Some(response.body))
    }

    /// Mounts a blob of another repository of the same registry; whether the registry did.
    pub async fn mount_blob(
        &self,
        from: &Repository,
        to: &Repository,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        Ok(self.mount(from, to, digest).await?.is_none())
    }

    /// Mounts, or gives the session for an upload.
    async fn mount(
        &self,
        from: &Repository,
        to: &Repository,
        digest: &Digest,
    ) -> Result<Option<Url>, RegistryError> {
        let call = Call::new(to, Method::POST, "blobs/uploads/")
            .about(format!("blob {}", to.at(digest.clone())))
            .access(Access::Write)
            .query("mount", digest.as_str())
            .query("from", from.name());
        let response = self.ask(&call).await?;
        match response.status.as_u16() {
            201 => Ok(None),
            _ => location(&call.what, &response).map(Some),
        }
    }

    /// Puts a blob from memory; its digest is SHA-256.
    pub async fn put_blob(
        &self,
        repository: &Repository,
        bytes: impl Into<Bytes>,
    ) -> Result<Digest, RegistryError> {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let call = Call::new(repository, Method::POST, "blobs/uploads/")
            .about(format!("blob {}", repository.at(digest.clone())))
            .access(Access::Write);
        let response = self.ask(&call).await?;
        let url = location(&call.what, &response)?;
        let call = Call::new(repository, Method::PUT, "")
            .about(call.what)
            .access(Access::Write)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .page(url)
            .query("digest", digest.as_str())
            .body(bytes);
        self.ask(&call).await?;
        Ok(digest)
    }

    /// Copies a blob from one repository to another, on any registries.
    pub async fn copy_blob(
        &self,
        from: &Repository,
        to: &Repository,
        blob: &Descriptor,
    ) -> Result<Sent, RegistryError> {
        if from.same_registry(to) && self.mount_blob(from, to, &blob.digest).await? {
            return Ok(Sent::Mounted);
        }
        if self.has_blob(to, &blob.digest).await? {
            return Ok(Sent::Present);
        }
        let limit = usize::try_from(blob.size).unwrap_or(usize::MAX);
        let bytes = self.get_blob(from, &blob.digest, limit).await?;
        let bytes = bytes.ok_or_else(|| RegistryError::NotFound {
            what: format!("blob {}", from.at(blob.digest.clone())),
            said: String::new(),
        })?;
        self.put_blob(to, bytes).await?;
        Ok(Sent::Copied)
    }
}

/// Where an upload goes on: absolute or relative, as the registry says.
fn location(what: &str, response: &Response) -> Result<Url, RegistryError> {
    let wrong = || RegistryError::Unexpected {
        what: what.to_owned(),
        reason: "the registry names no place for the upload".to_owned(),
    };
    let text = response.header("location").ok_or_else(wrong)?;
    let url = response.url.join(text).map_err(|_| wrong())?;
    if response.url.scheme() == "https" && url.scheme() != "https" {
        return Err(RegistryError::Http(HttpError::Redirect {
            request: response.request.clone(),
            target: launchway_http::origin(&url),
            reason: "it leaves the secure connection",
        }));
    }
    Ok(url)
}

//! Blobs: look, mount, put, get, copy.

use std::time::Duration;

use bytes::Bytes;
use launchway_http::retry::{self, Outcome};
use launchway_http::{HttpError, Intent, Method, Opened, Redirects, Response, Url, header};

use crate::client::{Access, Call};
use crate::transfer::{Verified, Wrong};
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
            // Room for the words of a refusal.
            .limit(limit.max(64 << 10));
        let response = match self.ask(&call).await {
            Ok(response) => response,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        if response.body.len() > limit {
            return Err(RegistryError::TooLarge { what: call.what, limit: limit as u64 });
        }
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

    /// Mounts, or gives the place for an upload.
    async fn mount(
        &self,
        from: &Repository,
        to: &Repository,
        digest: &Digest,
    ) -> Result<Option<Url>, RegistryError> {
        let call = uploads(to, digest)
            .query("mount", digest.as_str())
            .query("from", from.name())
            .reading(from);
        let response = self.ask(&call).await?;
        match response.status.as_u16() {
            201 => Ok(None),
            _ => location(&call.what, &response).map(Some),
        }
    }

    /// The place for an upload.
    pub(crate) async fn begin(
        &self,
        to: &Repository,
        digest: &Digest,
    ) -> Result<Url, RegistryError> {
        let call = uploads(to, digest);
        let response = self.ask(&call).await?;
        location(&call.what, &response)
    }

    /// Puts a blob from memory; its digest is SHA-256. When an answer is lost, a look tells whether
    /// the blob arrived, and the whole is sent again when not: the same bytes are the same blob.
    pub async fn put_blob(
        &self,
        repository: &Repository,
        bytes: impl Into<Bytes>,
    ) -> Result<Digest, RegistryError> {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.put_whole(repository, &digest, &bytes).await?;
        Ok(digest)
    }

    pub(crate) async fn put_whole(
        &self,
        to: &Repository,
        digest: &Digest,
        bytes: &Bytes,
    ) -> Result<(), RegistryError> {
        let mut attempt = 1;
        loop {
            let sent = async {
                let place = self.begin(to, digest).await?;
                let call = finish(to, digest, place).body(bytes.clone());
                self.ask(&call).await.map(drop)
            };
            let Err(error) = sent.await else { return Ok(()) };
            // It was waited for already.
            if matches!(error, RegistryError::Limited { .. }) {
                return Err(error);
            }
            if !self.worth_again(to, digest, error, &mut attempt).await? {
                return Ok(());
            }
        }
    }

    /// Copies a blob from one repository to another, on any registries: mounted where the registry
    /// can, else streamed without being held whole, and checked before its last piece is sent. A
    /// copy that breaks off begins anew, a few times.
    pub async fn copy_blob(
        &self,
        from: &Repository,
        to: &Repository,
        blob: &Descriptor,
    ) -> Result<Sent, RegistryError> {
        if from == to {
            return Ok(Sent::Present);
        }
        let mut place = None;
        if from.same_registry(to) {
            match self.mount(from, to, &blob.digest).await {
                Ok(None) => return Ok(Sent::Mounted),
                Ok(session) => place = session,
                // Some refuse what they cannot mount, or may not look into the other repository.
                Err(error @ (RegistryError::Http(_) | RegistryError::Limited { .. }))
                    if !error.is_unclear() =>
                {
                    return Err(error);
                }
                Err(error) => tracing::debug!("{error}; its bytes are copied instead"),
            }
        }
        // Who mounts nothing offers a session for what is there, too.
        if self.has_blob(to, &blob.digest).await? {
            return Ok(Sent::Present);
        }
        if blob.size == 0 {
            let bytes =
                self.get_blob(from, &blob.digest, 0).await?.ok_or_else(|| gone(from, blob))?;
            self.put_whole(to, &blob.digest, &bytes).await?;
            return Ok(Sent::Copied);
        }
        let mut attempt = 1;
        loop {
            let Err(error) = self.stream(from, to, blob, place.take()).await else {
                return Ok(Sent::Copied);
            };
            if !self.worth_again(to, &blob.digest, error, &mut attempt).await? {
                return Ok(Sent::Copied);
            }
        }
    }

    async fn stream(
        &self,
        from: &Repository,
        to: &Repository,
        blob: &Descriptor,
        place: Option<Url>,
    ) -> Result<(), RegistryError> {
        let source = Call::new(from, Method::GET, &format!("blobs/{}", blob.digest))
            .about(format!("blob {}", from.at(blob.digest.clone())))
            .redirects(Redirects::Any)
            .timeout(STALLED);
        let download = match Box::pin(self.open(&source, true)).await? {
            Opened::Stream(download) => download,
            Opened::Whole(response) => {
                let reason = format!("{} gave no stream", response.request);
                return Err(RegistryError::Unexpected { what: source.what, reason });
            }
        };
        if let Some(size) = download.size.filter(|size| *size != blob.size) {
            let reason = format!("it has {size} bytes, its manifest says {}", blob.size);
            return Err(RegistryError::Unexpected { what: source.what, reason });
        }
        let place = match place {
            Some(place) => place,
            None => self.begin(to, &blob.digest).await?,
        };
        let call = finish(to, &blob.digest, place);
        let wrong = Wrong::default();
        let (expected, size) = (blob.digest.clone(), blob.size);
        let body = Verified::new(download.body, source.what, expected, size, wrong.clone());
        let prepared = self.prepare(&call).await?;
        let sent = Box::pin(self.http().upload(&prepared.request, size, body)).await;
        // What went wrong with the content explains why the request broke off.
        if let Some(error) = wrong.take() {
            return Err(error);
        }
        self.judge(&call, &prepared, sent?).await
    }

    /// Whether a blob that did not arrive is worth another try: `false` when it did arrive.
    pub(crate) async fn worth_again(
        &self,
        to: &Repository,
        digest: &Digest,
        error: RegistryError,
        attempt: &mut u32,
    ) -> Result<bool, RegistryError> {
        // Who refuses is sure to have stored nothing.
        let refused =
            matches!(error, RegistryError::Renewed { .. } | RegistryError::Limited { .. });
        let outcome = match error {
            RegistryError::Limited { wait, .. } => {
                Outcome::Answered { status: 429, wait, limited: false }
            }
            _ => Outcome::Unknown,
        };
        let wait = retry::delay(Intent::Read, *attempt, outcome);
        let again = |wait: &Duration| {
            (refused || error.is_unclear()) && self.http().deadline().allows(*wait)
        };
        let Some(wait) = wait.filter(again) else { return Err(error) };
        tracing::info!("{error}; looking whether it arrived");
        if !refused && self.has_blob(to, digest).await? {
            return Ok(false);
        }
        tokio::time::sleep(wait).await;
        *attempt += 1;
        Ok(true)
    }
}

/// How long nothing may move while a blob is copied; the end of an upload takes some registries
/// minutes.
const STALLED: Duration = Duration::from_mins(3);

fn uploads(to: &Repository, digest: &Digest) -> Call {
    Call::new(to, Method::POST, "blobs/uploads/")
        .about(format!("blob {}", to.at(digest.clone())))
        .access(Access::Write)
}

/// The one request that sends a whole blob.
pub(crate) fn finish(to: &Repository, digest: &Digest, place: Url) -> Call {
    Call::new(to, Method::PUT, "")
        .about(format!("blob {}", to.at(digest.clone())))
        .access(Access::Write)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .page(place)
        .query("digest", digest.as_str())
        .timeout(STALLED)
}

fn gone(from: &Repository, blob: &Descriptor) -> RegistryError {
    let what = format!("blob {}", from.at(blob.digest.clone()));
    RegistryError::NotFound { what, said: String::new() }
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

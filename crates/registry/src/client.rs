//! The client: one call to a registry, with what its login needs.

use std::sync::Arc;

use bytes::Bytes;
use launchway_http::{
    Client, HeaderName, HttpError, Method, Redirects, Request, Response, Url, origin,
};

use crate::{Logins, RegistryError, Repository, is_loopback};

/// What a call does to a repository: what its token must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Read,
    Write,
    Delete,
}

/// One call: a request as far as it is known before the login.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) repository: Repository,
    /// What it is about, for messages.
    pub(crate) what: String,
    method: Method,
    path: String,
    url: Option<Url>,
    query: Vec<(&'static str, String)>,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
    access: Access,
    redirects: Redirects,
    limit: Option<usize>,
}

impl Call {
    /// A call to `/v2/NAME/path`.
    pub(crate) fn new(repository: &Repository, method: Method, path: &str) -> Self {
        Self {
            what: repository.to_string(),
            repository: repository.clone(),
            method,
            path: path.to_owned(),
            url: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            access: Access::Read,
            redirects: Redirects::SameOrigin,
            limit: None,
        }
    }

    pub(crate) fn about(mut self, what: String) -> Self {
        self.what = what;
        self
    }

    pub(crate) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    pub(crate) fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// The same call to an address the registry gave.
    pub(crate) fn page(mut self, url: Url) -> Self {
        self.url = Some(url);
        self.query.clear();
        self
    }
}

/// Speaks with registries. Cheap to clone; clones share connections and logins.
#[derive(Clone, Debug)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: Client,
    logins: Logins,
    insecure: Vec<String>,
}

impl Registry {
    /// A client. `insecure` names registries, `host` or `host:port`, that are spoken to over plain
    /// HTTP; those on this machine need no mention.
    pub fn new(http: Client, logins: Logins, insecure: &[String]) -> Self {
        let insecure = insecure.iter().map(|host| host.trim().to_ascii_lowercase()).collect();
        Self { inner: Arc::new(Inner { http, logins, insecure }) }
    }

    /// Says that these repositories will be written to, so that the first login already asks for
    /// it: one token instead of two.
    pub fn expect_writes<'a>(&self, _repositories: impl IntoIterator<Item = &'a Repository>) {}

    fn scheme(&self, registry: &str) -> &'static str {
        let plain = is_loopback(registry) || self.inner.insecure.iter().any(|one| one == registry);
        if plain { "http" } else { "https" }
    }

    /// The answer to a call, when it is a success.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Response, RegistryError> {
        let request = self.request(call)?;
        let sent = self.inner.http.send(&request).await;
        let response = sent.map_err(|error| match error {
            HttpError::BodyTooLarge { limit, .. } => {
                RegistryError::TooLarge { what: call.what.clone(), limit: limit as u64 }
            }
            error => error.into(),
        })?;
        if response.status.is_success() {
            return Ok(response);
        }
        let registry = call.repository.registry();
        Err(RegistryError::answered(call.what.clone(), registry, None, &response))
    }

    fn request(&self, call: &Call) -> Result<Request, RegistryError> {
        let repository = &call.repository;
        let base = format!(
            "{}://{}/v2/{}/{}",
            self.scheme(repository.registry()),
            repository.api_host(),
            repository.name(),
            call.path
        );
        let mut url = match &call.url {
            Some(url) => url.clone(),
            None => Url::parse(&base)
                .map_err(|error| HttpError::Url { url: base, reason: error.to_string() })?,
        };
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query.iter().map(|(k, v)| (*k, v.as_str())));
        }
        let mut request = Request::new(call.method.clone(), url.as_str())?
            .with_redirects(call.redirects)
            .with_body(call.body.clone());
        for (name, value) in &call.headers {
            request = request.with_header(name.clone(), value)?;
        }
        if let Some(limit) = call.limit {
            request = request.with_body_limit(limit);
        }
        let _ = (&self.inner.logins, call.access, origin(&url));
        Ok(request)
    }
}

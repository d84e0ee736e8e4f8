//! The client: one call to a registry, with what its login needs.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use launchway_http::{
    Client, HeaderName, HttpError, Method, Opened, Redirects, Request, Response, Url, header,
    origin,
};

use crate::auth::{Authorization, Challenge, Found, Scope, Session, Trust};
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
    timeout: Option<Duration>,
    /// Names of other repositories of the registry it reads from.
    reads: Vec<String>,
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
            timeout: None,
            reads: Vec::new(),
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

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Reads from another repository of the same registry, too.
    pub(crate) fn reading(mut self, other: &Repository) -> Self {
        self.reads.push(other.name().to_owned());
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
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    /// Repositories that will be written to.
    writes: Mutex<HashSet<Repository>>,
}

/// What is known of one registry.
#[derive(Debug, Default)]
struct Host {
    session: tokio::sync::Mutex<Session>,
    /// Whether a registry that was taken to speak plain HTTP speaks TLS.
    secure: AtomicBool,
}

/// What a call is sent as.
pub(crate) struct Prepared {
    pub(crate) request: Request,
    authorization: Authorization,
}

impl Registry {
    /// A client. `insecure` names registries, `host` or `host:port`, that are spoken to over plain
    /// HTTP; those on this machine need no mention. Either is spoken to over TLS when it says so.
    pub fn new(http: Client, logins: Logins, insecure: &[String]) -> Self {
        let insecure = insecure.iter().map(|host| host.trim().to_ascii_lowercase()).collect();
        let (hosts, writes) = (Mutex::default(), Mutex::default());
        Self { inner: Arc::new(Inner { http, logins, insecure, hosts, writes }) }
    }

    /// Says that these repositories will be written to, so that the first token for them already
    /// allows it: one token instead of two.
    pub fn expect_writes<'a>(&self, repositories: impl IntoIterator<Item = &'a Repository>) {
        if let Ok(mut writes) = self.inner.writes.lock() {
            writes.extend(repositories.into_iter().cloned());
        }
    }

    pub(crate) fn http(&self) -> &Client {
        &self.inner.http
    }

    fn host(&self, registry: &str) -> Arc<Host> {
        match self.inner.hosts.lock() {
            Ok(mut hosts) => Arc::clone(hosts.entry(registry.to_owned()).or_default()),
            Err(_) => Arc::default(),
        }
    }

    /// Whether a registry may be spoken to without TLS.
    fn may_be_plain(&self, registry: &str) -> bool {
        is_loopback(registry) || self.inner.insecure.iter().any(|one| one == registry)
    }

    fn is_plain(&self, registry: &str) -> bool {
        self.may_be_plain(registry) && !self.host(registry).secure.load(Ordering::Relaxed)
    }

    /// The answer to a call, when it is a success.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Response, RegistryError> {
        // Boxed, so that the futures of callers stay small.
        match Box::pin(self.open(call, false)).await? {
            Opened::Whole(response) => Ok(response),
            Opened::Stream(download) => Err(RegistryError::Unexpected {
                what: call.what.clone(),
                reason: format!("{} was not to be a stream", download.request),
            }),
        }
    }

    /// The answer to a call, when it is a success; its body still to come where `streamed`.
    pub(crate) async fn open(&self, call: &Call, streamed: bool) -> Result<Opened, RegistryError> {
        let registry = call.repository.registry();
        // Once to learn how it asks, once with a kept token, once with a new one; and TLS.
        for _ in 0..4 {
            let Prepared { request, authorization } = self.prepare(call).await?;
            let sent = if streamed {
                self.inner.http.open(&request).await
            } else {
                self.inner.http.send(&request).await.map(Opened::Whole)
            };
            let response = match sent {
                Ok(Opened::Whole(response)) => response,
                Ok(stream @ Opened::Stream(_)) => return Ok(stream),
                Err(HttpError::BodyTooLarge { limit, .. }) => {
                    let (what, limit) = (call.what.clone(), limit as u64);
                    return Err(RegistryError::TooLarge { what, limit });
                }
                Err(error) => return Err(error.into()),
            };
            if response.status.is_success() {
                return Ok(Opened::Whole(response));
            }
            if self.speaks_tls(registry, &request, &response)
                || self.may_ask_again(call, &request, &authorization, &response).await
            {
                continue;
            }
            return Err(self.refusal(call, &authorization, &response));
        }
        Err(RegistryError::Unexpected {
            what: call.what.clone(),
            reason: format!("{registry} asks for a login again and again"),
        })
    }

    /// Judges the answer to a request that cannot simply be sent again.
    pub(crate) async fn judge(
        &self,
        call: &Call,
        prepared: &Prepared,
        response: Response,
    ) -> Result<(), RegistryError> {
        if response.status.is_success() {
            return Ok(());
        }
        let Prepared { request, authorization } = prepared;
        if self.may_ask_again(call, request, authorization, &response).await {
            let registry = call.repository.registry().to_owned();
            return Err(RegistryError::Renewed { what: call.what.clone(), registry });
        }
        Err(self.refusal(call, authorization, &response))
    }

    fn refusal(
        &self,
        call: &Call,
        authorization: &Authorization,
        response: &Response,
    ) -> RegistryError {
        let registry = call.repository.registry();
        if response.status.as_u16() == 401 && !self.is_of(call, &response.url) {
            let place = origin(&response.url);
            let reason = format!("{registry} sends it to `{place}`, where no login of it goes");
            return RegistryError::Unexpected { what: call.what.clone(), reason };
        }
        let whose = authorization.whose.as_deref().filter(|_| authorization.header.is_some());
        RegistryError::answered(call.what.clone(), registry, whose, response)
    }

    /// Learns from a 401; whether another login can help.
    async fn may_ask_again(
        &self,
        call: &Call,
        request: &Request,
        authorization: &Authorization,
        response: &Response,
    ) -> bool {
        // Whom a redirect led to may not say where our login goes.
        let own = origin(&response.url) == origin(request.url()) && self.is_of(call, &response.url);
        if response.status.as_u16() != 401 || !own {
            return false;
        }
        let host = self.host(call.repository.registry());
        host.session.lock().await.refused(Challenge::of(response), authorization)
    }

    /// Whether a server that was asked in plain HTTP says that it speaks TLS.
    fn speaks_tls(&self, registry: &str, request: &Request, response: &Response) -> bool {
        if request.url().scheme() != "http" || response.status.as_u16() != 400 {
            return false;
        }
        let text = response.text().to_lowercase();
        // Go's words, and those of nginx.
        let says = text.contains("http request to an https server")
            || text.contains("http request was sent to https port")
            // To HEAD there are no words; and Go sends no header with them, which no registry does.
            || (response.headers.is_empty() && response.body.is_empty());
        // Requests that were under way together learn it each.
        if says {
            self.host(registry).secure.store(true, Ordering::Relaxed);
        }
        says
    }

    /// Whether an address is of the call's own registry: nothing else gets its login.
    fn is_of(&self, call: &Call, url: &Url) -> bool {
        self.base(call).is_ok_and(|base| origin(&base) == origin(url))
    }

    /// The request of a call, with the login its registry is known to want.
    pub(crate) async fn prepare(&self, call: &Call) -> Result<Prepared, RegistryError> {
        let mut url = match &call.url {
            Some(url) => url.clone(),
            None => self.base(call)?,
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
        if let Some(timeout) = call.timeout {
            request = request.with_timeout(timeout);
        }
        let authorization = if self.is_of(call, &url) {
            self.authorize(call).await?
        } else {
            Authorization::default()
        };
        if let Some(header) = &authorization.header {
            request = request.with_secret_header(header::AUTHORIZATION, header)?;
        }
        Ok(Prepared { request, authorization })
    }

    async fn authorize(&self, call: &Call) -> Result<Authorization, RegistryError> {
        let repository = &call.repository;
        let host = self.host(repository.registry());
        let mut session = host.session.lock().await;
        if !session.asks() {
            return Ok(Authorization::default());
        }
        let login = self.login(repository).await?;
        let trust = Trust {
            registry: repository.registry(),
            api_host: repository.api_host(),
            plain: self.is_plain(repository.registry()),
            trusted: self.inner.logins.trusted(),
        };
        let expected = self.inner.writes.lock().is_ok_and(|set| set.contains(repository));
        let access = if expected { call.access.max(Access::Write) } else { call.access };
        let own = Scope { name: repository.name().to_owned(), access };
        let others = call.reads.iter().filter(|name| **name != own.name);
        let others = others.map(|name| Scope { name: name.clone(), access: Access::Read });
        let scopes: Vec<Scope> = std::iter::once(own.clone()).chain(others).collect();
        session.authorize(&self.inner.http, &trust, &scopes, login.as_ref()).await
    }

    /// The login for a repository; a helper may take its time.
    async fn login(&self, repository: &Repository) -> Result<Option<Found>, RegistryError> {
        let (logins, own) = (self.inner.logins.clone(), repository.clone());
        let deadline = self.inner.http.deadline();
        let found = tokio::task::spawn_blocking(move || logins.find(&own, deadline)).await;
        found.unwrap_or_else(|error| {
            Err(RegistryError::Login {
                place: format!("the login for {}", repository.registry()),
                reason: error.to_string(),
            })
        })
    }

    fn base(&self, call: &Call) -> Result<Url, RegistryError> {
        let repository = &call.repository;
        let scheme = if self.is_plain(repository.registry()) { "http" } else { "https" };
        let (host, name) = (repository.api_host(), repository.name());
        let text = format!("{scheme}://{host}/v2/{name}/{}", call.path);
        let wrong = |error: String| HttpError::Url { url: text.clone(), reason: error };
        Ok(Url::parse(&text).map_err(|error| wrong(error.to_string()))?)
    }
}

//! What is asked, and of whom.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use launchway_base::{Secret, redact};
use reqwest::Url;
use serde::Serialize;

use crate::file::FileBody;
use crate::{HttpError, Intent, Redirects};

/// One request. Its `Debug` and its [`label`](Request::label) hold no secret.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) file: Option<FileBody>,
    pub(crate) intent: Intent,
    pub(crate) redirects: Redirects,
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) attempts: Option<u32>,
    hide_path: bool,
}

impl Request {
    /// A request with the method to an absolute `http` or `https` URL. `GET` and `HEAD` are reads
    /// that follow redirects within their origin; everything else is a write that follows none but
    /// those that keep the method.
    pub fn new(method: Method, url: &str) -> Result<Self, HttpError> {
        let parsed = Url::parse(url)
            .map_err(|error| HttpError::Url { url: safe_text(url), reason: error.to_string() })?;
        if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
            return Err(HttpError::Url {
                url: safe_text(url),
                reason: "only `http` and `https` are spoken".to_owned(),
            });
        }
        let read = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        Ok(Self {
            intent: if read { Intent::Read } else { Intent::Write },
            method,
            url: parsed,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            file: None,
            redirects: Redirects::SameOrigin,
            timeout: None,
            body_limit: None,
            attempts: None,
            hide_path: false,
        })
    }

    /// A `GET`.
    pub fn get(url: &str) -> Result<Self, HttpError> {
        Self::new(Method::GET, url)
    }

    /// A `HEAD`.
    pub fn head(url: &str) -> Result<Self, HttpError> {
        Self::new(Method::HEAD, url)
    }

    /// A `POST`.
    pub fn post(url: &str) -> Result<Self, HttpError> {
        Self::new(Method::POST, url)
    }

    /// A `PUT`.
    pub fn put(url: &str) -> Result<Self, HttpError> {
        Self::new(Method::PUT, url)
    }

    /// Sets a header; an earlier value of the same name goes.
    pub fn with_header(self, name: HeaderName, value: &str) -> Result<Self, HttpError> {
        self.insert(name, value, false)
    }

    /// Sets a header whose value is secret: it is never shown and never leaves the origin.
    pub fn with_secret_header(self, name: HeaderName, value: &Secret) -> Result<Self, HttpError> {
        self.insert(name, value.expose(), true)
    }

    /// Authenticates with `Authorization: Bearer …`.
    pub fn with_bearer(self, token: &Secret) -> Result<Self, HttpError> {
        self.insert(header::AUTHORIZATION, &format!("Bearer {}", token.expose()), true)
    }

    fn insert(mut self, name: HeaderName, value: &str, secret: bool) -> Result<Self, HttpError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| HttpError::Invalid {
            request: self.label(),
            reason: format!("the value of header `{name}` has a character no header may hold"),
        })?;
        value.set_sensitive(secret);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// All headers at once.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends a file, which is read again for every attempt.
    #[must_use]
    pub fn with_file(mut self, file: FileBody) -> Self {
        self.file = Some(file);
        self
    }

    /// Sets a JSON body and its `Content-Type`.
    pub fn with_json<T: Serialize + ?Sized>(mut self, body: &T) -> Result<Self, HttpError> {
        let text = serde_json::to_vec(body).map_err(|error| HttpError::Invalid {
            request: self.label(),
            reason: error.to_string(),
        })?;
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self.with_body(text))
    }

    /// Says whether it reads or writes where the method does not, as with a GraphQL query.
    #[must_use]
    pub fn with_intent(mut self, intent: Intent) -> Self {
        self.intent = intent;
        self
    }

    /// Which redirects are followed.
    #[must_use]
    pub fn with_redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    /// The time one attempt may take, the body included.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How many bytes of an answer are read.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// At most so many attempts, the first included.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Keeps the path out of logs and messages: it is the secret of a webhook.
    #[must_use]
    pub fn with_secret_path(mut self) -> Self {
        self.hide_path = true;
        self
    }

    /// Method, origin and path for people; no userinfo, query or secret.
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.place(&self.url))
    }

    /// The URL it goes to.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn place(&self, url: &Url) -> String {
        let path = if self.hide_path { "/***" } else { url.path() };
        redact::redact(&format!("{}{path}", origin(url))).into_owned()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("request", &self.label()).finish_non_exhaustive()
    }
}

/// Scheme, host and port, as in `https://host` or `http://127.0.0.1:8080`.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// A text that should have been a URL, cut where secrets may start.
fn safe_text(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let shown = url.get(..end).unwrap_or_default();
    let shown = match (shown.find("://"), shown.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!(
                "{}***{}",
                shown.get(..scheme + 3).unwrap_or_default(),
                shown.get(at..).unwrap_or_default()
            )
        }
        (None, Some(at)) => format!("***{}", shown.get(at..).unwrap_or_default()),
        _ => shown.to_owned(),
    };
    redact::redact(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_or_error_shows_a_secret() {
        let request =
            Request::get("https://user:hunter22@host.example/a/b?token=hunter22#hunter22").unwrap();
        let request = request.with_bearer(&Secret::new("hunter22")).unwrap();
        assert_eq!(request.label(), "GET https://host.example/a/b");
        assert!(!format!("{request:?}").contains("hunter22"));
        let hook = Request::post("https://hooks.example/T0/B0/x").unwrap().with_secret_path();
        assert_eq!(hook.label(), "POST https://hooks.example/***");
        for bad in [
            "https://user:hunter33@[bad/?x=hunter33",
            "ftp://u:hunter33@host/x",
            "u:hunter33@host",
            "/relative?hunter33",
        ] {
            let error = Request::get(bad).unwrap_err();
            assert!(!error.to_string().contains("hunter33"), "{error}");
        }
    }

    #[test]
    fn a_header_with_a_newline_is_refused() {
        let error = Request::get("http://host/")
            .unwrap()
            .with_bearer(&Secret::new("line-1\nline-2"))
            .unwrap_err();
        assert!(matches!(error, HttpError::Invalid { .. }));
        assert!(!error.to_string().contains("line-1"));
    }
}

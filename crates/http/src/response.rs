//! A whole answer.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use launchway_base::redact;
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::HttpError;

/// A whole answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body, within the limit.
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: Url,
    /// How long the server asks to wait, when it did.
    pub wait: Option<Duration>,
    /// Method, host and path of the request, for messages.
    pub request: String,
}

/// How much of a body an error shows, in characters.
const EXCERPT: usize = 300;

impl Response {
    /// The body as text; what is no UTF-8 becomes `�`.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON of the given shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| HttpError::Unreadable {
            request: self.request.clone(),
            // The reader quotes what it found.
            reason: redact::redact(&error.to_string()).chars().take(EXCERPT).collect(),
        })
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Itself when the status is 2xx, else [`HttpError::Status`] with the start of the body.
    pub fn success(self) -> Result<Self, HttpError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let text = self.text();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Err(HttpError::Status {
            status: self.status.as_u16(),
            body: redact::redact(&line).chars().take(EXCERPT).collect(),
            request: self.request,
        })
    }
}

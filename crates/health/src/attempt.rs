//! What one look at a target gives.

use std::net::SocketAddr;
use std::time::Duration;

use http::HeaderMap;

use crate::reason::Reason;

/// Why a look failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The word for it.
    pub reason: Reason,
    /// What happened, for people: one line, lowercase, without secrets. Foreign text in it has been
    /// through [`crate::foreign::quote`].
    pub detail: String,
    /// Whether waiting does not mend it.
    pub is_final: bool,
    /// Whether it says nothing of the target: the look could not be made at all.
    pub is_own: bool,
}

impl Fault {
    /// A fault that is as final as its reason usually is.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), is_final: reason.is_final(), is_own: false }
    }

    /// The same, and waiting does not mend it.
    #[must_use]
    pub fn and_final(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// The same, and it says nothing of the target.
    #[must_use]
    pub fn and_own(mut self) -> Self {
        self.is_own = true;
        self
    }
}

/// How long each part of a look took. What did not happen is `None`; with redirects the parts of all
/// requests are added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Looking up the name.
    pub dns: Option<Duration>,
    /// Connecting, over all addresses that were tried.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request, sent, to the first byte of its answer.
    pub first_byte: Option<Duration>,
    /// All of it, from start to end.
    pub total: Duration,
}

impl Timings {
    /// Adds to one of the parts.
    pub fn add(part: &mut Option<Duration>, more: Duration) {
        *part = Some(part.unwrap_or_default().saturating_add(more));
    }
}

/// What a target answered.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status, of kinds of targets that have one.
    pub status: Option<u16>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decoded, up to the limit.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub body_is_cut: bool,
}

/// The certificate a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The name it is for, as text.
    pub subject: String,
    /// When it ends, in seconds since 1970.
    pub not_after_unix: i64,
}

/// What was seen at one look.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// How long it took.
    pub timings: Timings,
    /// Where the last connection went.
    pub address: Option<SocketAddr>,
    /// The proxy it went through, without login; `address` is the proxy's then.
    pub proxy: Option<String>,
    /// How many requests were sent.
    pub requests: u32,
    /// What came back, of kinds of targets that have an answer to compare.
    pub response: Option<Response>,
    /// The certificate, over TLS.
    pub certificate: Option<Certificate>,
    /// What else is worth a word, such as a server's own version.
    pub note: Option<String>,
    /// Why it failed, as far as the probe itself can tell.
    pub fault: Option<Fault>,
}

impl Observation {
    /// A look that failed.
    pub fn failed(timings: Timings, fault: Fault) -> Self {
        Self { timings, fault: Some(fault), ..Self::default() }
    }
}

/// One look, judged against the expectations.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u64,
    /// When it began, counted from the start of the run on our own clock.
    pub started: Duration,
    /// When it ended, on the same clock.
    pub ended: Duration,
    /// How long each part took.
    pub timings: Timings,
    /// Where the last connection went.
    pub address: Option<SocketAddr>,
    /// The proxy it went through, without login.
    pub proxy: Option<String>,
    /// How many requests were sent.
    pub requests: u32,
    /// The status, of kinds of targets that have one.
    pub status: Option<u16>,
    /// The version that was found, where one is expected.
    pub version: Option<String>,
    /// The certificate, over TLS.
    pub certificate: Option<Certificate>,
    /// What else is worth a word.
    pub note: Option<String>,
    /// Why it failed; `None` is a success.
    pub fault: Option<Fault>,
    /// Whether it says nothing of the target: the total deadline or a signal took it before its own
    /// time was up, or this machine stood still meanwhile.
    pub cut: bool,
}

impl Attempt {
    /// Whether all was as expected.
    pub fn is_success(&self) -> bool {
        self.fault.is_none()
    }
}

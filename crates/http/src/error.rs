//! Why a request brought no usable answer.

use std::error::Error;
use std::time::Duration;

use launchway_base::{Fault, Kind, redact, show_duration};

/// Why there is no usable answer. `request` is method, host and path; never userinfo, query or
/// headers, because those hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// A text that is no absolute `http` or `https` URL.
    #[error("`{url}` is not a URL a request can go to: {reason}")]
    Url {
        /// The text, without anything secret.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A header or body that cannot be sent.
    #[error("{request} cannot be sent: {reason}")]
    Invalid {
        /// Method, host and path.
        request: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection.
    #[error("{request}: cannot connect: {reason}")]
    Connect {
        /// Method, host and path.
        request: String,
        /// What the system said.
        reason: String,
    },
    /// No connection through the proxy, or a proxy setting that cannot be read.
    #[error("{request}: the proxy failed: {reason}")]
    Proxy {
        /// Method, host and path, or the name of the variable.
        request: String,
        /// What went wrong.
        reason: String,
    },
    /// The TLS handshake failed, or there is no usable root certificate.
    #[error("{request}: no secure connection: {reason}")]
    Tls {
        /// Method, host and path.
        request: String,
        /// What went wrong.
        reason: String,
    },
    /// One request took too long.
    #[error("{request}: no complete answer within {}", show_duration(*.after))]
    Timeout {
        /// Method, host and path.
        request: String,
        /// How long was waited.
        after: Duration,
    },
    /// The time of the whole command is up.
    #[error("{request}: the time for the whole command is up")]
    Deadline {
        /// Method, host and path.
        request: String,
    },
    /// The connection broke before the answer was whole.
    #[error("{request}: the answer broke off: {reason}")]
    Interrupted {
        /// Method, host and path.
        request: String,
        /// What went wrong.
        reason: String,
    },
    /// More came than was allowed.
    #[error("{request}: the answer is longer than {limit} bytes")]
    BodyTooLarge {
        /// Method, host and path.
        request: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A redirect that is not followed.
    #[error("{request}: not followed to {target}: {reason}")]
    Redirect {
        /// Method, host and path.
        request: String,
        /// Host and path it pointed to.
        target: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// An answer with a status the caller did not ask for.
    #[error("{request}: answered {status}{}", excerpt(.body))]
    Status {
        /// Method, host and path.
        request: String,
        /// The status code.
        status: u16,
        /// The start of the answer, redacted.
        body: String,
    },
    /// The system gives no runtime to wait in.
    #[error("cannot start the runtime: {reason}")]
    Runtime {
        /// What the system said.
        reason: String,
    },
    /// An answer that is not the document it should be.
    #[error("{request}: the answer cannot be read: {reason}")]
    Unreadable {
        /// Method, host and path.
        request: String,
        /// What went wrong.
        reason: String,
    },
}

fn excerpt(body: &str) -> String {
    if body.is_empty() { String::new() } else { format!(": {body}") }
}

impl Fault for HttpError {
    fn kind(&self) -> Kind {
        match self {
            Self::Url { .. } | Self::Invalid { .. } => Kind::Input,
            Self::Runtime { .. } => Kind::Internal,
            _ => Kind::Remote,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Url { .. } => "write an absolute URL that starts with `https://`",
            Self::Invalid { .. } => {
                "check the values of the inputs that go into the request, tokens included"
            }
            Self::Connect { .. } => {
                "check the host name and that this machine may reach it; behind a proxy set HTTPS_PROXY"
            }
            Self::Proxy { .. } => "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
            Self::Tls { .. } => {
                "behind a company proxy or on an own server point SSL_CERT_FILE to the certificate of its authority, in PEM form"
            }
            Self::Timeout { .. } | Self::Interrupted { .. } => {
                "the server is slow or the network unsteady; run again"
            }
            Self::Deadline { .. } => "run again to complete the rest, or allow more time",
            Self::BodyTooLarge { .. } => "check that the URL is the one you mean",
            Self::Redirect { .. } => "use the address it points to, if you trust it",
            Self::Runtime { .. } => return None,
            Self::Status { status, .. } => match status {
                401 | 403 => "check the token and what it may do",
                404 => "check the address, and that the token may see it",
                429 => "a rate limit was hit; run again later",
                500..=599 => "the server has trouble; run again later",
                _ => return None,
            },
            Self::Unreadable { .. } => {
                "check that the URL is the one you mean, and that no proxy answers in its place"
            }
        };
        Some(hint.to_owned())
    }
}

/// The causes of an error, the outermost first, each said once and redacted.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = redact::redact(&error.to_string()).into_owned();
        match said.last_mut() {
            // A wrapper that repeats its cause adds nothing.
            Some(last) if last.ends_with(&text) => {}
            _ => said.push(text),
        }
        cause = error.source();
    }
    // Where there is a cause below them, these say nothing a person can use.
    let noise = ["error sending request", "client error (", "request or response body error"];
    let telling: Vec<&str> = said
        .iter()
        .map(String::as_str)
        .filter(|text| !noise.iter().any(|noise| text.starts_with(noise)))
        .collect();
    if telling.is_empty() { said.join(": ") } else { telling.join(": ") }
}

/// Whether an error of this type is among the causes, also inside an `io::Error`, which hides it.
pub(crate) fn caused_by<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<T>() {
            return true;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

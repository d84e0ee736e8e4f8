//! What an error of an open stream means.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::attempt::Fault;
use crate::reason::Reason;

/// The fault behind an error of a stream, or of what reads and writes one, such as hyper: the first cause
/// that is known decides. `reset` for a torn connection, `auth_failed` where the server refuses our
/// certificate (with TLS 1.3 that comes with the first answer), `protocol_error` for all else.
pub fn broken(error: &(dyn Error + 'static)) -> Fault {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(known) = known(current) {
            return known;
        }
        cause = current.source();
    }
    Fault::new(Reason::ProtocolError, chain(error))
}

fn known(error: &(dyn Error + 'static)) -> Option<Fault> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(super::tls_fault::fault(error));
    }
    let error = error.downcast_ref::<io::Error>()?;
    // The cause of an I/O error is not its source: its source is the cause's source.
    if let Some(inner) = error.get_ref()
        && let Some(known) = known(inner)
    {
        return Some(known);
    }
    let fault = |reason, detail: &str| Some(Fault::new(reason, detail));
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            fault(Reason::Reset, "the connection was reset")
        }
        ErrorKind::UnexpectedEof => {
            fault(Reason::ProtocolError, "the connection was closed in the middle of the answer")
        }
        ErrorKind::TimedOut => {
            fault(Reason::ResponseTimeout, "the other side is gone: the system gave up waiting")
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Some(Fault::new(Reason::Reset, format!("the connection broke: {}", words(error))))
        }
        _ => None,
    }
}

/// An error and its causes on one line, without repetitions.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let said = current.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = current.source();
    }
    crate::foreign::quote(text.as_bytes())
}

/// The system's words, without Rust's number behind them.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    // "Connection refused" reads as a fragment, "DNS is off" keeps its capitals.
    if chars.as_str().starts_with(char::is_lowercase) {
        format!("{}{}", first.to_lowercase(), chars.as_str())
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("hyper says no")]
    struct Outer(#[source] io::Error);

    #[test]
    fn every_kind_of_error_has_its_reason() {
        let io = |kind: ErrorKind| io::Error::from(kind);
        let alert = |alert| rustls::Error::AlertReceived(alert);
        let cases: Vec<(Box<dyn Error>, Reason)> = vec![
            (Box::new(io(ErrorKind::ConnectionReset)), Reason::Reset),
            (Box::new(io(ErrorKind::ConnectionAborted)), Reason::Reset),
            (Box::new(io(ErrorKind::BrokenPipe)), Reason::Reset),
            (Box::new(io(ErrorKind::HostUnreachable)), Reason::Reset),
            (Box::new(io(ErrorKind::TimedOut)), Reason::ResponseTimeout),
            (Box::new(io(ErrorKind::UnexpectedEof)), Reason::ProtocolError),
            (Box::new(io::Error::other("odd")), Reason::ProtocolError),
            (Box::new(Outer(io(ErrorKind::ConnectionReset))), Reason::Reset),
            (
                Box::new(Outer(io::Error::new(
                    ErrorKind::InvalidData,
                    alert(AlertDescription::CertificateRequired),
                ))),
                Reason::AuthFailed,
            ),
            (Box::new(io::Error::other(Outer(io(ErrorKind::BrokenPipe)))), Reason::Reset),
        ];
        for (error, reason) in cases {
            let fault = broken(error.as_ref());
            assert_eq!(fault.reason, reason, "{error:?}");
            assert!(!fault.detail.is_empty());
        }
    }

    #[test]
    fn words_are_the_systems() {
        assert_eq!(words(&io::Error::from_raw_os_error(111)), "connection refused");
        assert_eq!(words(&io::Error::other("DNS is off")), "DNS is off");
        assert_eq!(
            words(&io::Error::other(
                "failed to lookup address information: Name or service not known"
            )),
            "name or service not known"
        );
    }
}

//! Why a secure connection failed, in words.

use std::io::{self, ErrorKind};

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::broken::words;
use super::der::Leaf;
use crate::attempt::Fault;
use crate::foreign;
use crate::reason::Reason;

/// The most names of a certificate that a message names.
const NAMED: usize = 6;

/// The fault of a handshake. `host` is shown; `leaf` is the server's certificate, if it came so far; `wanted` says
/// that the server wanted a certificate and got none.
pub(super) fn handshake_fault(
    host: &str,
    error: &io::Error,
    leaf: Option<&Leaf>,
    wanted: bool,
) -> Fault {
    let who = format!("`{host}`");
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return describe(&who, error, leaf, wanted);
    }
    let (reason, what) = match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            (Reason::Reset, "resets the connection during the TLS handshake".to_owned())
        }
        ErrorKind::UnexpectedEof => {
            (Reason::ProtocolError, "closes the connection during the TLS handshake".to_owned())
        }
        ErrorKind::TimedOut => {
            (Reason::ResponseTimeout, "is silent during the TLS handshake".to_owned())
        }
        _ => (Reason::ProtocolError, format!("fails at the TLS handshake: {}", words(error))),
    };
    Fault::new(reason, format!("{who} {what}"))
}

/// The fault of a secure connection that was made.
pub(super) fn fault(error: &Error) -> Fault {
    describe("the server", error, None, false)
}

fn describe(who: &str, error: &Error, leaf: Option<&Leaf>, wanted: bool) -> Fault {
    match error {
        Error::InvalidCertificate(error) => certificate(who, error, leaf),
        Error::AlertReceived(alert) => alerted(who, *alert, wanted),
        Error::General(reason) => {
            let reason = foreign::quote(reason.as_bytes());
            Fault::new(
                Reason::TlsUntrusted,
                format!("the certificate of {who} cannot be checked: {reason}"),
            )
        }
        Error::InvalidMessage(_) if leaf.is_none() => Fault::new(
            Reason::ProtocolError,
            format!("{who} answers, but not in TLS: this may be a port without encryption"),
        ),
        Error::NoCertificatesPresented => {
            Fault::new(Reason::TlsUntrusted, format!("{who} shows no certificate"))
        }
        other => Fault::new(
            Reason::ProtocolError,
            format!(
                "{who} breaks the rules of TLS: {}",
                foreign::quote(other.to_string().as_bytes())
            ),
        ),
    }
}

/// What a server says when it ends a connection.
fn alerted(who: &str, alert: AlertDescription, wanted: bool) -> Fault {
    use AlertDescription as A;
    let word = foreign::quote(format!("{alert:?}").as_bytes());
    let (reason, what) = match alert {
        A::CertificateRequired | A::NoCertificate => {
            (Reason::AuthFailed, "wants a client certificate".to_owned())
        }
        // The answer of TLS 1.2 to a missing certificate.
        A::HandshakeFailure if wanted => {
            (Reason::AuthFailed, "wants a client certificate".to_owned())
        }
        // The last one says that a signature is wrong: that of our certificate is the one a server checks.
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied
        | A::DecryptError => {
            let verb = if wanted { "wants a" } else { "refuses the" };
            (Reason::AuthFailed, format!("{verb} client certificate ({word})"))
        }
        A::UnrecognisedName => {
            (Reason::TlsHostname, "has no certificate for this name (UnrecognisedName)".to_owned())
        }
        A::NoApplicationProtocol => {
            (Reason::ProtocolError, "speaks none of the protocols that were offered".to_owned())
        }
        A::ProtocolVersion => {
            (Reason::ProtocolError, "speaks neither TLS 1.2 nor TLS 1.3".to_owned())
        }
        _ => (Reason::ProtocolError, format!("ends the TLS connection: {word}")),
    };
    Fault::new(reason, format!("{who} {what}"))
}

/// What is wrong with a certificate.
fn certificate(who: &str, error: &CertificateError, leaf: Option<&Leaf>) -> Fault {
    use CertificateError as C;
    let whose = |unix: i64| match leaf {
        Some(leaf) if leaf.not_after != unix && leaf.not_before != unix => {
            format!("a certificate above that of {who}")
        }
        _ => format!("the certificate of {who}"),
    };
    match error {
        C::ExpiredContext { time, not_after } => {
            let (now, end) = (unix(*time), unix(*not_after));
            let detail = format!("{} ended on {}, {} ago", whose(end), date(end), span(now - end));
            Fault::new(Reason::TlsExpired, detail)
        }
        C::NotValidYetContext { time, not_before } => {
            let (now, start) = (unix(*time), unix(*not_before));
            let detail = format!(
                "{} begins on {} only, in {}",
                whose(start),
                date(start),
                span(start - now)
            );
            Fault::new(Reason::TlsExpired, detail)
        }
        C::Expired => Fault::new(Reason::TlsExpired, format!("the certificate of {who} has ended")),
        C::NotValidYet => {
            Fault::new(Reason::TlsExpired, format!("the certificate of {who} has not begun"))
        }
        C::NotValidForNameContext { presented, .. } => Fault::new(
            Reason::TlsHostname,
            format!("the certificate of {who} is for {}", names(presented, leaf)),
        ),
        C::NotValidForName => {
            Fault::new(Reason::TlsHostname, format!("the certificate of {who} is for other names"))
        }
        other => {
            let (subject, signer) = leaf.map_or_else(
                || (String::new(), String::new()),
                |leaf| {
                    let subject = match leaf.subject.as_str() {
                        "" => String::new(),
                        subject => format!(" (`{subject}`)"),
                    };
                    (subject, leaf.issuer.clone())
                },
            );
            let why = match (other, leaf) {
                (_, Some(leaf)) if leaf.own_issuer => "is signed by itself".to_owned(),
                (C::UnknownIssuer, _) if signer.is_empty() => {
                    "is signed by an authority that is not trusted".to_owned()
                }
                (C::UnknownIssuer, _) => format!(
                    "is signed by `{signer}`, which is not trusted, or certificates between are missing"
                ),
                (C::BadSignature, _) => "has a signature that is wrong".to_owned(),
                (C::BadEncoding, _) => "cannot be read".to_owned(),
                (C::InvalidPurpose | C::InvalidPurposeContext { .. }, _) => {
                    "is not for servers".to_owned()
                }
                (other, _) => {
                    format!("cannot be used: {}", foreign::quote(other.to_string().as_bytes()))
                }
            };
            Fault::new(Reason::TlsUntrusted, format!("the certificate of {who}{subject} {why}"))
        }
    }
}

/// The names a certificate has.
fn names(presented: &[String], leaf: Option<&Leaf>) -> String {
    let shown: Vec<_> = presented
        .iter()
        .take(NAMED)
        .map(|name| {
            // `DnsName("a.example")`, `IpAddress(127.0.0.1)`
            let bare = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
            let bare = bare.trim_end_matches(')').trim_matches('"');
            format!("`{}`", foreign::quote(bare.as_bytes()))
        })
        .collect();
    match (shown.is_empty(), leaf) {
        (true, Some(leaf)) if !leaf.subject.is_empty() => format!(
            "no name at all: it has no alternative names, and its common name `{}` does not count",
            leaf.subject
        ),
        (true, _) => "no name at all".to_owned(),
        (false, _) if presented.len() > NAMED => {
            format!("{} and {} more", shown.join(", "), presented.len() - NAMED)
        }
        (false, _) => shown.join(", "),
    }
}

fn unix(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A day, as in `2026-11-21`.
fn date(unix: i64) -> String {
    Timestamp::from_second(unix).map_or_else(
        |_| "a day beyond the calendar".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn span(seconds: i64) -> String {
    const HOUR: i64 = 3600;
    let (count, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / HOUR, "hour"),
        _ => (seconds / (24 * HOUR), "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn leaf() -> Leaf {
        Leaf {
            subject: "shop.example".to_owned(),
            issuer: "Our Authority".to_owned(),
            own_issuer: false,
            not_before: 1_000,
            not_after: 2_000_000_000,
        }
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    #[test]
    fn every_certificate_error_has_its_reason_and_says_what_is_wrong() {
        use CertificateError as C;
        let end = 2_000_000_000;
        let expired = C::ExpiredContext { time: at(end + 3 * 86_400), not_after: at(end) };
        let other = C::ExpiredContext { time: at(end), not_after: at(500_000) };
        let early = C::NotValidYetContext { time: at(500), not_before: at(1_000) };
        for (error, reason, part) in [
            (expired, Reason::TlsExpired, "`h` ended on 2033-05-18 03:33 UTC, 3 days ago"),
            (other, Reason::TlsExpired, "a certificate above that of `h` ended on 1970-01-06"),
            (early, Reason::TlsExpired, "begins on 1970-01-01 00:16 UTC only, in 8 minutes"),
            (C::Expired, Reason::TlsExpired, "has ended"),
            (C::NotValidYet, Reason::TlsExpired, "has not begun"),
            (C::NotValidForName, Reason::TlsHostname, "other names"),
            (
                C::UnknownIssuer,
                Reason::TlsUntrusted,
                "`h` (`shop.example`) is signed by `Our Authority`, which is not trusted",
            ),
            (C::BadSignature, Reason::TlsUntrusted, "signature"),
            (C::BadEncoding, Reason::TlsUntrusted, "cannot be read"),
            (C::InvalidPurpose, Reason::TlsUntrusted, "not for servers"),
            (C::Revoked, Reason::TlsUntrusted, "cannot be used"),
        ] {
            let fault = describe("`h`", &Error::InvalidCertificate(error), Some(&leaf()), false);
            assert_eq!(fault.reason, reason, "{fault:?}");
            assert!(fault.detail.contains(part), "{part}: {fault:?}");
            assert!(fault.is_final);
        }
        let own = Leaf { own_issuer: true, ..leaf() };
        let fault = certificate("`h`", &C::UnknownIssuer, Some(&own));
        assert!(fault.detail.ends_with("is signed by itself"), "{fault:?}");
    }

    #[test]
    fn names_are_those_of_the_certificate() {
        let all: Vec<_> = (0..9).map(|n| format!("DnsName(\"h{n}.example\")")).collect();
        let some = ["DnsName(\"a.example\")".to_owned(), "IpAddress(127.0.0.1)".to_owned()];
        assert_eq!(names(&some, None), "`a.example`, `127.0.0.1`");
        assert!(names(&all, None).ends_with("`h5.example` and 3 more"));
        assert!(names(&[], Some(&leaf())).contains("common name `shop.example` does not count"));
        assert_eq!(names(&[], None), "no name at all");
    }

    #[test]
    fn every_other_error_has_its_reason() {
        use AlertDescription as A;
        let alert = Error::AlertReceived;
        for (error, wanted, reason) in [
            (alert(A::CertificateRequired), false, Reason::AuthFailed),
            (alert(A::HandshakeFailure), true, Reason::AuthFailed),
            (alert(A::HandshakeFailure), false, Reason::ProtocolError),
            (alert(A::BadCertificate), true, Reason::AuthFailed),
            (alert(A::BadCertificate), false, Reason::AuthFailed),
            (alert(A::UnknownCA), false, Reason::AuthFailed),
            (alert(A::CertificateExpired), false, Reason::AuthFailed),
            (alert(A::DecryptError), false, Reason::AuthFailed),
            (alert(A::UnrecognisedName), false, Reason::TlsHostname),
            (alert(A::ProtocolVersion), false, Reason::ProtocolError),
            (alert(A::NoApplicationProtocol), false, Reason::ProtocolError),
            (alert(A::InternalError), false, Reason::ProtocolError),
            (Error::General("no roots".to_owned()), false, Reason::TlsUntrusted),
            (Error::NoCertificatesPresented, false, Reason::TlsUntrusted),
            (Error::DecryptError, false, Reason::ProtocolError),
        ] {
            let fault = describe("`h`", &error, None, wanted);
            assert_eq!(fault.reason, reason, "{error:?} {fault:?}");
        }
        let text = Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let fault = describe("`h`", &text, None, false);
        assert_eq!(fault.reason, Reason::ProtocolError);
        assert!(fault.detail.contains("not in TLS"), "{fault:?}");
        for (kind, reason) in [
            (ErrorKind::ConnectionReset, Reason::Reset),
            (ErrorKind::UnexpectedEof, Reason::ProtocolError),
            (ErrorKind::TimedOut, Reason::ResponseTimeout),
            (ErrorKind::Other, Reason::ProtocolError),
        ] {
            assert_eq!(handshake_fault("h", &kind.into(), None, false).reason, reason, "{kind:?}");
        }
    }

    #[test]
    fn times_are_said_in_fitting_units() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(7_199), "119 minutes");
        assert_eq!(span(86_400), "24 hours");
        assert_eq!(span(400 * 86_400), "400 days");
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert!(date(i64::MAX).contains("beyond"));
    }
}

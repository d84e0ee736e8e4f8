//! Why a target is not healthy: a closed set of words that workflows can compare.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Why a look at a target failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing listens there, or no route leads there.
    ConnectionRefused,
    /// The name has no address, or the name server did not say.
    DnsFailure,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The certificate comes from nobody who is trusted.
    TlsUntrusted,
    /// The certificate has ended, has not begun, or ends too soon.
    TlsExpired,
    /// The certificate is for other names.
    TlsHostname,
    /// Connected, but the answer did not come, or not to its end, in time.
    ResponseTimeout,
    /// Another status than expected.
    StatusMismatch,
    /// A body that is not as expected.
    BodyMismatch,
    /// A header that is not as expected.
    HeaderMismatch,
    /// Right, but slower than allowed.
    Latency,
    /// A redirect to where it came from.
    RedirectLoop,
    /// More redirects than are followed.
    TooManyRedirects,
    /// A body of more bytes than are read.
    BodyTooLarge,
    /// The answer breaks the rules of its protocol, or ends in the middle.
    ProtocolError,
    /// The connection was torn down.
    Reset,
    /// Another version than the one that was deployed.
    VersionMismatch,
    /// The login, or the client certificate, was refused.
    AuthFailed,
    /// It answers, and says that it does not serve yet or any more.
    NotServing,
    /// An address that is never asked, such as that of a cloud's metadata service.
    AddressRefused,
    /// The command did not succeed.
    CommandFailed,
}

impl Reason {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::ConnectionRefused,
        Self::DnsFailure,
        Self::ConnectTimeout,
        Self::TlsUntrusted,
        Self::TlsExpired,
        Self::TlsHostname,
        Self::ResponseTimeout,
        Self::StatusMismatch,
        Self::BodyMismatch,
        Self::HeaderMismatch,
        Self::Latency,
        Self::RedirectLoop,
        Self::TooManyRedirects,
        Self::BodyTooLarge,
        Self::ProtocolError,
        Self::Reset,
        Self::VersionMismatch,
        Self::AuthFailed,
        Self::NotServing,
        Self::AddressRefused,
        Self::CommandFailed,
    ];

    /// Its word, as outputs and reports have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "connection_refused",
            Self::DnsFailure => "dns_failure",
            Self::ConnectTimeout => "connect_timeout",
            Self::TlsUntrusted => "tls_untrusted",
            Self::TlsExpired => "tls_expired",
            Self::TlsHostname => "tls_hostname",
            Self::ResponseTimeout => "response_timeout",
            Self::StatusMismatch => "status_mismatch",
            Self::BodyMismatch => "body_mismatch",
            Self::HeaderMismatch => "header_mismatch",
            Self::Latency => "latency",
            Self::RedirectLoop => "redirect_loop",
            Self::TooManyRedirects => "too_many_redirects",
            Self::BodyTooLarge => "body_too_large",
            Self::ProtocolError => "protocol_error",
            Self::Reset => "reset",
            Self::VersionMismatch => "version_mismatch",
            Self::AuthFailed => "auth_failed",
            Self::NotServing => "not_serving",
            Self::AddressRefused => "address_refused",
            Self::CommandFailed => "command_failed",
        }
    }

    /// Whether waiting does not mend it, unless somebody says otherwise with `retry-on`.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::TlsUntrusted
                | Self::TlsExpired
                | Self::TlsHostname
                | Self::RedirectLoop
                | Self::TooManyRedirects
                | Self::AuthFailed
                | Self::AddressRefused
        )
    }

    /// What to look at, one sentence, lowercase.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::ConnectionRefused => {
                "look whether the process runs, listens on this port, and on more than 127.0.0.1 in a container"
            }
            Self::DnsFailure => {
                "look at the spelling of the name, whether its record exists, and whether the name server answers"
            }
            Self::ConnectTimeout => {
                "look at firewalls and security groups between the runner and the address"
            }
            Self::TlsUntrusted => {
                "name the authority with `ca-file`, or have the server send its intermediate certificates"
            }
            Self::TlsExpired => "renew the certificate, and look at the clocks of both sides",
            Self::TlsHostname => "ask for a name the certificate has, or renew it with this name",
            Self::ResponseTimeout => {
                "look at the log of the service or command: it began, and did not end within `request-timeout`"
            }
            Self::StatusMismatch => {
                "look at the log of the service, name the statuses that are good with `expected-status`, or give a login with `headers`"
            }
            Self::BodyMismatch => {
                "compare what came with what `expected-body`, `-regex` or `-json` wants"
            }
            Self::HeaderMismatch => "compare what came with what `expected-header` wants",
            Self::Latency => "look at the load of the service, or raise `max-latency-ms`",
            Self::RedirectLoop => {
                "look at the redirect rules, often those from http to https behind a load balancer"
            }
            Self::TooManyRedirects => "ask for the URL at which the redirects end",
            Self::BodyTooLarge => "ask for a smaller page, or raise `max-body-bytes`",
            Self::ProtocolError => {
                "look whether this port speaks the protocol of the URL, and at proxies on the way"
            }
            Self::Reset => "look at the log of the service and of the proxies on the way",
            Self::VersionMismatch => {
                "look whether the deployment has reached every instance, and whether `version-from` looks at the right place"
            }
            Self::AuthFailed => "look at user name, password, database or client certificate",
            Self::NotServing => {
                "look at the log of the service: it is starting, stopping or unwell"
            }
            Self::AddressRefused => {
                "ask for an address that is not link-local, or allow it with `allow-private: link-local`"
            }
            Self::CommandFailed => "run the command by hand and look at what it says",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim();
        Self::ALL.iter().copied().find(|reason| reason.as_str() == wanted).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|reason| reason.as_str()).collect();
            format!("`{}` is no reason; there are {}", wanted.escape_debug(), words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reads_back_and_is_what_the_report_holds() {
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert!(!reason.hint().is_empty());
        }
        assert!("sad".parse::<Reason>().unwrap_err().contains("status_mismatch"));
    }
}

//! The URL of a database: where it is, who asks, and how the way there is kept.

use std::str::FromStr;

use launchway_base::{Failure, Secret, redact};
use percent_encoding::percent_decode_str;
use tokio::time::Instant;
use url::{Host, Url};

use super::line::Line;
use crate::attempt::{Fault, Observation};
use crate::net::{Check, Net, Stream};

/// How a connection is kept from others, as `sslmode` of libpq says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// In the open.
    Disable,
    /// TLS where the server has it; whose certificate it is, is not looked at.
    Prefer,
    /// TLS; whose certificate it is, is not looked at.
    Require,
    /// TLS, and the certificate comes from somebody who is trusted.
    VerifyCa,
    /// TLS, and the certificate comes from somebody who is trusted and is for this host.
    VerifyFull,
}

impl FromStr for Security {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // MySQL writes the same words with `_` and in capitals.
        Ok(match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => Self::Disable,
            "prefer" | "preferred" => Self::Prefer,
            "require" | "required" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" | "verify-identity" => Self::VerifyFull,
            _ => return Err(()),
        })
    }
}

impl Security {
    /// As it stands in a URL.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// What the URLs of a kind of database look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// What it is called in messages.
    pub name: &'static str,
    /// How one is written.
    pub example: &'static str,
    /// Where it listens when the URL does not say.
    pub port: u16,
    /// The parameters that say how the way is kept; none where the scheme says it.
    pub security: &'static [&'static str],
}

/// Parameters that programs are given in the same URL and that say nothing of how to log in.
const PASSED_OVER: &[&str] = &[
    "application_name",
    "charset",
    "client_encoding",
    "connect_timeout",
    "connection_limit",
    "encoding",
    "pgbouncer",
    "pool",
    "pool_timeout",
    "schema",
    "serverVersion",
    "socket_timeout",
    "timeout",
];

/// A URL, read.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub scheme: String,
    /// A name or an address; an IPv6 address stands without brackets.
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub database: Option<String>,
    pub security: Option<Security>,
}

impl Login {
    /// Reads a URL. What is wrong is said without the login in it.
    pub(super) fn parse(text: &str, form: &Form) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::input(format!("the URL of a {} server {what}", form.name))
                .with_hint(format!(
                    "write it as in {}, with `/`, `@`, `#` and `?` of a password in percent form, as in `%2F`",
                    form.example
                ))
        };
        let url =
            Url::parse(text.trim()).map_err(|error| wrong(&format!("is not one: {error}")))?;
        // First of all, so that nothing shows it from here on: as it is written, and as it is meant.
        // One that stands elsewhere in the URL, as that of `postgres:postgres@`, is no secret: masked, that
        // word would be gone from the log of the whole job.
        let is_shown = |part: &str| {
            let path = url.path().trim_start_matches('/');
            let parts = [url.username(), path, url.host_str().unwrap_or_default()];
            parts.contains(&part) || url.scheme().starts_with(part)
        };
        let password = url.password().map(|written| {
            if is_shown(written) {
                return decode(written).map(Secret::unmasked);
            }
            redact::register(written);
            decode(written).map(Secret::verbatim)
        });
        let password = password
            .transpose()
            .map_err(|why| wrong(&format!("has a password that {why}")))?
            .filter(|password| !password.is_empty());
        let user =
            decode(url.username()).map_err(|why| wrong(&format!("has a user that {why}")))?;
        let path = url.path().strip_prefix('/').unwrap_or_default();
        let database = decode(path).map_err(|why| wrong(&format!("has a database that {why}")))?;
        let host = match url.host() {
            None => return Err(wrong("has no host")),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => {
                decode(&host.to_string()).map_err(|why| wrong(&format!("has a host that {why}")))?
            }
        };
        if host.is_empty() {
            return Err(wrong("has no host"));
        }
        if host.contains(',') {
            return Err(wrong("names several hosts, and each is a target of its own"));
        }
        if host.starts_with('/') {
            return Err(wrong("names a socket of this machine, and only hosts can be asked"));
        }
        let port = url.port().unwrap_or(form.port);
        if port == 0 {
            return Err(wrong("has port 0, where nothing listens"));
        }
        if url.fragment().is_some() {
            return Err(wrong("has a `#`, which is written %23 in a password"));
        }
        // A password with a `/` or `?` in it ends the host early: the rest of it is not shown.
        if url.path().contains('@') || url.query().is_some_and(|query| query.contains('@')) {
            let what =
                "has an `@` behind the host; in a password `/` is written %2F, `?` %3F and `@` %40";
            return Err(wrong(what));
        }
        let mut security = None;
        for (key, value) in url.query_pairs() {
            if PASSED_OVER.contains(&key.as_ref()) {
                continue;
            }
            if !form.security.contains(&key.as_ref()) {
                let known = match form.security {
                    [] => "there are none".to_owned(),
                    names => format!("there is `{}`", names.join("`, `")),
                };
                return Err(wrong(&format!(
                    "has the parameter `{}`, and {known}",
                    crate::foreign::quote(key.as_bytes())
                )));
            }
            security = Some(value.parse().map_err(|()| {
                wrong(&format!(
                    "has `{key}={}`, which is none of disable, prefer, require, verify-ca, verify-full",
                    crate::foreign::quote(value.as_bytes())
                ))
            })?);
        }
        let given = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host,
            port,
            user: given(user),
            password,
            database: given(database),
            security,
        })
    }

    /// The URL without its password.
    pub(super) fn shown(&self) -> String {
        let Self { scheme, port, .. } = self;
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            crate::foreign::quote(self.host.as_bytes())
        };
        let user = self.user.as_deref().map(|user| crate::foreign::quote(user.as_bytes()));
        let login = match (user, &self.password) {
            (None, None) => String::new(),
            (user, None) => format!("{}@", user.unwrap_or_default()),
            (user, Some(_)) => format!("{}:***@", user.unwrap_or_default()),
        };
        let database = self.database.as_deref().map_or_else(String::new, |database| {
            format!("/{}", crate::foreign::quote(database.as_bytes()))
        });
        let security = match self.security {
            Some(security) if scheme.starts_with("postgres") => {
                format!("?sslmode={}", security.as_str())
            }
            Some(security) => format!("?tls={}", security.as_str()),
            None => String::new(),
        };
        format!("{scheme}://{login}{host}:{port}{database}{security}")
    }
}

/// Has TLS begin on a connection, with the certificate looked at as far as is asked.
pub(super) async fn secure(
    net: &Net,
    stream: Stream,
    login: &Login,
    security: Security,
    until: Instant,
    seen: &mut Observation,
) -> Result<Line, Fault> {
    let check = match security {
        Security::Disable | Security::Prefer | Security::Require => Check::Nothing,
        Security::VerifyCa => Check::Authority,
        Security::VerifyFull => Check::Host,
    };
    let timings = &mut seen.timings;
    let made = net.tls_as_far(stream, &login.host, &[], check, until, timings).await;
    let (stream, certificate) = made.map_err(|mut fault| {
        if login.security.is_none() && security == Security::Prefer {
            fault.detail.push_str("; `disable` in the URL goes without TLS");
        }
        fault
    })?;
    seen.certificate = Some(certificate);
    Ok(Line::new(Box::new(stream), until))
}

/// What a part of a URL means.
fn decode(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "is not UTF-8")?;
    if decoded.contains('\0') {
        return Err("has a zero byte in it");
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        name: "PostgreSQL",
        example: "postgres://user:password@host:5432/database",
        port: 5432,
        security: &["sslmode"],
    };

    #[test]
    fn the_parts_of_a_url() {
        let login = Login::parse(
            "postgres://us%40er:p%2Fa%3As%20@[::1]:6000/my%20db?sslmode=verify-ca",
            &FORM,
        )
        .unwrap();
        assert_eq!(login.host, "::1");
        assert_eq!(login.port, 6000);
        assert_eq!(login.user.as_deref(), Some("us@er"));
        assert_eq!(login.password.as_ref().unwrap().expose(), "p/a:s ");
        assert_eq!(login.database.as_deref(), Some("my db"));
        assert_eq!(login.security, Some(Security::VerifyCa));
        assert_eq!(login.shown(), "postgres://us@er:***@[::1]:6000/my db?sslmode=verify-ca");
        assert!(!format!("{login:?}").contains("p/a"));

        let plain = Login::parse("postgres://db", &FORM).unwrap();
        assert_eq!((plain.port, &plain.user, &plain.password), (5432, &None, &None));
        assert_eq!((plain.database.as_ref(), plain.security), (None, None));
        assert_eq!(plain.shown(), "postgres://db:5432");
        assert_eq!(Login::parse("postgres://:@db/", &FORM).unwrap().shown(), "postgres://db:5432");
    }

    #[test]
    fn what_other_programs_want_of_the_url_is_passed_over() {
        let url = "postgres://h/db?schema=public&connect_timeout=5&sslmode=require&pool=3";
        assert_eq!(Login::parse(url, &FORM).unwrap().security, Some(Security::Require));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_login() {
        for (url, says) in [
            ("postgres://", "has no host"),
            ("postgres:///db", "has no host"),
            ("postgres://user:swordfish@", "is not one"),
            ("postgres://user:swordfish@h:0", "port 0"),
            ("postgres://user:swordfish@h:99999", "is not one"),
            ("postgres://user:sword#fish@h", "is not one"),
            ("postgres://user:swordfish@h/#x", "%23"),
            ("postgres://user:12/swordfish@h/db", "%2F"),
            ("postgres://user:12?swordfish@h/db", "%3F"),
            ("postgres://user:12?sslmode=swordfish@h/db", "%3F"),
            ("postgres://user:swordfish@one,two/db", "each is a target"),
            ("postgres://user:swordfish@%2Fvar%2Frun", "socket of this machine"),
            ("postgres://user:swordfish%00@h", "password that has a zero byte"),
            ("postgres://user:swordfish%ff@h", "password that is not UTF-8"),
            ("postgres://user:swordfish@h?sslmod=require", "there is `sslmode`"),
            ("postgres://user:swordfish@h?sslmode=maybe", "none of disable"),
        ] {
            let failure = Login::parse(url, &FORM).expect_err(url);
            let text = format!("{failure:?}");
            assert!(text.contains(says), "{url}: {text}");
            assert!(!text.contains("swordfish"), "{url}: {text}");
        }
    }

    #[test]
    fn a_password_that_is_shown_elsewhere_is_not_masked() {
        for url in [
            "postgres://someone:someone@h/db",
            "postgresql://u:postgres@h/db",
            "postgres://u:some-database@h/some-database",
        ] {
            let shown = Login::parse(url, &FORM).unwrap().shown();
            assert!(shown.contains(":***@"), "{shown}");
        }
        let text = "someone postgres some-database";
        assert_eq!(redact::redact(text), text);
    }

    #[test]
    fn both_spellings_of_a_password_are_masked() {
        let written = "q%40uite-secret-one";
        Login::parse(&format!("postgres://u:{written}@h"), &FORM).unwrap();
        assert_eq!(redact::redact("x q%40uite-secret-one y"), "x *** y");
        assert_eq!(redact::redact("x q@uite-secret-one y"), "x *** y");
    }
}

//! The server a message is handed to, read from its address.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use launchway_base::{Failure, Secret, redact};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS at once.
    Implicit,
    /// TLS before anything is said; a server that has none is not spoken with.
    Starttls,
    /// None.
    None,
}

/// The server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User and password.
    pub login: Option<(String, Secret)>,
}

impl Server {
    /// Reads `smtp://user:password@host:587?tls=starttls` or `smtps://…`.
    ///
    /// # Errors
    /// It is of another form, or would send a password that everybody on the way can read. Nothing of the address is part
    /// of the error.
    pub fn parse(
        text: &str,
        user: Option<&str>,
        password: Option<&Secret>,
    ) -> Result<Self, Failure> {
        let bad = |why: &str| {
            Failure::input(format!("`server` {why}"))
                .with_hint("write `smtp://mail.example.com:587` or `smtps://mail.example.com:465`")
        };
        let url = Url::parse(text).map_err(|error| bad(&format!("is no address: {error}")))?;
        if url.cannot_be_a_base() {
            return Err(bad("begins with neither `smtp://` nor `smtps://`"));
        }
        // What stands behind a slash the server never sees; a `/` in a password ends up there.
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(bad(
                "has something behind the host; signs such as `/` and `#` in a password are written as %2F and %23",
            ));
        }
        let mut tls = match url.scheme() {
            "smtp" => Tls::Starttls,
            "smtps" => Tls::Implicit,
            _ => return Err(bad("begins with neither `smtp://` nor `smtps://`")),
        };
        for (name, value) in url.query_pairs() {
            tls = match (name.as_ref(), value.as_ref(), tls) {
                ("tls", "starttls" | "required", Tls::Starttls | Tls::None) => Tls::Starttls,
                ("tls", "none", Tls::Starttls | Tls::None) => Tls::None,
                ("tls", "implicit", _) => Tls::Implicit,
                ("tls", ..) => {
                    return Err(bad(
                        "has a `tls` that is none of `starttls`, `implicit` and `none`",
                    ));
                }
                _ => return Err(bad("has a query with something else than `tls`")),
            };
        }
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let named = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let user = named.or_else(|| user.map(str::to_owned)).filter(|user| !user.is_empty());
        let named = url.password().map(|text| Secret::verbatim(decoded(text)));
        let password = named.or_else(|| password.filter(|_| user.is_some()).cloned());
        let login = match (user, password.filter(|password| !password.is_empty())) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(bad("has a user and no password").with_hint("give `password`, too"));
            }
            (None, Some(_)) => {
                return Err(bad("has a password and no user").with_hint("give `username`, too"));
            }
        };
        let default = if tls == Tls::Implicit { 465 } else { 587 };
        let server = Self { port: url.port().unwrap_or(default), host, tls, login };
        if server.tls == Tls::None && server.login.is_some() && !server.is_loopback() {
            return Err(bad("would get the password without TLS").with_hint("take `tls=none` out"));
        }
        server.mask();
        Ok(server)
    }

    fn is_loopback(&self) -> bool {
        match Host::parse(&self.host) {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(ip)) => ip.is_loopback(),
            Ok(Host::Ipv6(ip)) => ip.is_loopback(),
            Err(_) => self.host.parse::<std::net::Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()),
        }
    }

    /// Masks the password as it goes over the line: a server may repeat it.
    fn mask(&self) {
        if let Some((user, password)) = &self.login {
            let password = password.expose();
            redact::register(&BASE64_STANDARD.encode(password));
            redact::register(&BASE64_STANDARD.encode(format!("\0{user}\0{password}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address() {
        let read = |text: &str| Server::parse(text, None, None).unwrap();
        let server = read("smtp://deploy%40example.com:p%2Fss@mail.example.com");
        assert_eq!((server.port, server.tls), (587, Tls::Starttls));
        assert_eq!(server.login, Some(("deploy@example.com".to_owned(), Secret::verbatim("p/ss"))));
        assert_eq!((read("smtps://h").port, read("smtps://h").tls), (465, Tls::Implicit));
        assert_eq!(read("smtp://h:25?tls=none").tls, Tls::None);
        assert_eq!(read("smtp://[::1]:25").host, "::1");
        let password = Secret::new("hunter2-4711");
        let server = Server::parse("smtp://h", Some("u"), Some(&password)).unwrap();
        assert_eq!(server.login, Some(("u".to_owned(), password)));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "mail.example.com hunter2",
            "localhost:9587",
            "http://u:hunter2@h",
            "smtp://u:hun/hunter2@h",
            "smtp://u@h",
            "smtp://:hunter2@h",
            "smtp://u:hunter2@h?tls=maybe",
            "smtp://u:hunter2@h?x=hunter2",
            "smtp://u:hunter2@h?tls=none",
            "smtps://u:hunter2@h?tls=none",
        ] {
            let failure = Server::parse(text, None, None).unwrap_err();
            assert_eq!(failure.kind().code(), 2, "{text}");
            assert!(!failure.chain().contains("hunter2"), "{}", failure.chain());
        }
        assert!(Server::parse("smtp://u:p@127.0.0.1?tls=none", None, None).is_ok());
    }
}

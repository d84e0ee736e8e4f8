//! Proxies as the environment names them.

use hyper_util::client::proxy::matcher::Matcher;
use launchway_base::Secret;
use reqwest::{NoProxy, Proxy, Url};

use crate::HttpError;

/// The proxies of the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, each also
/// in lower case, which wins. What is on this machine is never asked for by a proxy, as with the
/// container tools: the proxy would ask itself, and see the login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Secret>,
    https: Option<Secret>,
    all: Option<Secret>,
    none_for: Option<String>,
}

/// The proxy to ask instead of a host, for who speaks to it without a [`Client`](crate::Client).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyServer {
    /// Whether the connection to the proxy itself is secure.
    pub secure: bool,
    /// Its host; an IPv6 address stands in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The value of `Proxy-Authorization`, from the user and password of its URL. For the proxy only.
    pub authorization: Option<Secret>,
}

/// The names of this machine.
const HERE: &str = "localhost,127.0.0.0/8,::1,::ffff:127.0.0.0/104,0.0.0.0,::";

impl Proxies {
    /// Reads the settings through `get`, which gives a variable's value. A value that is no URL is
    /// an error that names the variable, not the value: it may hold a password.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, HttpError> {
        let first = |names: &[&str]| -> Result<Option<Secret>, HttpError> {
            for name in names {
                let value = get(name).unwrap_or_default();
                if !value.trim().is_empty() {
                    return proxy_url(name, value.trim()).map(Some);
                }
            }
            Ok(None)
        };
        Ok(Self {
            http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            all: first(&["all_proxy", "ALL_PROXY"])?,
            none_for: get("no_proxy")
                .filter(|value| !value.trim().is_empty())
                .or_else(|| get("NO_PROXY"))
                .filter(|value| !value.trim().is_empty()),
        })
    }

    /// The settings of this process.
    pub fn from_env() -> Result<Self, HttpError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Whether a request with this scheme may go through a proxy.
    pub fn has(&self, scheme: &str) -> bool {
        if scheme == "https" { self.https.is_some() } else { self.http.is_some() }
    }

    /// The proxy that stands between us and a host. `host` is a name or an address, an IPv6 one with or
    /// without brackets. Schemes other than `http` and `https` go by `ALL_PROXY` alone, as with curl.
    pub fn server_for(&self, scheme: &str, host: &str) -> Option<ProxyServer> {
        let set = match scheme {
            "http" => &self.http,
            "https" => &self.https,
            _ => &self.all,
        };
        let url = Url::parse(set.as_ref()?.expose()).ok()?;
        let bracketed = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host.trim_end_matches('.').to_owned()
        };
        // One form of every host, so that none gets past `NO_PROXY` by the way it is written.
        let target = Url::parse(&format!("http://{bracketed}/")).ok()?;
        let matcher = Matcher::builder().all(url.as_str()).no(self.none_for()).build();
        let found = matcher.intercept(&target.as_str().parse().ok()?)?;
        let login = found.basic_auth().and_then(|value| value.to_str().ok());
        if let Some(encoded) = login.and_then(|login| login.strip_prefix("Basic ")) {
            Secret::new(encoded);
        }
        let login = login.map(Secret::new);
        Some(ProxyServer {
            secure: url.scheme() == "https",
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            authorization: login,
        })
    }

    /// `NO_PROXY` in one of the ways it is written: others are blanks between hosts, `*.host` for what lies below a
    /// host, a dot at the end, and brackets around IPv6.
    fn none_for(&self) -> String {
        let given = self.none_for.as_deref().unwrap_or_default();
        let hosts = given.split(|c: char| c == ',' || c.is_whitespace()).map(|host| {
            let host =
                host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
            host.strip_prefix('*')
                .filter(|rest| rest.starts_with('.'))
                .unwrap_or(host)
                .trim_end_matches('.')
        });
        hosts.filter(|host| !host.is_empty()).chain([HERE]).collect::<Vec<_>>().join(",")
    }

    pub(crate) fn build(&self) -> Result<Vec<Proxy>, HttpError> {
        let none_for = || NoProxy::from_string(&self.none_for());
        let made = |result: reqwest::Result<Proxy>, name: &str| {
            result.map(|proxy| proxy.no_proxy(none_for())).map_err(|_| unreadable(name))
        };
        let http = self.http.iter().map(|url| made(Proxy::http(url.expose()), "HTTP_PROXY"));
        let https = self.https.iter().map(|url| made(Proxy::https(url.expose()), "HTTPS_PROXY"));
        http.chain(https).collect()
    }
}

/// The URL of a proxy; `host:port` alone means `http://`.
fn proxy_url(name: &str, value: &str) -> Result<Secret, HttpError> {
    let full = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&full).map_err(|_| unreadable(name))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        // Proxies that refuse a login say so in words of theirs.
        if let Some(password) = url.password().filter(|password| *password != url.username()) {
            Secret::new(password);
        }
        // Without a login there is nothing to hide, and what failed has to be named.
        let has_login = !url.username().is_empty() || url.password().is_some();
        Ok(if has_login { Secret::new(full) } else { Secret::unmasked(full) })
    } else {
        Err(unreadable(name))
    }
}

fn unreadable(name: &str) -> HttpError {
    HttpError::Proxy {
        request: name.to_owned(),
        reason: "its value is not the URL of an `http` or `https` proxy".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Proxies, HttpError> {
        Proxies::read(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn lower_case_wins_and_all_is_the_last_resort() {
        let proxies = read(&[
            ("https_proxy", "http://low.example:1"),
            ("HTTPS_PROXY", "http://up.example:1"),
            ("ALL_PROXY", "all.example:2"),
            ("NO_PROXY", "localhost,.corp.example"),
        ])
        .unwrap();
        assert_eq!(proxies.https, Some(Secret::unmasked("http://low.example:1")));
        assert_eq!(proxies.http, Some(Secret::unmasked("http://all.example:2")));
        let said = "the proxy http://low.example:1";
        assert_eq!(launchway_base::redact::redact(said), said);
        assert_eq!(proxies.none_for.as_deref(), Some("localhost,.corp.example"));
        assert_eq!(proxies.build().unwrap().len(), 2);
        assert_eq!(read(&[("HTTP_PROXY", " ")]).unwrap(), Proxies::default());
    }

    #[test]
    fn the_server_for_a_host_is_named_apart_from_its_login() {
        let proxies = read(&[
            ("https_proxy", "https://us%20er:hunter55@sec.example"),
            ("HTTP_PROXY", "http://[::1]:3128"),
            ("NO_PROXY", "corp.example, 10.0.0.0/8,fd00::/8"),
        ])
        .unwrap();
        let secure = proxies.server_for("https", "a.example").unwrap();
        assert_eq!((secure.secure, secure.host.as_str(), secure.port), (true, "sec.example", 443));
        let login = secure.authorization.unwrap();
        assert_eq!(login.expose(), "Basic dXMgZXI6aHVudGVyNTU=");
        assert_eq!(launchway_base::redact::redact("no hunter55 here"), "no *** here");
        let plain = proxies.server_for("http", "93.184.216.34").unwrap();
        assert_eq!((plain.host.as_str(), plain.port, plain.authorization), ("[::1]", 3128, None));
        assert_eq!(proxies.server_for("tcp", "a.example"), None, "neither variable speaks of tcp");
        for direct in [
            "localhost",
            "x.localhost",
            "LOCALHOST.",
            "127.8.8.8",
            "::1",
            "[::1]",
            "10.1.2.3",
            "corp.example",
            "db.corp.example",
            "corp.example.",
            "2130706433",
            "0x7f.1",
            "fd00::5",
            "[fd00::5]",
        ] {
            assert_eq!(proxies.server_for("http", direct), None, "{direct}");
        }
        let written = "*.star.example blank.example\tdot.example., [fd00::1] ,.,,Upper.Example";
        let odd = read(&[("http_proxy", "p.example"), ("no_proxy", written)]).unwrap();
        for direct in [
            "a.star.example",
            "blank.example",
            "dot.example",
            "fd00::1",
            "upper.example",
            "0.0.0.0",
            "[::]",
            "::ffff:127.0.0.1",
            "[::ffff:7f00:1]",
        ] {
            assert_eq!(odd.server_for("http", direct), None, "{direct}");
        }
        for through in ["a.example", "star.example.net", "fd00::2", "::ffff:8.8.8.8", "0.0.0.1"] {
            assert!(odd.server_for("http", through).is_some(), "{through}");
        }
        let none = read(&[("http_proxy", "p.example"), ("no_proxy", "*")]).unwrap();
        assert_eq!(none.server_for("http", "a.example"), None);
        let all = read(&[("ALL_PROXY", "p.example:8080")]).unwrap();
        assert_eq!(all.server_for("redis", "a.example").unwrap().port, 8080);
        assert_eq!(all.server_for("redis", "2001:db8::1").unwrap().host, "p.example");
    }

    #[test]
    fn a_bad_value_is_named_not_shown() {
        for value in ["socks5://u:hunter44@h:1", "http://u:hunter44@[x", "://hunter44"] {
            let error = read(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter44"), "{error}");
        }
    }
}

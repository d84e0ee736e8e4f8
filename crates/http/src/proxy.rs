//! Proxies as the environment names them.

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
    none_for: Option<String>,
}

/// The names of this machine.
const HERE: &str = "localhost,127.0.0.0/8,::1";

impl Proxies {
    /// Reads the settings through `get`, which gives a variable's value. A value that is no URL is
    /// an error that names the variable, not the value: it may hold a password.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, HttpError> {
        let first = |names: &[&str]| -> Result<Option<Secret>, HttpError> {
            for name in names {
                let value = get(name).unwrap_or_default();
                if !value.trim().is_empty() {
                    return Ok(Some(Secret::new(proxy_url(name, value.trim())?)));
                }
            }
            Ok(None)
        };
        Ok(Self {
            http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
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

    pub(crate) fn build(&self) -> Result<Vec<Proxy>, HttpError> {
        let named = self.none_for.as_deref().unwrap_or_default();
        let none_for = || NoProxy::from_string(&format!("{named},{HERE}"));
        let made = |result: reqwest::Result<Proxy>, name: &str| {
            result.map(|proxy| proxy.no_proxy(none_for())).map_err(|_| unreadable(name))
        };
        let http = self.http.iter().map(|url| made(Proxy::http(url.expose()), "HTTP_PROXY"));
        let https = self.https.iter().map(|url| made(Proxy::https(url.expose()), "HTTPS_PROXY"));
        http.chain(https).collect()
    }
}

/// The URL of a proxy; `host:port` alone means `http://`.
fn proxy_url(name: &str, value: &str) -> Result<String, HttpError> {
    let full = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&full).map_err(|_| unreadable(name))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(full)
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
        assert_eq!(proxies.https, Some(Secret::new("http://low.example:1")));
        assert_eq!(proxies.http, Some(Secret::new("http://all.example:2")));
        assert_eq!(proxies.none_for.as_deref(), Some("localhost,.corp.example"));
        assert_eq!(proxies.build().unwrap().len(), 2);
        assert_eq!(read(&[("HTTP_PROXY", " ")]).unwrap(), Proxies::default());
    }

    #[test]
    fn a_bad_value_is_named_not_shown() {
        for value in ["socks5://u:hunter44@h:1", "http://u:hunter44@[x", "://hunter44"] {
            let error = read(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter44"), "{error}");
        }
    }
}

//! Which token server a login may go to.

use std::net::IpAddr;

use launchway_http::{Url, origin};

use crate::{RegistryError, is_loopback};

/// Under these everybody has hosts, so that two of them have nothing in common.
const SHARED: &[&str] = &[
    "amazonaws.com",
    "appspot.com",
    "azurecr.cn",
    "azurecr.io",
    "azurecr.us",
    "azurewebsites.net",
    "cloudfront.net",
    "duckdns.org",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "jfrog.io",
    "netlify.app",
    "ngrok.app",
    "ngrok.io",
    "on.aws",
    "onrender.com",
    "pages.dev",
    "pkg.dev",
    "r2.dev",
    "railway.app",
    "run.app",
    "trycloudflare.com",
    "ts.net",
    "vercel.app",
    "windows.net",
    "workers.dev",
];
/// The second level of countries that sell names on the third.
const SECOND: &[&str] =
    &["ac", "co", "com", "edu", "gob", "go", "gov", "mil", "ne", "net", "or", "org"];
/// Registries whose token server is on another site, known from their makers.
const KNOWN: &[(&str, &str)] = &[("scw.cloud", "api.scaleway.com")];

/// Whom a login may be shown besides the registry itself.
#[derive(Clone, Debug)]
pub(crate) struct Trust<'a> {
    /// The registry as people write it.
    pub(crate) registry: &'a str,
    /// `host` or `host:port` of its API.
    pub(crate) api_host: &'a str,
    /// Whether it is spoken to over plain HTTP.
    pub(crate) plain: bool,
    /// Hosts the user trusts.
    pub(crate) trusted: &'a [String],
}

impl Trust<'_> {
    /// The URL of the token server, when it may be asked; with a login only one that belongs to
    /// the registry.
    pub(crate) fn realm(&self, realm: &str, login: bool) -> Result<Url, RegistryError> {
        let refuse = |shown: String, reason| RegistryError::Realm {
            registry: self.registry.to_owned(),
            realm: shown,
            reason,
        };
        let url = Url::parse(realm).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        });
        let Some(url) = url else {
            return Err(refuse(crate::reference::show(realm), "no address of a token server"));
        };
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let with_port = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let named = self.trusted.iter().any(|one| *one == host || *one == with_port);
        let own = bare(self.api_host);
        // A registry elsewhere may not have this machine asked.
        let here = is_loopback(&host) && (self.plain || is_loopback(self.api_host));
        if url.scheme() == "http" && !here && !(self.plain && host == own) {
            return Err(refuse(origin(&url), "not a secure connection"));
        }
        let belongs = host == own
            || (is_loopback(&host) && is_loopback(self.api_host))
            || site(&host).is_some_and(|place| site(&own) == Some(place))
            || KNOWN.iter().any(|(parent, token)| under(&own, parent) && host == *token);
        if login && !belongs && !named {
            return Err(refuse(origin(&url), "another site than the registry's"));
        }
        Ok(url)
    }
}

/// The host without its port.
fn bare(host: &str) -> String {
    let end = match host.rfind(':') {
        Some(at) if !host.ends_with(']') => at,
        _ => host.len(),
    };
    host.get(..end).unwrap_or(host).to_ascii_lowercase()
}

fn under(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

/// The part of a host name somebody owns, as in `example.com`; `None` for addresses and names
/// without a dot.
fn site(host: &str) -> Option<&str> {
    if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    let last = |labels: usize| match dots.get(labels.checked_sub(1)?) {
        Some(at) => host.get(at + 1..),
        None if dots.len() + 1 == labels => Some(host),
        None => None,
    };
    if let Some(shared) = SHARED.iter().find(|shared| under(host, shared)) {
        return last(shared.matches('.').count() + 2);
    }
    let two = last(2)?;
    let (second, top) = two.split_once('.')?;
    if top.len() == 2 && SECOND.contains(&second) { last(3) } else { Some(two) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(registry: &str, realm: &str) -> bool {
        let trusted = ["trusted.example".to_owned(), "ported.example:8443".to_owned()];
        let plain = registry.starts_with("plain");
        let trust = Trust { registry, api_host: registry, plain, trusted: &trusted };
        let anonymous = trust.realm(realm, false).is_ok();
        let login = trust.realm(realm, true).is_ok();
        assert!(anonymous || !login, "what may have the login may be asked without");
        login
    }

    #[test]
    fn a_login_stays_with_its_site() {
        for (registry, realm, expected) in [
            ("ghcr.io", "https://ghcr.io/token", true),
            ("registry-1.docker.io", "https://auth.docker.io/token", true),
            ("registry.gitlab.com", "https://gitlab.com/jwt/auth", true),
            ("registry.acme.co.uk", "https://auth.acme.co.uk/token", true),
            ("registry.acme.co.uk", "https://evil.co.uk/token", false),
            ("acme.azurecr.io", "https://acme.azurecr.io/oauth2/token", true),
            ("acme.azurecr.io", "https://evil.azurecr.io/oauth2/token", false),
            ("rg.fr-par.scw.cloud", "https://api.scaleway.com/tokens", true),
            ("ghcr.io", "https://evil.io/token", false),
            ("ghcr.io", "https://ghcr.io.evil.example/token", false),
            ("ghcr.io", "https://evilghcr.io/token", false),
            ("ghcr.io", "https://ghcr.io@evil.example/token", false),
            ("ghcr.io", "http://ghcr.io/token", false),
            ("ghcr.io", "https://trusted.example/token", true),
            ("ghcr.io", "https://ported.example:8443/token", true),
            ("ghcr.io", "https://ported.example/token", false),
            ("ghcr.io", "file:///etc/passwd", false),
            ("ghcr.io", "", false),
            ("ghcr.io", "http://127.0.0.1:8080/token", false),
            ("127.0.0.1:5000", "http://127.0.0.1:5001/token", true),
            ("localhost:5000", "http://[::1]:5001/token", true),
            ("10.0.0.1:5000", "https://10.0.0.2/token", false),
            ("10.0.0.1:5000", "https://10.0.0.1/token", true),
            ("plain.example:5000", "http://plain.example/token", true),
            ("plain.example:5000", "http://auth.plain.example/token", false),
            ("registry", "https://auth/token", false),
        ] {
            assert_eq!(allowed(registry, realm), expected, "{registry} {realm}");
        }
    }

    #[test]
    fn a_registry_elsewhere_has_nobody_here_asked() {
        let trust = |api_host, plain| Trust { registry: api_host, api_host, plain, trusted: &[] };
        let realm = "http://127.0.0.1:8080/token";
        assert!(trust("ghcr.io", false).realm(realm, false).is_err());
        assert!(trust("localhost:5000", true).realm(realm, false).is_ok());
        assert!(trust("localhost:5000", false).realm(realm, false).is_ok());
        assert!(trust("plain.example:5000", true).realm(realm, false).is_ok());
    }

    #[test]
    fn the_refusal_says_how_to_allow_it() {
        use launchway_base::Fault as _;
        let trust = Trust { registry: "ghcr.io", api_host: "ghcr.io", plain: false, trusted: &[] };
        let error = trust.realm("https://evil.example:44/token?secret=x", true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "ghcr.io sends logins to `https://evil.example:44`, which is another site than the registry's"
        );
        assert!(error.hint().unwrap().contains("LAUNCHWAY_TRUSTED_REALMS to `evil.example:44`"));
    }
}

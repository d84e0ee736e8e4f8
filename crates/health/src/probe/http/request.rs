//! What is asked: the same of every `http` target.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use launchway_base::{Failure, Secret, VERSION};
use percent_encoding::percent_decode_str;

use crate::foreign::quote;
use crate::inputs::Follow;

/// Method, headers and body of requests, and which redirects are followed.
#[derive(Clone, Debug)]
pub struct RequestSpec {
    pub(super) method: Method,
    /// Those of the user; secret ones are marked as sensitive.
    pub(super) headers: HeaderMap,
    /// Defaults the user took out with an empty value.
    removed: Vec<HeaderName>,
    pub(super) body: Bytes,
    pub(super) follow: Follow,
}

impl Default for RequestSpec {
    fn default() -> Self {
        Self {
            method: Method::GET,
            headers: HeaderMap::new(),
            removed: Vec::new(),
            body: Bytes::new(),
            follow: Follow::No,
        }
    }
}

/// Headers that follow from the request, or belong to the connection.
const OURS: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::TE,
    header::PROXY_AUTHORIZATION,
];

/// Shorter ones are not masked: a mask of `true` would blot out every `true`.
const SHORTEST_SECRET: usize = 6;

impl RequestSpec {
    /// Reads the inputs `method`, `headers` (lines `Name: value`) and `body`. Secret headers are masked.
    ///
    /// # Errors
    /// A method or header that is none, or a header this program writes itself.
    pub fn parse(
        method: &str,
        headers: &[String],
        body: Vec<u8>,
        follow: Follow,
    ) -> Result<Self, Failure> {
        let mut spec =
            Self { method: read_method(method)?, body: body.into(), follow, ..Self::default() };
        let lines = headers.iter().flat_map(|value| value.lines()).map(str::trim);
        for (index, line) in lines.filter(|line| !line.is_empty()).enumerate() {
            let (name, value) = read_header(line, index + 1)?;
            if value.is_empty() {
                spec.removed.push(name);
            } else {
                spec.headers.append(name, value);
            }
        }
        Ok(spec)
    }

    /// The user's headers alone, for protocols that send them as metadata.
    pub(in crate::probe) fn user_headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers of the first request to an origin, without `Host`: the user's, and the defaults they
    /// do not replace. `login` is the one of the URL.
    pub(super) fn all_headers(&self, login: Option<&HeaderValue>) -> HeaderMap {
        let mut all = self.headers.clone();
        let agent = HeaderValue::try_from(format!("launchway-health/{VERSION}")).ok();
        let defaults = [
            (header::USER_AGENT, agent),
            (header::ACCEPT, Some(HeaderValue::from_static("*/*"))),
            (header::CONNECTION, Some(HeaderValue::from_static("close"))),
            (header::AUTHORIZATION, login.cloned()),
        ];
        for (name, value) in defaults {
            if let Some(value) = value
                && !all.contains_key(&name)
                && !self.removed.contains(&name)
            {
                all.insert(name, value);
            }
        }
        all
    }
}

fn read_method(text: &str) -> Result<Method, Failure> {
    let bad = |why: &str| {
        Failure::input(format!("`method` is `{}`, {why}", quote(text.as_bytes())))
            .with_hint("use `GET`, `HEAD`, `POST` or another method of HTTP")
    };
    let method = Method::try_from(text.trim().to_ascii_uppercase().as_str())
        .map_err(|_| bad("which is no method"))?;
    if method == Method::CONNECT {
        return Err(bad("which opens a tunnel and has no answer to look at"));
    }
    Ok(method)
}

/// A line `Name: value`. Its value is never part of an error.
fn read_header(line: &str, number: usize) -> Result<(HeaderName, HeaderValue), Failure> {
    let form = || {
        Failure::input(format!("header {number} of `headers` is not of the form `Name: value`"))
            .with_hint("write one header per line, such as `Accept: application/json`")
    };
    let (name, value) = line.split_once(':').ok_or_else(form)?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| form())?;
    if OURS.contains(&name) {
        let failure = Failure::input(format!("`headers` has `{name}`, which is not yours to set"));
        return Err(failure.with_hint(if name == header::PROXY_AUTHORIZATION {
            "put the login into the URL of the proxy variable"
        } else {
            "take it out: it is written as the body needs it"
        }));
    }
    let value = value.trim();
    let mut header = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Failure::input(format!("the value of `{name}` in `headers` has control characters"))
    })?;
    if is_secret(&name) {
        header.set_sensitive(true);
        mask(value);
    }
    Ok((name, header))
}

/// Whether a header of this name holds a secret, by what such headers are called.
fn is_secret(name: &HeaderName) -> bool {
    sounds_secret(name.as_str())
}

/// Whether what has this name is a secret, by how the name ends: `x-api-key`, `authtoken`, `accessToken`.
pub(super) fn sounds_secret(name: &str) -> bool {
    const ENDINGS: [&str; 17] = [
        "authorization",
        "auth",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "key",
        "pass",
        "passwd",
        "password",
        "pwd",
        "secret",
        "session",
        "sessionid",
        "sig",
        "signature",
        "token",
    ];
    let name = name.to_ascii_lowercase();
    let last = name.split(['-', '_', '.']).next_back().unwrap_or_default();
    ENDINGS.iter().any(|ending| last.ends_with(ending))
}

/// Masks the values of a query that have a secret's name, as they are written and as they are meant. Plain words
/// stay: masked, that of `?key=status` would be gone from the log of the whole job.
pub(super) fn mask_query(query: &str) {
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let is_word = value.bytes().all(|b| b.is_ascii_lowercase());
        if sounds_secret(name) && value.len() >= SHORTEST_SECRET && !is_word {
            Secret::new(value);
            Secret::new(percent_decode_str(value).decode_utf8_lossy());
        }
    }
}

/// Masks a value, and the parts of it that are secret by themselves.
fn mask(value: &str) {
    let token = value.split_once(' ').map(|(_, token)| token);
    let cookies = value.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    for part in std::iter::once(value).chain(token).chain(cookies) {
        if part.trim().len() >= SHORTEST_SECRET {
            Secret::new(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use launchway_base::redact::redact;

    use super::*;

    fn spec(method: &str, headers: &str) -> Result<RequestSpec, Failure> {
        RequestSpec::parse(method, &[headers.to_owned()], Vec::new(), Follow::No)
    }

    #[test]
    fn the_users_headers_replace_the_defaults() {
        let login = HeaderValue::from_static("Basic eDp5");
        let all = spec(" post", "accept: text/plain\r\n\nX-A: 1\nX-A: 2\nUser-Agent:").unwrap();
        assert_eq!(all.method, Method::POST);
        let all = all.all_headers(Some(&login));
        assert_eq!(all.get("accept").unwrap(), "text/plain");
        assert_eq!(all.get_all("x-a").iter().count(), 2);
        assert!(!all.contains_key("user-agent"));
        assert_eq!(all.get("connection").unwrap(), "close");
        assert_eq!(all.get("authorization").unwrap(), "Basic eDp5");
        let own = spec("GET", "Authorization: Bearer own-bearer-1").unwrap();
        assert_eq!(
            own.all_headers(Some(&login)).get("authorization").unwrap(),
            "Bearer own-bearer-1"
        );
        let plain = RequestSpec::default().all_headers(None);
        assert_eq!(plain.len(), 3);
        assert!(
            plain.get("user-agent").unwrap().to_str().unwrap().starts_with("launchway-health/")
        );
    }

    #[test]
    fn secrets_are_masked_wherever_they_turn_up() {
        let read = spec(
            "GET",
            "Authorization: Bearer swordfish-1\nX-Api-Key: swordfish-2\nCookie: a=swordfish-3; b=true\nX-Token-Kind: plain-value",
        )
        .unwrap();
        let shown = format!("{read:?}");
        assert!(!shown.contains("swordfish") && shown.contains("plain-value"), "{shown}");
        for secret in ["swordfish-1", "swordfish-2", "swordfish-3"] {
            assert_eq!(redact(secret), "***");
        }
        assert_eq!(redact("true"), "true");
    }

    #[test]
    fn names_that_end_like_a_secret_are_one() {
        for name in
            ["X-Authtoken", "accessToken", "apikey", "api_key", "PHPSESSIONID", "sig", "X-Auth"]
        {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["accept", "x-token-kind", "authority", "x-request-id", "full", ""] {
            assert!(!sounds_secret(name), "{name}");
        }
        mask_query("full=swordfish-4&accessToken=sword%66ish-5&sig=x&key=queryword");
        assert_eq!(
            redact("swordfish-4 sword%66ish-5 swordfish-5 x queryword"),
            "swordfish-4 *** *** x queryword"
        );
    }

    #[test]
    fn a_bad_line_is_refused_without_its_value() {
        for line in [
            "hunter44",
            ": hunter44",
            "a b: hunter44",
            "Content-Length: 7",
            "transfer-encoding: chunked",
            "Proxy-Authorization: Basic hunter44",
            "X-Token: hunter44\u{7f}",
        ] {
            let failure = spec("GET", line).unwrap_err();
            assert_eq!(failure.kind().code(), 2);
            assert!(failure.to_string().contains("headers"), "{failure}");
            assert!(!failure.to_string().contains("hunter44"), "{failure}");
        }
        for method in ["", "G T", "CONNECT", "G\u{e9}T"] {
            assert!(spec(method, "").unwrap_err().to_string().contains("`method`"), "{method}");
        }
    }
}

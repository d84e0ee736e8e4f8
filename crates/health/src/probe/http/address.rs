//! URLs: read, and shown without what may be secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use launchway_base::{Failure, Secret};
use percent_encoding::percent_decode_str;
use url::{Position, Url};

use super::request::mask_query;
use crate::foreign::quote;

/// Reads the URL of a target: itself without login, and the login as `Authorization`.
pub(super) fn parse(text: &str) -> Result<(Url, Option<HeaderValue>), Failure> {
    let bad = |why: &str| {
        Failure::input(format!("{} {why}", unread(text)))
            .with_hint("write it like `https://shop.example:8443/health?full=1`")
    };
    // Browsers look over missing hosts, and take the path for one.
    let rest = text.trim().split_once(':').map_or("", |(_, rest)| rest);
    if rest.trim_start_matches(['/', '\\']).len() + 2 != rest.len() {
        return Err(bad("has no host"));
    }
    // A password that begins with `/` ends the host early, and would be taken for a path.
    let authority = rest.trim_start_matches(['/', '\\']).split(['/', '?', '#', '\\']).next();
    if authority.is_some_and(|authority| authority.ends_with(':')) && rest.contains('@') {
        return Err(bad("has no port behind its colon; in a password `/` is written %2F"));
    }
    let mut url = Url::parse(text.trim()).map_err(|error| bad(&format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad("is no URL of HTTP"));
    }
    if url.port() == Some(0) {
        return Err(bad("has the port 0, where nothing listens"));
    }
    let login = login(&url);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    mask_query(url.query().unwrap_or_default());
    target(&url).map_err(|_| bad("is too long"))?;
    Ok((url, login))
}

/// `Basic …` of a URL's login, if it has one.
fn login(url: &Url) -> Option<HeaderValue> {
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    if user.is_empty() && password.is_empty() {
        return None;
    }
    let decode = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let mut plain = decode(user);
    plain.push(b':');
    plain.extend(decode(password));
    let encoded = Secret::new(STANDARD.encode(&plain));
    // A token often stands where the user's name should.
    let word = if password.is_empty() { user } else { password };
    // That of `guest:guest@` is no secret: masked, that word would be gone from the log of the whole job.
    if user != password {
        Secret::new(word);
        Secret::new(String::from_utf8_lossy(&decode(word)));
    }
    let mut value = HeaderValue::try_from(format!("Basic {}", encoded.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What of a text that is no URL can be shown: never what may be a login.
fn unread(text: &str) -> String {
    let (scheme, rest) = text.trim().split_once("://").unwrap_or(("http", ""));
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = if rest.contains('@') { "…".to_owned() } else { quote(host.as_bytes()) };
    format!("`{}://{host}`", quote(scheme.as_bytes()))
}

/// A URL without login, fragment and the values of its query.
pub(super) fn shown(url: &Url) -> String {
    let mut text =
        format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPath]);
    if let Some(query) = url.query() {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((_, "")) | None if pair.is_empty() => String::new(),
            Some((name, _)) => format!("{name}=***"),
            None => "***".to_owned(),
        });
        text.push('?');
        text.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    quote(text.as_bytes())
}

/// Scheme, host and port: what credentials stay with.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The value of `Host`.
pub(super) fn host(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// Path and query, as a request's target.
pub(super) fn target(url: &Url) -> Result<http::Uri, http::Error> {
    uri(&url[Position::BeforePath..Position::AfterQuery])
}

/// The whole, as a request's target for a proxy.
pub(super) fn whole(url: &Url) -> Result<http::Uri, http::Error> {
    uri(&url[..Position::AfterQuery])
}

fn uri(text: &str) -> Result<http::Uri, http::Error> {
    // The one character a URL may have in its query that a request's target may not.
    Ok(text.replace('`', "%60").parse()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_password_that_ends_the_host_is_not_shown() {
        for url in ["http://u:/sesame@h/", "https://u:?sesame@h/", "http://u:#sesame@h"] {
            let failure = parse(url).unwrap_err().to_string();
            assert!(failure.contains("%2F") && !failure.contains("sesame"), "{failure}");
        }
        assert!(parse("http://localhost:4873/@scope/name").is_ok());
        assert!(parse("http://localhost:/").is_ok());
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, expected) in [
            ("http://localhost", "http://localhost/"),
            ("HTTPS://Shop.Example:443/a/../b#top", "https://shop.example/b"),
            ("http://user:hunter44@[::1]:8080/x", "http://[::1]:8080/x"),
            ("http://hunter44@h/?a=hunter44&b&c=&", "http://h/?a=***&***&c=***&"),
            ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
            ("http://h?x`y=hunter44", "http://h/?x`y=***"),
        ] {
            let (url, _) = parse(url).unwrap();
            assert_eq!(shown(&url), expected);
        }
    }

    #[test]
    fn a_login_is_basic_and_not_in_the_url() {
        let (url, login) = parse("http://al%40ice:p%3Aw%20d@h/x").unwrap();
        assert_eq!(url.as_str(), "http://h/x");
        let login = login.unwrap();
        assert!(login.is_sensitive());
        assert_eq!(login, format!("Basic {}", STANDARD.encode("al@ice:p:w d")));
        assert!(parse("http://h/x").unwrap().1.is_none());
        assert_eq!(
            parse("http://tok@h").unwrap().1.unwrap(),
            format!("Basic {}", STANDARD.encode("tok:"))
        );
    }

    #[test]
    fn a_password_is_masked_unless_it_is_the_name_of_its_user() {
        use launchway_base::redact::redact;
        parse("http://urlguest:urlguest@h/x").unwrap();
        parse("http://urlguest:sword%66ish-url@h/x?api_key=swordfish-query&full=swordfish")
            .unwrap();
        let text = "urlguest sword%66ish-url swordfish-url swordfish-query swordfish";
        assert_eq!(redact(text), "urlguest *** *** *** swordfish");
        assert_eq!(redact(&STANDARD.encode("urlguest:urlguest")), "***");
    }

    #[test]
    fn a_bad_url_is_named_without_its_login() {
        for (url, words) in [
            ("http://", "`http://`"),
            ("http:///path", "has no host"),
            ("http:h", "has no host"),
            ("http://[::1", "`http://[::1`"),
            ("https://a b/", "`https://a b`"),
            ("http://h:99999/hunter44", "`http://h:99999`"),
            ("http://u:hunter44@h:x/", "`http://…`"),
            ("http://u:hun/ter44@h:x/", "`http://…`"),
            ("http://h:0/", "port 0"),
            ("http://[fe80::1%eth0]/", "`http://[fe80::1%eth0]`"),
        ] {
            let failure = parse(url).unwrap_err();
            let text = failure.to_string();
            assert!(text.contains(words) && !text.contains("ter44"), "{text}");
            assert_eq!(failure.kind().code(), 2);
        }
        assert!(parse(&format!("http://h/{}", "a".repeat(70_000))).is_err());
    }

    #[test]
    fn targets_of_requests() {
        let (url, _) = parse("http://h:8080?q=`'\"<>|{}^[]é").unwrap();
        assert_eq!(host(&url), "h:8080");
        assert_eq!(target(&url).unwrap().to_string(), "/?q=%60%27%22%3C%3E|{}^[]%C3%A9");
        assert!(whole(&url).unwrap().to_string().starts_with("http://h:8080/?q="));
        assert_eq!(host(&parse("https://[::1]:443/").unwrap().0), "[::1]");
    }

    proptest! {
        #[test]
        fn whatever_is_a_url_can_be_asked_and_shown(rest in "\\PC{0,40}", secret in "[a-z]{12}") {
            if let Ok((url, _)) = parse(&format!("http://u:{secret}@host.example/{rest}")) {
                prop_assert!(target(&url).is_ok() && whole(&url).is_ok());
                prop_assert!(!shown(&url).contains(&secret));
                prop_assert!(!url.as_str().contains(&secret));
            }
        }

        #[test]
        fn what_is_none_is_never_shown_whole(rest in "\\PC{0,40}", secret in "[a-z]{12}") {
            if let Err(failure) = parse(&format!("http://{rest}:{secret}@{rest}")) {
                prop_assert!(!failure.to_string().contains(&secret));
            }
        }
    }
}

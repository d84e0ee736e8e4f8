//! Redirects: which are followed, and what goes along. Pure.

use std::collections::HashSet;

use http::{HeaderMap, Method, header};
use url::Url;

use super::address::{origin, shown, target};
use crate::attempt::Fault;
use crate::foreign::quote;
use crate::inputs::Follow;
use crate::reason::Reason;

/// The most redirects one look follows.
const MOST: usize = 10;

/// A request, and the way that led to it.
#[derive(Debug)]
pub(super) struct Trail {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    /// Whether the body goes along.
    pub(super) has_body: bool,
    /// Whether credentials go along, the client's certificate included: only within the first origin.
    pub(super) is_trusted: bool,
    follow: Follow,
    has_certificate: bool,
    start: String,
    visited: HashSet<(Method, Url)>,
}

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is the one to judge. The words say where a redirect that is not followed points.
    Judge(Option<String>),
    /// Ask again; the trail leads to where.
    Follow,
}

impl Trail {
    /// The first request. `headers` are without `Host`, unless the user gave one.
    pub(super) fn new(
        url: Url,
        method: Method,
        headers: HeaderMap,
        has_body: bool,
        follow: Follow,
        has_certificate: bool,
    ) -> Self {
        let visited = HashSet::from([(method.clone(), url.clone())]);
        let start = origin(&url);
        Self {
            url,
            method,
            headers,
            has_body,
            is_trusted: true,
            follow,
            has_certificate,
            start,
            visited,
        }
    }

    /// How many redirects were followed.
    pub(super) fn hops(&self) -> usize {
        self.visited.len() - 1
    }

    /// Decides on an answer, and goes on if it is a redirect to follow. `location` is the header as it came.
    pub(super) fn step(&mut self, status: u16, location: Option<&[u8]>) -> Result<Step, Fault> {
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(Step::Judge(None));
        }
        let stay = |words: String| Ok(Step::Judge(Some(words)));
        let Some(location) = location else {
            return stay("the redirect does not say where it points".to_owned());
        };
        let Some(next) = self.next_url(location) else {
            let words =
                format!("the redirect points to `{}`, which is no URL of HTTP", quote(location));
            return if self.follow == Follow::No {
                stay(words)
            } else {
                Err(Fault::new(Reason::ProtocolError, words))
            };
        };
        let points = format!("the redirect points to `{}`", shown(&next));
        let same_origin = origin(&self.url) == origin(&next);
        match self.follow {
            Follow::No => {
                return stay(format!("{points}; with `follow-redirects: true` it is followed"));
            }
            Follow::SameHost if self.url.host() != next.host() => {
                return stay(format!(
                    "{points}, another host; with `follow-redirects: true` it is followed"
                ));
            }
            Follow::SameHost | Follow::Yes => {}
        }
        let leaves_tls = self.url.scheme() == "https" && next.scheme() == "http";
        if leaves_tls && self.is_trusted && self.has_credentials() {
            return stay(format!(
                "{points}, which leaves the secure connection and is not followed with credentials"
            ));
        }
        let method = next_method(&self.method, status);
        let has_body = self.has_body && method == self.method;
        if has_body && !same_origin {
            return stay(format!("{points}, another origin, where the request's body does not go"));
        }
        let key = (method.clone(), next.clone());
        if self.visited.contains(&key) {
            return Err(Fault::new(
                Reason::RedirectLoop,
                format!("the redirect leads back to `{}`; cookies are not kept", shown(&next)),
            ));
        }
        if self.hops() == MOST {
            return Err(Fault::new(
                Reason::TooManyRedirects,
                format!(
                    "more than {MOST} redirects in a row; {}",
                    points.replacen("the redirect", "the last", 1)
                ),
            ));
        }
        self.visited.insert(key);
        if !same_origin {
            self.is_trusted = false;
            self.headers = without_secrets(&self.headers);
        }
        if self.has_body && !has_body {
            for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE] {
                self.headers.remove(name);
            }
        }
        (self.url, self.method, self.has_body) = (next, method, has_body);
        Ok(Step::Follow)
    }

    /// What is worth a word about the way.
    pub(super) fn note(&self) -> Option<String> {
        let hops = match self.hops() {
            0 => return None,
            1 => "one redirect".to_owned(),
            more => format!("{more} redirects"),
        };
        let stayed = if self.is_trusted {
            String::new()
        } else {
            format!("; credentials stayed with `{}`", quote(self.start.as_bytes()))
        };
        Some(format!("{hops} led to `{}`{stayed}", shown(&self.url)))
    }

    fn has_credentials(&self) -> bool {
        self.has_certificate || self.headers.values().any(http::HeaderValue::is_sensitive)
    }

    fn next_url(&self, location: &[u8]) -> Option<Url> {
        let mut next = self.url.join(String::from_utf8_lossy(location).trim()).ok()?;
        if !matches!(next.scheme(), "http" | "https") || !next.has_host() {
            return None;
        }
        // A login that a server hands out is not one the user gave.
        let _ = next.set_username("");
        let _ = next.set_password(None);
        next.set_fragment(None);
        target(&next).is_ok().then_some(next)
    }
}

/// As browsers and curl do it.
fn next_method(method: &Method, status: u16) -> Method {
    match status {
        303 if *method != Method::HEAD => Method::GET,
        301 | 302 if *method == Method::POST => Method::GET,
        _ => method.clone(),
    }
}

/// The headers that another origin may see. `Host` names the first one.
fn without_secrets(headers: &HeaderMap) -> HeaderMap {
    let stays = |name: &http::HeaderName, value: &http::HeaderValue| {
        value.is_sensitive() || [header::AUTHORIZATION, header::COOKIE, header::HOST].contains(name)
    };
    let mut left = HeaderMap::new();
    for (name, value) in headers {
        if !stays(name, value) {
            left.append(name.clone(), value.clone());
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn trail(url: &str, method: Method, follow: Follow) -> Trail {
        let mut headers = HeaderMap::new();
        let mut token = HeaderValue::from_static("swordfish");
        token.set_sensitive(true);
        headers.insert("x-token", token);
        headers.insert("host", HeaderValue::from_static("inner.example"));
        headers.insert("x-plain", HeaderValue::from_static("1"));
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let has_body = method == Method::POST;
        Trail::new(Url::parse(url).unwrap(), method, headers, has_body, follow, false)
    }

    fn stay(trail: &mut Trail, status: u16, location: &str) -> String {
        match trail.step(status, Some(location.as_bytes())) {
            Ok(Step::Judge(Some(words))) => words,
            other => panic!("{location}: {other:?}"),
        }
    }

    #[test]
    fn within_an_origin_all_goes_along() {
        let mut one = trail("https://a.example/x?y", Method::GET, Follow::SameHost);
        assert_eq!(one.step(302, Some(b"../z#top")), Ok(Step::Follow));
        assert_eq!(one.url.as_str(), "https://a.example/z");
        assert!(one.is_trusted && one.headers.contains_key("x-token"));
        assert_eq!(one.headers.get("host").unwrap(), "inner.example");
        assert_eq!(one.note().unwrap(), "one redirect led to `https://a.example/z`");
    }

    #[test]
    fn credentials_stay_with_their_origin_for_good() {
        for to in ["https://b.example/", "https://a.example:444/", "//c.example"] {
            let mut one = trail("https://a.example/", Method::GET, Follow::Yes);
            assert_eq!(one.step(302, Some(to.as_bytes())), Ok(Step::Follow));
            assert!(!one.is_trusted);
            for name in ["x-token", "host"] {
                assert!(!one.headers.contains_key(name), "{to} {name}");
            }
            assert!(one.headers.contains_key("x-plain"));
            assert_eq!(one.step(302, Some(b"https://a.example/back")), Ok(Step::Follow));
            assert!(!one.headers.contains_key("x-token"), "they do not come back");
            assert!(one.note().unwrap().contains("credentials stayed with `https://a.example`"));
        }
        let mut up = trail("http://a.example/", Method::GET, Follow::SameHost);
        assert_eq!(up.step(301, Some(b"https://a.example/")), Ok(Step::Follow));
        assert!(!up.headers.contains_key("x-token"), "another scheme is another origin");
    }

    #[test]
    fn what_is_not_followed_is_said() {
        let mut none = trail("http://a.example/", Method::GET, Follow::No);
        let words = stay(&mut none, 301, "https://u:hunter44@b.example/?k=hunter44#hunter44");
        assert!(
            words.contains("`https://b.example/?k=***`") && !words.contains("hunter44"),
            "{words}"
        );
        assert!(words.contains("follow-redirects"));
        assert!(stay(&mut none, 302, "mailto:x").contains("no URL of HTTP"));

        let mut same = trail("http://a.example/", Method::GET, Follow::SameHost);
        assert!(stay(&mut same, 302, "http://b.example/").contains("another host"));

        let mut down = trail("https://a.example/", Method::GET, Follow::Yes);
        assert!(stay(&mut down, 302, "http://a.example/").contains("secure"));
        down.headers.remove("x-token");
        assert_eq!(down.step(302, Some(b"http://a.example/")), Ok(Step::Follow));
        let mut certificate = trail("https://a.example/", Method::GET, Follow::Yes);
        certificate.headers.remove("x-token");
        certificate.has_certificate = true;
        assert!(stay(&mut certificate, 302, "http://a.example/").contains("secure"));

        let mut post = trail("https://a.example/", Method::POST, Follow::Yes);
        assert!(stay(&mut post, 307, "https://b.example/").contains("body"));
        assert_eq!(
            post.step(308, None),
            Ok(Step::Judge(Some("the redirect does not say where it points".to_owned())))
        );
        for status in [200, 300, 304, 305, 404] {
            assert_eq!(post.step(status, Some(b"/x")), Ok(Step::Judge(None)));
        }
    }

    #[test]
    fn methods_change_as_in_browsers() {
        for (method, status, then) in [
            (Method::POST, 301, Method::GET),
            (Method::POST, 302, Method::GET),
            (Method::POST, 303, Method::GET),
            (Method::POST, 307, Method::POST),
            (Method::POST, 308, Method::POST),
            (Method::PUT, 302, Method::PUT),
            (Method::PUT, 303, Method::GET),
            (Method::HEAD, 303, Method::HEAD),
        ] {
            let mut one = trail("http://a.example/", method.clone(), Follow::Yes);
            assert_eq!(one.step(status, Some(b"/b")), Ok(Step::Follow));
            assert_eq!(one.method, then, "{method} {status}");
            assert_eq!(one.has_body, then == Method::POST);
            assert_eq!(
                one.headers.contains_key("content-type"),
                method != Method::POST || one.has_body
            );
        }
    }

    #[test]
    fn a_loop_and_a_long_way_end_it_for_good() {
        let mut ring = trail("http://a.example/", Method::GET, Follow::Yes);
        assert_eq!(ring.step(302, Some(b"/b")), Ok(Step::Follow));
        let fault = ring.step(302, Some(b"/#again")).unwrap_err();
        assert_eq!((fault.reason, fault.is_final), (Reason::RedirectLoop, true));

        let mut long = trail("http://a.example/", Method::GET, Follow::Yes);
        for hop in 1..=10 {
            assert_eq!(long.step(302, Some(format!("/{hop}").as_bytes())), Ok(Step::Follow));
        }
        let fault = long.step(302, Some(b"/11")).unwrap_err();
        assert_eq!((fault.reason, fault.is_final), (Reason::TooManyRedirects, true));
        assert!(fault.detail.contains("`http://a.example/11`"), "{}", fault.detail);

        // What a form does: the answer to a POST stands under the same URL.
        let mut form = trail("http://a.example/", Method::POST, Follow::Yes);
        assert_eq!(form.step(303, Some(b"/")), Ok(Step::Follow));
    }

    #[test]
    fn a_bad_location_breaks_the_protocol() {
        for bad in [
            "ftp://a.example/",
            "javascript:alert(1)",
            "http://[::1",
            "http://a.example:99999/",
            "http:",
        ] {
            let mut one = trail("http://a.example/", Method::GET, Follow::Yes);
            let step = one.step(302, Some(bad.as_bytes()));
            if bad != "http:" {
                assert_eq!(step.unwrap_err().reason, Reason::ProtocolError, "{bad}");
            }
        }
        let mut one = trail("http://a.example/", Method::GET, Follow::Yes);
        assert_eq!(one.step(302, Some(b"/\xc3\xbc?\xff")), Ok(Step::Follow));
        let mut one = trail("http://a.example/", Method::GET, Follow::Yes);
        let long = "x".repeat(70_000);
        assert_eq!(one.step(302, Some(long.as_bytes())).unwrap_err().reason, Reason::ProtocolError);
    }

    proptest! {
        #[test]
        fn no_way_takes_more_than_ten_hops_or_carries_secrets_out(
            ways in prop::collection::vec(("(https?://[ab]\\.example(:81)?)?/[a-c]?", 300u16..310), 1..40),
        ) {
            let mut one = trail("https://a.example/", Method::GET, Follow::Yes);
            let mut followed = 0;
            for (to, status) in ways {
                match one.step(status, Some(to.as_bytes())) {
                    Ok(Step::Follow) => followed += 1,
                    Ok(Step::Judge(_)) => {}
                    Err(_) => break,
                }
                let home = origin(&one.url) == "https://a.example";
                prop_assert!(home || !one.headers.contains_key("x-token"));
            }
            prop_assert!(followed <= 10);
        }
    }
}

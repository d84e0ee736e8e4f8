//! Which redirects are followed, and what goes along.

use http::{HeaderMap, Method, header};
use reqwest::Url;

use crate::request::origin;

/// Which redirects a request follows. Whatever is chosen, a secret stays with its origin and
/// `https` never becomes `http`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// None: the caller gets the 3xx answer.
    None,
    /// Those within the origin of the request.
    SameOrigin,
    /// All, without secrets once the origin changes.
    Any,
}

/// The most redirects one request follows.
pub(crate) const LIMIT: usize = 5;

/// What to do with a 3xx answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give it to the caller.
    Stop,
    /// Go there; `secrets` says whether they may go along.
    Follow { url: Url, secrets: bool },
    /// Refuse: it points where nothing of ours goes.
    Refuse { target: Url, reason: &'static str },
}

/// Decides on a redirect. `location` is the header as it came.
pub(crate) fn step(
    redirects: Redirects,
    method: &Method,
    from: &Url,
    status: u16,
    location: Option<&str>,
) -> Step {
    let read = matches!(*method, Method::GET | Method::HEAD);
    let keeps_method = matches!(status, 307 | 308);
    // A 301 to a write would become a GET in some clients: the caller decides.
    if !(keeps_method || (read && matches!(status, 301..=303))) || redirects == Redirects::None {
        return Step::Stop;
    }
    let Some(url) = location.and_then(|location| from.join(location).ok()) else {
        return Step::Stop;
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Step::Refuse { target: url, reason: "only `http` and `https` are spoken" };
    }
    if from.scheme() == "https" && url.scheme() == "http" {
        return Step::Refuse { target: url, reason: "it leaves the secure connection" };
    }
    let same = origin(from) == origin(&url);
    if !same && (redirects == Redirects::SameOrigin || !read) {
        return Step::Refuse { target: url, reason: "it points to another host" };
    }
    Step::Follow { url, secrets: same }
}

/// Takes out of the headers what only the first origin may see.
pub(crate) fn strip_secrets(headers: &mut HeaderMap) {
    let secret: Vec<_> = headers
        .iter()
        .filter(|(name, value)| {
            value.is_sensitive()
                || [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION]
                    .contains(name)
        })
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(redirects: Redirects, method: &Method, status: u16, to: &str) -> Step {
        step(redirects, method, &Url::parse("https://api.example/a").unwrap(), status, Some(to))
    }

    fn follow(url: &str, secrets: bool) -> Step {
        Step::Follow { url: Url::parse(url).unwrap(), secrets }
    }

    #[test]
    fn reads_stay_home_unless_told() {
        use Redirects::{Any, None, SameOrigin};
        let get = Method::GET;
        assert_eq!(decide(SameOrigin, &get, 301, "/b"), follow("https://api.example/b", true));
        assert_eq!(
            decide(Any, &get, 302, "https://cdn.example/b"),
            follow("https://cdn.example/b", false)
        );
        assert_eq!(decide(None, &get, 302, "/b"), Step::Stop);
        assert_eq!(decide(SameOrigin, &get, 304, "/b"), Step::Stop);
        for to in [
            "https://cdn.example/b",
            "https://api.example:444/b",
            "http://api.example/b",
            "//evil.example/b",
        ] {
            assert!(matches!(decide(SameOrigin, &get, 302, to), Step::Refuse { .. }), "{to}");
        }
        assert!(matches!(decide(Any, &get, 302, "http://api.example/b"), Step::Refuse { .. }));
        assert!(matches!(decide(Any, &get, 302, "file:///etc/passwd"), Step::Refuse { .. }));
    }

    #[test]
    fn writes_follow_only_what_keeps_their_method_and_origin() {
        use Redirects::{Any, SameOrigin};
        let post = Method::POST;
        assert_eq!(decide(SameOrigin, &post, 307, "/b"), follow("https://api.example/b", true));
        assert_eq!(decide(SameOrigin, &post, 301, "/b"), Step::Stop);
        assert!(matches!(decide(Any, &post, 307, "https://cdn.example/b"), Step::Refuse { .. }));
    }
}

//! Parts of addresses: what goes into a path, and the `Link` header of paged lists.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const PART: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
const PATH: &AsciiSet = &PART.remove(b'/');

/// One part of a path or the value of a query, whatever it holds.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// A path of several parts, as in a ref's name.
pub(crate) fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// The URL of the next page.
pub(crate) fn next(link: &str) -> Option<&str> {
    // A URL may hold commas and semicolons, so the header is not simply split at them.
    let mut rest = link;
    while let Some((_, after)) = rest.split_once('<') {
        let (url, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let parameters = after.get(..end).unwrap_or_default();
        let is_next = parameters.split([';', ',']).any(|parameter| {
            matches!(parameter.trim().split_once('='), Some((name, value))
                if name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split_whitespace().any(|rel| rel == "next"))
        });
        if is_next {
            return Some(url);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{next, path, segment};

    #[test]
    fn names_cannot_leave_their_place_in_an_address() {
        assert_eq!(segment("a/b?c#d e%2f"), "a%2Fb%3Fc%23d%20e%252f");
        assert_eq!(path("tags/@acme/core@1.0.0+x"), "tags/@acme/core@1.0.0%2Bx");
    }

    #[test]
    fn finds_the_next_page_only() {
        let both = r#"<https://h/x?page=1>; rel="prev", <https://h/x?a=1,2;3&page=3>; rel="next", <https://h/x?page=9>; rel="last""#;
        assert_eq!(next(both), Some("https://h/x?a=1,2;3&page=3"));
        assert_eq!(next(r#"<https://h/x?page=1>; rel="last""#), None);
        assert_eq!(next("<https://h/x>; rel=next"), Some("https://h/x"));
        assert_eq!(next("<https://h/x"), None);
        assert_eq!(next(""), None);
    }
}

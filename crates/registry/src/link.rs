//! The `Link` header of paged lists.

use launchway_http::{Response, Url, origin};

use crate::RegistryError;

/// The URL of the next page. One on another host is an error: the login would have to go there.
pub(crate) fn next(what: &str, response: &Response) -> Result<Option<Url>, RegistryError> {
    let values = response.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    let Some(target) = values.into_iter().find_map(next_of) else { return Ok(None) };
    let wrong = |reason: &str| RegistryError::Unexpected {
        what: what.to_owned(),
        reason: format!("the address of the next page {reason}"),
    };
    let url = response.url.join(target).map_err(|_| wrong("is no URL"))?;
    if origin(&url) == origin(&response.url) {
        Ok(Some(url))
    } else {
        Err(wrong(&format!("is on another host, `{}`", origin(&url))))
    }
}

fn next_of(link: &str) -> Option<&str> {
    // A URL may hold commas and semicolons, so the header is not simply split at them.
    let mut rest = link;
    while let Some((_, after)) = rest.split_once('<') {
        let (url, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let parameters = after.get(..end).unwrap_or_default();
        let is_next = parameters.split([';', ',']).any(|parameter| {
            matches!(parameter.trim().split_once('='), Some((name, value))
                if name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("next"))
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
    use super::next_of;

    #[test]
    fn finds_the_next_page_only() {
        for (link, next) in [
            (
                r#"</v2/a/tags/list?last=1,2;3&n=2>; rel="next""#,
                Some("/v2/a/tags/list?last=1,2;3&n=2"),
            ),
            ("</v2/a?n=2>; rel=next", Some("/v2/a?n=2")),
            (r#"</p>; rel="prev", </n>; REL="Next""#, Some("/n")),
            (r#"</p>; rel="prev""#, None),
            ("</p", None),
            ("", None),
        ] {
            assert_eq!(next_of(link), next, "{link}");
        }
    }
}

//! What a 401 asks for (`WWW-Authenticate`).

use launchway_http::Response;

/// How a registry wants to be logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Name and password with every request.
    Basic,
    /// A token that `realm` gives.
    Bearer {
        /// The URL of the token server.
        realm: String,
        /// Whom the token is for.
        service: Option<String>,
        /// What the refused request would have needed.
        scope: Option<String>,
    },
}

impl Challenge {
    /// The challenge of an answer; a token before a password.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let values = response.headers.get_all("www-authenticate").iter();
        let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        Self::parse(&texts)
    }

    fn parse(values: &[&str]) -> Option<Self> {
        let all: Vec<_> = values.iter().flat_map(|value| schemes(value)).collect();
        let named = |name: &str| all.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case(name));
        if let Some((_, parameters)) = named("bearer") {
            let get = |name: &str| {
                parameters
                    .iter()
                    .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
                    .map(|(_, value)| value.clone())
            };
            if let Some(realm) = get("realm") {
                return Some(Self::Bearer { realm, service: get("service"), scope: get("scope") });
            }
        }
        named("basic").map(|_| Self::Basic)
    }
}

type Scheme = (String, Vec<(String, String)>);

/// Schemes and their parameters: `Bearer a="b",c=d, Basic realm="x"`.
fn schemes(text: &str) -> Vec<Scheme> {
    let mut found: Vec<Scheme> = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let end = rest.find([' ', '=', ',', '\t']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let blank = after.trim_start();
        if let Some(value) = blank.strip_prefix('=') {
            let (value, after) = quoted(value.trim_start());
            if let Some((_, parameters)) = found.last_mut() {
                parameters.push((word.to_owned(), value));
            }
            rest = after;
        } else {
            if !word.is_empty() {
                found.push((word.to_owned(), Vec::new()));
            }
            rest = blank;
        }
        rest = rest.trim_start_matches([' ', ',', '\t']);
    }
    found
}

/// A value, in quotes or not, and what comes after it.
fn quoted(text: &str) -> (String, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, inner.get(at + 1..).unwrap_or_default()),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Challenge::Bearer { realm: realm.to_owned(), service: own(service), scope: own(scope) }
    }

    #[test]
    fn the_table() {
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:acme/app:pull,push""#;
        for (values, expected) in [
            (
                vec![hub],
                Some(bearer(
                    "https://auth.docker.io/token",
                    Some("registry.docker.io"),
                    Some("repository:acme/app:pull,push"),
                )),
            ),
            (vec![r#"Basic realm="test""#], Some(Challenge::Basic)),
            (vec!["basic"], Some(Challenge::Basic)),
            (
                vec![r#"Basic realm="x""#, r#"BEARER realm="https://t""#],
                Some(bearer("https://t", None, None)),
            ),
            (
                vec![r#"Basic realm="a, b=c", Bearer realm="https://t?x=1" , service = s"#],
                Some(bearer("https://t?x=1", Some("s"), None)),
            ),
            (vec![r#"Bearer realm="a\"b",scope="""#], Some(bearer("a\"b", None, None))),
            (vec!["Bearer service=x"], None),
            (vec![r#"Bearer realm="unclosed"#], Some(bearer("unclosed", None, None))),
            (vec!["Negotiate abc=="], None),
            (vec![""], None),
            (vec![], None),
        ] {
            assert_eq!(Challenge::parse(&values), expected, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[A-Za-z\"\\\\,= ]{0,80}") {
            let _ = Challenge::parse(&[&text]);
        }
    }
}

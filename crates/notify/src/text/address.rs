//! Addresses: which of them people are led to, and where they stand in a text.

use std::fmt::Write as _;

use url::Url;

/// An address one may lead people to, written so that no channel's marks can end it early: `http`,
/// `https` or `mailto`, at most 2,000 characters; none otherwise.
pub fn safe_url(address: &str) -> Option<String> {
    let address = address.trim();
    if address.len() > 2_000 || address.chars().any(char::is_control) {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let leads = match url.scheme() {
        "http" | "https" => {
            url.has_host()
                && address.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//"))
        }
        "mailto" => url.path().contains('@'),
        _ => false,
    };
    // The brackets of an address such as `http://[::1]/` are part of its host.
    let host = match url.host() {
        Some(url::Host::Ipv6(_)) => address.find(']').unwrap_or_default(),
        _ => 0,
    };
    let mut safe = String::with_capacity(address.len());
    for (at, sign) in address.char_indices() {
        match sign {
            '[' | ']' if at <= host && host > 0 => safe.push(sign),
            ' ' | '<' | '>' | '|' | '"' | '\'' | '`' | '\\' | '(' | ')' | '[' | ']' | '{' | '}'
            | '*' | '^' => {
                let _ = write!(safe, "%{:02X}", u32::from(sign));
            }
            _ if sign.is_whitespace() || invisible(sign) => return None,
            _ => safe.push(sign),
        }
    }
    (leads && safe.len() <= 2_000).then_some(safe)
}

/// Signs nobody sees: of no width, or that turn the direction of writing.
fn invisible(sign: char) -> bool {
    matches!(sign, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether it is an address of the web.
pub fn is_web(address: &str) -> bool {
    !address.trim().contains(char::is_whitespace)
        && safe_url(address)
            .is_some_and(|url| url.get(..4).is_some_and(|http| http.eq_ignore_ascii_case("http")))
}

/// The address, when it is one of the web, and one in a text would be read to its end.
pub fn web(address: &str) -> Option<String> {
    let address = address.trim();
    (!address.contains(ends) && is_web(address)).then(|| address.to_owned())
}

/// Whether no address in a text goes on here.
fn ends(sign: char) -> bool {
    sign.is_whitespace() || "<>\"`|\\".contains(sign)
}

/// The longest address that is looked for; one of a link is shorter.
const ADDRESS: usize = 2_100;

/// The address a text begins with; none where it is too long to be one.
pub(super) fn address(text: &str) -> Option<&str> {
    let near = text.get(..text.floor_char_boundary(ADDRESS))?;
    let end = near.find(ends);
    let end = end.or_else(|| (near.len() == text.len()).then_some(near.len()))?;
    near.get(..end).map(trimmed)
}

/// An address without the signs that belong to the sentence around it.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    loop {
        let shorter = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
        let closed = [('(', ')'), ('[', ']')].into_iter().find_map(|(open, close)| {
            let more = shorter.matches(close).count() > shorter.matches(open).count();
            shorter.strip_suffix(close).filter(|_| more)
        });
        let shorter = closed.unwrap_or(shorter);
        if shorter.len() == address.len() {
            return address;
        }
        address = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_for_people_are_safe() {
        for (address, safe) in [
            ("https://x.y/a?b=1&c=2#d", Some("https://x.y/a?b=1&c=2#d")),
            ("https://x.y/a|b>c(d)", Some("https://x.y/a%7Cb%3Ec%28d%29")),
            ("https://x.y/snake_case_~z", Some("https://x.y/snake_case_~z")),
            ("mailto:a@b.c", Some("mailto:a@b.c")),
            ("HTTP://x.y/", Some("HTTP://x.y/")),
            ("http://[::1]:8080/[a]", Some("http://[::1]:8080/%5Ba%5D")),
            ("http://[::1", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("/docs", None),
            ("#12", None),
            ("https:", None),
            ("https:x.y", None),
            ("https://x.y/\n", Some("https://x.y/")),
            ("https://x.y/\na", None),
            ("https://x.y/\u{202e}a", None),
        ] {
            assert_eq!(safe_url(address).as_deref(), safe, "{address}");
        }
        assert_eq!(safe_url(&format!("https://x.y/{}", "a".repeat(2_000))), None);
    }

    #[test]
    fn only_the_web_is_linked() {
        assert_eq!(web(" https://a.example/x?y=1 ").as_deref(), Some("https://a.example/x?y=1"));
        for bad in
            ["", "javascript:alert(1)", "a.example", "https://", "https://a b", "http://a|b>"]
        {
            assert_eq!(web(bad), None, "{bad}");
        }
    }
}

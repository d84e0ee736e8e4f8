//! A line of text as runs that look alike, which is how the channels mark it.

use std::borrow::Cow;
use std::fmt::Write as _;

use url::Url;

use super::Inline;

/// Text that looks alike all along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) look: Look<'a>,
}

/// How a run looks.
#[expect(clippy::struct_excessive_bools, reason = "each mark is on or off by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look<'a> {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    pub(super) url: Option<&'a str>,
}

impl Look<'_> {
    /// Nothing but text.
    pub(super) fn is_plain(self) -> bool {
        self == Look::default()
    }
}

/// The lines of a text, each as its runs. White space at the edge of a marked run stands outside
/// of it, since no channel marks a run that begins or ends with it.
pub(super) fn lines(inlines: &[Inline]) -> Vec<Vec<Run<'_>>> {
    let mut lines = vec![Vec::new()];
    collect(inlines, Look::default(), &mut lines);
    lines
}

fn collect<'a>(inlines: &'a [Inline], look: Look<'a>, lines: &mut Vec<Vec<Run<'a>>>) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => put(text, look, lines),
            Inline::Code(text) => put(text, Look { code: true, ..look }, lines),
            Inline::Strong(inner) => collect(inner, Look { bold: true, ..look }, lines),
            Inline::Emphasis(inner) => collect(inner, Look { italic: true, ..look }, lines),
            Inline::Strike(inner) => collect(inner, Look { strike: true, ..look }, lines),
            Inline::Link { text, url } => {
                let url = safe_url(url).is_some_and(|safe| safe == *url).then_some(url.as_str());
                collect(text, Look { url: url.or(look.url), ..look }, lines);
            }
            Inline::Break => lines.push(Vec::new()),
        }
    }
}

fn put<'a>(text: &'a str, look: Look<'a>, lines: &mut Vec<Vec<Run<'a>>>) {
    for (index, line) in text.split(['\n', '\r']).enumerate() {
        if index > 0 {
            lines.push(Vec::new());
        }
        let Some(last) = lines.last_mut() else { continue };
        if look.is_plain() || look.code {
            join(last, line, look);
            continue;
        }
        let rest = line.trim_start();
        let marked = rest.trim_end();
        let plain = Look::default();
        join(last, line.get(..line.len() - rest.len()).unwrap_or_default(), plain);
        join(last, marked, look);
        join(last, rest.get(marked.len()..).unwrap_or_default(), plain);
    }
}

fn join<'a>(line: &mut Vec<Run<'a>>, text: &'a str, look: Look<'a>) {
    if text.is_empty() {
        return;
    }
    match line.last_mut() {
        Some(last) if last.look == look => last.text.to_mut().push_str(text),
        _ => line.push(Run { text: Cow::Borrowed(text), look }),
    }
}

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
}

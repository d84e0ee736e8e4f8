//! Targets as they are written: `URL` or `name=URL`, one per line.

use std::collections::HashSet;

use launchway_base::Failure;

use crate::foreign;
use crate::probe::{KINDS, Kind, Probe};

/// The most targets of one run.
pub const MOST: usize = 1000;

/// One target.
#[derive(Debug)]
pub struct Target {
    /// Its name; the URL as it is shown, where none is given.
    pub name: String,
    /// Its kind, such as `http` or `postgres`.
    pub kind: &'static str,
    /// How it is looked at.
    pub probe: Box<dyn Probe>,
}

/// Reads all targets. Blank ones are left out.
///
/// # Errors
/// There is none, one cannot be read, or two have one name.
pub fn parse_all<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Vec<Target>, Failure> {
    parse_with(KINDS, lines)
}

fn parse_with<'a>(
    kinds: &[Kind],
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    let mut names = HashSet::new();
    let lines = lines.into_iter().map(str::trim).filter(|line| !line.is_empty());
    for (number, line) in (1..).zip(lines) {
        if targets.len() == MOST {
            return Err(Failure::input(format!("there are more than {MOST} targets"))
                .with_hint("share them out over several steps"));
        }
        let target = parse(kinds, line, number)?;
        if !names.insert(target.name.clone()) {
            return Err(Failure::input(format!("two targets are called `{}`", target.name))
                .with_hint("give one of them a name of its own, `name=URL`, or leave it out"));
        }
        targets.push(target);
    }
    if targets.is_empty() {
        return Err(Failure::input("no target is given")
            .with_hint("name one with `url`, such as `https://shop.example/health`"));
    }
    Ok(targets)
}

fn parse(kinds: &[Kind], line: &str, number: usize) -> Result<Target, Failure> {
    let (name, url) = split(line);
    let of = |failure: Failure| match name {
        Some(name) => failure.while_doing(&format!("target `{}`", foreign::quote(name.as_bytes()))),
        None if number > 1 => failure.while_doing(&format!("target {number}")),
        None => failure,
    };
    if line.starts_with(UNPLAIN) {
        return Err(of(unplain()));
    }
    let kind = kinds.iter().find(|kind| is_kind(kind, url));
    let kind = kind.ok_or_else(|| of(unknown(kinds, url)))?;
    // What follows a blank would silently belong to the path.
    if kind.prefixes.iter().any(|prefix| prefix.ends_with("//"))
        && url.contains(char::is_whitespace)
    {
        return Err(of(Failure::input("a target has a blank in it").with_hint(
            "write one target per line, without a comment; a blank in a URL is `%20`",
        )));
    }
    let probe = (kind.parse)(url).map_err(of)?;
    let name = name.map_or_else(|| probe.shown(), |name| foreign::quote(name.as_bytes()));
    let kind = kind.prefixes.first().map_or("", |prefix| prefix.trim_end_matches(['/', ':']));
    Ok(Target { name, kind, probe })
}

/// Name and URL. A URL has a colon before anything that may hold an equals sign.
fn split(line: &str) -> (Option<&str>, &str) {
    match line.split_once('=') {
        Some((name, url)) if !name.contains(':') && !name.trim().is_empty() => {
            (Some(name.trim()), url.trim())
        }
        _ => (None, line),
    }
}

fn is_kind(kind: &Kind, url: &str) -> bool {
    kind.prefixes.iter().any(|prefix| {
        url.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    })
}

fn unknown(kinds: &[Kind], url: &str) -> Failure {
    // Anything of it may be a password; the scheme is not.
    let scheme: String = url
        .chars()
        .take(20)
        .take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c))
        .collect();
    let prefixes: Vec<_> = kinds
        .iter()
        .flat_map(|kind| kind.prefixes.iter().map(|prefix| format!("`{prefix}`")))
        .collect();
    let message = if url.get(scheme.len()..).is_some_and(|rest| rest.starts_with(':'))
        && !scheme.is_empty()
    {
        format!("no target is of the kind `{scheme}:`")
    } else {
        "a target does not begin with a kind such as `https://`".to_owned()
    };
    Failure::input(message).with_hint(format!(
        "write the kind in front, as in `http://localhost:3000`; there are {}",
        prefixes.join(", ")
    ))
}

/// What begins a line of a list, a text in quotes or a comment, and no target.
const UNPLAIN: [char; 5] = ['-', '"', '\'', '[', '#'];

fn unplain() -> Failure {
    Failure::input("a target begins with `-`, `[`, `#` or a quote")
        .with_hint("write one target per line as it is, such as `https://shop.example/health`")
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use tokio::time::Instant;

    use super::*;
    use crate::attempt::Observation;
    use crate::probe::{Gives, Means};

    #[derive(Debug)]
    struct Plain(String);

    impl Probe for Plain {
        fn shown(&self) -> String {
            self.0.clone()
        }
        fn gives(&self) -> Gives {
            Gives::default()
        }
        fn look<'a>(&'a self, _: &'a Means, _: Instant) -> BoxFuture<'a, Observation> {
            Box::pin(async { Observation::default() })
        }
    }

    const ANY: &[Kind] = &[Kind {
        prefixes: &["http://", "exec:"],
        example: "http://h",
        parse: |url| {
            if url.ends_with('!') {
                Err(Failure::input("bad"))
            } else {
                Ok(Box::new(Plain(url.to_owned())))
            }
        },
    }];

    fn names(lines: &[&str]) -> Result<Vec<(String, String)>, String> {
        parse_with(ANY, lines.iter().copied())
            .map(|all| all.into_iter().map(|one| (one.name.clone(), one.probe.shown())).collect())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_name_stands_before_the_url() {
        let read = names(&["shop=http://h/?a=b", "", " HTTP://h/?a=b ", "two words = exec:a=b\r"])
            .unwrap();
        let expected = [
            ("shop", "http://h/?a=b"),
            ("HTTP://h/?a=b", "HTTP://h/?a=b"),
            ("two words", "exec:a=b"),
        ];
        assert_eq!(read, expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
    }

    #[test]
    fn a_slip_is_named_without_what_may_be_secret() {
        for (lines, words) in [
            (vec![], "no target is given"),
            (vec!["ftp://user:hunter44@h"], "kind `ftp:`"),
            (vec!["h.example:hunter44"], "kind `h.example:`"),
            (vec!["hunter44"], "does not begin with a kind"),
            (vec!["=http://h"], "does not begin with a kind"),
            (vec!["http://h", "hunter44"], "target 2: a target does not begin with a kind"),
            (vec!["- http://hunter44"], "begins with `-`"),
            (vec!["'http://hunter44'"], "or a quote"),
            (vec!["# http://hunter44"], "`#`"),
            (vec!["http://h http://hunter44"], "has a blank in it"),
            (vec!["a=http://h # hunter44"], "target `a`: a target has a blank in it"),
            (vec!["a=http://h!"], "target `a`: bad"),
            (vec!["a="], "target `a`: a target does not begin with a kind"),
            (vec!["a=http://h", "a=http://i"], "two targets are called `a`"),
            (vec!["http://h", "http://h"], "two targets are called `http://h`"),
        ] {
            let error = names(&lines).unwrap_err();
            assert!(error.contains(words) && !error.contains("hunter44"), "{error}");
        }
        let many: Vec<String> = (0..=MOST).map(|n| format!("http://h/{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(names(&many).unwrap_err().contains("more than 1000"));
    }
}

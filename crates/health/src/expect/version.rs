//! `expected-version` and `version-from`.

use http::HeaderName;
use launchway_base::Failure;
use regex::Regex;

use super::json::{document, plain};
use super::pointer::Pointer;
use super::{DEFAULT_VERSION_FROM, regex, text};
use crate::attempt::{Fault, Response};
use crate::foreign::quote;
use crate::probe::Gives;
use crate::reason::Reason;

/// The version that has to serve, and where it is found.
#[derive(Debug)]
pub(super) struct Version {
    wanted: String,
    from: From,
    written: String,
}

#[derive(Debug)]
enum From {
    Json(Pointer),
    Header(HeaderName),
    Regex(Regex),
}

impl Version {
    /// Reads both; `None` when no version is wanted.
    pub(super) fn parse(wanted: &str, from: &str) -> Result<Option<Self>, Failure> {
        let (wanted, from) = (wanted.trim(), from.trim());
        let written = if from.is_empty() { DEFAULT_VERSION_FROM } else { from };
        if wanted.is_empty() {
            // A version that came out empty must not pass for one that was found.
            if from.is_empty() {
                return Ok(None);
            }
            return Err(Failure::input("`version-from` is given and `expected-version` is empty")
                .with_hint("give the version that was deployed, or take `version-from` out"));
        }
        let bad = |why: &str| {
            Failure::input(format!(
                "`version-from` has `{}`, which {why}",
                quote(written.as_bytes())
            ))
            .with_hint(r"write `json:/version`, `header:x-version` or `regex:version (\S+)`")
        };
        let from = match written.split_once(':').map(|(kind, rest)| (kind.trim(), rest.trim())) {
            Some(("json", pointer)) => From::Json(Pointer::parse(pointer).map_err(bad)?),
            Some(("header", name)) => {
                From::Header(HeaderName::try_from(name).map_err(|_| bad("does not name a header"))?)
            }
            Some(("regex", "")) => return Err(bad("has no expression")),
            Some(("regex", pattern)) => From::Regex(regex("version-from", pattern)?),
            _ => return Err(bad("begins with neither `json:`, `header:` nor `regex:`")),
        };
        Ok(Some(Self { wanted: wanted.to_owned(), from, written: written.to_owned() }))
    }

    pub(super) fn is_in_the_body(&self) -> bool {
        !matches!(self.from, From::Header(_))
    }

    pub(super) fn is_given(&self, gives: Gives) -> bool {
        if self.is_in_the_body() { gives.body } else { gives.headers }
    }

    /// The version in an answer, without blanks around it.
    pub(super) fn find(&self, response: &Response) -> Result<String, Fault> {
        let found = match &self.from {
            From::Header(name) => response
                .headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            From::Regex(regex) => regex
                .captures(&text(response)?)
                .and_then(|found| Some(found.get(1).or_else(|| found.get(0))?.as_str().to_owned())),
            From::Json(pointer) => {
                let body = text(response)?;
                let value = document(&body).and_then(|document| {
                    let value = pointer.find(document).map_err(|error| error.to_string())?;
                    value.map(plain).transpose().map_err(|error| error.to_string())
                });
                let value = value.map_err(|why| self.nothing(&why))?;
                value.map(|value| value.text.into_owned()).filter(|text| text != "null")
            }
        };
        let found = found.map(|found| found.trim().to_owned()).filter(|found| !found.is_empty());
        found.ok_or_else(|| self.nothing("there is nothing"))
    }

    pub(super) fn check(&self, found: &str) -> Result<(), Fault> {
        if is_same(&self.wanted, found) {
            return Ok(());
        }
        let (found, wanted) = (quote(found.as_bytes()), quote(self.wanted.as_bytes()));
        Err(Fault::new(
            Reason::VersionMismatch,
            format!("version `{found}` serves, expected `{wanted}`"),
        ))
    }

    fn nothing(&self, why: &str) -> Fault {
        Fault::new(
            Reason::VersionMismatch,
            format!(
                "no version was found at `{}`, expected `{}`: {why}",
                quote(self.written.as_bytes()),
                quote(self.wanted.as_bytes())
            ),
        )
    }
}

/// Whether two versions are the same: a `v` in front of a digit means nothing, nor does the build
/// metadata of the found one if none is expected; a commit's hash is also known by seven or more of
/// its first digits, whichever side has the whole.
fn is_same(wanted: &str, found: &str) -> bool {
    let (wanted, found) = (bare(wanted), bare(found));
    wanted == found
        || (!wanted.contains('+') && found.split('+').next() == Some(wanted) && is_numbered(wanted))
        || is_start_of_hash(wanted, found)
        || is_start_of_hash(found, wanted)
}

fn bare(version: &str) -> &str {
    let version = version.trim();
    version.strip_prefix(['v', 'V']).filter(|rest| is_numbered(rest)).unwrap_or(version)
}

fn is_numbered(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
}

fn is_start_of_hash(start: &str, whole: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    matches!(whole.len(), 40 | 64)
        && (7..=whole.len()).contains(&start.len())
        && is_hex(start)
        && is_hex(whole)
        && whole.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn versions_are_the_same_by_what_they_mean() {
        for (wanted, found) in [
            ("1.2.3", "v1.2.3"),
            ("v1.2.3", " 1.2.3\n"),
            ("V2", "v2"),
            ("1.2.3", "1.2.3+build.7"),
            ("1.2.3+b", "v1.2.3+b"),
            (SHA, "0123456"),
            ("0123456", SHA),
            (SHA, "0123456789ABCDEF"),
            ("main", "main"),
        ] {
            assert!(is_same(wanted, found), "{wanted} {found}");
        }
        for (wanted, found) in [
            ("1.2.3", "1.2.4"),
            ("1.2.3", "1.2.3-rc.1"),
            ("1.2.3+a", "1.2.3+b"),
            ("1.2.3+a", "1.2.3"),
            ("1.2.3", "1.2.30"),
            (SHA, "012345"),
            (SHA, "0123457"),
            ("0123456", "01234567"),
            ("version", "ersion"),
            ("main", "main+x"),
        ] {
            assert!(!is_same(wanted, found), "{wanted} {found}");
        }
    }

    proptest! {
        #[test]
        fn every_version_is_itself_and_others_are_not(a in "[0-9a-zA-Z.+-]{1,12}", b in "[g-z][0-9.]{1,9}") {
            prop_assert!(is_same(&a, &a));
            let (one, other) = (format!("9.{b}"), format!("8.{b}"));
            prop_assert!(!is_same(&one, &other));
        }
    }
}

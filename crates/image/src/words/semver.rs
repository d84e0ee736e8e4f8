//! Semantic versions as node-semver reads them: the strict grammar decides, then the parts are taken.

use super::number;

/// Longer texts are no versions.
const LONGEST: usize = 256;
/// Numbers above are no parts of a version.
const LARGEST: u64 = 9_007_199_254_740_991;

/// A version's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Semver {
    /// The text as given.
    pub raw: String,
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// Identifiers after `-`.
    pub prerelease: Vec<Identifier>,
    /// Identifiers after `+`.
    pub build: Vec<String>,
    /// `major.minor.patch-prerelease`, without build.
    pub version: String,
}

/// One identifier of a prerelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// Digits only.
    Number(u64),
    /// Anything else, digits above 2^53 too.
    Text(String),
}

impl Semver {
    /// Reads a strict version: three numbers without leading zeros, prerelease, build. One leading `v`
    /// and white space around are accepted; `V1.2.3`, `=1.2.3` and `1.2` are no versions.
    pub fn parse(text: &str) -> Option<Self> {
        if text.encode_utf16().count() > LONGEST {
            return None;
        }
        let body = number::trim(text);
        let body = body.strip_prefix('v').unwrap_or(body);
        let (rest, build) = match body.split_once('+') {
            Some((rest, build)) => (rest, identifiers(build)?),
            None => (body, Vec::new()),
        };
        let (numbers, prerelease) = match rest.split_once('-') {
            Some((numbers, prerelease)) => (numbers, identifiers(prerelease)?),
            None => (rest, Vec::new()),
        };
        let mut numbers = numbers.split('.').map(core);
        let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
        if numbers.next().is_some() {
            return None;
        }
        let prerelease: Option<Vec<_>> = prerelease.into_iter().map(identifier).collect();
        let prerelease = prerelease?;
        let mut version = format!("{major}.{minor}.{patch}");
        for (index, identifier) in prerelease.iter().enumerate() {
            version.push(if index == 0 { '-' } else { '.' });
            match identifier {
                Identifier::Number(number) => version.push_str(&number.to_string()),
                Identifier::Text(text) => version.push_str(text),
            }
        }
        Some(Self { raw: text.to_owned(), major, minor, patch, prerelease, build, version })
    }

    /// Whether it has a prerelease part.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

/// One of the three numbers.
fn core(text: &str) -> Option<u64> {
    decimal(text)?.parse().ok().filter(|&number| number <= LARGEST)
}

/// Digits without a leading zero.
fn decimal(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then_some(text)
}

fn identifiers(text: &str) -> Option<Vec<String>> {
    let sound = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('.').map(|part| sound(part).then(|| part.to_owned())).collect()
}

fn identifier(text: String) -> Option<Identifier> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Identifier::Text(text));
    }
    let number = decimal(&text)?.parse().ok().filter(|&number| number < LARGEST);
    Some(number.map_or(Identifier::Text(text), Identifier::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_node_semver() {
        for (text, expected) in [
            ("1.2.3", Some(("1.2.3", 0, 0))),
            ("v1.2.3", Some(("1.2.3", 0, 0))),
            (" v1.2.3 ", Some(("1.2.3", 0, 0))),
            ("1.0.0\n", Some(("1.0.0", 0, 0))),
            ("1.2.3-0a", Some(("1.2.3-0a", 1, 0))),
            ("1.2.3-0", Some(("1.2.3-0", 1, 0))),
            ("1.2.3--", Some(("1.2.3--", 1, 0))),
            ("1.2.3-1.a.0", Some(("1.2.3-1.a.0", 3, 0))),
            ("1.2.3-9007199254740993", Some(("1.2.3-9007199254740993", 1, 0))),
            ("1.2.3+b.01", Some(("1.2.3", 0, 2))),
            ("1.2.3-a+b-c", Some(("1.2.3-a", 1, 1))),
            ("=1.2.3", None),
            ("V1.2.3", None),
            ("=v1.2.3", None),
            ("v 1.2.3", None),
            ("vv1.2.3", None),
            ("1.2", None),
            ("01.2.3", None),
            ("1.2.3-01", None),
            ("1.2.3-00", None),
            ("1.2.3-", None),
            ("1.2.3+", None),
            ("1.2.3-a..b", None),
            ("1.2.3+a+b", None),
            ("1.2.3.4", None),
            ("1.2.3-é", None),
            ("9007199254740992.0.0", None),
            ("99999999999999999999.1.1", None),
            ("", None),
        ] {
            let parsed = Semver::parse(text);
            let found = parsed
                .as_ref()
                .map(|found| (found.version.as_str(), found.prerelease.len(), found.build.len()));
            assert_eq!(found, expected, "{text:?}");
            assert!(parsed.is_none_or(|parsed| parsed.raw == text));
        }
        assert!(Semver::parse(&format!("1.2.3-{}", "a".repeat(251))).is_none());
        assert!(Semver::parse(&format!("1.2.3-{}", "a".repeat(250))).is_some());
    }
}

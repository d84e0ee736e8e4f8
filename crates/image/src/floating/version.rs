//! Versions of any scheme in one order: semver, PEP 440 and calendar versions.

use std::cmp::Ordering;
use std::fmt;

/// The largest version there is, in bytes; longer text is none.
const LONGEST: usize = 256;
/// What a prerelease of PEP 440 is called, longer words first, and its short name.
const PHASES: [(&str, &str); 8] = [
    ("alpha", "a"),
    ("beta", "b"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("rc", "rc"),
    ("a", "a"),
    ("b", "b"),
    ("c", "rc"),
];

/// A version that can be compared with every other.
///
/// Semver is ordered as semver says (build metadata does not count), but for `rc10`, which comes
/// after `rc9`, where semver sees two words. Everything else is ordered as PEP 440 says:
/// `1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0.post1`, missing numbers are zeros.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    epoch: u64,
    numbers: Vec<u64>,
    pre: Vec<Identifier>,
    post: Option<u64>,
    dev: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    // Numbers come before words, in this order of the variants.
    Number(u64),
    Word(String),
}

impl Version {
    /// Reads a version: an optional `v`, two numbers or more, what PEP 440 allows behind them, and
    /// behind exactly three what semver allows. `None` for everything else, `1` and `v2` among it:
    /// they name a line, not a version.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let bare = text.strip_prefix('v').unwrap_or(text);
        if !bare.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        semver(bare).or_else(|| python(bare))
    }

    /// Without `v`, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The numbers, at least two.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Whether it comes before a release.
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty() || self.dev.is_some()
    }

    /// The channel of a prerelease, such as `rc`, `beta` or `next`: its first word, PEP 440's short
    /// ones in full (`a1` is `alpha`). `None` for a release, and for a prerelease without a word.
    pub fn channel(&self) -> Option<&str> {
        let word = match self.pre.first() {
            None => self.dev.map(|_| "dev"),
            Some(Identifier::Word(word)) => Some(word.as_str()),
            Some(Identifier::Number(_)) => None,
        }?;
        // `rc1`, without the dot, is of the channel `rc`.
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        (!word.is_empty()).then_some(match word {
            "a" => "alpha",
            "b" => "beta",
            other => other,
        })
    }

    /// Whether it comes before a release, with the release's order: 0 for what is only `dev`.
    fn class(&self) -> u8 {
        match (self.pre.is_empty(), self.dev.is_some() && self.post.is_none()) {
            (true, true) => 0,
            (false, _) => 1,
            (true, false) => 2,
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let padded = |numbers: &[u64]| {
            let zeros = std::iter::repeat_n(0, length - numbers.len());
            numbers.iter().copied().chain(zeros).collect::<Vec<_>>()
        };
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| padded(&self.numbers).cmp(&padded(&other.numbers)))
            .then_with(|| self.class().cmp(&other.class()))
            .then_with(|| self.pre.cmp(&other.pre))
            .then_with(|| self.post.cmp(&other.post))
            // A development version comes before what it leads to.
            .then_with(|| self.dev.unwrap_or(u64::MAX).cmp(&other.dev.unwrap_or(u64::MAX)))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    /// The same place in the order: `1.2.3` and `1.2.3+linux` are equal.
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn semver(text: &str) -> Option<Version> {
    let version = semver::Version::parse(text).ok()?;
    let pre = version.pre.as_str();
    Some(Version {
        text: text.to_owned(),
        epoch: 0,
        numbers: vec![version.major, version.minor, version.patch],
        pre: pre.split_terminator('.').flat_map(identifiers).collect(),
        post: None,
        dev: None,
    })
}

/// What a part of a prerelease is compared by: `rc10` as `rc` and 10.
fn identifiers(part: &str) -> Vec<Identifier> {
    let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = part.get(word.len()..).and_then(|digits| digits.parse().ok());
    match number.map(Identifier::Number) {
        Some(number) if word.is_empty() => vec![number],
        Some(number) => vec![Identifier::Word(word.to_owned()), number],
        None => vec![Identifier::Word(part.to_owned())],
    }
}

/// PEP 440, of which calendar versions with leading zeros are a part.
fn python(text: &str) -> Option<Version> {
    let lower = text.to_ascii_lowercase();
    let (public, local) = lower.split_once('+').unwrap_or((&lower, "0"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if local.is_empty() || !local.chars().all(plain) {
        return None;
    }
    let mut rest = Rest(public);
    let first = rest.number()?;
    let (epoch, first) = match rest.0.strip_prefix('!') {
        Some(after) => {
            rest.0 = after;
            (first, rest.number()?)
        }
        None => (0, first),
    };
    let mut numbers = vec![first];
    while let Some(number) = rest.dotted() {
        numbers.push(number);
    }
    let mut pre = Vec::new();
    for (word, phase) in PHASES {
        if let Some(number) = rest.word(word) {
            pre = vec![Identifier::Word(phase.to_owned()), Identifier::Number(number)];
            break;
        }
    }
    let post = ["post", "rev", "r"].iter().find_map(|word| rest.word(word)).or_else(|| {
        let mut implicit = Rest(rest.0.strip_prefix('-')?);
        let number = implicit.number()?;
        rest = implicit;
        Some(number)
    });
    let dev = rest.word("dev");
    (rest.0.is_empty() && numbers.len() > 1).then(|| Version {
        text: text.to_owned(),
        epoch,
        numbers,
        pre,
        post,
        dev,
    })
}

/// What is still to be read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn number(&mut self) -> Option<u64> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        let number = digits.parse().ok()?;
        self.0 = rest;
        Some(number)
    }

    /// `.` and a number.
    fn dotted(&mut self) -> Option<u64> {
        let mut rest = Rest(self.0.strip_prefix('.')?);
        let number = rest.number()?;
        self.0 = rest.0;
        Some(number)
    }

    /// A word with its number, 0 unless said, with `.`, `-` or `_` before either.
    fn word(&mut self, word: &str) -> Option<u64> {
        let separators = ['.', '-', '_'];
        let after = self.0.strip_prefix(separators).unwrap_or(self.0).strip_prefix(word)?;
        let mut rest = Rest(after.strip_prefix(separators).unwrap_or(after));
        if let Some(number) = rest.number() {
            self.0 = rest.0;
            return Some(number);
        }
        self.0 = after;
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn each_is_lower_than_the_next() {
        for ladder in [
            "1.0.0-1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1-rc.1 1.9.0 1.10.0 2.0.0",
            "1.0.dev1 1.0a1.dev1 1.0a1 1.0b1 1.0rc1 1.0rc2 1.0 1.0.post1.dev2 1.0.post1 1.0.1 1!0.1",
            "2025.12 2026.01 2026.01.15 2026.02 2026.2.1 2026.11.0",
            "1.2-1 1.3",
            "1.0.0-5 1.0.0-rc 1.0.0-rc1 1.0.0-rc9 1.0.0-rc10 1.0.0-rc10.1 1.0.0-rc11 1.0.0",
        ] {
            let versions: Vec<Version> = ladder.split(' ').map(version).collect();
            for (index, low) in versions.iter().enumerate() {
                for high in &versions[index + 1..] {
                    assert!(low < high, "{low} {high}");
                    assert_ne!(low, high);
                }
                assert_eq!(low, low);
            }
        }
        for (one, other) in
            [("1.2.3", "v1.2.3"), ("1.2.3+a", "1.2.3+b"), ("1.2", "1.2.0"), ("2026.01", "2026.1.0")]
        {
            assert_eq!(version(one), version(other));
        }
    }

    #[test]
    fn channels() {
        for (text, channel) in [
            ("1.2.3", None),
            ("1.2.3-rc.1", Some("rc")),
            ("1.2.3-rc1", Some("rc")),
            ("1.2.3-beta", Some("beta")),
            ("1.2.3-next.0", Some("next")),
            ("1.2.3-0", None),
            ("1.2.3b2", Some("beta")),
            ("1.2.3.dev4", Some("dev")),
            ("1.2.3.post1", None),
        ] {
            assert_eq!(version(text).channel(), channel, "{text}");
        }
        assert!(version("1.2.3-0").is_prerelease());
        assert!(!version("1.2.3.post1").is_prerelease());
    }

    #[test]
    fn what_is_no_version() {
        for text in [
            "",
            "v",
            "1",
            "v2",
            "latest",
            "1.",
            "1.2.",
            "1.2.x",
            "V1.2.3",
            "=1.2.3",
            "1.2.3-",
            "1.2.3+",
            "1.2-gateway",
            "2-gateway-v1.0.0",
            "1..2",
            "99999999999999999999.1",
            "1.2.3 ",
            "１.２",
        ] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
        assert!(Version::parse(&format!("1.2.3-{}", "a".repeat(300))).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,40}") {
            let _ = Version::parse(&text);
        }

        #[test]
        fn the_order_is_one(texts in prop::collection::vec("[0-2]\\.[0-2](\\.[0-2])?(-(a|rc)\\.[0-2]|(a|rc|\\.post|\\.dev)[0-2]|)", 3)) {
            let mut versions: Vec<Version> = texts.iter().filter_map(|text| Version::parse(text)).collect();
            versions.sort();
            for pair in versions.windows(2) {
                prop_assert!(pair[0] <= pair[1]);
            }
            if let [low, middle, high] = versions.as_slice() {
                prop_assert!(low <= middle && middle <= high && low <= high);
                prop_assert_eq!(low == high, low == middle && middle == high);
            }
        }
    }
}

//! Version ranges exactly as npm's `semver` package reads them (strict mode, no `includePrerelease`).
//!
//! Written here because a plan depends on every corner of it (which prereleases match, what is a
//! valid range at all, the two bounds of `>=a <b` as text), and no crate gives the comparators.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use semver::Version;

use crate::version::parse_version;

/// A range: alternatives, each a set of comparators that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    alternatives: Vec<Vec<Comparator>>,
}

/// One comparator, such as `>=1.2.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparator {
    operator: Operator,
    /// `None` matches any version.
    version: Option<Version>,
}

/// How a comparator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => Self::Equal,
        }
    }
}

impl Comparator {
    const ANY: Self = Self { operator: Operator::Equal, version: None };

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::ANY);
        }
        let parts = PATTERNS.comparator.captures(text)?;
        let version = parse_version(parts.get(2)?.as_str())?;
        let version = Version { build: semver::BuildMetadata::EMPTY, ..version };
        Some(Self { operator: Operator::parse(&parts[1]), version: Some(version) })
    }

    fn matches(&self, version: &Version) -> bool {
        let Some(bound) = &self.version else { return true };
        let order = version.cmp_precedence(bound);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }

    /// `<0.0.0-0`: nothing can match it.
    fn is_nothing(&self) -> bool {
        self.to_string() == "<0.0.0-0"
    }

    /// Whether this bounds from below (`>` or `>=`).
    pub fn is_lower_bound(&self) -> bool {
        matches!(self.operator, Operator::Greater | Operator::GreaterOrEqual)
    }

    /// Whether this bounds from above (`<` or `<=`).
    pub fn is_upper_bound(&self) -> bool {
        matches!(self.operator, Operator::Less | Operator::LessOrEqual)
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}{version}", self.operator.as_str()),
            None => Ok(()),
        }
    }
}

impl Range {
    /// Reads a range; `None` where npm would call it invalid.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(plain) = Self::parse_plain(text) {
            return Some(plain);
        }
        // The same few ranges stand in all manifests of a repository.
        PARSED.with_borrow_mut(|parsed| {
            if let Some(known) = parsed.get(text) {
                return known.clone();
            }
            if parsed.len() >= PARSED_AT_MOST {
                parsed.clear();
            }
            let range = Self::parse_any(text);
            parsed.insert(text.to_owned(), range.clone());
            range
        })
    }

    /// `1.2.3`, `^1.2.3` and `~1.2.3`, which nearly all ranges are, as [`Self::parse_any`] reads them;
    /// `None` for everything else.
    fn parse_plain(text: &str) -> Option<Self> {
        let (sign, numbers) = match text.as_bytes().first()? {
            b'^' | b'~' => text.split_at_checked(1)?,
            _ => ("", text),
        };
        let mut parts = numbers.split('.').map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'));
            // Fifteen digits are always exact, also with one added.
            (plain && part.len() <= 15).then(|| part.parse::<u64>().ok()).flatten()
        });
        let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() || (major, minor, patch) == (0, 0, 0) {
            return None;
        }
        let version = Version::new(major, minor, patch);
        let next = match (sign, major, minor) {
            ("", ..) => None,
            ("~", ..) => Some((major, minor + 1, 0)),
            (_, 0, 0) => Some((0, 0, patch + 1)),
            (_, 0, _) => Some((0, minor + 1, 0)),
            _ => Some((major + 1, 0, 0)),
        };
        let Some((major, minor, patch)) = next else {
            let exactly = Comparator { operator: Operator::Equal, version: Some(version) };
            return Some(Self { alternatives: vec![vec![exactly]] });
        };
        let pre = semver::Prerelease::new("0").ok()?;
        let end = Version { pre, ..Version::new(major, minor, patch) };
        Some(Self {
            alternatives: vec![vec![
                Comparator { operator: Operator::GreaterOrEqual, version: Some(version) },
                Comparator { operator: Operator::Less, version: Some(end) },
            ]],
        })
    }

    fn parse_any(text: &str) -> Option<Self> {
        let raw = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut alternatives = raw
            .split("||")
            .map(|part| parse_alternative(part.trim()))
            .collect::<Option<Vec<_>>>()?;
        if alternatives.len() > 1 {
            let nothing = |set: &Vec<Comparator>| set.first().is_some_and(Comparator::is_nothing);
            let first = alternatives.first().cloned();
            alternatives.retain(|set| !nothing(set));
            if alternatives.is_empty() {
                alternatives.extend(first);
            } else if let Some(any) =
                alternatives.iter().find(|set| set.as_slice() == [Comparator::ANY]).cloned()
            {
                alternatives = vec![any];
            }
        }
        Some(Self { alternatives })
    }

    /// Whether a version is in the range. A prerelease is only if a comparator names a prerelease of
    /// the same three numbers.
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|set| {
            set.iter().all(|comparator| comparator.matches(version))
                && (version.pre.is_empty()
                    || set.iter().filter_map(|comparator| comparator.version.as_ref()).any(
                        |bound| {
                            !bound.pre.is_empty()
                                && (bound.major, bound.minor, bound.patch)
                                    == (version.major, version.minor, version.patch)
                        },
                    ))
        })
    }

    /// Whether the range is `*` or the like.
    pub fn is_any(&self) -> bool {
        self.to_string().is_empty()
    }

    /// The comparators, if the range has one alternative only.
    pub fn comparators(&self) -> &[Comparator] {
        match self.alternatives.as_slice() {
            [only] => only,
            _ => &[],
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, set) in self.alternatives.iter().enumerate() {
            if i > 0 {
                f.write_str("||")?;
            }
            let set = set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            f.write_str(set.trim())?;
        }
        Ok(())
    }
}

/// Whether `version` satisfies `range`; false when either cannot be read.
pub fn satisfies(version: &str, range: &str) -> bool {
    match (parse_version(version), Range::parse(range)) {
        (Some(version), Some(range)) => range.matches(&version),
        _ => false,
    }
}

/// How many parsed ranges are kept.
const PARSED_AT_MOST: usize = 1024;

thread_local! {
    static PARSED: RefCell<HashMap<String, Option<Range>>> = RefCell::new(HashMap::new());
}

struct Patterns {
    hyphen: Regex,
    trim_comparator: Regex,
    trim_tilde: Regex,
    trim_caret: Regex,
    tilde: Regex,
    caret: Regex,
    x_range: Regex,
    star: Regex,
    build: Regex,
    comparator: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let numeric = r"(?:0|[1-9][0-9]*)";
    let pre_part = r"(?:[0-9]*[a-zA-Z-][a-zA-Z0-9-]*|0|[1-9][0-9]*)";
    let pre = format!(r"(?:-({pre_part}(?:\.{pre_part})*))");
    let build = r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))";
    let x = format!(r"{numeric}|x|X|\*");
    let x_plain = format!(r"[v=\s]*({x})(?:\.({x})(?:\.({x})(?:{pre})?{build}?)?)?");
    let loose_pre_part = r"(?:[0-9]*[a-zA-Z-][a-zA-Z0-9-]*|[0-9]+)";
    let loose = format!(
        r"[v=\s]*[0-9]+\.[0-9]+\.[0-9]+(?:-?(?:{loose_pre_part}(?:\.{loose_pre_part})*))?{build}?"
    );
    let full = format!(r"v?{numeric}\.{numeric}\.{numeric}{pre}?{build}?");
    let gtlt = r"((?:<|>)?=?)";
    let compile = |pattern: String| {
        #[expect(clippy::expect_used, reason = "the patterns are constants, every test runs them")]
        Regex::new(&pattern).expect("a constant pattern")
    };
    Patterns {
        hyphen: compile(format!(r"^\s*({x_plain})\s+-\s+({x_plain})\s*$")),
        trim_comparator: compile(format!(r"(\s*){gtlt}\s*({loose}|{x_plain})")),
        trim_tilde: compile(r"(\s*)(?:~>?)\s+".to_owned()),
        trim_caret: compile(r"(\s*)\^\s+".to_owned()),
        tilde: compile(format!(r"^(?:~>?){x_plain}$")),
        caret: compile(format!(r"^\^{x_plain}$")),
        x_range: compile(format!(r"^{gtlt}\s*{x_plain}$")),
        star: compile(r"(<|>)?=?\s*\*".to_owned()),
        build: compile(build.to_owned()),
        comparator: compile(format!(r"^{gtlt}\s*({full})$")),
    }
});

/// One side of `||` to its comparators; `None` if one of them is none.
fn parse_alternative(text: &str) -> Option<Vec<Comparator>> {
    let p = &*PATTERNS;
    let text = p.hyphen.replace(text, hyphen_bounds);
    let text = p.trim_comparator.replace_all(&text, "${1}${2}${3}");
    let text = p.trim_tilde.replace_all(&text, "${1}~");
    let text = p.trim_caret.replace_all(&text, "${1}^");
    let expanded = text.split(' ').map(expand).collect::<Option<Vec<_>>>()?.join(" ");
    let word = |word| Comparator::parse(if word == ">=0.0.0" { "" } else { word });
    // One that is none spoils the range, also after one that nothing can match.
    let comparators = expanded.split(char::is_whitespace).map(word).collect::<Option<Vec<_>>>()?;
    let mut set: Vec<Comparator> = Vec::new();
    for comparator in comparators {
        if comparator.is_nothing() {
            return Some(vec![comparator]);
        }
        if !set.contains(&comparator) {
            set.push(comparator);
        }
    }
    if set.len() > 1 {
        set.retain(|comparator| *comparator != Comparator::ANY);
    }
    Some(set)
}

/// Carets, tildes, x-ranges and stars to plain comparators.
fn expand(word: &str) -> Option<String> {
    let p = &*PATTERNS;
    let word = p.build.replace(word, "");
    let word = map_words(&word, |word| match p.caret.captures(word) {
        Some(parts) => Part::of(&parts, 1).map(|part| part.caret()),
        None => Some(word.to_owned()),
    })?;
    let word = map_words(&word, |word| match p.tilde.captures(word) {
        Some(parts) => Part::of(&parts, 1).map(|part| part.tilde()),
        None => Some(word.to_owned()),
    })?;
    let word = map_words(&word, |word| match p.x_range.captures(word) {
        // `x.1` is no range: a number after an `x` is left as it is, and refused as a comparator.
        Some(parts) if number_after_x(&parts, 2) => Some(word.to_owned()),
        Some(parts) => Part::of(&parts, 2).map(|part| part.x_range(&parts[1], word)),
        None => Some(word.to_owned()),
    })?;
    Some(p.star.replace(word.trim(), "").into_owned())
}

/// `x.1` or `1.x.2`.
fn number_after_x(parts: &Captures<'_>, first: usize) -> bool {
    let part = |i: usize| parts.get(first + i).map_or("", |m| m.as_str());
    let is_x = |text: &str| matches!(text, "" | "x" | "X" | "*");
    (is_x(part(0)) && !is_x(part(1))) || (is_x(part(1)) && !is_x(part(2)))
}

fn map_words(text: &str, map: impl Fn(&str) -> Option<String>) -> Option<String> {
    text.split_whitespace().map(map).collect::<Option<Vec<_>>>().map(|words| words.join(" "))
}

/// The parts of a version in a range; a missing, `x`, `X` or `*` number is `None`.
struct Part<'a> {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: Option<&'a str>,
}

impl<'a> Part<'a> {
    /// The outer `None` stands for a number too large to be one.
    fn of(parts: &'a Captures<'_>, first: usize) -> Option<Self> {
        let number = |i: usize| match parts.get(first + i).map(|m| m.as_str()) {
            None | Some("" | "x" | "X" | "*") => Some(None),
            Some(digits) => digits.parse::<u64>().ok().filter(|n| *n < u64::MAX).map(Some),
        };
        Some(Self {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            pre: parts.get(first + 3).map(|m| m.as_str()),
        })
    }

    fn pre(&self) -> String {
        self.pre.map(|pre| format!("-{pre}")).unwrap_or_default()
    }

    fn caret(&self) -> String {
        match (self.major, self.minor, self.patch) {
            (None, ..) => String::new(),
            (Some(major), None, _) => format!(">={major}.0.0 <{}.0.0-0", major + 1),
            (Some(0), Some(minor), None) => format!(">=0.{minor}.0 <0.{}.0-0", minor + 1),
            (Some(major), Some(minor), None) => {
                format!(">={major}.{minor}.0 <{}.0.0-0", major + 1)
            }
            (Some(0), Some(0), Some(patch)) => {
                format!(">=0.0.{patch}{} <0.0.{}-0", self.pre(), patch + 1)
            }
            (Some(0), Some(minor), Some(patch)) => {
                format!(">=0.{minor}.{patch}{} <0.{}.0-0", self.pre(), minor + 1)
            }
            (Some(major), Some(minor), Some(patch)) => {
                format!(">={major}.{minor}.{patch}{} <{}.0.0-0", self.pre(), major + 1)
            }
        }
    }

    fn tilde(&self) -> String {
        match (self.major, self.minor, self.patch) {
            (None, ..) => String::new(),
            (Some(major), None, _) => format!(">={major}.0.0 <{}.0.0-0", major + 1),
            (Some(major), Some(minor), None) => {
                format!(">={major}.{minor}.0 <{major}.{}.0-0", minor + 1)
            }
            (Some(major), Some(minor), Some(patch)) => {
                format!(">={major}.{minor}.{patch}{} <{major}.{}.0-0", self.pre(), minor + 1)
            }
        }
    }

    fn x_range(&self, operator: &str, whole: &str) -> String {
        let Some(major) = self.major else {
            let nothing = operator == ">" || operator == "<";
            return if nothing { "<0.0.0-0" } else { "*" }.to_owned();
        };
        if self.minor.is_some() && self.patch.is_some() {
            return whole.to_owned();
        }
        match (operator, self.minor) {
            ("" | "=", None) => format!(">={major}.0.0 <{}.0.0-0", major + 1),
            ("" | "=", Some(minor)) => format!(">={major}.{minor}.0 <{major}.{}.0-0", minor + 1),
            (">", None) => format!(">={}.0.0", major + 1),
            (">", Some(minor)) => format!(">={major}.{}.0", minor + 1),
            ("<=", None) => format!("<{}.0.0-0", major + 1),
            ("<=", Some(minor)) => format!("<{major}.{}.0-0", minor + 1),
            ("<", minor) => format!("<{major}.{}.0-0", minor.unwrap_or(0)),
            (operator, minor) => format!("{operator}{major}.{}.0", minor.unwrap_or(0)),
        }
    }
}

/// `1.2 - 3` to its two bounds.
fn hyphen_bounds(parts: &Captures<'_>) -> String {
    let (from, to) = (Part::of(parts, 2), Part::of(parts, 8));
    let text = |i: usize| parts.get(i).map_or("", |m| m.as_str());
    let lower = match from {
        Some(Part { major: None, .. }) | None => String::new(),
        Some(Part { major: Some(major), minor: None, .. }) => format!(">={major}.0.0"),
        Some(Part { major: Some(major), minor: Some(minor), patch: None, .. }) => {
            format!(">={major}.{minor}.0")
        }
        Some(_) => format!(">={}", text(1)),
    };
    let upper = match to {
        Some(Part { major: None, .. }) | None => String::new(),
        Some(Part { major: Some(major), minor: None, .. }) => format!("<{}.0.0-0", major + 1),
        Some(Part { major: Some(major), minor: Some(minor), patch: None, .. }) => {
            format!("<{major}.{}.0-0", minor + 1)
        }
        Some(Part {
            major: Some(major),
            minor: Some(minor),
            patch: Some(patch),
            pre: Some(pre),
        }) => {
            format!("<={major}.{minor}.{patch}-{pre}")
        }
        Some(_) => format!("<={}", text(7)),
    };
    format!("{lower} {upper}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn plain_ranges_are_read_as_all_are(
            text in r"[\^~=v]?(0|[0-9]{1,3}|[0-9]{13,17}|x)(\.(0|[0-9]{1,2}|x|)){0,3}(-0)?"
        ) {
            if let Some(plain) = Range::parse_plain(&text) {
                prop_assert_eq!(Some(plain), Range::parse_any(&text));
            }
            prop_assert_eq!(Range::parse(&text), Range::parse_any(&text));
        }
    }

    #[test]
    fn what_nearly_all_ranges_are_is_plain() {
        for range in ["1.2.3", "^1.2.3", "~0.2.0", "^0.0.1"] {
            assert!(Range::parse_plain(range).is_some(), "{range}");
        }
        for range in ["", "^", "1.2", "1.2.3.4", "01.2.3", "1.2.3-rc", " 1.2.3", "^0.0.0", "1..2"] {
            assert!(Range::parse_plain(range).is_none(), "{range}");
        }
    }

    #[test]
    fn expands_as_npm_does() {
        for (range, comparators) in [
            ("^1.2.3", ">=1.2.3 <2.0.0-0"),
            ("^0.2.3", ">=0.2.3 <0.3.0-0"),
            ("^0.0.3", ">=0.0.3 <0.0.4-0"),
            ("^1.2.3-beta.2", ">=1.2.3-beta.2 <2.0.0-0"),
            ("^0.x", "<1.0.0-0"),
            ("^1", ">=1.0.0 <2.0.0-0"),
            ("~1.2", ">=1.2.0 <1.3.0-0"),
            ("~> 1.2.3", ">=1.2.3 <1.3.0-0"),
            ("1.x", ">=1.0.0 <2.0.0-0"),
            ("1.2", ">=1.2.0 <1.3.0-0"),
            ("=1.2", ">=1.2.0 <1.3.0-0"),
            (">1.2", ">=1.3.0"),
            (">1", ">=2.0.0"),
            ("<=1.2", "<1.3.0-0"),
            ("<1", "<1.0.0-0"),
            (">=1", ">=1.0.0"),
            ("1.2 - 3.4.5", ">=1.2.0 <=3.4.5"),
            ("1 - 3", ">=1.0.0 <4.0.0-0"),
            ("v1.2.3", "1.2.3"),
            ("= 1.2.3", "1.2.3"),
            (">= 1.2.3  < 2", ">=1.2.3 <2.0.0-0"),
            ("*", ""),
            ("", ""),
            ("x", ""),
            (">=0.0.0", ""),
            ("^1 || ^2", ">=1.0.0 <2.0.0-0||>=2.0.0 <3.0.0-0"),
            ("^1 || *", ""),
            (">*", "<0.0.0-0"),
            ("1.2.3+build", "1.2.3"),
        ] {
            let parsed = Range::parse(range).unwrap_or_else(|| panic!("{range} is valid"));
            assert_eq!(parsed.to_string(), comparators, "{range}");
        }
    }

    #[test]
    fn refuses_what_npm_refuses() {
        for range in
            ["latest", "workspace:^", "npm:a@1", "1.2.3.4", "^^1", "a || 1", ">>1", "1.2.3-"]
        {
            assert_eq!(Range::parse(range), None, "{range}");
        }
    }

    #[test]
    fn prereleases_match_their_own_numbers_only() {
        assert!(satisfies("1.2.3-beta.3", "^1.2.3-beta.2"));
        assert!(!satisfies("1.2.4-beta.3", "^1.2.3-beta.2"));
        assert!(!satisfies("2.0.0-rc.1", "*"));
        assert!(!satisfies("2.0.0-0", "^1.0.0"));
        assert!(satisfies("1.9.9", "^1.2.3-beta.2"));
    }
}

//! Which tags never move.

use std::str::FromStr;

use launchway_base::Failure;

use crate::words::pattern::Pattern;

/// Tags that are pushed again and again, also with a version behind: no version of theirs is kept.
const FLOATING: [&str; 3] = ["latest", "edge", "nightly"];

/// Which tags never move once they hold a digest.
#[derive(Clone, Debug)]
pub enum Immutable {
    /// Full versions.
    Versions,
    /// Every tag.
    All,
    /// No tag.
    None,
    /// Tags the expression finds something in.
    Matching(Pattern, String),
}

impl Immutable {
    /// Why a tag never moves; `None` when it may.
    ///
    /// # Errors
    /// The expression takes too long.
    pub fn reason(&self, tag: &str) -> Result<Option<String>, Failure> {
        Ok(match self {
            Self::Versions => is_full_version(tag).then(|| "a full version never moves".to_owned()),
            Self::All => Some("no tag moves with `immutable: all`".to_owned()),
            Self::None => None,
            Self::Matching(pattern, text) => {
                let found = pattern.find(tag).map_err(|error| error.while_doing("`immutable`"))?;
                found.map(|_| format!("tags like `{text}` never move"))
            }
        })
    }
}

impl FromStr for Immutable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "versions" => Ok(Self::Versions),
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            other => {
                let slashed = other.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
                if slashed.is_none_or(|(source, _)| source.is_empty()) {
                    return Err(
                        "write `versions`, `all`, `none` or a /regular expression/".to_owned()
                    );
                }
                let pattern = Pattern::parse(other).map_err(|error| error.chain())?;
                Ok(Self::Matching(pattern, other.to_owned()))
            }
        }
    }
}

/// Whether a tag is a full version: `1.2.3`, with an optional `v` and name of a package before it
/// and anything behind it that is no further digit, as in `api-v1.2.3-rc.1` or `1.2.3b2`.
pub fn is_full_version(tag: &str) -> bool {
    if starts_with_version(tag) {
        return true;
    }
    // A name before it starts with a letter: in `1-node-18.2.1` the version is the floating `1`.
    let named = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    named
        && !FLOATING.contains(&first)
        && tag
            .match_indices(['-', '_'])
            .filter_map(|(at, _)| tag.get(at + 1..))
            .any(starts_with_version)
}

fn starts_with_version(text: &str) -> bool {
    let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
    for part in 0..3 {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return false;
        }
        rest = rest.get(digits..).unwrap_or_default();
        if part < 2 {
            let Some(next) = rest.strip_prefix('.') else { return false };
            rest = next;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_versions() {
        for tag in [
            "1.2.3",
            "v1.2.3",
            "0.0.1",
            "1.2.3-rc.1",
            "1.2.3-alpine",
            "1.2.3b2",
            "1.2.3.post1",
            "1.2.3.4",
            "api-1.2.3",
            "api-v1.2.3",
            "scope-pkg-1.2.3-rc.1",
            "api_1.2.3",
            "V1.2.3",
            "2026.11.21",
        ] {
            assert!(is_full_version(tag), "{tag}");
        }
        for tag in [
            "1",
            "1.2",
            "v1",
            "v1.2",
            "latest",
            "main",
            "rc",
            "pr-12",
            "sha-1a2b3c4",
            "1.2-alpine",
            "1-node-18.2.1",
            "1.2-alpine3.19.1",
            "latest-18.2.1",
            "nightly-2026.11.21",
            "1.2.x",
            "20261121",
            "",
            "v",
            "a.1.2.3",
        ] {
            assert!(!is_full_version(tag), "{tag}");
        }
    }

    #[test]
    fn the_four_ways_to_say_it() {
        let never = |rule: &str, tag: &str| rule.parse::<Immutable>().unwrap().reason(tag).unwrap();
        assert!(never("versions", "1.2.3").is_some());
        assert!(never("versions", "latest").is_none());
        assert!(never("all", "latest").is_some());
        assert!(never("none", "1.2.3").is_none());
        assert!(never("/^prod-/", "prod-1").is_some());
        assert!(never("/^prod-/", "PROD-1").is_none());
        assert!(never("/^prod-/i", "PROD-1").unwrap().contains("/^prod-/"));
        for bad in ["", "version", "//", "/(/", "/a", "a/"] {
            assert!(bad.parse::<Immutable>().is_err(), "{bad}");
        }
    }
}

//! Versions as the semver package of npm reads and increments them.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};
use serde::{Deserialize, Serialize};

/// The size of a release, smallest first, so that `max` gives the bigger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Mentioned, ranges are rewritten, but the version stays.
    None,
    /// Fixes.
    Patch,
    /// Features.
    Minor,
    /// Breaking changes.
    Major,
}

impl Bump {
    /// Every bump, smallest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Patch, Self::Minor, Self::Major];

    /// The word used in changesets, plans and headings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Bump {
    type Err = String;

    /// Case matters: `Minor` is refused, as it always was.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|bump| bump.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a bump; write major, minor, patch or none"))
    }
}

/// The largest number a part of a version may have: what JavaScript counts exactly.
const MAX_SAFE: u64 = 9_007_199_254_740_991;

/// Reads a version: blanks around it and a leading `v` are accepted, nothing else beyond semver 2.0.
pub fn parse_version(text: &str) -> Option<Version> {
    let text = text.trim();
    let version = Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
    let safe = [version.major, version.minor, version.patch].iter().all(|part| *part <= MAX_SAFE);
    safe.then_some(version)
}

/// The next version of the given size. A prerelease goes to its own release first
/// (`2.0.0-rc.0` and major give `2.0.0`); build metadata is dropped.
#[must_use]
pub fn increment(version: &Version, bump: Bump) -> Version {
    let mut next = version.clone();
    next.pre = Prerelease::EMPTY;
    next.build = BuildMetadata::EMPTY;
    let is_pre = !version.pre.is_empty();
    match bump {
        Bump::None => return version.clone(),
        Bump::Patch if is_pre => {}
        Bump::Patch => next.patch += 1,
        Bump::Minor if is_pre && version.patch == 0 => {}
        Bump::Minor => (next.minor, next.patch) = (next.minor + 1, 0),
        Bump::Major if is_pre && version.minor == 0 && version.patch == 0 => {}
        Bump::Major => (next.major, next.minor, next.patch) = (next.major + 1, 0, 0),
    }
    next
}

/// Order of precedence: build metadata does not count.
pub fn precedence(a: &Version, b: &Version) -> std::cmp::Ordering {
    a.cmp_precedence(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn increments_like_npm() {
        for (from, bump, to) in [
            ("1.2.3", Bump::Patch, "1.2.4"),
            ("1.2.3", Bump::Minor, "1.3.0"),
            ("1.2.3", Bump::Major, "2.0.0"),
            ("2.0.0-rc.0", Bump::Patch, "2.0.0"),
            ("2.0.0-rc.0", Bump::Minor, "2.0.0"),
            ("2.0.0-rc.0", Bump::Major, "2.0.0"),
            ("1.2.0-rc.0", Bump::Major, "2.0.0"),
            ("1.2.3-rc.0", Bump::Minor, "1.3.0"),
            ("1.2.3+build.5", Bump::Patch, "1.2.4"),
            ("1.2.3", Bump::None, "1.2.3"),
        ] {
            let version = parse_version(from).unwrap();
            assert_eq!(increment(&version, bump).to_string(), to, "{from} {bump}");
        }
    }

    #[test]
    fn reads_what_npm_reads() {
        assert!(parse_version(" v1.2.3 ").is_some());
        for text in ["1.2", "01.2.3", "=1.2.3", "1.2.3.4", "", "1.2.9007199254740992"] {
            assert!(parse_version(text).is_none(), "{text}");
        }
    }
}

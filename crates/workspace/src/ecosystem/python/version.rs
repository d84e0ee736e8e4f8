//! Versions as Python writes them (PEP 440), and as everything else here counts them.

use std::str::FromStr as _;

use pep440_rs::{Prerelease, PrereleaseKind, Version};

use crate::version::parse_version;

/// From so many digits on, what ends a snapshot's version is a time, not a count.
const TIME: usize = 8;

/// The version as semver: `1.2rc1` is `1.2.0-rc.1`. `None` for what semver has no form for: epochs,
/// post releases, local parts, more than three numbers, a development release of a prerelease.
pub(super) fn to_semver(text: &str) -> Option<String> {
    let version = Version::from_str(text.trim()).ok()?;
    if version.epoch() != 0 || version.is_post() || version.is_local() {
        return None;
    }
    let [major, minor, patch] = numbers(&version)?;
    let pre = match (version.pre(), version.dev()) {
        (None, None) => String::new(),
        (Some(Prerelease { kind, number }), None) => {
            let kind = match kind {
                PrereleaseKind::Alpha => "alpha",
                PrereleaseKind::Beta => "beta",
                PrereleaseKind::Rc => "rc",
            };
            format!("-{kind}.{number}")
        }
        (None, Some(number)) => format!("-dev.{number}"),
        (Some(_), Some(_)) => return None,
    };
    Some(format!("{major}.{minor}.{patch}{pre}"))
}

/// Up to three numbers, filled up with zeros.
fn numbers(version: &Version) -> Option<[u64; 3]> {
    let release = version.release();
    if release.len() > 3 {
        return None;
    }
    let number = |place: usize| release.get(place).copied().unwrap_or_default();
    Some([number(0), number(1), number(2)])
}

/// The version in Python's normal form: `1.2.0-rc.1` is `1.2.0rc1`. Snapshots, which end in a time,
/// become development releases. The error completes "`pyproject.toml` …".
pub(super) fn to_python(text: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("cannot have the version `{text}`: {why}");
    let Some(version) = parse_version(text) else {
        // Whoever hands us Python's own form gets it back.
        let version = Version::from_str(text).map_err(|_| wrong("it is none of Python's"))?;
        return Ok(version.to_string());
    };
    let release = format!("{}.{}.{}", version.major, version.minor, version.patch);
    let pre = version.pre.as_str();
    if pre.is_empty() {
        return Ok(release);
    }
    let count = |digits: &str| digits.parse::<u64>().ok();
    let (word, number) = pre.split_once('.').unwrap_or((pre, "0"));
    let letter = match word {
        "alpha" | "a" => "a",
        "beta" | "b" => "b",
        "rc" | "c" | "pre" | "preview" => "rc",
        "dev" => ".dev",
        _ => "",
    };
    if !letter.is_empty()
        && let Some(number) = count(number)
    {
        return Ok(format!("{release}{letter}{number}"));
    }
    let time = pre.rsplit(['-', '.']).next().filter(|time| time.len() >= TIME);
    match time.and_then(count) {
        Some(time) => Ok(format!("{release}.dev{time}")),
        None => Err(wrong(
            "Python's prereleases are `alpha`, `beta`, `rc` and `dev`, each with a number; \
             enter pre mode with one of these words",
        )),
    }
}

/// A version of ours, or of a manifest, to compare with.
pub(super) fn read(text: &str) -> Option<Version> {
    Version::from_str(&to_python(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (python, semver) in [
            ("1.2.3", "1.2.3"),
            ("1.2.0rc1", "1.2.0-rc.1"),
            ("1.2.0a0", "1.2.0-alpha.0"),
            ("1.2.0b12", "1.2.0-beta.12"),
            ("1.2.0.dev3", "1.2.0-dev.3"),
            ("0.0.0", "0.0.0"),
        ] {
            assert_eq!(to_semver(python).as_deref(), Some(semver));
            assert_eq!(to_python(semver).as_deref(), Ok(python));
            assert!(parse_version(semver).is_some(), "{semver}");
        }
    }

    #[test]
    fn other_spellings_are_read() {
        for (python, semver) in [
            ("1", "1.0.0"),
            ("2026.1", "2026.1.0"),
            ("2026.01.05", "2026.1.5"),
            ("v1.2.0-RC.1", "1.2.0-rc.1"),
            (" 1.0alpha ", "1.0.0-alpha.0"),
            ("1.0.c2", "1.0.0-rc.2"),
        ] {
            assert_eq!(to_semver(python).as_deref(), Some(semver), "{python}");
        }
        for none in ["1!2.0", "1.0.post1", "1.0+local", "1.2.3.4", "1.0a1.dev2", "", "x", "1.0-x"] {
            assert_eq!(to_semver(none), None, "{none}");
        }
    }

    #[test]
    fn snapshots_are_development_releases_and_unknown_words_are_refused() {
        for (semver, python) in [
            ("0.0.0-20261121101500", "0.0.0.dev20261121101500"),
            ("0.0.0-canary-20261121101500", "0.0.0.dev20261121101500"),
            ("1.2.0-canary.20261121101500", "1.2.0.dev20261121101500"),
            ("1.2.0-rc", "1.2.0rc0"),
            ("1.2.0rc1", "1.2.0rc1"),
        ] {
            assert_eq!(to_python(semver).as_deref(), Ok(python), "{semver}");
        }
        for bad in ["1.2.0-next.0", "1.2.0-rc.x", "0.0.0-canary-abcdef12", "nonsense"] {
            let said = to_python(bad).unwrap_err();
            assert!(said.contains(bad), "{said}");
        }
    }
}

//! Which tags of a run are floating ones, and whose versions they are compared with. Pure.

use launchway_base::Failure;

use super::{Candidate, Line, Stage, Version};
use crate::tags::package::Family;

/// A tag that is to be given.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The type of its rule; `latest` for the tag of the flavor.
    pub kind: &'a str,
    /// The pattern of its rule.
    pub pattern: Option<&'a str>,
    /// The text without prefix and suffix.
    pub value: &'a str,
    /// The tag.
    pub tag: &'a str,
    /// The version its rule has read.
    pub version: Option<&'a str>,
}

/// The floating tags among those of a run, each with the version its rule read, else that of the
/// run. Without a version nothing is floating: the tag `latest` of a branch is left alone.
pub fn candidates(given: &[Given<'_>], run: Option<&Version>) -> Vec<Candidate> {
    let of = |given: &Given<'_>| {
        let version = given.version.and_then(Version::parse).or_else(|| run.cloned())?;
        let line = match (given.kind, given.pattern) {
            ("latest", _) => Line { numbers: Vec::new(), stage: Stage::Release },
            ("semver" | "pep440", Some(_)) if given.value.contains(version.as_str()) => {
                return None;
            }
            // A pattern that is more than names is known by what it has made.
            ("semver" | "pep440", Some(pattern)) => Line::of_pattern(pattern, &version)
                .or_else(|| Line::of_text(given.value, &version))?,
            ("raw" | "match", _) => Line::of_text(given.value, &version)?,
            _ => return None,
        };
        Some(Candidate { tag: given.tag.to_owned(), line, version })
    };
    given.iter().filter_map(of).collect()
}

/// The version a tag ends with, as in `api-v1.2.3`; `None` when it ends otherwise.
pub fn version_of_tag(tag: &str) -> Option<Version> {
    let starts = tag.char_indices().map(|(start, _)| start);
    starts.filter(|start| begins(tag, *start)).find_map(|start| Version::parse(tag.get(start..)?))
}

/// Whether a version may begin there: not within another number.
fn begins(tag: &str, start: usize) -> bool {
    !tag.get(..start).is_some_and(|before| before.ends_with(is_of_number))
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

/// Tags that differ from this one in their version only; `None` when it does not hold the version.
pub fn family<'a>(tag: &'a str, version: &Version) -> Option<Family<'a>> {
    let starts = tag.char_indices().map(|(start, _)| start);
    let at_end = starts.clone().find(|start| {
        tag.get(*start..).and_then(Version::parse).is_some_and(|found| {
            found == *version && found.is_prerelease() == version.is_prerelease()
        })
    });
    if let Some((prefix, _)) = at_end.and_then(|start| tag.split_at_checked(start)) {
        return Some(Family::Around { prefix, suffix: "" });
    }
    let (prefix, suffix) = tag.rsplit_once(version.as_str())?;
    // `1.2` is not the version of `v1.2.3`.
    if !begins(tag, prefix.len()) || suffix.starts_with(is_of_number) {
        return None;
    }
    Some(Family::Around { prefix: prefix.strip_suffix('v').unwrap_or(prefix), suffix })
}

/// The family of an image's tags: that of the one which holds the whole version.
///
/// # Errors
/// There is none, or the version has build metadata, which no tag of an image can hold: the
/// registry then cannot tell which versions it has.
pub fn family_of_images<'a>(given: &[Given<'a>], version: &Version) -> Result<Family<'a>, Failure> {
    let hint = "use `floating-source: git`";
    if version.as_str().contains('+') {
        return Err(Failure::input(format!(
            "{version} has build metadata, which no tag of an image holds, so a registry cannot say which version is the highest"
        ))
        .with_hint(hint));
    }
    given.iter().find_map(|given| family(given.tag, version)).ok_or_else(|| {
        Failure::input(format!(
            "no tag of this run holds {version} as a whole, so a registry cannot say which version is the highest"
        ))
        .with_hint(format!("add the rule `type=semver,pattern={{{{version}}}}`, or {hint}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<'a>(kind: &'a str, pattern: Option<&'a str>, value: &'a str) -> Given<'a> {
        Given { kind, pattern, value, tag: value, version: None }
    }

    fn around(tag: &str, version: &str) -> Option<(String, String)> {
        match family(tag, &Version::parse(version).unwrap())? {
            Family::Around { prefix, suffix } => Some((prefix.to_owned(), suffix.to_owned())),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn floating_tags_are_told_from_others() {
        let run = Version::parse("1.2.3").unwrap();
        for (kind, pattern, value, floats) in [
            ("semver", Some("{{version}}"), "1.2.3", false),
            ("semver", Some("{{major}}.{{minor}}"), "1.2", true),
            ("semver", Some("{{major}}"), "1", true),
            ("semver", Some("{{raw}}"), "v1.2.3", false),
            ("semver", Some("{{#if patch}}{{major}}{{/if}}"), "1", true),
            ("semver", Some("{{patch}}"), "3", false),
            ("semver", Some("latest"), "latest", true),
            ("pep440", Some("{{major}}"), "1", true),
            ("latest", None, "latest", true),
            ("raw", None, "latest", true),
            ("raw", None, "stable", true),
            ("raw", None, "tool", false),
            ("match", Some(r"v(\d+)"), "1", true),
            ("ref", None, "1", false),
            ("sha", None, "1", false),
            ("edge", None, "edge", false),
        ] {
            let given = [given(kind, pattern, value)];
            assert_eq!(candidates(&given, Some(&run)).len(), usize::from(floats), "{kind} {value}");
            assert!(candidates(&given, None).is_empty());
        }
        // What the reference makes of a pattern on a prerelease is the version itself.
        let rc = Version::parse("2.0.0-rc.1").unwrap();
        assert!(
            candidates(&[given("semver", Some("{{major}}"), "2.0.0-rc.1")], Some(&rc)).is_empty()
        );
        // A rule's own version is the one that counts, and the flavor's affixes do not.
        let own =
            Given { version: Some("3.1.0"), tag: "x-3", ..given("semver", Some("{{major}}"), "3") };
        let found = candidates(&[own], Some(&run));
        assert_eq!((found[0].version.as_str(), found[0].tag.as_str()), ("3.1.0", "x-3"));
    }

    #[test]
    fn a_tag_ends_with_its_version() {
        for (tag, version) in [
            ("v1.2.3", Some("1.2.3")),
            ("V1.2.3", Some("1.2.3")),
            ("api-v1.2.3-rc.1", Some("1.2.3-rc.1")),
            ("@acme/api2@1.2.3", Some("1.2.3")),
            ("s3-v2-v1.2.3", Some("1.2.3")),
            ("release_2026.11", Some("2026.11")),
            ("rev11.2.3", Some("11.2.3")),
            ("v41", None),
            ("nightly-2026-11-21", None),
            ("1.2.3-", None),
            ("", None),
        ] {
            let found = version_of_tag(tag);
            assert_eq!(found.as_ref().map(Version::as_str), version, "{tag}");
        }
    }

    #[test]
    fn tags_of_a_family_differ_in_the_version() {
        for (tag, version, prefix, suffix) in [
            ("v1.2.3", "1.2.3", "", ""),
            ("1.2.3", "1.2.3", "", ""),
            ("api-v1.2.3", "1.2.3", "api-", ""),
            ("release/1.2.3", "1.2.3", "release/", ""),
            ("1.2.3-alpine", "1.2.3", "", "-alpine"),
            ("v1.2.3-alpine", "1.2.3", "", "-alpine"),
            ("1.2.3beta2", "1.2.3b2", "", ""),
            ("v1.2.3-rc.1", "1.2.3-rc.1", "", ""),
            ("v11.2.3", "11.2.3", "", ""),
        ] {
            let expected = Some((prefix.to_owned(), suffix.to_owned()));
            assert_eq!(around(tag, version), expected, "{tag}");
        }
        for (tag, version) in [
            ("latest", "1.2.3"),
            ("api-v1.2.3", "1.2"),
            ("v1.2.34-x", "1.2.3"),
            ("v11.2.3-x", "1.2.3"),
        ] {
            assert_eq!(around(tag, version), None, "{tag} {version}");
        }
        let version = Version::parse("1.2.3").unwrap();
        assert!(family_of_images(&[given("raw", None, "1")], &version).is_err());
        let built = Version::parse("1.2.3+5").unwrap();
        let error = family_of_images(&[given("raw", None, "1.2.3-5")], &built).unwrap_err();
        assert!(error.to_string().contains("build metadata"), "{error}");
    }
}

//! The tags that stand for releases, by the commit they are at.

use std::sync::LazyLock;

use indexmap::IndexMap;
use launchway_git::TagRef;
use regex::Regex;
use semver::Version;

/// A tag as templates see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The message of an annotated tag, without its signature.
    pub message: Option<String>,
    /// When its commit was made, in seconds since 1970.
    pub time: i64,
    /// Other tags at the same commit that would do as well.
    pub others: Vec<String>,
}

/// Tags by the full hash of their commit, the oldest first.
pub type Tags = IndexMap<String, Tag>;

/// Which tags count.
#[derive(Debug, Default)]
pub struct TagRules<'a> {
    /// Tags must match.
    pub pattern: Option<&'a Regex>,
    /// These stay, whatever the two below say: their commits are dropped later.
    pub skip: Option<&'a Regex>,
    /// Tags must match, too.
    pub count: Option<&'a Regex>,
    /// Tags must not match.
    pub ignore: Option<&'a Regex>,
    /// In the order git lists them, not by date.
    pub as_listed: bool,
}

impl TagRules<'_> {
    fn counts(&self, name: &str) -> bool {
        let says = |regex: Option<&Regex>| regex.map(|regex| regex.is_match(name));
        if says(self.skip) == Some(true) {
            return true;
        }
        let ignored = self.ignore.filter(|regex| !regex.as_str().trim().is_empty());
        says(self.count) != Some(false) && says(ignored) != Some(true)
    }

    /// The tags that match the pattern, one for each commit.
    pub fn matching(&self, refs: &[TagRef]) -> Tags {
        self.choose(refs, |_| true)
    }

    /// Those of them that divide the history into releases.
    pub fn dividing(&self, refs: &[TagRef]) -> Tags {
        self.choose(refs, |name| self.counts(name))
    }

    fn choose(&self, refs: &[TagRef], counts: impl Fn(&str) -> bool) -> Tags {
        let matches = |tag: &&TagRef| self.pattern.is_none_or(|regex| regex.is_match(&tag.name));
        let mut refs: Vec<&TagRef> = refs.iter().filter(matches).collect();
        if !self.as_listed {
            refs.sort_by_key(|tag| tag.time);
        }
        let mut at: IndexMap<&str, Vec<&TagRef>> = IndexMap::new();
        for tag in refs {
            at.entry(&tag.commit).or_default().push(tag);
        }
        let chosen = at.into_iter().filter_map(|(commit, tags)| {
            Some((commit.to_owned(), one_of(tags.into_iter().filter(|tag| counts(&tag.name)))?))
        });
        chosen.collect()
    }
}

/// The tag that names a release when several are at its commit: the highest version, and a version
/// before any other name.
fn one_of<'a>(tags: impl Iterator<Item = &'a TagRef>) -> Option<Tag> {
    let mut tags: Vec<Tag> = tags.map(tag).collect();
    tags.sort_by_cached_key(|tag| (version(&tag.name), tag.name.clone()));
    let chosen = tags.pop()?;
    let others = tags.into_iter().rev().map(|tag| tag.name).collect();
    Some(Tag { others, ..chosen })
}

/// A tag as templates see it, alone at its commit.
pub fn tag(tag: &TagRef) -> Tag {
    let annotation = tag.annotation.as_ref();
    let name = annotation.map(|annotation| &annotation.name).filter(|name| !name.is_empty());
    Tag {
        name: name.unwrap_or(&tag.name).clone(),
        message: annotation.and_then(|annotation| message(&annotation.message)),
        time: tag.time,
        others: Vec::new(),
    }
}

/// The version in a tag, behind a prefix without digits such as `v` or `api@`.
pub fn version(tag: &str) -> Option<Version> {
    let starts = tag.char_indices().filter(|(at, sign)| {
        let before = tag.get(..*at).and_then(|before| before.chars().next_back());
        sign.is_ascii_digit() && !before.is_some_and(|before| before.is_ascii_digit())
    });
    let mut versions = starts.filter_map(|(at, _)| Version::parse(tag.get(at..)?).ok());
    versions.next()
}

/// The text of a tag's message without its signature; `None` where it is no UTF-8.
fn message(stored: &[u8]) -> Option<String> {
    static SIGNATURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let kind = "(PGP|SSH|SIGNED) (SIGNATURE|MESSAGE)";
        Regex::new(&format!("(?s)-----BEGIN {kind}-----(.*?)-----END {kind}-----")).ok()
    });
    let text = std::str::from_utf8(stored).ok()?;
    let bare = SIGNATURE.as_ref().map_or(text.into(), |regex| regex.replace(text, ""));
    Some(bare.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use launchway_git::Annotation;

    use super::*;

    fn tag_ref(name: &str, commit: &str, time: i64) -> TagRef {
        TagRef { name: name.to_owned(), commit: commit.to_owned(), time, annotation: None }
    }

    fn names(tags: &Tags) -> Vec<&str> {
        tags.values().map(|tag| tag.name.as_str()).collect()
    }

    #[test]
    fn the_highest_version_names_a_release() {
        let refs = [
            tag_ref("latest", "b", 2),
            tag_ref("v1.10.0", "b", 2),
            tag_ref("v1.9.0", "b", 2),
            tag_ref("v1.0.0", "a", 1),
        ];
        let rules = TagRules::default();
        let tags = rules.dividing(&refs);
        assert_eq!(names(&tags), ["v1.0.0", "v1.10.0"]);
        assert_eq!(tags["b"].others, ["v1.9.0", "latest"]);
        let ignore = Regex::new("^v1.10").unwrap();
        let rules = TagRules { ignore: Some(&ignore), ..TagRules::default() };
        assert_eq!(names(&rules.dividing(&refs)), ["v1.0.0", "v1.9.0"]);
        assert_eq!(names(&rules.matching(&refs)), ["v1.0.0", "v1.10.0"]);
    }

    #[test]
    fn skipped_tags_stay_and_an_empty_pattern_ignores_nothing() {
        let refs = [tag_ref("v1.0.0-rc.1", "a", 1), tag_ref("v1.0.0", "b", 2)];
        let (rc, empty, none) =
            (Regex::new("rc").unwrap(), Regex::new(" ").unwrap(), Regex::new("^x").unwrap());
        let rules = |skip, ignore, count| TagRules { skip, count, ignore, ..TagRules::default() };
        assert_eq!(names(&rules(None, Some(&rc), None).dividing(&refs)), ["v1.0.0"]);
        assert_eq!(
            names(&rules(Some(&rc), Some(&rc), Some(&none)).dividing(&refs)),
            ["v1.0.0-rc.1"]
        );
        assert_eq!(rules(None, Some(&empty), None).dividing(&refs).len(), 2);
    }

    #[test]
    fn annotations_lose_their_signature() {
        let message = b"\nFirst\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n";
        let annotation = Annotation { name: "v1".to_owned(), message: message.to_vec() };
        let named = TagRef { annotation: Some(annotation), ..tag_ref("ref", "a", 1) };
        assert_eq!(tag(&named).message.as_deref(), Some("First"));
        assert_eq!(tag(&named).name, "v1");
        assert_eq!(super::message(b"\xff"), None);
    }

    #[test]
    fn versions_are_found_behind_prefixes() {
        let found = |tag| version(tag).map(|version| version.to_string());
        assert_eq!(found("v1.2.3").as_deref(), Some("1.2.3"));
        assert_eq!(found("pkg-03@10.0.0-rc.1").as_deref(), Some("10.0.0-rc.1"));
        assert_eq!(found("latest"), None);
        assert_eq!(found("v1"), None);
    }
}

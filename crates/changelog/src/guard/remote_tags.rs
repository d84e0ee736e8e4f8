//! Which tags of the remote are missing here.

use std::collections::{BTreeMap, BTreeSet};

use super::{Leave, Need, Tags};

/// Whether the remote is to be asked for its tags: when tags decide and either none that matches is
/// here or the clone is shallow, which is how checkouts without tags come about. A complete clone
/// that has tags asks nobody.
pub fn ask(need: &Need, is_shallow: bool, leave: Leave) -> bool {
    let decide = match need.tags {
        Tags::Unused => false,
        Tags::Found => is_shallow,
        Tags::NoneHere => true,
    };
    decide && !leave.offline && !leave.missing_tags
}

/// The tags of the remote, by name with their commits, that match and are not here.
pub fn missing(
    remote: &BTreeMap<String, String>,
    here: &BTreeSet<String>,
    matches: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    remote
        .iter()
        .filter(|(name, _)| !here.contains(*name) && matches(name))
        .map(|(name, commit)| (name.clone(), commit.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remote_is_asked_only_when_its_tags_can_decide() {
        let leave = Leave::default();
        let need = |tags| Need { revisions: vec!["HEAD".to_owned()], tags, given: false };
        for (tags, is_shallow, asked) in [
            (Tags::Unused, true, false),
            (Tags::Unused, false, false),
            (Tags::Found, false, false),
            (Tags::Found, true, true),
            (Tags::NoneHere, false, true),
            (Tags::NoneHere, true, true),
        ] {
            assert_eq!(ask(&need(tags), is_shallow, leave), asked, "{tags:?} {is_shallow}");
            assert!(!ask(&need(tags), is_shallow, Leave { offline: true, ..leave }));
            assert!(!ask(&need(tags), is_shallow, Leave { missing_tags: true, ..leave }));
        }
    }

    #[test]
    fn only_matching_tags_can_be_missing() {
        let remote: BTreeMap<String, String> = [("v1", "a"), ("v2", "b"), ("api@1", "b")]
            .map(|(name, commit)| (name.to_owned(), commit.to_owned()))
            .into();
        let here = BTreeSet::from(["v1".to_owned()]);
        let missing = missing(&remote, &here, &|name| name.starts_with('v'));
        assert_eq!(missing, BTreeMap::from([("v2".to_owned(), "b".to_owned())]));
    }
}

//! Names of tags: what no tag may hold is taken out, and what was changed is told.

use sha2::{Digest, Sha256};

/// Longest name of a tag, in characters.
pub const LONGEST: usize = 128;
/// Hexadecimal digits of the hash a shortened name ends with.
const HASH: usize = 12;

/// A name every registry takes: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`, unless empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagName {
    /// The name.
    pub name: String,
    /// What was changed beyond the replacing of characters; empty for most.
    pub changes: Vec<Change>,
}

/// A change worth a warning: without it no registry would take the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It began with `.` or `-`; those were taken off.
    Start,
    /// Nothing of it was left, or nothing but `.` and `-`; it was replaced by `_`.
    Nothing,
    /// It was over 128 characters; it was cut and ends with a hash of the whole.
    Length,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Start => "a tag cannot begin with `.` or `-`",
            Self::Nothing => "a tag cannot be made of `.` and `-` only",
            Self::Length => "a tag cannot be longer than 128 characters",
        })
    }
}

/// Every run of characters outside `[A-Za-z0-9._-]` becomes one `-`: the peer's rule, and all it does.
pub fn replace_characters(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut in_run = false;
    for c in text.chars() {
        let sound = c.is_ascii_alphanumeric() || "._-".contains(c);
        if sound {
            name.push(c);
        } else if !in_run {
            name.push('-');
        }
        in_run = !sound;
    }
    name
}

/// The tag a text makes. `None` for empty text. Equal texts give equal names at any time and place.
pub fn sanitize(text: &str) -> Option<TagName> {
    if text.is_empty() {
        return None;
    }
    let whole = replace_characters(text);
    let (mut name, mut changes) = (whole.clone(), Vec::new());
    let start = name.trim_start_matches(['.', '-']);
    if start.is_empty() {
        "_".clone_into(&mut name);
        changes.push(Change::Nothing);
    } else if start.len() < name.len() {
        name = start.to_owned();
        changes.push(Change::Start);
    }
    if name.len() > LONGEST {
        let hash = Sha256::digest(text.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).take(HASH / 2).collect();
        name.truncate(LONGEST - HASH - 1);
        let kept = name.trim_end_matches(['.', '-', '_']).len();
        name.truncate(kept);
        name = format!("{name}-{hash}");
        changes.push(Change::Length);
    }
    Some(TagName { name, changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_the_peer_makes_them_where_it_makes_valid_ones() {
        for (text, name) in [
            ("1.2.3", "1.2.3"),
            ("feature/a&b", "feature-a-b"),
            ("a  /é\u{1f600}b", "a-b"),
            ("1.2.3+x.1", "1.2.3-x.1"),
            ("_x", "_x"),
            ("a--b-", "a--b-"),
        ] {
            let made = sanitize(text).unwrap();
            assert_eq!((made.name.as_str(), made.changes.as_slice()), (name, &[][..]));
        }
        assert_eq!(sanitize(""), None);
    }

    #[test]
    fn a_start_no_registry_takes_is_taken_off() {
        for (text, name, change) in [
            (".hidden", "hidden", Change::Start),
            ("@scope/pkg@1.2.3", "scope-pkg-1.2.3", Change::Start),
            ("-.-1", "1", Change::Start),
            ("éé", "_", Change::Nothing),
            ("...", "_", Change::Nothing),
        ] {
            let made = sanitize(text).unwrap();
            assert_eq!((made.name.as_str(), made.changes.as_slice()), (name, &[change][..]));
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let exact = "a".repeat(128);
        assert_eq!(sanitize(&exact).unwrap().name, exact);
        let one = sanitize(&format!("{exact}1")).unwrap();
        let two = sanitize(&format!("{exact}2")).unwrap();
        assert_eq!(one.name.len(), LONGEST);
        assert_eq!(one.changes, [Change::Length]);
        assert_ne!(one.name, two.name);
        assert_eq!(one, sanitize(&format!("{exact}1")).unwrap());
        let dotted = sanitize(&format!("{}{}", "b".repeat(100), ".".repeat(100))).unwrap();
        assert!(dotted.name.starts_with(&format!("{}-", "b".repeat(100))), "{}", dotted.name);
    }
}

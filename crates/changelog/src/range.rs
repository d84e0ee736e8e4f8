//! Which commits are read: a pure function over flags and tags.

use launchway_base::Failure;

use crate::history::tags::Tags;

/// What the flags ask for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// A range that is given.
    pub range: Option<String>,
    /// The commits after the newest tag.
    pub unreleased: bool,
    /// The newest release.
    pub latest: bool,
    /// The release at the checked-out commit.
    pub current: bool,
    /// At most so many tags.
    pub limit_tags: Option<usize>,
}

/// A range of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commits {
    /// The whole history of the checked-out commit.
    All,
    /// Those of one revision that another one does not reach.
    Between(String, String),
    /// All that a revision reaches.
    UpTo(String),
}

impl Commits {
    /// The range as git reads it.
    pub fn revision(&self) -> String {
        match self {
            Self::All => "HEAD".to_owned(),
            Self::Between(from, to) => format!("{from}..{to}"),
            Self::UpTo(to) => to.clone(),
        }
    }

    /// Whether it is what the user wrote.
    pub fn is_of_the_user(&self, ask: &Ask) -> bool {
        ask.range.is_some() && *self == given(ask.range.as_deref())
    }

    /// Where it starts, exclusively; `None` for the beginning of history.
    pub fn start(&self) -> Option<&str> {
        match self {
            Self::Between(from, _) => Some(from),
            Self::All | Self::UpTo(_) => None,
        }
    }
}

/// The range that is asked for. `head` is the hash of the checked-out commit.
///
/// # Errors
/// `current` without a tag at the checked-out commit.
pub fn commits(ask: &Ask, tags: &Tags, head: Option<&str>) -> Result<Commits, Failure> {
    let tag = |place: usize| tags.get_index(place).map(|(commit, _)| commit.clone());
    let between = |from: usize, to: usize| match (tag(from), tag(to)) {
        (Some(from), Some(to)) => Commits::Between(from, to),
        (None, Some(to)) => Commits::UpTo(to),
        _ => Commits::All,
    };
    if ask.unreleased {
        return Ok(match tags.last() {
            Some((commit, _)) => Commits::Between(commit.clone(), "HEAD".to_owned()),
            None => given(ask.range.as_deref()),
        });
    }
    if ask.latest || ask.current {
        return match tags.len() {
            0 => Ok(given(ask.range.as_deref())),
            1 => Ok(tag(0).map_or(Commits::All, Commits::UpTo)),
            count if ask.current => {
                current(tags, head).map(|at| between(at - 1, at)).ok_or_else(|| {
                    Failure::input("the checked-out commit has no tag that follows another one")
                        .with_hint(format!(
                            "check out one of the {count} tags, or leave `--current` out"
                        ))
                })
            }
            count => Ok(between(count - 2, count - 1)),
        };
    }
    if ask.range.is_some() {
        return Ok(given(ask.range.as_deref()));
    }
    match ask.limit_tags.filter(|limit| *limit > 0) {
        Some(limit) if !tags.is_empty() => {
            let first = tags.len().saturating_sub(limit);
            let last = tags.len() - 1;
            Ok(if first == last {
                tag(last).map_or(Commits::All, Commits::UpTo)
            } else {
                between(first, last)
            })
        }
        _ => Ok(Commits::All),
    }
}

/// The place of the tag at the checked-out commit, if one stands before it.
fn current(tags: &Tags, head: Option<&str>) -> Option<usize> {
    tags.get_index_of(head?).filter(|place| *place > 0)
}

fn given(range: Option<&str>) -> Commits {
    match range {
        None => Commits::All,
        Some(range) => match range.split_once("..") {
            Some((from, to)) if !to.starts_with('.') => {
                let or_head = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
                Commits::Between(or_head(from), or_head(to))
            }
            _ => Commits::UpTo(range.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tags::Tag;

    fn tags(names: &[&str]) -> Tags {
        names.iter().map(|name| (format!("id-{name}"), Tag::default())).collect()
    }

    fn read(ask: &Ask, names: &[&str], head: &str) -> String {
        commits(ask, &tags(names), Some(head)).map_or_else(|e| e.to_string(), |c| c.revision())
    }

    #[test]
    fn flags_and_tags_make_a_range() {
        let unreleased = || Ask { unreleased: true, ..Ask::default() };
        let latest = || Ask { latest: true, ..Ask::default() };
        let current = || Ask { current: true, ..Ask::default() };
        let limit = |limit| Ask { limit_tags: Some(limit), ..Ask::default() };
        let range = |text: &str| Ask { range: Some(text.to_owned()), ..Ask::default() };
        let all = ["a", "b", "c"];
        for (ask, names, head, wanted) in [
            (unreleased(), &all[..], "", "id-c..HEAD"),
            (unreleased(), &[], "", "HEAD"),
            (latest(), &all, "", "id-b..id-c"),
            (latest(), &all[..1], "", "id-a"),
            (latest(), &[], "", "HEAD"),
            (current(), &all, "id-b", "id-a..id-b"),
            (current(), &all[..1], "x", "id-a"),
            (limit(2), &all, "", "id-b..id-c"),
            (limit(1), &all, "", "id-c"),
            (limit(0), &all, "", "HEAD"),
            (limit(9), &all, "", "id-a..id-c"),
            (range("a..b"), &all, "", "a..b"),
            (range("a.."), &all, "", "a..HEAD"),
            (range("a...b"), &all, "", "a...b"),
            (Ask { range: Some("x..y".to_owned()), ..unreleased() }, &all, "", "id-c..HEAD"),
            (Ask { range: Some("x..y".to_owned()), ..unreleased() }, &[], "", "x..y"),
            (Ask::default(), &all, "", "HEAD"),
        ] {
            assert_eq!(read(&ask, names, head), wanted, "{ask:?} {names:?}");
        }
        assert!(read(&current(), &all, "id-a").contains("has no tag"));
        assert!(read(&current(), &all, "x").contains("has no tag"));
    }
}

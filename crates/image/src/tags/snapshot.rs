//! What is known of the run when the tags are computed. Everything in it is data from outside.

use jiff::Timestamp;
use launchway_base::Failure;

use super::source::Source;
use crate::words::number;

/// What is known of the run.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Name of the event, such as `push`; empty outside a runner.
    pub event_name: String,
    /// The whole ref, such as `refs/heads/main`; empty when there is none.
    pub reference: String,
    /// The commit; empty when there is none.
    pub sha: String,
    /// The branch a pushed tag came from, as the event has it.
    pub base_ref: Option<String>,
    /// The branch a pull request wants to go to.
    pub pull_base: Option<String>,
    /// The default branch as the event has it.
    pub event_default_branch: Option<String>,
    /// The repository.
    pub repository: Repository,
    /// Now.
    pub now: Timestamp,
    /// When the commit was made.
    pub commit_date: Timestamp,
    /// `DOCKER_METADATA_SHORT_SHA_LENGTH` as given.
    pub short_sha_length: Option<String>,
    /// What rules read a version from that have no `value`.
    pub source: Source,
}

/// The repository as labels show it; what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// Its own name.
    pub name: String,
    /// What it is, in a line.
    pub description: String,
    /// The page for people.
    pub url: String,
    /// The SPDX name of its licence.
    pub license: String,
    /// Its default branch, where known.
    pub default_branch: Option<String>,
}

/// How many characters of a commit are shown unless said otherwise.
const SHORT_SHA: usize = 7;

impl Repository {
    /// The default branch.
    ///
    /// # Errors
    /// Neither the event nor the API said it.
    pub fn default_branch(&self) -> Result<&str, Failure> {
        self.default_branch.as_deref().filter(|branch| !branch.is_empty()).ok_or_else(|| {
            Failure::remote("the default branch of the repository is not known")
                .with_hint("name it: `type=edge,branch=main`")
        })
    }
}

impl Snapshot {
    /// The branch of the run.
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }

    /// The tag of the run.
    pub fn tag(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/tags/")
    }

    /// The number of the pull request, without `/merge`.
    pub fn pull(&self) -> Option<&str> {
        let rest = self.reference.strip_prefix("refs/pull/")?;
        Some(rest.strip_suffix("/merge").unwrap_or(rest))
    }

    /// The branch a tag or pull request is based on; empty when there is none.
    pub fn base(&self) -> &str {
        if self.tag().is_some()
            && let Some(base) = &self.base_ref
        {
            return base.strip_prefix("refs/heads/").unwrap_or(base);
        }
        self.pull_base.as_deref().filter(|_| self.pull().is_some()).unwrap_or_default()
    }

    /// Whether the run is for the default branch, as the reference sees it: by the event's branch,
    /// and always for events GitHub starts on that branch.
    pub fn is_default_branch(&self) -> bool {
        let branch = self.branch().unwrap_or(&self.reference);
        if branch.is_empty() {
            return false;
        }
        self.event_default_branch.as_deref() == Some(branch)
            || ["create", "discussion", "issues", "schedule"]
                .iter()
                .any(|event| self.event_name.contains(event))
    }

    /// The start of the commit.
    ///
    /// # Errors
    /// `DOCKER_METADATA_SHORT_SHA_LENGTH` is no number.
    pub fn short_sha(&self) -> Result<String, Failure> {
        let length = match self.short_sha_length.as_deref() {
            None => SHORT_SHA,
            Some(given) => {
                let length = number::parse(given).filter(|length| !length.is_nan());
                length.map(whole).ok_or_else(|| {
                    Failure::input(format!(
                        "`DOCKER_METADATA_SHORT_SHA_LENGTH` is `{}`, which is no number",
                        given.escape_debug()
                    ))
                    .with_hint("write how many characters of a commit to show, such as `12`")
                })?
            }
        };
        Ok(self.sha.chars().take(length).collect())
    }
}

/// A number of characters as JavaScript cuts a text: without its fraction, nothing below zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` cuts the fraction and stops at both ends, which is what is wanted"
)]
fn whole(length: f64) -> usize {
    length as usize
}

#[cfg(test)]
pub(super) fn sample(event: &str, reference: &str) -> Snapshot {
    Snapshot {
        event_name: event.to_owned(),
        reference: reference.to_owned(),
        sha: "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b".to_owned(),
        base_ref: Some("refs/heads/dev".to_owned()),
        pull_base: Some("main".to_owned()),
        event_default_branch: Some("main".to_owned()),
        repository: Repository {
            name: "rocket".to_owned(),
            description: "Rockets, fast & small".to_owned(),
            url: "https://github.com/acme/rocket".to_owned(),
            license: "Apache-2.0".to_owned(),
            default_branch: Some("main".to_owned()),
        },
        now: "2026-11-21T12:00:00.5Z".parse().unwrap(),
        commit_date: "2026-03-04T05:06:07Z".parse().unwrap(),
        short_sha_length: None,
        source: Source::of_tag(reference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_are_told_apart() {
        for (reference, branch, tag, pull) in [
            ("refs/heads/feature/a", Some("feature/a"), None, None),
            ("refs/tags/api/v1", None, Some("api/v1"), None),
            ("refs/pull/42/merge", None, None, Some("42")),
            ("refs/pull/42/head", None, None, Some("42/head")),
            ("", None, None, None),
            ("main", None, None, None),
        ] {
            let snapshot = sample("push", reference);
            assert_eq!((snapshot.branch(), snapshot.tag(), snapshot.pull()), (branch, tag, pull));
        }
    }

    #[test]
    fn the_default_branch_is_the_events_or_any_of_some_events() {
        for (event, reference, expected) in [
            ("push", "refs/heads/main", true),
            ("push", "refs/heads/side", false),
            ("push", "refs/tags/main", false),
            ("push", "", false),
            ("schedule", "refs/heads/side", true),
            ("discussion_comment", "refs/heads/side", true),
            ("issues", "refs/heads/side", true),
            ("issue_comment", "refs/heads/side", false),
            ("create", "refs/tags/v1", true),
            ("delete", "refs/heads/main", true),
            ("merge_group", "refs/heads/gh-readonly-queue/main/pr-1-abc", false),
        ] {
            assert_eq!(sample(event, reference).is_default_branch(), expected, "{event}");
        }
    }

    #[test]
    fn the_base_is_that_of_a_tag_or_a_pull_request() {
        for (reference, expected) in
            [("refs/tags/v1", "dev"), ("refs/pull/1/merge", "main"), ("refs/heads/x", "")]
        {
            assert_eq!(sample("push", reference).base(), expected);
        }
    }

    #[test]
    fn the_short_commit_is_as_long_as_said() {
        for (given, expected) in [
            (None, "5f0c1a2"),
            (Some("4"), "5f0c"),
            (Some(" 4.9 "), "5f0c"),
            (Some("0x4"), "5f0c"),
            (Some("0"), ""),
            (Some("-1"), ""),
            (Some("1e9"), "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b"),
            (Some("Infinity"), "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b"),
        ] {
            let snapshot = Snapshot {
                short_sha_length: given.map(str::to_owned),
                ..sample("push", "refs/heads/main")
            };
            assert_eq!(snapshot.short_sha().unwrap(), expected, "{given:?}");
        }
        let snapshot = Snapshot {
            short_sha_length: Some("seven".to_owned()),
            ..sample("push", "refs/heads/main")
        };
        assert!(snapshot.short_sha().unwrap_err().to_string().contains("`seven`"));
    }
}

//! `commit.remote` and `github.contributors`, as templates of git-cliff expect them.

use std::collections::HashSet;

use git_cliff_core::contributor::RemoteContributor;
use launchway_github::AssociatedPull;

use super::PullData;
use super::observe::{Before, RemoteCommit};

/// The commits of a release, and when it was made.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Full ids of all its commits, also those the changelog leaves out, in any order.
    pub commits: &'a [&'a str],
    /// The commit of its tag.
    pub commit_id: Option<&'a str>,
    /// Whether it has a time, as every release but the one to come.
    pub released: bool,
}

/// What `commit.remote` holds; `None` for a commit GitHub does not know, which has no such field.
pub fn remote(sha: &str, data: &PullData) -> Option<RemoteContributor> {
    let commit = data.by_sha.get(sha)?;
    let pull = merged_by(sha, commit);
    Some(RemoteContributor {
        username: commit.username.clone(),
        pr_author: pull.and_then(|pull| pull.author.clone()),
        pr_title: pull.map(|pull| pull.title.clone()),
        pr_number: pull.and_then(number),
        // Both belong to contributors; the reference leaves them empty here.
        pr_numbers: Vec::new(),
        is_first_time: false,
        pr_labels: pull.map(|pull| pull.labels.clone()).unwrap_or_default(),
    })
}

/// What `github.contributors` holds: one entry for each login, and one for everybody without,
/// in the order of their newest commits.
pub fn contributors(release: &Scope<'_>, data: &PullData) -> Vec<RemoteContributor> {
    let mut commits: Vec<(&str, &RemoteCommit)> =
        release.commits.iter().filter_map(|sha| Some((*sha, data.by_sha.get(*sha)?))).collect();
    commits.sort_by_key(|(_, commit)| commit.position);
    let mut found: Vec<RemoteContributor> = Vec::new();
    for (sha, commit) in commits {
        let Some(remote) = remote(sha, data) else { continue };
        match found.iter_mut().find(|one| one.username == commit.username) {
            Some(one) => {
                let number = remote.pr_number.filter(|number| !one.pr_numbers.contains(number));
                one.pr_numbers.extend(number);
            }
            None => found.push(RemoteContributor {
                pr_author: None,
                pr_numbers: remote.pr_number.into_iter().collect(),
                ..remote
            }),
        }
    }
    let newcomers = Newcomers::new(release, data);
    for one in &mut found {
        one.pr_numbers.sort_unstable();
        one.is_first_time = newcomers.has(one);
    }
    found
}

/// Of several pull requests with the same merge commit the newest: so GitHub lists them.
fn merged_by<'a>(sha: &str, commit: &'a RemoteCommit) -> Option<&'a AssociatedPull> {
    let here = |pull: &&AssociatedPull| pull.merge_commit.as_deref() == Some(sha);
    commit.pulls.iter().filter(here).max_by_key(|pull| pull.number)
}

fn number(pull: &AssociatedPull) -> Option<i64> {
    i64::try_from(pull.number).ok()
}

/// Who is new in a release: has no commit outside that was written before the release's own. A
/// release without such an instant counts every commit outside.
struct Newcomers<'a> {
    inside: HashSet<&'a str>,
    until: Option<&'a str>,
    data: &'a PullData,
}

impl<'a> Newcomers<'a> {
    fn new(release: &Scope<'a>, data: &'a PullData) -> Self {
        let inside: HashSet<&str> = release.commits.iter().copied().collect();
        let until = release
            .commit_id
            .filter(|sha| release.released && inside.contains(sha))
            .and_then(|sha| data.by_sha.get(sha))
            .map(|commit| commit.authored_at.as_str());
        Self { inside, until, data }
    }

    fn has(&self, one: &RemoteContributor) -> bool {
        let theirs = self.data.by_author.get(&one.username).into_iter().flatten();
        let mut outside = theirs.filter(|sha| !self.inside.contains(sha.as_str()));
        let earlier = |sha: &String| {
            let at = self.data.by_sha.get(sha).map(|commit| commit.authored_at.as_str());
            self.until.is_none_or(|until| at < Some(until))
        };
        if outside.any(earlier) {
            return false;
        }
        match (&self.data.before, &one.username) {
            (Before::Nobody, _) => true,
            (Before::People(people), Some(login)) => !people.contains(login),
            // Nobody can be asked for by no name.
            (Before::People(_), None) | (Before::Unknown, _) => false,
        }
    }
}

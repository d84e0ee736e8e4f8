//! Asking GitHub, once for all releases of a run.

use std::collections::{HashMap, HashSet};

use launchway_base::Failure;
use launchway_github::{AssociatedPull, AuthorKey, GitHub, RepoId};

/// What GitHub knows of the commits of a run.
#[derive(Clone, Debug, Default)]
pub struct PullData {
    /// By full commit id; what GitHub does not know is not there.
    pub by_sha: HashMap<String, RemoteCommit>,
    /// What people should know about it, one sentence each.
    pub notices: Vec<String>,
    /// The ids of everybody's commits, of those without a login together.
    pub(super) by_author: HashMap<Option<String>, Vec<String>>,
    pub(super) before: Before,
}

/// What GitHub knows of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteCommit {
    /// The login of its author; `None` when no account has the address.
    pub username: Option<String>,
    /// When it was written, in UTC as `2024-01-01T00:00:00Z`.
    pub authored_at: String,
    /// Its place in the history that was asked for, the newest first.
    pub position: usize,
    /// The pull requests it is part of, merged or not.
    pub pulls: Vec<AssociatedPull>,
}

/// Who wrote commits before the range.
#[derive(Clone, Debug, Default)]
pub(super) enum Before {
    /// The range has no start: nobody.
    #[default]
    Nobody,
    /// These logins, of all that are in the range.
    People(HashSet<String>),
    /// Cannot be said: nobody is called new.
    Unknown,
}

/// Asks for the commits with these full ids, newest first as `git log` lists them, and for who of
/// their authors has commits reachable from `range_start`, the commit before the range; `None`
/// where the range goes back to the beginning. 500 commits take at most 12 requests.
pub async fn observe(
    github: &GitHub,
    repo: &RepoId,
    shas: &[String],
    range_start: Option<&str>,
) -> Result<PullData, Failure> {
    let asked = github.commit_pulls(repo, shas).await?;
    let mut data = PullData::default();
    let mut people: Vec<(String, AuthorKey)> = Vec::new();
    let mut seen = HashSet::new();
    let mut unknown = 0_usize;
    for (position, (sha, found)) in shas.iter().zip(asked).enumerate() {
        let Some(found) = found else {
            unknown += 1;
            continue;
        };
        if let (Some(login), Some(key)) = (&found.login, found.author)
            && seen.insert(login.clone())
        {
            people.push((login.clone(), key));
        }
        data.by_author.entry(found.login.clone()).or_default().push(sha.clone());
        let commit = RemoteCommit {
            username: found.login,
            authored_at: found.authored_at,
            position,
            pulls: found.pulls,
        };
        data.by_sha.entry(sha.clone()).or_insert(commit);
    }
    if unknown > 0 {
        data.notices.push(format!(
            "{unknown} of {} commits are not in {repo} on GitHub; their authors and pull requests are left out",
            shas.len()
        ));
    }
    let Some(start) = range_start else { return Ok(data) };
    let keys: Vec<AuthorKey> = people.iter().map(|(_, key)| key.clone()).collect();
    data.before = match github.earlier_commits(repo, start, &keys).await? {
        Some(had) => Before::People(
            people
                .into_iter()
                .filter(|(_, key)| had.get(key) == Some(&true))
                .map(|(login, _)| login)
                .collect(),
        ),
        None => {
            data.notices.push(format!(
                "commit {start} is not in {repo} on GitHub; nobody is called a new contributor"
            ));
            Before::Unknown
        }
    };
    Ok(data)
}

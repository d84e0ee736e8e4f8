//! `context: git`: reference, commit and date of what is checked out, not of what started the run.
//!
//! The rules are those of docker/actions-toolkit 0.92.0, on whole reference names in place of git's
//! decoration text. Where that text misleads it (`origin/HEAD` at the commit, a branch with `/`
//! beside another, a local branch alone), the branch is named here. A commit no reference leads to
//! has the reference `""`, as in docker/actions-toolkit#1313.

use launchway_base::Failure;
use launchway_git::Git;

/// What is checked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitContext {
    /// `refs/heads/…`, `refs/tags/…` or `refs/pull/N/…`; empty where no reference leads to the commit.
    pub reference: String,
    /// The full hash of the commit.
    pub sha: String,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The tags at a detached commit, without `refs/tags/`, in the order in which they are taken.
    /// Not read where a branch is checked out.
    pub tags: Vec<String>,
}

/// Reads what is checked out: two processes on a branch, three or four on a detached `HEAD`.
///
/// # Errors
/// No repository, none that may be read, or one without a commit.
pub fn observe(git: &Git) -> Result<GitContext, Failure> {
    let Some(head) = git.head_commit()? else {
        return Err(Failure::input("the repository has no commit, so `context: git` has no data")
            .with_hint("commit first, or leave `context` at `workflow`"));
    };
    let context = GitContext { sha: head.id, committed: head.time, ..GitContext::default() };
    if let Some(reference) = git.head_ref()? {
        return Ok(GitContext { reference, ..context });
    }
    let at_head = git.refs_at_head()?;
    let tags: Vec<String> = at_head
        .iter()
        .rev()
        .filter_map(|reference| reference.strip_prefix("refs/tags/"))
        .map(str::to_owned)
        .collect();
    let reference = match detached(&at_head) {
        Some(reference) => reference,
        None => containing(&git.refs_containing_head()?)
            .or_else(|| at_head.into_iter().find(|name| is_pull(name)))
            .unwrap_or_default(),
    };
    Ok(GitContext { reference, tags, ..context })
}

/// The reference of a detached commit from those that name it, sorted: a tag, a pull request, a
/// branch. The last by name comes first, as in git's decorations.
fn detached(at_head: &[String]) -> Option<String> {
    let names = || at_head.iter().rev().map(String::as_str);
    if let Some(tag) = names().find(|name| name.starts_with("refs/tags/")) {
        return Some(tag.to_owned());
    }
    let remotes = || names().filter_map(of_remote);
    if let Some(pull) = remotes().find(|name| is_pull(name)) {
        return Some(pull);
    }
    let local = names().find(|name| name.starts_with("refs/heads/"));
    local.map(str::to_owned).or_else(|| remotes().next())
}

/// The reference of a detached commit that only histories hold: a local branch, a branch of a
/// remote, a tag. `containing` has the newest commit first.
fn containing(containing: &[String]) -> Option<String> {
    let names = || containing.iter().map(String::as_str);
    let local = names().find(|name| name.starts_with("refs/heads/")).map(str::to_owned);
    let remote = || names().find_map(of_remote);
    let tag = || names().filter(|name| name.starts_with("refs/tags/")).min().map(str::to_owned);
    local.or_else(remote).or_else(tag)
}

/// What a reference below `refs/remotes/` is where it comes from; none for the remote's `HEAD`.
/// actions/checkout keeps `refs/pull/N/merge` in `refs/remotes/pull/N/merge`.
fn of_remote(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("refs/remotes/")?;
    let pull = format!("refs/{name}");
    if is_pull(&pull) {
        return Some(pull);
    }
    let (_, branch) = name.split_once('/')?;
    (branch != "HEAD").then(|| format!("refs/heads/{branch}"))
}

/// Whether a reference is `refs/pull/N/head` or `refs/pull/N/merge`.
fn is_pull(reference: &str) -> bool {
    let parts: Vec<&str> = reference.split('/').collect();
    let [refs, pull, number, "head" | "merge"] = parts.as_slice() else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    *refs == "refs" && *pull == "pull" && is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| format!("refs/{name}")).collect()
    }

    #[test]
    fn a_detached_commit_is_named_by_what_points_at_it() {
        for (at_head, reference) in [
            (&["heads/main", "remotes/origin/main", "tags/v1"][..], Some("refs/tags/v1")),
            (&["tags/v1.10.0", "tags/v1.9.0"], Some("refs/tags/v1.9.0")),
            (&["remotes/pull/77/merge"], Some("refs/pull/77/merge")),
            (
                &["heads/main", "remotes/origin/main", "remotes/pull/7/head"],
                Some("refs/pull/7/head"),
            ),
            (&["remotes/origin/release/2.x"], Some("refs/heads/release/2.x")),
            (&["heads/main", "remotes/origin/main"], Some("refs/heads/main")),
            (&["heads/y", "remotes/origin/x"], Some("refs/heads/y")),
            (&["remotes/origin/HEAD", "remotes/origin/main"], Some("refs/heads/main")),
            (&["heads/feature/x"], Some("refs/heads/feature/x")),
            (&["remotes/pull/x/merge"], Some("refs/heads/x/merge")),
            (&["pull/8/merge"], None),
            (&["stash", "notes/commits"], None),
            (&[], None),
        ] {
            assert_eq!(detached(&owned(at_head)).as_deref(), reference, "{at_head:?}");
        }
    }

    #[test]
    fn else_by_what_holds_it() {
        for (names, reference) in [
            (&["remotes/origin/new", "heads/main", "tags/v1"][..], Some("refs/heads/main")),
            (&["remotes/origin/HEAD", "remotes/origin/main", "tags/a"], Some("refs/heads/main")),
            (&["tags/v2", "tags/v1"], Some("refs/tags/v1")),
            (&["remotes/origin/HEAD"], None),
        ] {
            assert_eq!(containing(&owned(names)).as_deref(), reference, "{names:?}");
        }
    }
}

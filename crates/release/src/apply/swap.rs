//! A branch moves only from where it was seen: of two runs one wins and the other looks again.

use launchway_base::Failure;
use launchway_github::{ABSENT, ApiError, ErrorKind, GitHub, RefUpdate, RepoId};
use launchway_runtime::Session;

/// What came of moving a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// It is where it should be.
    Moved,
    /// It was no longer where it had been seen; nothing was done.
    Lost,
}

/// A branch to be moved.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// Its name, without `refs/heads/`.
    pub branch: &'a str,
    /// Where it was seen; `None` when it was not there.
    pub before: Option<&'a str>,
    /// Where it shall be.
    pub after: &'a str,
}

/// Moves a branch if it still is where it was seen. `repository_id` is GraphQL's.
pub async fn swap(
    session: &Session,
    github: &GitHub,
    repo: &RepoId,
    repository_id: &str,
    wish: Move<'_>,
) -> Result<Swap, Failure> {
    let update = RefUpdate {
        name: format!("refs/heads/{}", wish.branch),
        before_oid: Some(wish.before.unwrap_or(ABSENT).to_owned()),
        after_oid: wish.after.to_owned(),
        force: true,
    };
    let Err(error) = github.update_refs(repository_id, &[update]).await else {
        return Ok(Swap::Moved);
    };
    if !is_unknown(&error) {
        return settle(github, repo, wish, error).await;
    }
    session.notice(
        "this GitHub has no `updateRefs`: the branch is looked at just before it is moved instead",
    );
    match by_rest(github, repo, wish).await {
        Err(error) => settle(github, repo, wish, error).await,
        done => Ok(done?),
    }
}

/// Whether the server has no such mutation, as older GitHub Enterprise Servers.
fn is_unknown(error: &ApiError) -> bool {
    error.kind == ErrorKind::GraphQl
        && (error.message.contains("UpdateRefsInput")
            || (error.message.contains("updateRefs") && error.message.contains("exist")))
}

/// Looks, then moves: what comes in between is overwritten, but that is a moment, not a whole run.
async fn by_rest(github: &GitHub, repo: &RepoId, wish: Move<'_>) -> Result<Swap, ApiError> {
    let name = format!("heads/{}", wish.branch);
    let there = github.get_ref(repo, &name).await?.map(|found| found.sha);
    if there.as_deref() != wish.before {
        return Ok(Swap::Lost);
    }
    let moved = match wish.before {
        None => github.create_ref(repo, &name, wish.after).await,
        Some(_) => github.update_ref(repo, &name, wish.after, true).await,
    };
    match moved {
        Ok(_) => Ok(Swap::Moved),
        Err(error) if error.is_already_there() || error.is_not_found() => Ok(Swap::Lost),
        Err(error) => Err(error),
    }
}

/// What a refusal means, or an answer that got lost: the branch itself tells.
pub async fn settle(
    github: &GitHub,
    repo: &RepoId,
    wish: Move<'_>,
    error: impl Into<Failure> + IsMoved,
) -> Result<Swap, Failure> {
    let Ok(found) = github.get_ref(repo, &format!("heads/{}", wish.branch)).await else {
        return Err(error.into());
    };
    match found.map(|found| found.sha).as_deref() {
        there if there == Some(wish.after) => Ok(Swap::Moved),
        there if there == wish.before && !error.is_moved() => Err(error.into()),
        _ => Ok(Swap::Lost),
    }
}

/// Whether an error says by itself that the branch had moved.
pub trait IsMoved {
    /// Whether it does.
    fn is_moved(&self) -> bool;
}

impl IsMoved for ApiError {
    fn is_moved(&self) -> bool {
        launchway_github::Refusal::is_moved(self)
    }
}

impl IsMoved for launchway_git::GitError {
    fn is_moved(&self) -> bool {
        self.stderr().contains("stale info")
    }
}

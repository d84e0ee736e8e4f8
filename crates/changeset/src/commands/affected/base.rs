//! What to compare with: as told, or from the event.

use std::path::Path;

use launchway_base::Failure;
use launchway_git::Git;
use launchway_runtime::{Payload, Session};

/// The hint where history is missing.
const DEPTH: &str = "give `fetch-depth: 0` to actions/checkout, so that the history is there";

/// What to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// This commit, as a full hash.
    Commit(String),
    /// There is nothing to compare with: everything counts as changed.
    Everything,
}

/// What to compare with, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// Where to begin.
    pub(crate) start: Start,
    /// Why there, as a fragment.
    pub(crate) why: String,
    /// What a user should mend.
    pub(crate) warning: Option<String>,
}

impl Base {
    fn commit(commit: String, why: impl Into<String>) -> Self {
        Self { start: Start::Commit(commit), why: why.into(), warning: None }
    }

    fn everything(why: impl Into<String>) -> Self {
        Self { start: Start::Everything, why: why.into(), warning: None }
    }

    fn warned(mut self, warning: impl Into<String>) -> Self {
        self.warning = Some(warning.into());
        self
    }

    /// The commit's hash; empty where there is none.
    pub(crate) fn hash(&self) -> &str {
        match &self.start {
            Start::Commit(commit) => commit,
            Start::Everything => "",
        }
    }
}

/// Finds it: what was given, else what the event says, else the base branch.
pub(crate) fn find(
    session: &Session,
    git: &Git,
    cwd: &Path,
    since: Option<&str>,
) -> Result<Base, Failure> {
    if let Some(since) = since {
        return given(git, since);
    }
    let Some(event) = session.env().get("GITHUB_EVENT_NAME") else {
        let branch = launchway_versioning::observe_settings(cwd)
            .map_or_else(|_| "main".to_owned(), |settings| settings.config.base_branch);
        return given(git, &branch);
    };
    match event {
        "pull_request" | "pull_request_target" => {
            let payload = session.context().payload()?;
            let sha = session.env().get("GITHUB_SHA").unwrap_or_default();
            pull_request(git, payload, sha)
        }
        "merge_group" => {
            let payload = session.context().payload()?;
            let base = payload.text("/merge_group/base_sha")?;
            from_event(git, base, "the base of the merge group")
        }
        "push" => push(git, session.context().payload()?),
        other => Ok(Base::everything(format!("the event `{other}` has nothing to compare with"))),
    }
}

/// A reference a user named: it must be there.
fn given(git: &Git, since: &str) -> Result<Base, Failure> {
    let remote = format!("origin/{since}");
    let mut found = None;
    for name in [since, remote.as_str()] {
        if git.commit_of(name)?.is_some() {
            found = Some(name);
            break;
        }
    }
    let Some(name) = found else {
        let failure = Failure::input(format!("there is no branch, tag or commit `{since}` here"));
        return Err(if git.is_shallow()? {
            failure.with_hint(DEPTH)
        } else {
            failure.with_hint(format!("run `git fetch origin {since}`, or name another one"))
        });
    };
    match git.diverged_commit(name) {
        Ok(commit) => Ok(Base::commit(commit, format!("where `{name}` and `HEAD` diverged"))),
        Err(error) if git.is_shallow()? => Err(Failure::from(error).with_hint(DEPTH)),
        Err(error) => Err(error.into()),
    }
}

/// A merge of the two, as GitHub checks it out, is compared with its first parent: that is the base
/// as it was merged, which may be newer than the one the event tells.
fn pull_request(git: &Git, payload: &Payload, sha: &str) -> Result<Base, Failure> {
    let head = git.head()?;
    let tip = payload.text("/pull_request/head/sha")?;
    // The first parent of a shallow checkout's commit is not there.
    if head == sha
        && let Ok(parents) = git.parents(&head)
        && let [first, second] = parents.as_slice()
        && second == tip
        && git.ref_exists(first)?
    {
        return Ok(Base::commit(first.clone(), "the base that the pull request is merged with"));
    }
    from_event(git, payload.text("/pull_request/base/sha")?, "the base of the pull request")
}

fn push(git: &Git, payload: &Payload) -> Result<Base, Failure> {
    let before = payload.text("/before")?;
    if !before.is_empty() && before.chars().all(|digit| digit == '0') {
        let Ok(branch) = payload.text("/repository/default_branch") else {
            return Ok(Base::everything("the push is the first of its branch or tag"));
        };
        let pushed = payload.text("/ref").unwrap_or_default();
        if pushed.starts_with("refs/heads/") && pushed != format!("refs/heads/{branch}") {
            let remote = format!("refs/remotes/origin/{branch}");
            if git.ref_exists(&remote)?
                && let Ok(commit) = git.diverged_commit(&remote)
            {
                return Ok(Base::commit(commit, format!("where the new branch left `{branch}`")));
            }
        }
        return Ok(Base::everything("the push is the first of its branch or tag"));
    }
    from_event(git, before, "the commit before the push")
}

/// A commit that the event names: where it is missing, everything is affected, which is never wrong.
fn from_event(git: &Git, commit: &str, what: &str) -> Result<Base, Failure> {
    let short: String = commit.chars().take(7).collect();
    let known = git.commit_of(commit)?.is_some();
    if known && let Ok(diverged) = git.diverged_commit(commit) {
        return Ok(Base::commit(diverged, format!("{what}, `{short}`")));
    }
    if git.is_shallow()? {
        let why = format!("{what}, `{short}`, cannot be reached in this shallow clone");
        let warning = format!("everything is affected: {why}; {DEPTH}");
        return Ok(Base::everything(why).warned(warning));
    }
    Ok(Base::everything(if known {
        format!("{what}, `{short}`, has no history in common with `HEAD`")
    } else {
        format!("{what}, `{short}`, is not here any more, as after a forced push")
    }))
}

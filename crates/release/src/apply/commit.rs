//! The commit of the version branch, made through the API or by git, and the branch moved to it.

use std::collections::BTreeMap;

use launchway_base::{Failure, FileMode};
use launchway_git::{Change, ChangeKind, Git};
use launchway_github::{
    BranchCommit, Commit, Content, FileAddition, GitHub, NewCommit, PullFilter, PullState,
    TokenKind, TreeEntry,
};
use launchway_runtime::Session;

use super::swap::{self, Move, Swap};
use super::{beside, whose};
use crate::plan::VersionPlan;
use crate::world::World;

/// Who commits and tags with git are by, unless somebody is configured.
pub const BOT: (&str, &str) =
    ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com");

/// A commit to be made: everything in the working tree that differs from the run's commit.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// The branch, without `refs/heads/`.
    pub branch: &'a str,
    /// The branch it is for, without `refs/heads/`.
    pub base: &'a str,
    /// The message, with our trailer.
    pub message: String,
    /// What changed.
    pub changes: Vec<Change>,
    /// The tree it has.
    pub tree: String,
}

/// How the version branch lies to what is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// It is not there.
    Missing,
    /// It holds just this, on the run's commit.
    Same(String),
    /// It is built on a commit that follows the run's.
    Newer,
    /// It is at this commit, which holds something else and may be replaced.
    Differs(String),
    /// It is at this commit, and people put commits there: what they are.
    People(String, String),
}

impl<'a> Proposal<'a> {
    /// Gathers what changed.
    pub fn gather(world: &World, plan: &'a VersionPlan) -> Result<Self, Failure> {
        let changes = world.git.changes_since(&world.sha)?;
        if let Some(module) = changes.iter().find(|change| change.mode == FileMode::Submodule) {
            return Err(Failure::input(format!(
                "submodule `{}` is at another commit than in the repository",
                module.path
            ))
            .with_hint("update submodules in the checkout, or leave them alone when versioning"));
        }
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        let tree = world.git.tree_with(&world.sha, &paths)?;
        Ok(Self {
            branch: &plan.branch,
            base: &plan.base,
            message: whose::sign(&plan.commit_message, &tree),
            changes,
            tree,
        })
    }

    /// Looks at the branch as it is. `made` is the commit this run made for it, if it did.
    pub async fn compare(&self, world: &World, made: Option<&str>) -> Result<Branch, Failure> {
        let (github, repo) = (world.github()?, &world.repo);
        let Some(head) = github.get_ref(repo, &format!("heads/{}", self.branch)).await? else {
            return Ok(Branch::Missing);
        };
        let head = head.sha;
        if made == Some(&head) {
            return Ok(Branch::Same(head));
        }
        let Some(commit) = github.get_commit(repo, &head).await? else {
            return Ok(Branch::Differs(head));
        };
        if commit.tree == self.tree && commit.parents == [world.sha.clone()] {
            return Ok(Branch::Same(head));
        }
        let (built_on, people) = match commit.parents.as_slice() {
            [parent] if whose::is_ours(&commit) => (parent.clone(), Vec::new()),
            _ => self.beyond(world, &commit).await?,
        };
        if built_on != world.sha {
            // A run that was overtaken must not put the branch back.
            let ahead = github.compare(repo, &world.sha, &built_on).await?;
            if ahead.is_some_and(|way| way.status == "ahead") {
                // Unless the base was put back to this commit: then the newer one is gone.
                let base = github.get_ref(repo, &format!("heads/{}", self.base)).await?;
                if base.is_none_or(|base| base.sha != world.sha) {
                    return Ok(Branch::Newer);
                }
            }
        }
        if people.is_empty() || self.is_merged(world, &head).await? {
            return Ok(Branch::Differs(head));
        }
        let people: Vec<&Commit> = people.iter().collect();
        Ok(Branch::People(head, whose::describe(&people)))
    }

    /// Where a branch whose head is not ours leaves the base, and what people put on it.
    async fn beyond(&self, world: &World, head: &Commit) -> Result<(String, Vec<Commit>), Failure> {
        let found = world.github()?.ahead(&world.repo, self.base, &head.sha).await?;
        let Some(ahead) = found else {
            let is_theirs = whose::is_of_people(head, &self.message);
            let people = if is_theirs { vec![head.clone()] } else { Vec::new() };
            return Ok((head.parents.first().cloned().unwrap_or_default(), people));
        };
        let people = whose::of_people(&head.sha, &ahead, &self.message);
        Ok((ahead.common.clone(), people.into_iter().cloned().collect()))
    }

    /// Whether just this was merged, so that nothing gets lost; a squash leaves the branch behind.
    async fn is_merged(&self, world: &World, head: &str) -> Result<bool, Failure> {
        let filter = PullFilter {
            head: Some(format!("{}:{}", world.repo.owner, self.branch)),
            base: Some(self.base.to_owned()),
            state: PullState::Closed,
        };
        let closed = world.github()?.pulls(&world.repo, &filter).await?;
        Ok(closed.iter().any(|pull| pull.merged_at.is_some() && pull.head.sha == head))
    }

    /// Makes the commit; no branch moves, except a local one with git.
    pub async fn make(
        &self,
        session: &Session,
        world: &World,
        kind: TokenKind,
        with_git: bool,
    ) -> Result<String, Failure> {
        if with_git {
            return self.commit_with_git(world);
        }
        let github = world.github()?;
        if kind == TokenKind::Personal {
            let odd = self.changes.iter().find(|change| {
                change.kind != ChangeKind::Deleted && change.mode != FileMode::Regular
            });
            match odd {
                None => match self.commit_signed(github, world).await? {
                    Some(commit) => return Ok(commit),
                    None => session.warn(
                        "the commit is not signed: a signed one with this token would lose file modes",
                    ),
                },
                Some(change) => session.warn(&format!(
                    "the commit is not signed: with this token only a commit that makes `{}` an ordinary file would be; the token of a GitHub App can sign it",
                    change.path
                )),
            }
        }
        self.commit_data(github, world).await
    }

    fn commit_with_git(&self, world: &World) -> Result<String, Failure> {
        let git = &world.git;
        git.ensure_identity(BOT.0, BOT.1)?;
        git.checkout_reset(self.branch, &world.sha)?;
        let root = git.in_dir(git.root()?);
        root.add(&self.paths())?;
        root.commit(&self.message)?;
        Ok(git.head()?)
    }

    fn paths(&self) -> Vec<&str> {
        self.changes.iter().map(|change| change.path.as_str()).collect()
    }

    fn bytes(&self, git: &Git) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let written: Vec<&str> = self
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Deleted)
            .map(|change| change.path.as_str())
            .collect();
        Ok(git.stored_bytes(&written)?)
    }

    /// Tree and commit through the Git data API: keeps file modes, and is signed for tokens of
    /// Actions and Apps.
    async fn commit_data(&self, github: &GitHub, world: &World) -> Result<String, Failure> {
        let repo = &world.repo;
        let base = github.get_commit(repo, &world.sha).await?.ok_or_else(|| unknown(world))?;
        let mut bytes = self.bytes(&world.git)?;
        let mut entries = Vec::with_capacity(self.changes.len());
        for change in &self.changes {
            let content = match bytes.remove(&change.path) {
                None => Content::Delete,
                Some(bytes) => match String::from_utf8(bytes) {
                    Ok(text) if !text.contains('\0') => Content::Text(text),
                    Ok(text) => Content::Blob(github.create_blob(repo, text.as_bytes()).await?),
                    Err(error) => Content::Blob(github.create_blob(repo, error.as_bytes()).await?),
                },
            };
            entries.push(TreeEntry { path: change.path.clone(), mode: change.mode, content });
        }
        let tree = github.create_tree(repo, Some(&base.tree), entries).await?;
        let commit =
            NewCommit { message: self.message.clone(), tree, parents: vec![world.sha.clone()] };
        Ok(github.create_commit(repo, &commit).await?.sha)
    }

    /// `createCommitOnBranch`, the only commit GitHub signs for a person's token. It is made on a
    /// branch of its own: put back to its base, even for a moment, the version branch would have its
    /// pull request closed. `None` when GitHub made another tree than ours.
    async fn commit_signed(
        &self,
        github: &GitHub,
        world: &World,
    ) -> Result<Option<String>, Failure> {
        let repo = &world.repo;
        beside::sweep(github, world, self.branch).await?;
        let beside = beside::name(world, self.branch);
        github.create_ref(repo, &format!("heads/{beside}"), &world.sha).await?;
        let made = self.commit_beside(github, world, &beside).await;
        let removed = github.delete_ref(repo, &format!("heads/{beside}")).await;
        let made = made?;
        removed?;
        Ok(made)
    }

    async fn commit_beside(
        &self,
        github: &GitHub,
        world: &World,
        beside: &str,
    ) -> Result<Option<String>, Failure> {
        let repo = &world.repo;
        let bytes = self.bytes(&world.git)?;
        let (headline, body) = self.message.split_once('\n').unwrap_or((&self.message, ""));
        let deleted = self.changes.iter().filter(|change| change.kind == ChangeKind::Deleted);
        let commit = BranchCommit {
            branch: beside.to_owned(),
            expected_head: world.sha.clone(),
            headline: headline.trim().to_owned(),
            body: body.trim().to_owned(),
            additions: bytes
                .into_iter()
                .map(|(path, contents)| FileAddition { path, contents })
                .collect(),
            deletions: deleted.map(|change| change.path.clone()).collect(),
        };
        let made = match github.create_commit_on_branch(repo, &commit).await {
            Ok(made) => made,
            // Where the answer got lost the branch tells: nobody else writes there.
            Err(error) => match github.get_ref(repo, &format!("heads/{beside}")).await {
                Ok(Some(found)) if found.sha != world.sha => found.sha,
                _ => return Err(error.into()),
            },
        };
        let tree = github.get_commit(repo, &made).await?.map(|commit| commit.tree);
        Ok((tree.as_deref() == Some(self.tree.as_str())).then_some(made))
    }

    /// Moves the version branch to the commit, if it still is where it was seen.
    pub async fn swap(
        &self,
        session: &Session,
        world: &World,
        repository_id: &str,
        (before, after): (Option<&str>, &str),
        with_git: bool,
    ) -> Result<Swap, Failure> {
        let (github, repo) = (world.github()?, &world.repo);
        let wish = Move { branch: self.branch, before, after };
        if !with_git {
            return swap::swap(session, github, repo, repository_id, wish).await;
        }
        match authorised(world)?.push_head_from(self.branch, before) {
            Ok(()) => Ok(Swap::Moved),
            Err(error) => swap::settle(github, repo, wish, error).await,
        }
    }
}

/// Git with the run's token for the server.
pub fn authorised(world: &World) -> Result<Git, Failure> {
    Ok(match &world.token {
        Some(token) => world.git.with_token(&world.server_url, token)?,
        None => world.git.clone(),
    })
}

fn unknown(world: &World) -> Failure {
    Failure::input(format!("commit {} of this run is not in {} at GitHub", world.sha, world.repo))
}

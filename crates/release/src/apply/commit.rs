//! One commit on the version branch, made through the API or pushed by git.

use std::collections::BTreeMap;

use launchway_base::{Failure, FileMode};
use launchway_git::{Change, ChangeKind, Git};
use launchway_github::{
    BranchCommit, Content, FileAddition, GitHub, NewCommit, RepoId, TokenKind, TreeEntry,
};
use launchway_runtime::Session;

use super::Done;
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
    /// The message.
    pub message: &'a str,
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
    Same,
    /// It is built on a commit that follows the run's.
    Newer,
    /// It holds something else.
    Differs,
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
            message: &plan.commit_message,
            changes,
            tree,
        })
    }

    /// Looks at the branch as it is.
    pub async fn compare(&self, world: &World) -> Result<Branch, Failure> {
        let (github, repo) = (world.github()?, &world.repo);
        let Some(head) = github.get_ref(repo, &format!("heads/{}", self.branch)).await? else {
            return Ok(Branch::Missing);
        };
        let Some(commit) = github.get_commit(repo, &head.sha).await? else {
            return Ok(Branch::Differs);
        };
        let [parent] = commit.parents.as_slice() else { return Ok(Branch::Differs) };
        if *parent == world.sha {
            return Ok(if commit.tree == self.tree { Branch::Same } else { Branch::Differs });
        }
        // A run that was overtaken must not put the branch back.
        let ahead = github.compare(repo, &world.sha, parent).await?;
        if ahead.is_none_or(|way| way.status != "ahead") {
            return Ok(Branch::Differs);
        }
        // Unless the base was put back to this commit: then the newer one is gone.
        let base = github.get_ref(repo, &format!("heads/{}", self.base)).await?;
        let is_last = base.is_some_and(|base| base.sha == world.sha);
        Ok(if is_last { Branch::Differs } else { Branch::Newer })
    }

    /// Makes the commit and moves the branch to it.
    pub async fn push(
        &self,
        session: &Session,
        world: &World,
        found: &Branch,
        kind: TokenKind,
        with_git: bool,
    ) -> Result<Done, Failure> {
        let done = match found {
            Branch::Same => return Ok(Done::Unchanged),
            Branch::Newer => return Ok(Done::Superseded),
            Branch::Missing => Done::Made,
            Branch::Differs => Done::Updated,
        };
        if with_git {
            self.push_with_git(world)?;
            return Ok(done);
        }
        let github = world.github()?;
        if kind == TokenKind::Personal {
            let odd = self.changes.iter().find(|change| {
                change.kind != ChangeKind::Deleted && change.mode != FileMode::Regular
            });
            match odd {
                None if self.push_signed(github, &world.repo, world, found).await? => return Ok(done),
                None => session.warn(
                    "the commit is not signed: a signed one with this token would lose file modes",
                ),
                Some(change) => session.warn(&format!(
                    "the commit is not signed: with this token only a commit that makes `{}` an ordinary file would be; the token of a GitHub App can sign it",
                    change.path
                )),
            }
        }
        self.push_data(github, world, found).await?;
        Ok(done)
    }

    fn push_with_git(&self, world: &World) -> Result<(), Failure> {
        let git = &world.git;
        git.ensure_identity(BOT.0, BOT.1)?;
        git.checkout_reset(self.branch, &world.sha)?;
        let root = git.in_dir(git.root()?);
        root.add(&self.paths())?;
        root.commit(self.message)?;
        authorised(world)?.push_head(self.branch, true)?;
        Ok(())
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

    /// Tree, commit and ref through the Git data API: keeps file modes, and is signed for tokens of
    /// Actions and Apps.
    async fn push_data(
        &self,
        github: &GitHub,
        world: &World,
        found: &Branch,
    ) -> Result<(), Failure> {
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
            NewCommit { message: self.message.to_owned(), tree, parents: vec![world.sha.clone()] };
        let commit = github.create_commit(repo, &commit).await?;
        self.point(github, repo, &commit.sha, *found == Branch::Missing).await
    }

    /// Moves a branch, or makes it, whatever it points to now.
    async fn point(
        &self,
        github: &GitHub,
        repo: &RepoId,
        commit: &str,
        is_new: bool,
    ) -> Result<(), Failure> {
        point(github, repo, self.branch, commit, is_new).await
    }

    /// `createCommitOnBranch`, the only commit GitHub signs for a person's token. Where the branch is
    /// there already the commit is made beside it first: put back to its base, even for a moment,
    /// its pull request would be closed. False when GitHub made another tree than ours.
    async fn push_signed(
        &self,
        github: &GitHub,
        repo: &RepoId,
        world: &World,
        found: &Branch,
    ) -> Result<bool, Failure> {
        let beside = format!("{}--next", self.branch);
        let is_new = github.get_ref(repo, &format!("heads/{beside}")).await?.is_none();
        point(github, repo, &beside, &world.sha, is_new).await?;
        let made = self.commit_beside(github, repo, world, &beside, found).await;
        let removed = github.delete_ref(repo, &format!("heads/{beside}")).await;
        let made = made?;
        removed?;
        Ok(made)
    }

    async fn commit_beside(
        &self,
        github: &GitHub,
        repo: &RepoId,
        world: &World,
        beside: &str,
        found: &Branch,
    ) -> Result<bool, Failure> {
        let bytes = self.bytes(&world.git)?;
        let (headline, body) = self.message.split_once('\n').unwrap_or((self.message, ""));
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
        let made = github.create_commit_on_branch(repo, &commit).await?;
        let tree = github.get_commit(repo, &made).await?.map(|commit| commit.tree);
        if tree.as_deref() != Some(self.tree.as_str()) {
            return Ok(false);
        }
        self.point(github, repo, &made, *found == Branch::Missing).await?;
        Ok(true)
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

/// Moves or makes a branch. Where the answer got lost the branch itself tells.
async fn point(
    github: &GitHub,
    repo: &RepoId,
    branch: &str,
    commit: &str,
    is_new: bool,
) -> Result<(), Failure> {
    let name = format!("heads/{branch}");
    let moved = if is_new {
        match github.create_ref(repo, &name, commit).await {
            Err(error) if error.is_already_there() => {
                github.update_ref(repo, &name, commit, true).await
            }
            made => made,
        }
    } else {
        match github.update_ref(repo, &name, commit, true).await {
            Err(error) if error.is_not_found() => github.create_ref(repo, &name, commit).await,
            moved => moved,
        }
    };
    let Err(error) = moved else { return Ok(()) };
    match github.get_ref(repo, &name).await {
        Ok(Some(found)) if found.sha == commit => Ok(()),
        _ => Err(error.into()),
    }
}

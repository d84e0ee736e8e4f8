//! What a test sees and does behind the API's back.

use std::path::PathBuf;

use super::deployments::Deployment;
use super::state::{
    Asset, Check, Comment, Dispatch, Job, Label, Pull, Release, Repository, Status,
};
use super::{Shared, lock, plumbing, pulls, releases};
use crate::git;

/// A repository of the fake.
#[derive(Clone, Debug)]
pub struct RepoHandle {
    shared: Shared,
    key: String,
}

/// A commit as it lies in the bare repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitView {
    /// Its hash.
    pub sha: String,
    /// Hashes of its parents.
    pub parents: Vec<String>,
    /// The whole message.
    pub message: String,
    /// `Name <address>`.
    pub author: String,
    /// `Name <address>`.
    pub committer: String,
    /// Whether GitHub signed it.
    pub verified: bool,
}

impl RepoHandle {
    pub(crate) fn new(shared: Shared, key: String) -> Self {
        Self { shared, key }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Repository) -> T) -> T {
        f(lock(&self.shared).repositories.get_mut(&self.key).expect("the repository is there"))
    }

    /// The bare repository; git clones, fetches and pushes by this path.
    pub fn path(&self) -> PathBuf {
        self.with(|repository| repository.dir.clone())
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        self.with(|repository| repository.full_name())
    }

    /// Sets what `default_branch` answers.
    pub fn set_default_branch(&self, branch: &str) -> &Self {
        let dir = self.path();
        git::text(&dir, &["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]);
        self.with(|repository| branch.clone_into(&mut repository.default_branch));
        self
    }

    /// A private repository hides from tokens that may not read it, and reads need permissions.
    pub fn set_private(&self, private: bool) -> &Self {
        self.with(|repository| repository.private = private);
        self
    }

    /// Whether Actions may open pull requests (a repository setting, on unless said).
    pub fn set_actions_may_open_pulls(&self, may: bool) -> &Self {
        self.with(|repository| repository.actions_may_open_pulls = may);
        self
    }

    /// Commits these files (`None` deletes one) on top of a branch, making the branch when it is
    /// missing; the new commit's hash.
    pub fn commit(&self, branch: &str, message: &str, files: &[(&str, Option<&str>)]) -> String {
        plumbing::seed(&self.path(), branch, message, files)
    }

    /// The commit a branch, tag or hash stands for; `None` when there is none.
    pub fn sha(&self, reference: &str) -> Option<String> {
        git::try_text(
            &self.path(),
            &["rev-parse", "--verify", "--quiet", &format!("{reference}^{{commit}}")],
        )
    }

    /// A file's text at a branch, tag or hash; `None` when it is missing.
    pub fn file_at(&self, reference: &str, path: &str) -> Option<String> {
        let spec = format!("{reference}:{path}");
        let output = git::output(&self.path(), &["cat-file", "blob", &spec], None);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A file's mode at a branch, tag or hash, as `100644`; `None` when it is missing.
    pub fn mode_at(&self, reference: &str, path: &str) -> Option<String> {
        let listed = git::try_text(&self.path(), &["ls-tree", reference, "--", path])?;
        listed.split_whitespace().next().map(str::to_owned)
    }

    /// All paths at a branch, tag or hash.
    pub fn files_at(&self, reference: &str) -> Vec<String> {
        git::try_text(&self.path(), &["ls-tree", "-r", "--name-only", reference])
            .map(|text| text.lines().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// Names of all branches, sorted.
    pub fn branches(&self) -> Vec<String> {
        self.refs("refs/heads/")
    }

    /// Names of all tags, sorted.
    pub fn tags(&self) -> Vec<String> {
        self.refs("refs/tags/")
    }

    fn refs(&self, prefix: &str) -> Vec<String> {
        let refs = plumbing::refs(&self.path());
        refs.keys().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// `tag` for an annotated tag, `commit` for a lightweight one; `None` when it is missing.
    pub fn tag_type(&self, tag: &str) -> Option<String> {
        git::try_text(&self.path(), &["cat-file", "-t", &format!("refs/tags/{tag}")])
    }

    /// The commit a branch, tag or hash stands for, taken apart.
    pub fn commit_at(&self, reference: &str) -> Option<CommitView> {
        let sha = self.sha(reference)?;
        let commit = plumbing::read_commit(&self.path(), &sha)?;
        Some(CommitView {
            sha,
            parents: commit.parents,
            message: commit.message,
            author: format!("{} <{}>", commit.author.name, commit.author.email),
            committer: format!("{} <{}>", commit.committer.name, commit.committer.email),
            verified: commit.signature.is_some(),
        })
    }

    /// Hashes of the commits a branch, tag or hash reaches, newest first.
    pub fn history(&self, reference: &str) -> Vec<String> {
        git::try_text(&self.path(), &["rev-list", "--topo-order", reference])
            .map(|text| text.lines().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// All pull requests by number.
    pub fn pulls(&self) -> Vec<Pull> {
        pulls::sync(&mut lock(&self.shared), &self.key);
        self.with(|repository| repository.pulls.values().cloned().collect())
    }

    /// One pull request.
    ///
    /// # Panics
    /// When there is none of that number.
    pub fn pull(&self, number: u64) -> Pull {
        let mut pulls = self.pulls().into_iter();
        pulls
            .find(|pull| pull.number == number)
            .unwrap_or_else(|| panic!("there is no pull request {number}"))
    }

    /// Opens a pull request as a person would; its number.
    pub fn open_pull(&self, head: &str, base: &str, title: &str, body: &str) -> u64 {
        pulls::open(&mut lock(&self.shared), &self.key, head, base, title, body)
    }

    /// A pull request of any login (an app's with `[bot]`) that was merged long ago: it brought
    /// these commits, the last of them is the one its merge made. Its number.
    pub fn merged_before(
        &self,
        (title, author): (&str, &str),
        labels: &[&str],
        commits: &[&str],
    ) -> u64 {
        let mut state = lock(&self.shared);
        pulls::merged_before(&mut state, &self.key, (title, author), labels, commits)
    }

    /// Merges a pull request with a merge commit, as a person would; the merge commit's hash.
    ///
    /// # Panics
    /// When it is not open or does not merge cleanly.
    pub fn merge(&self, number: u64) -> String {
        pulls::merge_as(&mut lock(&self.shared), &self.key, number, "octocat", "merge")
    }

    /// Squashes a pull request onto its base, as a person would; the new commit's hash.
    ///
    /// # Panics
    /// When it is not open or does not merge cleanly.
    pub fn squash(&self, number: u64) -> String {
        pulls::merge_as(&mut lock(&self.shared), &self.key, number, "octocat", "squash")
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, number: u64) {
        pulls::close(&mut lock(&self.shared), &self.key, number);
    }

    /// All comments in the order they were written.
    pub fn comments(&self, issue: u64) -> Vec<Comment> {
        self.with(|repository| {
            repository.comments.iter().filter(|c| c.issue == issue).cloned().collect()
        })
    }

    /// Writes a comment as any login; its identifier.
    pub fn add_comment(&self, issue: u64, login: &str, body: &str) -> u64 {
        super::issues::add_comment(&mut lock(&self.shared), &self.key, issue, login, body)
    }

    /// The repository's labels by name.
    pub fn labels(&self) -> Vec<Label> {
        self.with(|repository| repository.labels.values().cloned().collect())
    }

    /// All releases, drafts too, in the order they were made.
    pub fn releases(&self) -> Vec<Release> {
        self.with(|repository| repository.releases.clone())
    }

    /// The release of a tag, a draft too.
    pub fn release(&self, tag: &str) -> Option<Release> {
        self.with(|repository| repository.releases.iter().find(|r| r.tag == tag).cloned())
    }

    /// The tag `releases/latest` answers with.
    pub fn latest_release(&self) -> Option<String> {
        self.with(|repository| releases::latest(repository).map(|release| release.tag.clone()))
    }

    /// Publishing a release makes it immutable from now on.
    pub fn set_immutable_releases(&self, immutable: bool) -> &Self {
        self.with(|repository| repository.immutable_releases = immutable);
        self
    }

    /// Puts a file on a release behind the API's back, as `uploaded` or `starter`.
    ///
    /// # Panics
    /// When there is no such release.
    pub fn add_asset(&self, tag: &str, name: &str, state: &str, content: &[u8]) -> &Self {
        let (id, now) = {
            let mut state = lock(&self.shared);
            (state.id(), state.now())
        };
        self.with(|repository| {
            let mut releases = repository.releases.iter_mut();
            let release = releases.find(|release| release.tag == tag).expect("no such release");
            release.assets.push(Asset {
                id,
                name: name.to_owned(),
                state: state.to_owned(),
                content_type: "application/octet-stream".to_owned(),
                content: content.to_vec(),
                created_at: now,
            });
        });
        self
    }

    /// Only these workflows can be started, with these inputs.
    pub fn set_workflows(&self, workflows: &[(&str, &[&str])]) -> &Self {
        let workflows = workflows.iter().map(|(file, inputs)| {
            ((*file).to_owned(), inputs.iter().map(|input| (*input).to_owned()).collect())
        });
        self.with(|repository| repository.workflows = Some(workflows.collect()));
        self
    }

    /// All commit statuses in the order they were made.
    pub fn statuses(&self) -> Vec<Status> {
        self.with(|repository| repository.statuses.clone())
    }

    /// All check runs in the order they were made.
    pub fn checks(&self) -> Vec<Check> {
        self.with(|repository| repository.checks.clone())
    }

    /// The workflow and repository dispatches that were asked for.
    pub fn dispatches(&self) -> Vec<Dispatch> {
        self.with(|repository| repository.dispatches.clone())
    }

    /// All deployments in the order they were made.
    pub fn deployments(&self) -> Vec<Deployment> {
        self.with(|repository| repository.deployments.clone())
    }

    /// One deployment.
    ///
    /// # Panics
    /// When there is none of that id.
    pub fn deployment(&self, id: u64) -> Deployment {
        let mut all = self.deployments().into_iter();
        all.find(|one| one.id == id).unwrap_or_else(|| panic!("there is no deployment {id}"))
    }

    /// A deployment of another maker, with the states it went through; its id.
    pub fn add_deployment(
        &self,
        (environment, task): (&str, &str),
        sha: &str,
        payload: &serde_json::Value,
        states: &[&str],
    ) -> u64 {
        let mut state = lock(&self.shared);
        super::deployments::add(&mut state, &self.key, (environment, task), sha, payload, states)
    }

    /// Adds a job of a run; a run without jobs is not there.
    pub fn add_job(&self, job: Job) -> &Self {
        self.with(|repository| repository.jobs.push(job));
        self
    }
}

//! A GitHub that keeps state, on loopback, in front of real bare git repositories.
//!
//! What is written through its API can be cloned and fetched, and what is pushed can be read
//! through its API. Tokens must be registered; every request and answer is recorded.

mod assets;
mod auth;
mod commits;
mod deployments;
mod git_data;
mod graphql;
mod handle;
mod issues;
mod jobs;
mod plumbing;
mod pulls;
mod releases;
mod route;
mod shapes;
mod state;
mod statuses;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use tempfile::TempDir;

pub use auth::{FULL, TokenKind};
pub use deployments::{Deployment, DeploymentStatus};
pub use handle::{CommitView, RepoHandle};
pub use state::{Asset, Check, Comment, Dispatch, Job, Label, Pull, Release, Status};

pub(crate) use graphql::{is_mutation, top_fields};
pub(crate) use state::stamp;

use crate::fault::FaultRule;
use crate::git;
use crate::kill::KillSwitch;
use crate::record::{Log, Recorded};
use crate::server::LoopbackServer;
use auth::Token;
use state::{Repository, State};

pub(crate) type Shared = Arc<Mutex<State>>;

pub(crate) fn lock(state: &Shared) -> MutexGuard<'_, State> {
    // A test that panicked while it held the lock must not hide its own message behind this one.
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeGitHub {
    shared: Shared,
    url: String,
    _server: LoopbackServer,
}

impl FakeGitHub {
    /// Starts on a free loopback port, without tokens and repositories.
    pub fn start() -> Self {
        let mut made = None;
        let server = LoopbackServer::start(|address| {
            let url = format!("http://{address}");
            let log = Log::new("github", address.port());
            let shared = Arc::new(Mutex::new(State::new(url.clone(), log)));
            made = Some((Arc::clone(&shared), url));
            Arc::new(move |incoming| {
                let switch = lock(&shared).kill.clone();
                KillSwitch::guard(switch, incoming, |incoming| route::serve(&shared, incoming))
            })
        });
        let (shared, url) = made.expect("the handler was made");
        Self { shared, url, _server: server }
    }

    /// What `GITHUB_API_URL` is set to: `http://127.0.0.1:<port>`, no final slash.
    ///
    /// The same with `/api/v3` works too, as on GitHub Enterprise Server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What `GITHUB_GRAPHQL_URL` is set to.
    pub fn graphql_url(&self) -> String {
        format!("{}/graphql", self.url)
    }

    /// `host:port`.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Registers a token with its permissions, as `("contents", "write")`; see [`FULL`].
    pub fn add_token(&self, token: &str, kind: TokenKind, permissions: &[(&str, &str)]) -> &Self {
        lock(&self.shared).tokens.insert(token.to_owned(), Token::new(kind, permissions));
        self
    }

    /// Forgets a token: it answers 401 from now on.
    pub fn revoke_token(&self, token: &str) {
        lock(&self.shared).tokens.remove(token);
    }

    /// A new, empty repository with default branch `main`, in a directory of its own.
    pub fn add_repository(&self, owner: &str, name: &str) -> RepoHandle {
        let dir = TempDir::with_prefix("launchway-github-").expect("a temporary directory");
        let bare = dir.path().join(format!("{name}.git"));
        git::text(
            dir.path(),
            &["init", "--quiet", "--bare", "--initial-branch=main", &format!("{name}.git")],
        );
        self.insert(owner, name, &bare, Some(Arc::new(dir)))
    }

    /// A repository in front of an existing bare one; its `HEAD` names the default branch.
    pub fn add_repository_at(&self, owner: &str, name: &str, bare: &Path) -> RepoHandle {
        self.insert(owner, name, bare, None)
    }

    fn insert(
        &self,
        owner: &str,
        name: &str,
        dir: &Path,
        made: Option<Arc<TempDir>>,
    ) -> RepoHandle {
        let head = git::text(dir, &["symbolic-ref", "--short", "HEAD"]);
        let mut state = lock(&self.shared);
        let id = state.id();
        let repository = Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            dir: dir.to_owned(),
            _made: made,
            default_branch: head,
            private: false,
            actions_may_open_pulls: true,
            number: 0,
            pulls: BTreeMap::new(),
            comments: Vec::new(),
            labels: BTreeMap::new(),
            releases: Vec::new(),
            statuses: Vec::new(),
            checks: Vec::new(),
            dispatches: Vec::new(),
            jobs: Vec::new(),
            deployments: Vec::new(),
            environments: BTreeMap::new(),
            immutable_releases: false,
            workflows: None,
        };
        let key = repository.full_name().to_lowercase();
        state.repositories.insert(key.clone(), repository);
        RepoHandle::new(Arc::clone(&self.shared), key)
    }

    /// Makes something go wrong.
    pub fn fail(&self, rule: FaultRule) -> &Self {
        lock(&self.shared).faults.add(rule);
        self
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Counts writes with this switch, which may kill the program.
    pub fn kill_switch(&self, switch: &KillSwitch) -> &Self {
        lock(&self.shared).kill = Some(switch.clone());
        self
    }

    /// Every request so far, with its answer.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }

    /// The requests that asked for a change.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(Recorded::is_write).collect()
    }

    /// The writes as lines such as `POST /repos/a/b/pulls`, for one-line assertions.
    pub fn write_lines(&self) -> Vec<String> {
        self.writes().iter().map(Recorded::line).collect()
    }

    /// Forgets the requests seen so far (the record file keeps them).
    pub fn forget_requests(&self) {
        lock(&self.shared).log.seen.clear();
    }

    /// Which `host` headers each token came with: anything but one host per token is a leak.
    pub fn token_hosts(&self) -> BTreeMap<String, BTreeSet<String>> {
        lock(&self.shared).token_hosts.clone()
    }

    /// A handle on a repository that was added.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn repository(&self, owner: &str, name: &str) -> RepoHandle {
        let key = format!("{owner}/{name}").to_lowercase();
        assert!(lock(&self.shared).repositories.contains_key(&key), "no repository {owner}/{name}");
        RepoHandle::new(Arc::clone(&self.shared), key)
    }
}

//! A registry of container images that keeps state, on loopback.
//!
//! It speaks the distribution specification as far as tools for tags use it, can be set to behave
//! like the registries there are (see [`FakeRegistry`]'s setters), and goes wrong when it is told
//! to. With the default settings it is a strict one: what a manifest points to must be there, and
//! a manifest is given only to who accepts its type.
//!
//! ```
//! # use launchway_testkit::oci::FakeRegistry;
//! let registry = FakeRegistry::start();
//! let digest = registry.add_index("acme/app", "1.2.3", &["linux/amd64", "linux/arm64"]);
//! assert_eq!(registry.digest("acme/app", "1.2.3"), Some(digest));
//! ```

mod answer;
mod auth;
mod blobs;
mod images;
mod manifests;
mod route;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use answer::{limit_for_seconds, limit_in_message, limit_until, secondary_limit};
pub use auth::Auth;
pub(crate) use auth::form;
pub use images::{fallback_tag, image_manifest};
pub use state::{
    DOCKER_LIST, DOCKER_MANIFEST, Immutable, MultiTag, OCI_INDEX, OCI_MANIFEST, digest_of,
};

use crate::fault::{FaultRule, Faults};
use crate::kill::KillSwitch;
use crate::record::{Log, Recorded};
use crate::server::LoopbackServer;
use answer::Door;
use auth::Access;
use state::{Behaviour, Store};

/// Where tokens are given.
pub(crate) const TOKEN_PATH: &str = "/token";

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeRegistry {
    shared: Arc<Mutex<Store>>,
    url: String,
    token_url: String,
    _servers: Vec<LoopbackServer>,
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl FakeRegistry {
    /// Starts on free loopback ports (the registry, the storage its blobs may be redirected to, a
    /// token service), empty, open to everybody.
    pub fn start() -> Self {
        let log = |kind: &str| Log::new(kind, 0);
        let shared = Arc::new(Mutex::new(Store {
            url: String::new(),
            storage_url: String::new(),
            log: log("oci"),
            storage_log: log("oci-storage"),
            token_log: log("oci-token"),
            faults: Faults::default(),
            kill: None,
            repos: BTreeMap::new(),
            before_last_write: None,
            uploads: BTreeMap::new(),
            counter: 0,
            set: Behaviour::default(),
            access: Access::default(),
        }));
        let open = |door: Door| {
            let mut address = None;
            let shared = Arc::clone(&shared);
            let server = LoopbackServer::start(|at: SocketAddr| {
                address = Some(at);
                Arc::new(move |incoming| {
                    let switch = lock(&shared).kill.clone().filter(|_| door == Door::Registry);
                    KillSwitch::guard(switch, incoming, |incoming| {
                        answer::serve(&shared, incoming, door)
                    })
                })
            });
            (server, address.expect("the handler was made"))
        };
        let (registry, at) = open(Door::Registry);
        let (storage, storage_at) = open(Door::Storage);
        let (tokens, tokens_at) = open(Door::Token);
        let url = format!("http://{at}");
        let mut store = lock(&shared);
        store.url.clone_from(&url);
        store.storage_url = format!("http://{storage_at}");
        store.log = Log::new("oci", at.port());
        store.storage_log = Log::new("oci-storage", storage_at.port());
        store.token_log = Log::new("oci-token", tokens_at.port());
        store.access.realm = format!("{url}{TOKEN_PATH}");
        drop(store);
        let token_url = format!("http://{tokens_at}{TOKEN_PATH}");
        Self { shared, url, token_url, _servers: vec![registry, storage, tokens] }
    }

    fn set(&self, change: impl FnOnce(&mut Behaviour)) -> &Self {
        change(&mut lock(&self.shared).set);
        self
    }

    /// `http://127.0.0.1:<port>`, no final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:<port>`: the registry as it stands in image references.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// A reference here: `reference("acme/app:1.0.0")` is `127.0.0.1:<port>/acme/app:1.0.0`.
    pub fn reference(&self, rest: impl fmt::Display) -> String {
        format!("{}/{rest}", self.host())
    }

    /// Whether it has the referrers API (it has) or answers 404 as old registries do.
    pub fn referrers_api(&self, is_there: bool) -> &Self {
        self.set(|set| set.referrers = is_there)
    }

    /// What it does with several tags in one request; see [`MultiTag`].
    pub fn multi_tag(&self, mode: MultiTag) -> &Self {
        self.set(|set| set.multi_tag = mode)
    }

    /// Whether a manifest is hidden from who does not accept its type (it is).
    pub fn strict_accept(&self, is_strict: bool) -> &Self {
        self.set(|set| set.strict_accept = is_strict)
    }

    /// Whether what a manifest points to must be there (it must).
    pub fn check_children(&self, does: bool) -> &Self {
        self.set(|set| set.check_children = does)
    }

    /// Whether blobs can be mounted from another repository (they can); else 202.
    pub fn mounts(&self, does: bool) -> &Self {
        self.set(|set| set.mounts = does)
    }

    /// Whether a repository comes to be by the first push (it does); else 404 `NAME_UNKNOWN`.
    pub fn creates_repositories(&self, does: bool) -> &Self {
        self.set(|set| set.creates = does)
    }

    /// Lists at most so many tags at once, with a `Link` to the next page. Without it all tags
    /// come in one answer.
    pub fn page_tags(&self, size: usize) -> &Self {
        self.set(|set| set.page = Some(size))
    }

    /// Lists at most so many referrers at once.
    pub fn page_referrers(&self, size: usize) -> &Self {
        self.set(|set| set.referrers_page = Some(size))
    }

    /// The most bytes of a manifest (4 MiB) and of a blob (any); more is 413.
    pub fn limit_sizes(&self, manifest: usize, blob: usize) -> &Self {
        self.set(|set| (set.largest_manifest, set.largest_blob) = (manifest, blob))
    }

    /// Names upload sessions without a host.
    pub fn relative_locations(&self) -> &Self {
        self.set(|set| set.relative_locations = true)
    }

    /// Redirects who gets a blob to another origin, which refuses any login; see
    /// [`Self::storage_requests`].
    pub fn redirect_blobs(&self) -> &Self {
        self.set(|set| set.redirects_blobs = true)
    }

    /// Lets a tag be deleted; without it 400.
    pub fn delete_by_tag(&self) -> &Self {
        self.set(|set| set.delete_by_tag = true)
    }

    /// Deletes a manifest along with its last tag, as Amazon ECR does.
    pub fn forget_untagged(&self) -> &Self {
        self.set(|set| set.forgets_untagged = true)
    }

    /// Whether `Docker-Content-Digest` of manifests is that of other bytes.
    pub fn wrong_digests(&self, does: bool) -> &Self {
        self.set(|set| set.wrong_digests = does)
    }

    /// Leaves out `Docker-Content-Digest` of manifests.
    pub fn no_digests(&self) -> &Self {
        self.set(|set| set.no_digests = true)
    }

    /// Whether manifests that are put are answered with 201 and forgotten.
    pub fn drop_manifests(&self, does: bool) -> &Self {
        self.set(|set| set.drops_writes = does)
    }

    /// Tags of a repository that match the pattern (`*` stands for any run) cannot be set again.
    pub fn immutable_tags(&self, repo: &str, kind: Immutable, pattern: &str) -> &Self {
        lock(&self.shared).repo(repo).immutable = Some((kind, pattern.to_owned()));
        self
    }

    /// How it wants to be asked from now on.
    pub fn auth(&self, auth: Auth) -> &Self {
        lock(&self.shared).access.auth = auth;
        self
    }

    /// A user who may do everything.
    pub fn add_user(&self, name: &str, password: &str) -> &Self {
        self.add_limited_user(name, password, &[("*", &["pull", "push", "delete"])])
    }

    /// A user who may do only this: patterns of repositories with `pull`, `push`, `delete`.
    pub fn add_limited_user(
        &self,
        name: &str,
        password: &str,
        rights: &[(&str, &[&str])],
    ) -> &Self {
        lock(&self.shared).access.add_user(name, password, rights);
        self
    }

    /// What a user's `identitytoken` is: it is exchanged by POST at the token endpoint.
    pub fn refresh_token(&self, user: &str, token: &str) -> &Self {
        lock(&self.shared).access.set_refresh_token(user, token);
        self
    }

    /// Everybody may read.
    pub fn anonymous_reads(&self) -> &Self {
        lock(&self.shared).access.allow_anonymous_reads();
        self
    }

    /// Gives tokens on another port, as Docker Hub does on another host.
    pub fn separate_token_service(&self) -> &Self {
        lock(&self.shared).access.realm.clone_from(&self.token_url);
        self
    }

    /// The realm is this address instead: for one that lies about where logins go.
    pub fn realm(&self, url: &str) -> &Self {
        url.clone_into(&mut lock(&self.shared).access.realm);
        self
    }

    /// Tokens are good for so many requests; which is not announced.
    pub fn token_uses(&self, uses: usize) -> &Self {
        lock(&self.shared).access.token_uses = Some(uses);
        self
    }

    /// Tokens are good for so long, announced as `expires_in` in whole seconds, at least 1.
    pub fn token_life(&self, life: Duration) -> &Self {
        lock(&self.shared).access.token_life = Some(life);
        self
    }

    /// Names the token `access_token` instead of `token`.
    pub fn access_token_field(&self) -> &Self {
        lock(&self.shared).access.names_it_access_token = true;
        self
    }

    /// Leaves the scope out of the challenge.
    pub fn challenge_without_scope(&self) -> &Self {
        lock(&self.shared).access.no_scope = true;
        self
    }

    /// Takes back every token there is.
    pub fn revoke_tokens(&self) -> &Self {
        lock(&self.shared).access.revoke_tokens();
        self
    }

    /// The text of a `config.json` of Docker with this login.
    pub fn docker_config(&self, user: &str, password: &str) -> String {
        use base64::Engine as _;
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        serde_json::json!({ "auths": { self.host(): { "auth": login } } }).to_string()
    }

    /// Makes something go wrong. Rules see the requests to the token endpoint (`/token`) and to
    /// the storage, too.
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

    /// Every request to the registry so far, with its answer; those for tokens stand in
    /// [`Self::token_requests`].
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }

    /// The requests that asked for a change.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(Recorded::is_write).collect()
    }

    /// The requests for tokens.
    pub fn token_requests(&self) -> Vec<Recorded> {
        lock(&self.shared).token_log.seen.clone()
    }

    /// The requests to the storage that blobs were redirected to.
    pub fn storage_requests(&self) -> Vec<Recorded> {
        lock(&self.shared).storage_log.seen.clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) -> &Self {
        let mut store = lock(&self.shared);
        store.log.seen.clear();
        store.token_log.seen.clear();
        store.storage_log.seen.clear();
        drop(store);
        self
    }
}

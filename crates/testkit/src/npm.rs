//! A small npm registry on loopback that keeps what is published in memory.
//!
//! It answers what `npm view` and `npm publish` ask (package documents, tarballs, dist-tags,
//! `whoami`), the token exchange of trusted publishing, and hands out the runner's identity
//! tokens. It is lenient about fields a publisher leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::fault::{FaultRule, Faults};
use crate::kill::KillSwitch;
use crate::record::{Log, Recorded};
use crate::server::LoopbackServer;

mod serve;
mod stage;

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeRegistry {
    shared: Arc<Mutex<Store>>,
    url: String,
    _server: LoopbackServer,
}

#[derive(Debug)]
struct Store {
    url: String,
    log: Log,
    faults: Faults,
    kill: Option<KillSwitch>,
    /// Token to the packages it may publish; `None` means all.
    tokens: BTreeMap<String, Option<BTreeSet<String>>>,
    users: BTreeMap<String, String>,
    packages: BTreeMap<String, Package>,
    /// Identity token to the packages that trust it.
    trusted: BTreeMap<String, BTreeSet<String>>,
    identity: Option<Identity>,
    issued: usize,
    /// What waits for approval.
    staged: Vec<stage::Staged>,
    /// What a token may do, where that is not everything.
    allowed: BTreeMap<String, Allowed>,
    /// What a trusted publisher may do, by package.
    publishers: BTreeMap<String, Allowed>,
    /// One-time passwords with how often each is good; `None` asks for none.
    otps: Option<BTreeMap<String, usize>>,
}

/// What a token or trusted publisher may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Publish and stage.
    Both,
    /// Publish only.
    Publish,
    /// Stage only.
    Stage,
}

#[derive(Debug, Default)]
struct Package {
    versions: BTreeMap<String, Value>,
    order: Vec<String>,
    tags: BTreeMap<String, String>,
    tarballs: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Identity {
    request_token: String,
    token: String,
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl FakeRegistry {
    /// Starts on a free loopback port, empty.
    pub fn start() -> Self {
        let mut made = None;
        let server = LoopbackServer::start(|address| {
            let url = format!("http://{address}");
            let store = Store {
                url: url.clone(),
                log: Log::new("npm", address.port()),
                faults: Faults::default(),
                kill: None,
                tokens: BTreeMap::new(),
                users: BTreeMap::new(),
                packages: BTreeMap::new(),
                trusted: BTreeMap::new(),
                identity: None,
                issued: 0,
                staged: Vec::new(),
                allowed: BTreeMap::new(),
                publishers: BTreeMap::new(),
                otps: None,
            };
            let shared = Arc::new(Mutex::new(store));
            made = Some((Arc::clone(&shared), url));
            Arc::new(move |incoming| {
                let switch = lock(&shared).kill.clone();
                KillSwitch::guard(switch, incoming, |incoming| serve::serve(&shared, incoming))
            })
        });
        let (shared, url) = made.expect("the handler was made");
        Self { shared, url, _server: server }
    }

    /// `http://127.0.0.1:<port>`, no final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The text of an `.npmrc` that publishes here with this token.
    pub fn npmrc(&self, token: &str) -> String {
        let host = self.url.trim_start_matches("http:");
        format!("registry={}/\n{host}/:_authToken={token}\n", self.url)
    }

    /// A token that may publish every package.
    pub fn add_token(&self, token: &str, user: &str) -> &Self {
        let mut store = lock(&self.shared);
        store.tokens.insert(token.to_owned(), None);
        store.users.insert(token.to_owned(), user.to_owned());
        drop(store);
        self
    }

    /// A token that may publish these packages only; others answer 403.
    pub fn add_limited_token(&self, token: &str, user: &str, packages: &[&str]) -> &Self {
        self.add_token(token, user);
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        lock(&self.shared).tokens.insert(token.to_owned(), Some(packages));
        self
    }

    /// The identity token the runner's token service hands out; returns what
    /// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` are set to.
    pub fn offer_identity(&self, identity_token: &str) -> (String, String) {
        let request_token = "id-request-token".to_owned();
        lock(&self.shared).identity = Some(Identity {
            request_token: request_token.clone(),
            token: identity_token.to_owned(),
        });
        (format!("{}/-/identity?api-version=2.0", self.url), request_token)
    }

    /// Lets a workflow with this identity token publish the package.
    pub fn trust(&self, package: &str, identity_token: &str) -> &Self {
        let mut store = lock(&self.shared);
        store.trusted.entry(identity_token.to_owned()).or_default().insert(package.to_owned());
        drop(store);
        self
    }

    /// Lets the trusted publisher of a package do only this.
    pub fn trust_only(&self, package: &str, identity_token: &str, allowed: Allowed) -> &Self {
        self.trust(package, identity_token);
        lock(&self.shared).publishers.insert(package.to_owned(), allowed);
        self
    }

    /// Lets a token do only this.
    pub fn limit(&self, token: &str, allowed: Allowed) -> &Self {
        lock(&self.shared).allowed.insert(token.to_owned(), allowed);
        self
    }

    /// Approving and rejecting take one of these one-time passwords, each so often.
    pub fn want_otp(&self, passwords: &[(&str, usize)]) -> &Self {
        let passwords = passwords.iter().map(|(otp, uses)| ((*otp).to_owned(), *uses));
        lock(&self.shared).otps = Some(passwords.collect());
        self
    }

    /// What waits for approval, as `name@version`, in the order it was staged.
    pub fn staged(&self) -> Vec<String> {
        let store = lock(&self.shared);
        store.staged.iter().map(|staged| format!("{}@{}", staged.name, staged.version)).collect()
    }

    /// Takes a staged version away without a request, as a rejection on the web does.
    pub fn drop_staged(&self, package: &str) -> &Self {
        lock(&self.shared).staged.retain(|staged| staged.name != package);
        self
    }

    /// Puts a version there without a request.
    pub fn seed(&self, package: &str, version: &str) -> &Self {
        let mut store = lock(&self.shared);
        let document = json!({ "name": package, "version": version });
        store.insert(package, version, document, None, "latest");
        drop(store);
        self
    }

    /// The versions of a package in the order they were published; empty when it is unknown.
    pub fn versions(&self, package: &str) -> Vec<String> {
        lock(&self.shared).packages.get(package).map(|p| p.order.clone()).unwrap_or_default()
    }

    /// All package names, sorted.
    pub fn packages(&self) -> Vec<String> {
        lock(&self.shared).packages.keys().cloned().collect()
    }

    /// What the version's manifest said; `None` when it was not published.
    pub fn manifest(&self, package: &str, version: &str) -> Option<Value> {
        lock(&self.shared).packages.get(package)?.versions.get(version).cloned()
    }

    /// The tarball of a version; `None` when none was attached.
    pub fn tarball(&self, package: &str, version: &str) -> Option<Vec<u8>> {
        lock(&self.shared).packages.get(package)?.tarballs.get(version).cloned()
    }

    /// The dist-tags of a package.
    pub fn dist_tags(&self, package: &str) -> BTreeMap<String, String> {
        lock(&self.shared).packages.get(package).map(|p| p.tags.clone()).unwrap_or_default()
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
}

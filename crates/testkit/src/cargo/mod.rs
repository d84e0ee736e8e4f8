//! A small Cargo registry on loopback that keeps what is published in memory.
//!
//! It serves a sparse index and downloads, takes `cargo publish` with the checks a real one makes
//! (names, duplicates, unknown dependencies, tokens, rate limits), exchanges identity tokens for
//! its own, and stands in for the runner's identity service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fault::{FaultRule, Faults};
use crate::kill::KillSwitch;
use crate::record::{Log, Recorded};
use crate::server::LoopbackServer;

mod archive;
mod publish;
mod serve;

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct CargoRegistry {
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
    /// Whether reading needs a token, too.
    is_private: bool,
    /// Token to the crates it may publish; `None` means all, new ones included.
    tokens: BTreeMap<String, Option<BTreeSet<String>>>,
    crates: BTreeMap<String, Vec<Version>>,
    /// Reads of a crate's index file that do not show its newest version yet.
    lag: usize,
    new_crates: Option<Bucket>,
    new_versions: Option<Bucket>,
    /// Identity token to the crates that trust it.
    trusted: BTreeMap<String, BTreeSet<String>>,
    identity: Option<Identity>,
    issued: Vec<String>,
    revoked: Vec<String>,
}

#[derive(Debug)]
struct Version {
    number: String,
    index: Value,
    metadata: Value,
    file: Vec<u8>,
    /// Reads left that do not show it.
    hidden: usize,
}

#[derive(Clone, Debug)]
struct Identity {
    request_token: String,
    token: String,
    /// Who the last token handed out was for.
    audience: Option<String>,
}

/// A rate limit: so many at once, then one per period.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    burst: f64,
    period: Duration,
    left: f64,
    since: Instant,
}

impl Bucket {
    fn new(burst: u32, period: Duration) -> Self {
        Self { burst: burst.into(), period, left: burst.into(), since: Instant::now() }
    }

    /// Takes one, or says how long to wait for one.
    fn take(&mut self) -> Result<(), Duration> {
        let filled = self.since.elapsed().as_secs_f64() / self.period.as_secs_f64();
        self.left = (self.left + filled).min(self.burst);
        self.since = Instant::now();
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(self.period.mul_f64(1.0 - self.left))
    }
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl CargoRegistry {
    /// Starts on a free loopback port, empty.
    pub fn start() -> Self {
        let mut made = None;
        let server = LoopbackServer::start(|address| {
            let url = format!("http://{address}");
            let store = Store {
                url: url.clone(),
                log: Log::new("cargo", address.port()),
                faults: Faults::default(),
                kill: None,
                is_private: false,
                tokens: BTreeMap::new(),
                crates: BTreeMap::new(),
                lag: 0,
                new_crates: None,
                new_versions: None,
                trusted: BTreeMap::new(),
                identity: None,
                issued: Vec::new(),
                revoked: Vec::new(),
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

    /// The address of the index as Cargo's configuration wants it.
    pub fn index(&self) -> String {
        format!("sparse+{}/index/", self.url)
    }

    /// A `config.toml` for `CARGO_HOME` in which this registry has the name and is the one Cargo
    /// takes where none is named.
    pub fn config(&self, name: &str) -> String {
        format!(
            "[registry]\ndefault = \"{name}\"\n\n[registries.{name}]\nindex = \"{}\"\n",
            self.index()
        )
    }

    /// Reading needs a token from now on.
    pub fn make_private(&self) -> &Self {
        lock(&self.shared).is_private = true;
        self
    }

    /// A token that may publish every crate, new ones included.
    pub fn add_token(&self, token: &str) -> &Self {
        lock(&self.shared).tokens.insert(token.to_owned(), None);
        self
    }

    /// A token that may publish these crates only; others answer 403.
    pub fn add_limited_token(&self, token: &str, crates: &[&str]) -> &Self {
        let crates = crates.iter().map(|name| (*name).to_owned()).collect();
        lock(&self.shared).tokens.insert(token.to_owned(), Some(crates));
        self
    }

    /// The identity token the runner's service hands out; returns what
    /// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` are set to.
    pub fn offer_identity(&self, identity_token: &str) -> (String, String) {
        let request_token = "cargo-id-request-token".to_owned();
        lock(&self.shared).identity = Some(Identity {
            request_token: request_token.clone(),
            token: identity_token.to_owned(),
            audience: None,
        });
        (format!("{}/-/identity?api-version=2.0", self.url), request_token)
    }

    /// Lets a workflow with this identity token publish the crate, which must be there already.
    pub fn trust(&self, name: &str, identity_token: &str) -> &Self {
        let mut store = lock(&self.shared);
        store.trusted.entry(identity_token.to_owned()).or_default().insert(name.to_owned());
        drop(store);
        self
    }

    /// Puts a version there without a request: an empty library without dependencies.
    pub fn seed(&self, name: &str, version: &str) -> &Self {
        let metadata = json!({ "name": name, "vers": version, "deps": [], "features": {} });
        lock(&self.shared).insert(&metadata, archive::crate_file(name, version));
        self
    }

    /// The index shows a version published from now on only after so many reads of its file.
    pub fn lag(&self, reads: usize) -> &Self {
        lock(&self.shared).lag = reads;
        self
    }

    /// So many new crates at once, then one per period.
    pub fn limit_new_crates(&self, burst: u32, period: Duration) -> &Self {
        lock(&self.shared).new_crates = Some(Bucket::new(burst, period));
        self
    }

    /// So many new versions of known crates at once, then one per period.
    pub fn limit_new_versions(&self, burst: u32, period: Duration) -> &Self {
        lock(&self.shared).new_versions = Some(Bucket::new(burst, period));
        self
    }

    /// The versions of a crate in the order they were published; empty when it is unknown.
    pub fn versions(&self, name: &str) -> Vec<String> {
        let store = lock(&self.shared);
        let versions = store.crates.get(name).into_iter().flatten();
        versions.map(|version| version.number.clone()).collect()
    }

    /// All crate names, sorted.
    pub fn crates(&self) -> Vec<String> {
        lock(&self.shared).crates.keys().cloned().collect()
    }

    /// What was sent about a version besides its file; `None` when it was not published.
    pub fn metadata(&self, name: &str, version: &str) -> Option<Value> {
        let store = lock(&self.shared);
        let versions = store.crates.get(name)?;
        Some(versions.iter().find(|v| v.number == version)?.metadata.clone())
    }

    /// The `.crate` file of a version; `None` when it was not published.
    pub fn file(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        let store = lock(&self.shared);
        let versions = store.crates.get(name)?;
        Some(versions.iter().find(|v| v.number == version)?.file.clone())
    }

    /// The tokens handed out for identity tokens, in order.
    pub fn issued(&self) -> Vec<String> {
        lock(&self.shared).issued.clone()
    }

    /// The tokens that were given back, in order.
    pub fn revoked(&self) -> Vec<String> {
        lock(&self.shared).revoked.clone()
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

    /// Every request so far, with its answer. The body of a publish request is its JSON part.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }

    /// `name@version` of every publish request so far, whatever became of it.
    pub fn uploads(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let requests = self.requests().into_iter();
        requests
            .filter(|request| request.method == "PUT" && request.path == publish::PATH)
            .map(|request| request.json())
            .map(|json| format!("{}@{}", text(&json["name"]), text(&json["vers"])))
            .collect()
    }
}

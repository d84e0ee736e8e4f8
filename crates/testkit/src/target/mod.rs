//! An HTTP target on loopback that does what it is told: answers, turns healthy at a moment, or is
//! as hostile as a server can be.
//!
//! ```
//! # use launchway_testkit::target::{Act, Reply, Script, Target};
//! let target = Target::start([Act::status(503), Act::status(503), Act::ok("ready")]);
//! let url = target.url("/health"); // http://127.0.0.1:<port>/health
//! assert_eq!(target.requests().len(), 0);
//! ```
//!
//! Its port is its own from its making to its end, also while nothing listens there.

mod act;
mod bomb;
mod serve;
mod socket;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use act::Inner;
pub use act::{Act, Reply, Script};
pub use socket::{BlackHole, Reserved, has_ipv6};

/// A request that arrived, read whole.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which one of this target, from 0.
    pub number: usize,
    /// Of which connection, from 0.
    pub connection: usize,
    /// When its head was read.
    pub at: Instant,
    /// The same, counted from when the target was made.
    pub since_start: Duration,
    /// As in `GET`.
    pub method: String,
    /// With the query, as it was sent.
    pub path: String,
    /// Names as they were sent, in order.
    pub headers: Vec<(String, String)>,
    /// The whole head as it was sent.
    pub head: String,
    /// Of the length it said.
    pub body: Vec<u8>,
}

impl Asked {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Where it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `127.0.0.1` only.
    V4,
    /// `::1` only.
    V6,
    /// Both, at one port.
    Both,
}

/// The target. It stops when it is dropped.
#[derive(Debug)]
pub struct Target {
    shared: Arc<Shared>,
    runtime: Handle,
    ends: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    /// Bound, never listening: they keep the port.
    kept: Vec<TcpSocket>,
    addresses: Vec<SocketAddr>,
}

#[derive(Debug)]
struct Shared {
    made: Instant,
    script: Mutex<Script>,
    /// When the script was last changed.
    turned: Mutex<Instant>,
    /// How many acts of a plan were done.
    done: AtomicUsize,
    asked: Mutex<Vec<Asked>>,
    requests: AtomicUsize,
    connections: Mutex<Vec<Instant>>,
    sent: AtomicU64,
    tasks: Mutex<Vec<AbortHandle>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Target {
    /// On `127.0.0.1`, listening.
    pub fn start(script: impl Into<Script>) -> Self {
        Self::start_on(Family::V4, script)
    }

    /// Listening there.
    ///
    /// # Panics
    /// When the machine has no IPv6 and it is wanted; see [`has_ipv6`].
    pub fn start_on(family: Family, script: impl Into<Script>) -> Self {
        let target = Self::reserved_on(family, script);
        target.listen();
        target
    }

    /// Has a port on `127.0.0.1`, where nothing listens until [`Self::listen`]: connections are
    /// refused.
    pub fn reserved(script: impl Into<Script>) -> Self {
        Self::reserved_on(Family::V4, script)
    }

    /// The same, elsewhere.
    pub fn reserved_on(family: Family, script: impl Into<Script>) -> Self {
        let (kept, addresses) = socket::reserve(family);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let handle = runtime.handle().clone();
        let (ends, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        });
        let made = Instant::now();
        let shared = Shared {
            made,
            script: Mutex::new(script.into()),
            turned: Mutex::new(made),
            done: AtomicUsize::new(0),
            asked: Mutex::default(),
            requests: AtomicUsize::new(0),
            connections: Mutex::default(),
            sent: AtomicU64::new(0),
            tasks: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            runtime: handle,
            ends: Some(ends),
            thread: Some(thread),
            kept,
            addresses,
        }
    }

    /// Begins to listen, also again after [`Self::stop`].
    ///
    /// # Panics
    /// When it listens already.
    pub fn listen(&self) {
        begin(&self.runtime, &self.shared, &self.addresses);
    }

    /// Begins to listen so much later.
    pub fn listen_after(&self, wait: Duration) {
        let (runtime, shared) = (self.runtime.clone(), Arc::clone(&self.shared));
        let addresses = self.addresses.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            begin(&runtime, &shared, &addresses);
        });
    }

    /// Listens no more and drops every connection, as a process does that ends. Connections are
    /// refused from when this returns.
    pub fn stop(&self) {
        end(&self.shared);
    }

    /// Does so much later what [`Self::stop`] does.
    pub fn stop_after(&self, wait: Duration) {
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            // Not from inside of the runtime, which this waits for.
            tokio::task::spawn_blocking(move || end(&shared));
        });
    }

    /// Answers by this script from now on. Returns the moment.
    pub fn turn(&self, script: impl Into<Script>) -> Instant {
        self.shared.turn(script.into())
    }

    /// Answers by this script from so much later on; [`Self::turned`] then is that moment.
    pub fn turn_after(&self, wait: Duration, script: impl Into<Script>) {
        let (shared, script) = (Arc::clone(&self.shared), script.into());
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            shared.turn(script);
        });
    }

    /// When the script was last changed.
    pub fn turned(&self) -> Instant {
        *lock(&self.shared.turned)
    }

    /// Its first address.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// `http://<address>:<port>` and this path, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// `http://localhost:<port>` and this path, which begins with `/`.
    pub fn localhost(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port())
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    /// How many requests so far.
    pub fn count(&self) -> usize {
        lock(&self.shared.asked).len()
    }

    /// When each connection was taken.
    pub fn connections(&self) -> Vec<Instant> {
        lock(&self.shared.connections).clone()
    }

    /// How many bytes it sent, as far as the system took them.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(ends) = self.ends.take() {
            let _ = ends.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.kept.clear();
    }
}

fn begin(runtime: &Handle, shared: &Arc<Shared>, addresses: &[SocketAddr]) {
    let _inside = runtime.enter();
    for address in addresses {
        let listener = socket::listen(*address, 1024);
        let task = runtime.spawn(accept(listener, Arc::clone(shared), runtime.clone()));
        lock(&shared.tasks).push(task.abort_handle());
    }
}

/// Ends the tasks and waits until they are gone, with their sockets.
fn end(shared: &Shared) {
    let mut tasks: Vec<_> = std::mem::take(&mut *lock(&shared.tasks));
    while !tasks.is_empty() {
        for task in &tasks {
            task.abort();
        }
        std::thread::sleep(Duration::from_millis(1));
        // In this order: what has ended starts nothing more.
        tasks.retain(|task| !task.is_finished());
        tasks.append(&mut lock(&shared.tasks));
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, runtime: Handle) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let number = {
            let mut connections = lock(&shared.connections);
            connections.push(Instant::now());
            connections.len() - 1
        };
        let task = runtime.spawn(serve::connection(stream, number, Arc::clone(&shared)));
        let mut tasks = lock(&shared.tasks);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task.abort_handle());
    }
}

impl Shared {
    fn turn(&self, script: Script) -> Instant {
        let mut current = lock(&self.script);
        let now = Instant::now();
        *current = script;
        self.done.store(0, Ordering::SeqCst);
        *lock(&self.turned) = now;
        now
    }

    /// The act for a connection before its request, when the script has one.
    fn at_once(&self) -> Option<Act> {
        let script = lock(&self.script);
        let Inner::Plan(acts) = &script.0 else { return None };
        let done = self.done.load(Ordering::SeqCst);
        let act = acts.get(done).or(acts.last()).filter(|act| act.is_at_once())?.clone();
        self.done.store(done + 1, Ordering::SeqCst);
        Some(act)
    }

    /// The act for a request.
    fn next(&self, asked: &Asked) -> Act {
        let script = lock(&self.script).clone();
        match &script.0 {
            Inner::Plan(acts) => {
                let done = self.done.fetch_add(1, Ordering::SeqCst);
                acts.get(done).or(acts.last()).cloned().unwrap_or(Act::Silent)
            }
            Inner::Choose(choose) => choose(asked),
        }
    }

    fn asked(&self, head: &str, connection: usize) -> Asked {
        let at = Instant::now();
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let split = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        Asked {
            number: self.requests.fetch_add(1, Ordering::SeqCst),
            connection,
            at,
            since_start: at - self.made,
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            headers: lines.filter_map(split).collect(),
            head: head.to_owned(),
            body: Vec::new(),
        }
    }

    fn record(&self, asked: Asked) {
        lock(&self.asked).push(asked);
    }
}

fn ip(family: Family) -> Vec<IpAddr> {
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    match family {
        Family::V4 => vec![v4],
        Family::V6 => vec![v6],
        Family::Both => vec![v4, v6],
    }
}

//! Workflows in nektos/act, on this machine and without containers.
//!
//! act runs a rendered copy (see [`render`]) with our programs from the build, the fakes for
//! servers, and [stand-ins](crate::stand_in) for the actions of others. What act cannot do, and what
//! covers it instead, is a table in `docs/testing.md`.

mod log;
pub mod render;
mod starts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use launchway_testkit::{FakeGitHub, RepoHandle};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use log::{Job, Run, Step};
pub use starts::{Start, starts};

use crate::pins;

/// Only one act at a time: it takes both processors of a small machine.
static ONE: Mutex<()> = Mutex::new(());

/// A machine that runs workflows of one repository.
#[derive(Debug)]
pub struct Act {
    program: PathBuf,
    dir: TempDir,
    repository: String,
    reference: String,
    sha: String,
    actor: String,
    env: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    timeout: Duration,
    first: Vec<PathBuf>,
    runs: std::cell::Cell<u64>,
    _one: MutexGuard<'static, ()>,
}

/// A run that goes on.
#[derive(Debug)]
pub struct Going {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    report: PathBuf,
    began: Instant,
    timeout: Duration,
    secrets: Vec<String>,
}

impl Act {
    /// A machine for `acme/shop`, or `None` after a line that says what is missing.
    ///
    /// # Panics
    /// When something is missing and `LAUNCHWAY_REQUIRE_TOOLS` is set.
    pub fn new() -> Option<Self> {
        let program = std::env::var_os("LAUNCHWAY_ACT").map(PathBuf::from);
        let program = crate::needed("act", program)?;
        let programs = crate::needed("the built programs", crate::programs())?;
        let stand_in = crate::needed("the program stand-in", crate::built("stand-in"))?;
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = TempDir::with_prefix("launchway-act-").expect("a temporary directory");
        for name in ["home", "cache", "caller/.github/workflows", "git", "records", "config"] {
            std::fs::create_dir_all(dir.path().join(name)).expect("a folder can be made");
        }
        render::suite(&dir.path().join("suite"));
        for pin in pins::read() {
            render::stand_in(&dir.path().join("stand-ins"), &pin);
        }
        let mut act = Self {
            program,
            repository: "acme/shop".into(),
            reference: "refs/heads/main".into(),
            sha: "0".repeat(40),
            actor: "octocat".into(),
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            variables: BTreeMap::new(),
            timeout: Duration::from_mins(3),
            first: Vec::new(),
            dir,
            runs: std::cell::Cell::new(1000),
            _one: one,
        };
        act.env("LAUNCHWAY_PATH", &programs.to_string_lossy());
        act.env("LAUNCHWAY_STAND_IN", &stand_in.to_string_lossy());
        act.env("STAND_IN_GIT", &act.at("git").to_string_lossy());
        act.env("STAND_IN_RECORDS", &act.at("records").to_string_lossy());
        // Docker's and git's settings of whoever runs the tests are none of a job's business.
        act.env("DOCKER_CONFIG", &act.at("config").to_string_lossy());
        act.env("GIT_CONFIG_GLOBAL", "/dev/null");
        act.env("GIT_CONFIG_NOSYSTEM", "1");
        Some(act)
    }

    /// A file or folder of the machine.
    pub fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Lets runs belong to this repository: its files are what a checkout brings, `main` is what
    /// runs, and `token` is the `GITHUB_TOKEN`.
    pub fn repository(&mut self, github: &FakeGitHub, repository: &RepoHandle, token: &str) {
        self.repository = repository.full_name();
        self.serve(&repository.full_name(), &repository.path());
        self.env("GITHUB_API_URL", github.url());
        self.env("GITHUB_GRAPHQL_URL", &github.graphql_url());
        self.env("GITHUB_SERVER_URL", github.url());
        self.secret("GITHUB_TOKEN", token);
        if let Some(sha) = repository.sha("refs/heads/main") {
            self.on("refs/heads/main", &sha);
        }
    }

    /// Lets a checkout of `owner/name` find this bare repository.
    ///
    /// # Panics
    /// When the link cannot be made.
    pub fn serve(&self, full_name: &str, bare: &Path) {
        let link = self.at("git").join(format!("{full_name}.git"));
        std::fs::create_dir_all(link.parent().expect("an owner's folder")).expect("a folder");
        let _ = std::fs::remove_file(&link);
        #[cfg(unix)]
        std::os::unix::fs::symlink(bare, &link).expect("a link to the repository");
        #[cfg(not(unix))]
        panic!("act runs on Unix here: {}, {}", bare.display(), link.display());
    }

    /// The ref and commit of the runs that follow.
    pub fn on(&mut self, reference: &str, sha: &str) {
        reference.clone_into(&mut self.reference);
        sha.clone_into(&mut self.sha);
    }

    /// Lets containers' tools of the jobs speak plain HTTP with this registry, `127.0.0.1:<port>`.
    ///
    /// # Panics
    /// When the settings cannot be written.
    pub fn registry(&self, host: &str) {
        let settings = self.at("home/.config/containers");
        std::fs::create_dir_all(&settings).expect("a folder can be made");
        let text = format!("[[registry]]\nlocation = \"{host}\"\ninsecure = true\n");
        std::fs::write(settings.join("registries.conf"), text).expect("a file can be written");
        let anything = json!({ "default": [{ "type": "insecureAcceptAnything" }] });
        std::fs::write(settings.join("policy.json"), anything.to_string())
            .expect("a file can be written");
    }

    /// Who starts runs.
    pub fn actor(&mut self, login: &str) {
        login.clone_into(&mut self.actor);
    }

    /// A variable of the environment of every step.
    pub fn env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// Lets the programs in this folder be found before those of this machine.
    pub fn first_on_path(&mut self, folder: &Path) {
        self.first.insert(0, folder.to_owned());
    }

    /// A secret of the repository.
    pub fn secret(&mut self, name: &str, value: &str) {
        self.secrets.insert(name.to_owned(), value.to_owned());
    }

    /// No secrets at all, as in a pull request from a fork, and a `GITHUB_TOKEN` of this value.
    pub fn without_secrets(&mut self, token: &str) {
        self.secrets.clear();
        self.secret("GITHUB_TOKEN", token);
    }

    /// A variable of the repository, as in `vars.NAME`.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// How long one run may take; three minutes unless said.
    pub fn timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Runs a workflow, given as text, for an event.
    pub fn run(&self, workflow: &str, event: &str, payload: &Value) -> Run {
        self.start(workflow, event, payload).wait()
    }

    /// Starts a workflow, given as text, for an event.
    ///
    /// # Panics
    /// When the workflow is not YAML, or act cannot be started.
    pub fn start(&self, workflow: &str, event: &str, payload: &Value) -> Going {
        let rendered = render::caller(workflow);
        self.put("caller/.github/workflows/run.yml", &rendered);
        self.put("event.json", &self.payload(payload).to_string());
        self.put("secrets.env", &lines(&self.secrets));
        self.put("variables.env", &lines(&self.variables));
        // One file for all: what stands in an argument, everybody on the machine can read.
        let mut env = self.env.clone();
        env.insert("GITHUB_REPOSITORY".into(), self.repository.clone());
        env.insert("GITHUB_REF".into(), self.reference.clone());
        env.insert("SHA_REF".into(), self.sha.clone());
        self.runs.set(self.runs.get() + 1);
        env.insert("GITHUB_RUN_ID".into(), self.runs.get().to_string());
        env.insert("LAUNCHWAY_REPORT".into(), self.at("report.json").display().to_string());
        self.put("step.env", &lines(&env));
        let report = self.at("report.json");
        let _ = std::fs::remove_file(&report);

        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(self.at("caller"));
        command.env("PATH", path(&self.first));
        command.env("HOME", self.at("home")).env("LANG", "C.UTF-8");
        command.args([event, "--json", "--no-cache-server", "--no-skip-checkout"]);
        command.args(["--workflows", ".github/workflows/run.yml", "--actor", &self.actor]);
        command.args(["--concurrent-jobs", "2", "--action-offline-mode", "--rm"]);
        for (option, path) in [
            ("--eventpath", "event.json"),
            ("--secret-file", "secrets.env"),
            ("--var-file", "variables.env"),
            ("--env-file", "step.env"),
            ("--action-cache-path", "cache"),
        ] {
            command.arg(option).arg(self.at(path));
        }
        for label in render::LABELS {
            command.args(["--platform", &format!("{label}=-self-hosted")]);
        }
        for (name, folder) in self.replaced() {
            command.args(["--local-repository", &format!("{name}={}", folder.display())]);
        }
        let (out, err) = (self.at("out.log"), self.at("err.log"));
        let file = |path: &Path| std::fs::File::create(path).expect("a log can be made");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let began = Instant::now();
        let child = command.spawn().expect("act can be started");
        let secrets = self.secrets.values().cloned().collect();
        Going { child, out, err, report, began, timeout: self.timeout, secrets }
    }

    /// What act takes from this machine instead of from GitHub.
    fn replaced(&self) -> Vec<(String, PathBuf)> {
        let suite = self.at("suite");
        let mut all: Vec<_> = ["LOCAL", "v1"]
            .iter()
            .map(|version| (format!("launchway/launchway@{version}"), suite.clone()))
            .collect();
        for pin in pins::read() {
            let folder = self.at("stand-ins").join(pin.repository()).join(&pin.sha);
            all.push((format!("{}@{}", pin.repository(), pin.sha), folder));
        }
        all.sort();
        all.dedup();
        all
    }

    /// The payload, with the repository of every event where it does not say its own.
    fn payload(&self, payload: &Value) -> Value {
        let mut payload = payload.clone();
        if let Some(fields) = payload.as_object_mut() {
            let (owner, name) = self.repository.split_once('/').unwrap_or(("", &self.repository));
            fields.entry("repository").or_insert_with(|| {
                json!({
                    "name": name,
                    "full_name": self.repository,
                    "owner": { "login": owner },
                    "default_branch": "main",
                    "private": false,
                })
            });
        }
        payload
    }

    fn put(&self, path: &str, text: &str) {
        std::fs::write(self.at(path), text)
            .unwrap_or_else(|error| panic!("cannot write {path}: {error}"));
    }

    /// What stand-ins wrote down for tests under this name, one JSON value per line.
    pub fn records(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.at("records").join(name)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a record is JSON")).collect()
    }
}

/// `PATH`, with these folders first, then the tests' Node.js where there is one.
fn path(first: &[PathBuf]) -> std::ffi::OsString {
    let node = std::env::var_os("LAUNCHWAY_NODE").map(PathBuf::from);
    let node = node.and_then(|node| Some(node.parent()?.to_owned()));
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(node).chain(std::env::split_paths(&old));
    std::env::join_paths(all).expect("a folder of tools can stand in PATH")
}

/// A file of variables as act reads it: one `NAME="value"` per line.
fn lines(all: &BTreeMap<String, String>) -> String {
    let quoted = |value: &str| {
        value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('$', "\\$")
    };
    let line = |(name, value): (&String, &String)| format!("{name}=\"{}\"\n", quoted(value));
    all.iter().map(line).collect::<Vec<_>>().concat()
}

impl Going {
    /// Waits for its end.
    ///
    /// # Panics
    /// When it takes longer than it may.
    pub fn wait(mut self) -> Run {
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("act can be waited for") {
                break status.code();
            }
            if self.began.elapsed() > self.timeout {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("the workflow took longer than {:?}\n{}", self.timeout, self.read().log());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut run = self.read();
        run.code = code;
        run.elapsed = self.began.elapsed();
        run
    }

    fn read(&self) -> Run {
        let text = |path: &Path| {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        };
        let mut run = log::read(&text(&self.out), &text(&self.err));
        run.needs = serde_json::from_str(&text(&self.report)).unwrap_or(Value::Null);
        run.secrets.clone_from(&self.secrets);
        run
    }

    /// Waits until its log holds a text.
    ///
    /// # Panics
    /// When it ends, or takes longer than it may, before that.
    pub fn until(&mut self, text: &str) {
        while !self.read().log().contains(text) {
            let over = self.child.try_wait().expect("act can be asked").is_some();
            let late = self.began.elapsed() > self.timeout;
            assert!(!over && !late, "never said {text:?}:\n{}", self.read().log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The id of act's process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

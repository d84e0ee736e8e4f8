//! A runner that runs real composite actions and programs as GitHub would, without Node.

mod action;
mod commands;
mod container;
mod execute;
mod expression;
mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kill::KillSwitch;

pub use commands::Annotation;
pub(crate) use commands::last_error;
pub use container::Containers;
pub use execute::How;

/// A runner for one job; every run gets command files and a temporary directory of its own.
#[derive(Clone, Debug)]
pub struct FakeRunner {
    workspace: PathBuf,
    repository: String,
    reference: String,
    sha: Option<String>,
    event_name: String,
    event: Value,
    token: String,
    api_url: String,
    server_url: String,
    env: BTreeMap<String, String>,
    masks: Vec<String>,
    timeout: Duration,
    debug: bool,
    actor: String,
    kill: Option<KillSwitch>,
    containers: Option<Containers>,
    windows: Option<BTreeMap<String, String>>,
}

/// What a step did.
#[derive(Clone, Debug, Default)]
pub struct StepRun {
    /// 0 when every step of the action succeeded.
    pub exit_code: i32,
    /// What the log page would show: masked, workflow commands taken out as the runner does
    /// (groups as `##[group]title`, annotations as `##[error]message`).
    pub log: String,
    /// What was printed, before masking; only to assert that masking was needed.
    pub raw_log: String,
    /// The outputs the action declares (of a program: all it wrote).
    pub outputs: BTreeMap<String, String>,
    /// The step summary.
    pub summary: String,
    /// In the order they were printed.
    pub annotations: Vec<Annotation>,
    /// What was masked with `::add-mask::`.
    pub masks: Vec<String>,
    /// What was written to `GITHUB_ENV`.
    pub env_written: BTreeMap<String, String>,
    /// What was written to `GITHUB_PATH`.
    pub path_written: Vec<String>,
    /// What was written to `GITHUB_STATE`.
    pub state: BTreeMap<String, String>,
    /// Titles of the groups, in order.
    pub groups: Vec<String>,
    /// Steps that a pretended Windows did not start.
    pub pretended: Vec<Pretended>,
    /// Whether the time limit ended it.
    pub timed_out: bool,
    /// How long its programs took.
    pub elapsed: Duration,
    /// The most memory one of its programs was seen to hold, in bytes; zero where the system does
    /// not tell.
    pub peak: u64,
}

/// A step of PowerShell that was evaluated, and not started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pretended {
    /// Its `id:`.
    pub id: String,
    /// The command its script would have been given to, the file as `{0}`.
    pub shell: String,
    /// Its script.
    pub script: String,
    /// Its `env:`.
    pub env: BTreeMap<String, String>,
}

impl StepRun {
    /// Panics with the whole log unless it ended with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Panics with the whole log unless it ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(
            self.exit_code == code,
            "expected exit {code}, got {}{}\n{}",
            self.exit_code,
            if self.timed_out { " (timed out)" } else { "" },
            self.log
        );
        self
    }

    /// An output; empty when it was not set, as an expression would see it.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// An output as JSON. Panics when it is none.
    #[track_caller]
    pub fn output_json(&self, name: &str) -> Value {
        let text = self.output(name);
        serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("output `{name}` is no JSON ({error}): {text:?}"))
    }

    /// The messages of the annotations of a level (`error`, `warning`, `notice`).
    pub fn messages(&self, level: &str) -> Vec<&str> {
        let found = self.annotations.iter().filter(|annotation| annotation.level == level);
        found.map(|annotation| annotation.message.as_str()).collect()
    }
}

impl FakeRunner {
    /// A runner whose checkout is this directory: a `push` to `main` of `acme/shop` by `octocat`,
    /// without a token and with servers that nobody answers.
    pub fn new(workspace: impl AsRef<Path>) -> Self {
        Self {
            workspace: workspace.as_ref().to_owned(),
            repository: "acme/shop".into(),
            reference: "refs/heads/main".into(),
            sha: None,
            event_name: "push".into(),
            event: json!({}),
            token: String::new(),
            api_url: "http://127.0.0.1:9".into(),
            server_url: "https://github.com".into(),
            env: BTreeMap::new(),
            masks: Vec::new(),
            timeout: Duration::from_mins(2),
            debug: false,
            actor: "octocat".into(),
            kill: None,
            containers: None,
            windows: None,
        }
    }

    /// `owner/name`.
    #[must_use]
    pub fn repository(mut self, full_name: &str) -> Self {
        full_name.clone_into(&mut self.repository);
        self
    }

    /// The full ref, as `refs/heads/main`.
    #[must_use]
    pub fn reference(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.reference);
        self
    }

    /// The commit; the workspace's `HEAD` unless said.
    #[must_use]
    pub fn sha(mut self, sha: &str) -> Self {
        self.sha = Some(sha.to_owned());
        self
    }

    /// The event and its payload. `repository` is added to the payload when it is left out.
    #[must_use]
    pub fn event(mut self, name: &str, payload: Value) -> Self {
        name.clone_into(&mut self.event_name);
        self.event = payload;
        self
    }

    /// What `github.token` is; it is masked. Programs see it only when an action passes it on.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// `GITHUB_API_URL`, and with `/graphql` added `GITHUB_GRAPHQL_URL`.
    #[must_use]
    pub fn api_url(mut self, url: &str) -> Self {
        url.trim_end_matches('/').clone_into(&mut self.api_url);
        self
    }

    /// `GITHUB_SERVER_URL`.
    #[must_use]
    pub fn server_url(mut self, url: &str) -> Self {
        url.trim_end_matches('/').clone_into(&mut self.server_url);
        self
    }

    /// Who started the run.
    #[must_use]
    pub fn actor(mut self, login: &str) -> Self {
        login.clone_into(&mut self.actor);
        self
    }

    /// A variable of the job's `env:`. It wins over what the runner sets, so that
    /// `RUNNER_TOOL_CACHE`, which is empty in each run, can be kept between runs.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A secret of the job: masked in the log.
    #[must_use]
    pub fn secret(mut self, value: &str) -> Self {
        self.masks.push(value.to_owned());
        self
    }

    /// How long one step may take; two minutes unless said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets this switch kill programs; the exit code is -1 then.
    #[must_use]
    pub fn kill_switch(mut self, switch: &KillSwitch) -> Self {
        self.kill = Some(switch.clone());
        self
    }

    /// Sets `RUNNER_DEBUG=1`.
    #[must_use]
    pub fn debug(mut self) -> Self {
        self.debug = true;
        self
    }

    /// What runs container actions.
    #[must_use]
    pub fn containers(mut self, containers: &Containers) -> Self {
        self.containers = Some(containers.clone());
        self
    }

    /// Pretends that the job runs on Windows: `runner.os` says so, and steps of PowerShell are evaluated
    /// and not started. Each leaves these outputs and is told of in [`StepRun::pretended`].
    #[must_use]
    pub fn windows(mut self, outputs: &[(&str, &str)]) -> Self {
        let owned = outputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.windows = Some(owned.collect());
        self
    }

    /// Runs the composite or container action in this directory with these inputs.
    ///
    /// # Panics
    /// When `action.yml` is missing, is of another kind, uses other actions, or holds an expression
    /// this runner does not know: an action must not work here and fail on GitHub.
    pub fn run_action(&self, action: impl AsRef<Path>, inputs: &[(&str, &str)]) -> StepRun {
        execute::action(self, action.as_ref(), inputs)
    }

    /// Runs a program as one step, its inputs given in one of the ways GitHub has.
    pub fn run_program(
        &self,
        program: impl AsRef<Path>,
        args: &[&str],
        how: How,
        inputs: &[(&str, &str)],
    ) -> StepRun {
        execute::program(self, program.as_ref(), args, how, inputs)
    }
}

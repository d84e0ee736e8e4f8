//! The ways into Slack, each as one step against a workspace of its own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails here")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use launchway_testkit::client::request;
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack, OCTOCAT};

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-notify");

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Webhook,
    Trigger,
    Token,
    Key,
    Update,
    Ephemeral,
    Reaction,
    Snippet,
}

impl Way {
    pub(crate) const ALL: [Self; 8] = [
        Self::Webhook,
        Self::Trigger,
        Self::Token,
        Self::Key,
        Self::Update,
        Self::Ephemeral,
        Self::Reaction,
        Self::Snippet,
    ];

    /// The call by which the thing itself is done.
    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Trigger => "trigger",
            Self::Token | Self::Key => "chat.postMessage",
            Self::Update => "chat.update",
            Self::Ephemeral => "chat.postEphemeral",
            Self::Reaction => "reactions.add",
            Self::Snippet => "files.completeUploadExternal",
        }
    }
}

/// A workspace with a message of ours, and what a step needs there.
pub(crate) struct Stage {
    pub(crate) slack: FakeSlack,
    /// The message of ours.
    pub(crate) ts: String,
    pub(crate) hook: String,
    pub(crate) trigger: String,
    pub(crate) dir: tempfile::TempDir,
    /// Variables of the job.
    pub(crate) env: Vec<(String, String)>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let slack = FakeSlack::start();
        let bearer = format!("Bearer {BOT_TOKEN}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = format!(r#"{{"channel":"{DEPLOYS}","text":"before"}}"#);
        let url = format!("{}/chat.postMessage", slack.api_url());
        let posted = request("POST", &url, &headers, body.as_bytes()).unwrap().json();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("build.log"), "line 1\nline 2\n").unwrap();
        slack.forget_requests();
        Self {
            ts: posted["ts"].as_str().unwrap().to_owned(),
            hook: slack.add_webhook(DEPLOYS),
            trigger: slack.add_trigger(&["version"]),
            slack,
            dir,
            env: Vec::new(),
        }
    }

    /// One step this way, with these inputs besides. No secret may be in what it leaves behind.
    pub(crate) fn goes(&self, way: Way, more: &[(&str, &str)]) -> StepRun {
        let api = self.slack.api_url();
        let file = self.dir.path().join("build.log");
        let text = ("text", "hello");
        let token = [("token", BOT_TOKEN), ("api-url", api.as_str()), ("channel", DEPLOYS)];
        let mut inputs = match way {
            Way::Webhook => vec![("webhook", self.hook.as_str()), text],
            Way::Trigger => {
                vec![("webhook", self.trigger.as_str()), ("payload", r#"{"version":"1"}"#)]
            }
            _ => token.to_vec(),
        };
        match way {
            Way::Webhook | Way::Trigger => {}
            Way::Token => inputs.push(text),
            Way::Key => inputs.extend([text, ("key", "deploy"), ("status", "success")]),
            Way::Update => inputs.extend([text, ("update-ts", self.ts.as_str())]),
            Way::Ephemeral => inputs.extend([text, ("ephemeral-to", OCTOCAT)]),
            Way::Reaction => inputs.extend([("update-ts", self.ts.as_str()), ("reaction", "tada")]),
            Way::Snippet => inputs.push(("snippet", file.to_str().unwrap())),
        }
        inputs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        inputs.extend(more);
        self.step(&inputs)
    }

    /// One step with these inputs and no others.
    pub(crate) fn step(&self, inputs: &[(&str, &str)]) -> StepRun {
        let mut runner = FakeRunner::new(self.dir.path()).sha(&"a".repeat(40)).debug();
        for (name, value) in &self.env {
            runner = runner.env(name, value);
        }
        let step = runner.run_program(PROGRAM, &["slack"], How::Json, inputs);
        keeps_secrets(&step, &self.secrets(inputs));
        step
    }

    /// What of these inputs is secret, and the addresses files were sent to.
    fn secrets(&self, inputs: &[(&str, &str)]) -> Vec<String> {
        let uploads = self.slack.requests_to("/uploads");
        let keys = uploads.iter().filter_map(|one| one.path.rsplit('/').next());
        let mut all: Vec<String> = keys.map(str::to_owned).collect();
        for (name, value) in inputs {
            match *name {
                "token" => all.push((*value).to_owned()),
                "webhook" => {
                    let path = value.splitn(4, '/').nth(3).unwrap_or_default();
                    let parts = path.split('/').filter(|part| part.len() > 9);
                    all.extend(parts.chain([path]).map(str::to_owned));
                }
                _ => {}
            }
        }
        all
    }

    /// How often the thing itself was asked for.
    pub(crate) fn asked(&self, call: &str) -> usize {
        self.slack.calls().iter().filter(|name| *name == call).count()
    }

    /// How often the thing is there.
    pub(crate) fn copies(&self, way: Way) -> usize {
        let all = self.slack.all_messages();
        let ours = || all.iter().filter(|one| one.ts != self.ts);
        match way {
            Way::Trigger => self.slack.trigger_runs(&self.trigger).len(),
            Way::Update => all.iter().filter(|one| one.text.contains("hello")).count(),
            Way::Reaction => all.iter().map(|one| one.reactions.len()).sum(),
            Way::Snippet => ours().filter(|one| !one.files.is_empty()).count(),
            Way::Ephemeral => ours().filter(|one| one.ephemeral_to.is_some()).count(),
            Way::Webhook | Way::Token | Way::Key => {
                ours().filter(|one| one.thread_ts.is_none()).count()
            }
        }
    }
}

/// Nothing secret in anything a step leaves behind, apart from the lines that have it masked.
#[track_caller]
pub(crate) fn keeps_secrets(step: &StepRun, secrets: &[String]) {
    let log = step.raw_log.lines().filter(|line| !line.starts_with("::add-mask::"));
    let written = [&step.outputs, &step.env_written, &step.state].into_iter().flatten();
    let written = written.map(|(_, value)| value.as_str());
    let left: Vec<&str> = log.chain(written).chain([step.summary.as_str()]).collect();
    for secret in secrets {
        let told = left.iter().find(|text| text.contains(secret.as_str()));
        assert!(told.is_none(), "{secret} is told: {told:?}");
    }
}

/// Does something for each row, several at a time: most of what a row takes is waiting.
pub(crate) fn each<T: Sync>(rows: &[T], act: impl Fn(&T) + Sync) {
    let (next, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| act(row))).is_err() {
                        wrong.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner(), 0, "rows of {} went wrong", rows.len());
}

//! What the tests of `tags` start from.

use launchway_testkit::runner::{FakeRunner, How, StepRun};
use serde_json::{Value, json};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-image");
/// The commit of most tests.
pub(crate) const SHA: &str = "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b";

/// The repository as payloads have it.
pub(crate) fn repository() -> Value {
    json!({
        "name": "rocket", "full_name": "acme/rocket", "description": "Rockets, fast & small",
        "html_url": "https://github.com/acme/rocket", "default_branch": "main",
        "license": { "spdx_id": "Apache-2.0" },
    })
}

/// A run of `acme/rocket` whose API nobody answers.
pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    runner: FakeRunner,
}

impl World {
    /// The event with this ref and payload; the repository is added to the payload.
    pub(crate) fn new(event: &str, reference: &str, mut payload: Value) -> Self {
        if payload.get("repository").is_none() {
            payload["repository"] = repository();
        }
        let dir = tempfile::tempdir().unwrap();
        let runner = FakeRunner::new(dir.path())
            .repository("acme/rocket")
            .reference(reference)
            .sha(SHA)
            .event(event, payload);
        Self { dir, runner }
    }

    /// A push.
    pub(crate) fn push(reference: &str) -> Self {
        Self::new("push", reference, json!({}))
    }

    /// The same with another runner.
    pub(crate) fn with(self, change: impl FnOnce(FakeRunner) -> FakeRunner) -> Self {
        Self { runner: change(self.runner), ..self }
    }

    /// Runs `tags` with these inputs.
    pub(crate) fn run(&self, inputs: &[(&str, &str)]) -> StepRun {
        self.run_how(How::Json, inputs)
    }

    pub(crate) fn run_how(&self, how: How, inputs: &[(&str, &str)]) -> StepRun {
        self.runner.run_program(PROGRAM, &["tags"], how, inputs)
    }
}

/// The tags of a run, on one line.
pub(crate) fn names(run: &StepRun) -> String {
    run.output("tag-names").replace('\n', " ")
}

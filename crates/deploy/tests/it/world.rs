//! A repository with an environment or two, and jobs that deploy to them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use launchway_testkit::github::{Deployment, RepoHandle, TokenKind};
use launchway_testkit::{FakeGitHub, FakeRunner, KillSwitch, StepRun};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "ghs_deployer";
pub(crate) const DIGEST: &str =
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A GitHub with one repository, and a checkout.
pub(crate) struct World {
    pub(crate) github: FakeGitHub,
    pub(crate) repo: RepoHandle,
    pub(crate) sha: String,
    dir: TempDir,
}

/// One job of one attempt of a run.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) run: u64,
    pub(crate) attempt: u64,
    pub(crate) name: &'static str,
}

pub(crate) const JOB: Job = Job { run: 41, attempt: 1, name: "deploy" };

/// What an image's workflow hands on.
pub(crate) fn artifact(version: &str) -> String {
    json!({
        "name": "ghcr.io/acme/shop", "digest": DIGEST, "tags": ["ghcr.io/acme/shop:1"], "version": version,
    })
    .to_string()
}

impl World {
    pub(crate) fn new() -> Self {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, &[("deployments", "write")]);
        let repo = github.add_repository("acme", "shop");
        let sha = repo.commit("main", "one", &[("a", Some("1"))]);
        Self { github, repo, sha, dir: TempDir::new().unwrap() }
    }

    pub(crate) fn runner(&self, job: Job) -> FakeRunner {
        FakeRunner::new(self.dir.path())
            .repository("acme/shop")
            .sha(&self.sha)
            .event("push", json!({}))
            .token(TOKEN)
            .actor("octocat")
            .api_url(self.github.url())
            .timeout(Duration::from_mins(1))
            .env("GITHUB_RUN_ID", &job.run.to_string())
            .env("GITHUB_RUN_ATTEMPT", &job.attempt.to_string())
            .env("GITHUB_JOB", job.name)
            .env("LAUNCHWAY_PATH", env!("CARGO_BIN_EXE_launchway-deploy"))
    }

    pub(crate) fn start(&self, job: Job, inputs: &[(&str, &str)]) -> StepRun {
        self.runner(job).run_action(action("deployment-start"), inputs)
    }

    pub(crate) fn finish(&self, job: Job, inputs: &[(&str, &str)]) -> StepRun {
        self.runner(job).run_action(action("deployment-finish"), inputs)
    }

    pub(crate) fn killed(
        &self,
        name: &str,
        job: Job,
        inputs: &[(&str, &str)],
        switch: &KillSwitch,
    ) -> StepRun {
        self.github.kill_switch(switch);
        let run = self.runner(job).kill_switch(switch).run_action(action(name), inputs);
        self.github.kill_switch(&KillSwitch::never());
        run
    }

    /// A whole deploy of a version that went well; the id of its deployment.
    pub(crate) fn deployed(&self, run: u64, environment: &str, version: &str) -> u64 {
        let job = Job { run, ..JOB };
        let inputs = [("environment", environment), ("version", version)];
        let id = self.start(job, &inputs).success().output("deployment-id").to_owned();
        self.finish(job, &[("deployment-id", &id), ("job-status", "success")]).success();
        id.parse().unwrap()
    }

    pub(crate) fn deployment(&self, id: &str) -> Deployment {
        self.repo.deployment(id.parse().unwrap())
    }

    pub(crate) fn payload(&self, id: &str) -> Value {
        self.deployment(id).payload["launchway"].clone()
    }

    /// All deployments as `id: states`, oldest first, ids counted from 1.
    pub(crate) fn all(&self) -> Vec<String> {
        let all = self.repo.deployments();
        all.iter().map(|one| one.states().join(" ")).collect()
    }
}

pub(crate) fn action(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions").join(name)
}

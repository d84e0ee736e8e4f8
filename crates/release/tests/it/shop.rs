//! A small workspace at the fake GitHub, and the program run in it.

use std::fmt::Write as _;
use std::path::Path;

use launchway_testkit::github::FULL;
use launchway_testkit::runner::How;
use launchway_testkit::{FakeGitHub, FakeRunner, RepoHandle, StepRun, TestRepo, TokenKind};
use serde_json::Value;

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-release");
/// The token all runs use.
pub(crate) const TOKEN: &str = "ghs_0123456789abcdefSECRET";

/// The repository `acme/shop`, checked out, in front of a real bare repository.
pub(crate) struct Shop {
    pub(crate) github: FakeGitHub,
    pub(crate) repo: TestRepo,
    pub(crate) handle: RepoHandle,
    pub(crate) token: String,
    pub(crate) attempt: u32,
}

impl Shop {
    /// Two packages, of which `@acme/app` depends on `@acme/core`, and no changeset.
    pub(crate) fn new(kind: TokenKind) -> Self {
        Self::with(
            kind,
            &[
                (
                    "package.json",
                    "{\n  \"name\": \"shop\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
                ),
                ("package-lock.json", "{}\n"),
                (".changeset/config.json", "{}\n"),
                (
                    "packages/core/package.json",
                    "{\n  \"name\": \"@acme/core\",\n  \"version\": \"1.0.0\"\n}\n",
                ),
                (
                    "packages/app/package.json",
                    "{\n  \"name\": \"@acme/app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"@acme/core\": \"1.0.0\"\n  }\n}\n",
                ),
            ],
        )
    }

    /// A single package called `tool`.
    pub(crate) fn single(kind: TokenKind) -> Self {
        Self::with(
            kind,
            &[
                ("package.json", "{\n  \"name\": \"tool\",\n  \"version\": \"1.0.0\"\n}\n"),
                (".changeset/config.json", "{}\n"),
            ],
        )
    }

    pub(crate) fn with(kind: TokenKind, files: &[(&str, &str)]) -> Self {
        let repo = TestRepo::with_files(files);
        let bare = repo.bare_remote();
        let github = FakeGitHub::start();
        let handle = github.add_repository_at("acme", "shop", &bare);
        let token = match kind {
            TokenKind::Personal => TOKEN.replace("ghs_", "ghp_"),
            _ => TOKEN.to_owned(),
        };
        github.add_token(&token, kind, FULL);
        Self { github, repo, handle, token, attempt: 1 }
    }

    /// Commits a changeset and pushes it to `main`.
    pub(crate) fn changeset(&self, id: &str, text: &str) -> &Self {
        self.repo.write(&format!(".changeset/{id}.md"), text);
        self.commit(&format!("add {id}"))
    }

    /// Commits everything and pushes it to `main`.
    pub(crate) fn commit(&self, message: &str) -> &Self {
        self.repo.commit(message);
        self.repo.push();
        self
    }

    pub(crate) fn runner(&self) -> FakeRunner {
        FakeRunner::new(self.repo.path())
            .api_url(self.github.url())
            .env("GITHUB_RUN_ATTEMPT", &self.attempt.to_string())
    }

    /// Runs the program as a step of a push to `main`.
    pub(crate) fn run(&self, inputs: &[(&str, &str)]) -> StepRun {
        self.run_on(&self.runner(), inputs)
    }

    pub(crate) fn run_on(&self, runner: &FakeRunner, inputs: &[(&str, &str)]) -> StepRun {
        let mut all = vec![("github-token", self.token.as_str())];
        all.extend_from_slice(inputs);
        let run = runner.run_program(PROGRAM, &["run"], How::Json, &all);
        // Whatever a test is about: the token is in no log and no argument.
        assert!(!run.log.contains(&self.token), "the token is in the log:\n{}", run.log);
        assert!(
            !run.summary.contains(&self.token) && !run.raw_without_masks().contains(&self.token)
        );
        crate::schema::hold(&run);
        run
    }

    /// Puts the checkout back to what `main` is at GitHub, as a new job would.
    pub(crate) fn fresh_checkout(&self) -> &Self {
        self.repo.git(&["clean", "-qfd"]);
        self.repo.git(&["checkout", "-q", "-f", "main"]);
        self.repo.pull();
        self
    }

    /// Writes an executable script beside the packages and gives the words that run it.
    pub(crate) fn script(&self, text: &str) -> String {
        let path = self.repo.path().parent().unwrap().join("script.sh");
        std::fs::write(&path, text).unwrap();
        format!("bash {}", path.display())
    }

    /// The version pull request merged, and the checkout at the merge.
    pub(crate) fn merge(&self) -> &Self {
        let number = self.handle.pulls().last().unwrap().number;
        self.handle.merge(number);
        self.fresh_checkout()
    }
}

/// What a log says besides the masks themselves.
pub(crate) trait RawLog {
    fn raw_without_masks(&self) -> String;
}

impl RawLog for StepRun {
    fn raw_without_masks(&self) -> String {
        let lines = self.raw_log.lines().filter(|line| !line.starts_with("::add-mask::"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A changeset's text.
pub(crate) fn changeset(releases: &[(&str, &str)], summary: &str) -> String {
    let lines = releases.iter().fold(String::new(), |mut text, (name, bump)| {
        writeln!(text, "\"{name}\": {bump}").unwrap();
        text
    });
    format!("---\n{lines}---\n\n{summary}\n")
}

/// The version in a manifest of the checkout.
pub(crate) fn version_in(dir: &Path, manifest: &str) -> String {
    let text = std::fs::read_to_string(dir.join(manifest)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["version"].as_str().unwrap().to_owned()
}

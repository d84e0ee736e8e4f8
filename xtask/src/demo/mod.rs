//! `cargo xtask demo`: the root action from changeset to published, tagged and released version,
//! against a GitHub and a package registry on loopback. Needs Rust and git.

mod chart;
mod npm;
mod page;
mod rainbow;
mod story;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use launchway_testkit::github::FULL;
use launchway_testkit::{
    FakeGitHub, FakeRegistry, FakeRunner, RepoHandle, StepRun, TestRepo, TokenKind,
};

pub(crate) use npm::{install as install_npm, npm};
use story::{Story, Traffic};

use crate::shell;

const OWNER: &str = "acme";
const NAME: &str = "rainbow";
const TOKEN: &str = "demo-workflow-token";
const NPM_TOKEN: &str = "demo-registry-token";

/// How to show it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also shows the whole log of every run of the action.
    #[arg(long)]
    log: bool,
}

struct Demo {
    github: FakeGitHub,
    registry: FakeRegistry,
    remote: RepoHandle,
    maintainer: TestRepo,
    programs: PathBuf,
    /// What comes first on the `PATH`.
    bin: PathBuf,
    story: Story,
}

/// How many requests each fake had answered at a moment.
struct Marker {
    github: usize,
    npm: usize,
}

/// Tells the story; an error at the first step that did not do what it says.
pub(crate) fn run(args: &Args) -> Result<bool> {
    // Building may replace the file we run from, so what stands for npm starts a copy of it.
    let room = tempfile::Builder::new().prefix("launchway-demo-").tempdir()?;
    let me = room.path().join(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    std::fs::copy(std::env::current_exe()?, &me).context("cannot copy this program")?;
    shell::build_programs()?;
    let started = Instant::now();
    npm::install(room.path(), &me)?;
    let demo = Demo::prepare(room.path(), Story::new(args.log))?;
    demo.opens()?;
    demo.updates()?;
    demo.repeats()?;
    demo.publishes()?;
    demo.ends()?;
    let page = demo.story.end(&folder(), &demo.traffic(), started.elapsed())?;
    println!("The whole story as a page: {}", page.display());
    Ok(true)
}

/// Where the page goes.
fn folder() -> PathBuf {
    shell::target().join("demo")
}

impl Demo {
    fn prepare(bin: &Path, story: Story) -> Result<Self> {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, FULL);
        let registry = FakeRegistry::start();
        registry.add_token(NPM_TOKEN, "acme-bot");
        for (package, version) in rainbow::RELEASED {
            registry.seed(package, version);
        }
        let remote = github.add_repository(OWNER, NAME);
        let maintainer = TestRepo::with_files(rainbow::FILES);
        maintainer.add_origin(&remote.path());
        let program = shell::built("debug", "launchway-release");
        let programs = program.parent().context("a program lies in a folder")?.to_owned();
        story.chapter(
            "A repository with three public packages and a private one, and two changesets",
        );
        story.say("Each changeset says what changed for users, and how big the change is, package by package.");
        for (path, text) in rainbow::FILES.iter().filter(|(path, _)| rainbow::is_changeset(path)) {
            story.quote(path, text);
        }
        Ok(Self { github, registry, remote, maintainer, programs, bin: bin.to_owned(), story })
    }

    /// One run of the workflow's step on what `main` is now.
    fn step(&self) -> Result<StepRun> {
        let checkout = TestRepo::clone_of(self.remote.path());
        let run = FakeRunner::new(checkout.path())
            .repository(&format!("{OWNER}/{NAME}"))
            .token(TOKEN)
            .secret(NPM_TOKEN)
            .api_url(self.github.url())
            .env("LAUNCHWAY_PATH", &self.programs.to_string_lossy())
            .env("NODE_AUTH_TOKEN", NPM_TOKEN)
            .env("DEMO_REGISTRY", self.registry.url())
            .env("PATH", &self.path()?)
            .run_action(shell::root(), &[("release-mode", "publish")]);
        self.story.log(&run);
        if run.exit_code != 0 {
            bail!("the action ended with {}:\n{}", run.exit_code, run.log);
        }
        for secret in [TOKEN, NPM_TOKEN] {
            ensure!(!run.log.contains(secret), "a secret stands in the log:\n{}", run.log);
        }
        Ok(run)
    }

    /// The `PATH` of the runner, with the demo's npm first.
    fn path(&self) -> Result<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.bin.clone()).chain(std::env::split_paths(&path));
        Ok(std::env::join_paths(all)?.to_string_lossy().into_owned())
    }

    /// Every request so far: those to GitHub, then those to the registry.
    fn traffic(&self) -> Vec<Traffic> {
        let github = self.github.requests();
        let registry = self.registry.requests();
        let github = github.iter().map(|seen| Traffic::new("GitHub", seen));
        github.chain(registry.iter().map(|seen| Traffic::new("npm", seen))).collect()
    }

    /// What came since, and how much of it asked for a change.
    fn since(&self, before: &Marker) -> Vec<Traffic> {
        let github = self.github.requests();
        let registry = self.registry.requests();
        let github = github.iter().skip(before.github).map(|seen| Traffic::new("GitHub", seen));
        let registry = registry.iter().skip(before.npm).map(|seen| Traffic::new("npm", seen));
        github.chain(registry).collect()
    }

    /// How far the fakes have come.
    fn now(&self) -> Marker {
        Marker { github: self.github.requests().len(), npm: self.registry.requests().len() }
    }

    fn branch() -> &'static str {
        "changeset-release/main"
    }

    fn version(&self, reference: &str, package: &str) -> Result<String> {
        let path = format!("packages/{package}/package.json");
        let text = self.remote.file_at(reference, &path).with_context(|| format!("no {path}"))?;
        let manifest: serde_json::Value = serde_json::from_str(&text)?;
        Ok(manifest.get("version").and_then(|v| v.as_str()).unwrap_or_default().to_owned())
    }

    /// A run that had nothing to do.
    fn nothing_written(&self, before: &Marker) -> Result<()> {
        let seen = self.since(before);
        let written: Vec<_> = seen.iter().filter(|one| one.is_write).map(|one| &one.path).collect();
        ensure!(written.is_empty(), "something was written: {written:?}");
        self.story.requests(seen);
        Ok(())
    }

    fn opens(&self) -> Result<()> {
        self.story.chapter("The action runs on `main`: it opens the version pull request");
        let before = self.now();
        let run = self.step()?;
        self.story.plan(&run);
        self.story.outputs(&run);
        ensure!(run.output("has-changesets") == "true", "has-changesets is not true");
        ensure!(run.output("published") == "false", "published is not false");
        let [pull] = &*self.remote.pulls() else { bail!("there is not exactly one pull request") };
        ensure!(run.output("pr-number") == pull.number.to_string(), "pr-number is not its number");
        ensure!(
            (pull.head.as_str(), pull.base.as_str()) == (Self::branch(), "main"),
            "wrong branches"
        );
        let commit = self.remote.commit_at(Self::branch()).context("no commit on its branch")?;
        ensure!(commit.verified, "its commit is not signed by GitHub");
        self.story.pull(pull);
        for (package, version) in [("colors", "1.3.0"), ("theme", "0.5.0"), ("app", "2.0.1")] {
            let found = self.version(Self::branch(), package)?;
            ensure!(found == version, "{package} is {found} in the pull request, not {version}");
        }
        self.story.summary(&run);
        self.story.requests(self.since(&before));
        Ok(())
    }

    fn updates(&self) -> Result<()> {
        self.story.chapter("Another changeset arrives on `main`: the pull request follows");
        let (path, text) = rainbow::LATER;
        self.maintainer.write(path, text);
        self.maintainer.commit("Let the app follow the system's theme");
        self.maintainer.push();
        self.story.quote(path, text);
        let before = self.now();
        let old = self.remote.sha(Self::branch());
        let run = self.step()?;
        self.story.plan(&run);
        let [pull] = &*self.remote.pulls() else { bail!("a second pull request was opened") };
        ensure!(self.remote.sha(Self::branch()) != old, "its branch did not move");
        ensure!(pull.body.contains("@acme/app@3.0.0"), "its body does not name @acme/app@3.0.0");
        let found = self.version(Self::branch(), "app")?;
        ensure!(found == "3.0.0", "app is {found} in the pull request, not 3.0.0");
        self.story.pull(pull);
        self.story.requests(self.since(&before));
        Ok(())
    }

    fn repeats(&self) -> Result<()> {
        self.story.chapter("The same run once more: the plan is unchanged, so nothing is written");
        let before = self.now();
        self.step()?;
        self.nothing_written(&before)?;
        Ok(())
    }

    fn publishes(&self) -> Result<()> {
        self.story.chapter("The pull request is merged: publish, tag, release");
        let number = self.remote.pulls().first().map_or(0, |pull| pull.number);
        self.remote.merge(number);
        let before = self.now();
        let run = self.step()?;
        self.story.plan(&run);
        self.story.outputs(&run);
        ensure!(run.output("published") == "true", "published is not true");
        for (package, version) in rainbow::EXPECTED {
            let tag = format!("{package}@{version}");
            let versions = self.registry.versions(package);
            ensure!(
                versions.iter().filter(|found| found == version).count() == 1,
                "{tag} is not once in the registry: {versions:?}"
            );
            ensure!(self.remote.tag_type(&tag).is_some(), "there is no tag {tag}");
            let release = self.remote.release(&tag).with_context(|| format!("no Release {tag}"))?;
            ensure!(
                release.body.is_some_and(|notes| !notes.trim().is_empty()),
                "the Release {tag} has no notes"
            );
        }
        let tags = self.remote.tags();
        ensure!(tags.len() == rainbow::EXPECTED.len(), "there are other tags: {tags:?}");
        for (package, version) in rainbow::EXPECTED {
            let tag = format!("{package}@{version}");
            let notes = self.remote.release(&tag).and_then(|release| release.body);
            self.story.release(&tag, notes.as_deref().unwrap_or_default());
        }
        self.story.summary(&run);
        self.story.requests(self.since(&before));
        Ok(())
    }

    fn ends(&self) -> Result<()> {
        self.story.chapter("And again: everything is published, so there is nothing to do");
        let before = self.now();
        let run = self.step()?;
        self.story.plan(&run);
        self.story.outputs(&run);
        ensure!(run.output("published") == "false", "published is not false");
        self.nothing_written(&before)?;
        let hosts = self.github.token_hosts();
        let known = hosts.get(TOKEN).map(BTreeSet::len);
        ensure!(known == Some(1), "the token was sent to {known:?} hosts");
        Ok(())
    }
}

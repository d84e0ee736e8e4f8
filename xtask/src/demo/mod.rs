//! `cargo xtask demo`: the root action from changeset to published, tagged and released version, then
//! the changelog action, the image actions, the health check and the Slack action, against a GitHub,
//! registries, a service and a Slack on loopback. Needs Rust and git.

mod chart;
mod images;
mod notes;
mod notices;
mod npm;
mod page;
mod rainbow;
mod service;
mod story;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use launchway_testkit::github::FULL;
use launchway_testkit::{
    CargoRegistry, FakeGitHub, FakeRegistry, FakeRunner, KillSwitch, Moment, Recorded, RepoHandle,
    StepRun, TestRepo, TokenKind, oci,
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

const CRATES_TOKEN: &str = "demo-crates-token";
/// The write at which the release is killed: all is published by then, and tagging has begun.
const FATAL: usize = 8;

struct Demo {
    github: FakeGitHub,
    registry: FakeRegistry,
    crates: CargoRegistry,
    images: oci::FakeRegistry,
    remote: RepoHandle,
    maintainer: TestRepo,
    programs: PathBuf,
    /// What comes first on the `PATH`, and where cargo keeps its configuration.
    room: PathBuf,
    story: Story,
}

/// How many requests each fake had answered at a moment.
struct Marker {
    github: usize,
    npm: usize,
    crates: usize,
    images: usize,
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
    demo.is_killed()?;
    demo.heals()?;
    demo.ends()?;
    demo.tells()?;
    demo.ships()?;
    demo.serves()?;
    demo.announces()?;
    let page = demo.story.end(&folder(), &demo.traffic(), started.elapsed())?;
    println!("The whole story as a page: {}", page.display());
    Ok(true)
}

/// Where the page goes.
fn folder() -> PathBuf {
    shell::target().join("demo")
}

impl Demo {
    fn prepare(room: &Path, story: Story) -> Result<Self> {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, FULL);
        let registry = FakeRegistry::start();
        registry.add_token(NPM_TOKEN, "acme-bot");
        for (package, version) in rainbow::NPM_BEFORE {
            registry.seed(package, version);
        }
        let crates = CargoRegistry::start();
        crates.add_token(CRATES_TOKEN);
        for (name, version) in rainbow::CRATES_BEFORE {
            crates.seed(name, version);
        }
        std::fs::write(room.join("config.toml"), crates.config("stand-in"))?;
        let remote = github.add_repository(OWNER, NAME);
        let maintainer = TestRepo::with_files(rainbow::FILES);
        maintainer.add_origin(&remote.path());
        let program = shell::built("debug", "launchway-release");
        let programs = program.parent().context("a program lies in a folder")?.to_owned();
        story.chapter("A repository with npm packages and Rust crates, and two changesets");
        story.say("Each changeset says what changed for users, and how big the change is, package by package. The first one names an npm package and a crate.");
        for (path, text) in rainbow::FILES.iter().filter(|(path, _)| rainbow::is_changeset(path)) {
            story.quote(path, text);
        }
        let room = room.to_owned();
        let images = oci::FakeRegistry::start();
        Ok(Self { github, registry, crates, images, remote, maintainer, programs, room, story })
    }

    /// One run of the workflow's step on what `main` is now; it has to succeed.
    fn step(&self) -> Result<StepRun> {
        let run = self.attempt(&KillSwitch::never())?;
        if run.exit_code != 0 {
            bail!("the action ended with {}:\n{}", run.exit_code, run.log);
        }
        Ok(run)
    }

    /// One run, which may be killed.
    fn attempt(&self, switch: &KillSwitch) -> Result<StepRun> {
        self.github.kill_switch(switch);
        self.registry.kill_switch(switch);
        self.crates.kill_switch(switch);
        let checkout = TestRepo::clone_of(self.remote.path());
        let runner = self.runner(&checkout)?.kill_switch(switch);
        self.seen(runner.run_action(shell::root(), &[("release-mode", "publish")]))
    }

    /// A runner with what the workflow gives its steps.
    fn runner(&self, checkout: &TestRepo) -> Result<FakeRunner> {
        let runner = FakeRunner::new(checkout.path())
            .repository(&format!("{OWNER}/{NAME}"))
            .token(TOKEN)
            .secret(NPM_TOKEN)
            .secret(CRATES_TOKEN)
            .api_url(self.github.url())
            .env("LAUNCHWAY_PATH", &self.programs.to_string_lossy())
            .env("NODE_AUTH_TOKEN", NPM_TOKEN)
            .env("CARGO_REGISTRIES_STAND_IN_TOKEN", CRATES_TOKEN)
            .env("CARGO_HOME", &self.room.to_string_lossy())
            .env("DEMO_REGISTRY", self.registry.url())
            .env("PATH", &self.path()?);
        let homes = ["HOME", "USERPROFILE", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];
        let homes = homes.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        Ok(homes.fold(runner, |runner, (name, value)| runner.env(name, &value)))
    }

    /// A run whose log holds no secret, shown if that is asked for.
    fn seen(&self, run: StepRun) -> Result<StepRun> {
        self.story.log(&run);
        for secret in [TOKEN, NPM_TOKEN, CRATES_TOKEN] {
            ensure!(!run.log.contains(secret), "a secret stands in the log:\n{}", run.log);
        }
        Ok(run)
    }

    /// The `PATH` of the runner, with the demo's npm first.
    fn path(&self) -> Result<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.room.clone()).chain(std::env::split_paths(&path));
        Ok(std::env::join_paths(all)?.to_string_lossy().into_owned())
    }

    /// Every request so far: to GitHub, to the npm registry, to that of crates.
    fn traffic(&self) -> Vec<Traffic> {
        self.since(&Marker { github: 0, npm: 0, crates: 0, images: 0 })
    }

    /// What came since.
    fn since(&self, before: &Marker) -> Vec<Traffic> {
        let of = |to, seen: Vec<Recorded>, from: usize| -> Vec<Traffic> {
            seen.iter().skip(from).map(|seen| Traffic::new(to, seen)).collect()
        };
        let mut all = of("npm", self.registry.requests(), before.npm);
        all.extend(of("crates", self.crates.requests(), before.crates));
        all.extend(of("images", self.images.requests(), before.images));
        all.extend(of("GitHub", self.github.requests(), before.github));
        all
    }

    /// How far the fakes have come.
    fn now(&self) -> Marker {
        Marker {
            github: self.github.requests().len(),
            npm: self.registry.requests().len(),
            crates: self.crates.requests().len(),
            images: self.images.requests().len(),
        }
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
        for (path, text) in [
            ("crates/pixel/Cargo.toml", "version = \"0.4.0\" # moved by the release bot"),
            ("Cargo.toml", "version = \"0.4\", registry = \"stand-in\" } # the engine"),
            ("Cargo.lock", "name = \"acme-painter\"\nversion = \"1.1.1\""),
        ] {
            let found =
                self.remote.file_at(Self::branch(), path).with_context(|| format!("no {path}"))?;
            ensure!(
                found.contains(text),
                "{path} does not say {text} in the pull request:\n{found}"
            );
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

    /// Which of the tags are there.
    fn tags(&self) -> Vec<String> {
        let all = rainbow::NPM_AFTER.iter().chain(rainbow::CRATES_AFTER);
        let tags = all.map(|(package, version)| format!("{package}@{version}"));
        tags.filter(|tag| self.remote.tag_type(tag).is_some()).collect()
    }

    fn is_killed(&self) -> Result<()> {
        self.story
            .chapter("The pull request is merged: the release begins, and is killed on the way");
        self.story.say("The machine goes away while the tags are made: everything is published, so no registry will ever ask for this release again.");
        let number = self.remote.pulls().first().map_or(0, |pull| pull.number);
        self.remote.merge(number);
        let before = self.now();
        let switch = KillSwitch::at(FATAL, Moment::After);
        let run = self.attempt(&switch)?;
        ensure!(switch.has_struck(), "the run was not killed:\n{}", run.log);
        self.story.plan(&run);
        for (package, version) in rainbow::NPM_AFTER {
            ensure!(
                self.registry.versions(package).iter().any(|v| v == version),
                "{package} is not published"
            );
        }
        for (name, version) in rainbow::CRATES_AFTER {
            ensure!(
                self.crates.versions(name).iter().any(|v| v == version),
                "{name} is not published"
            );
        }
        let tags = self.tags();
        let count = rainbow::NPM_AFTER.len() + rainbow::CRATES_AFTER.len();
        ensure!(tags.len() < count, "all tags are there: {:?}", switch.writes());
        let there: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
        self.story.killed(
            "what the killed run left",
            &format!(
                "All {count} versions are in their registries.\n\nOf {count} tags there {} {}: {}.\n",
                if there.len() == 1 { "is" } else { "are" },
                there.len(),
                if there.is_empty() { "none".to_owned() } else { there.join(", ") }
            ),
        );
        let mut seen = self.since(&before);
        let last = seen.iter().rposition(|one| one.is_write);
        if let Some(fatal) = last.and_then(|at| seen.get_mut(at)) {
            fatal.is_fatal = true;
        }
        self.story.requests(seen);
        Ok(())
    }

    fn heals(&self) -> Result<()> {
        self.story.chapter("The job runs again: it completes the rest and repeats nothing");
        self.story.say("What the merge promised stands in the version commit, in `.changeset/release.json`. The run looks up what is there, makes what is missing, and looks again.");
        let before = self.now();
        let run = self.step()?;
        self.story.plan(&run);
        self.story.outputs(&run);
        let seen = self.since(&before);
        let published = seen.iter().filter(|one| one.is_write && one.to != "GitHub").count();
        ensure!(published == 0, "something was published once more");
        for (package, version) in rainbow::NPM_AFTER.iter().chain(rainbow::CRATES_AFTER) {
            let tag = format!("{package}@{version}");
            let versions =
                [self.registry.versions(package), self.crates.versions(package)].concat();
            ensure!(
                versions.iter().filter(|found| found == version).count() == 1,
                "{tag} is not once in its registry: {versions:?}"
            );
            ensure!(self.remote.tag_type(&tag).is_some(), "there is no tag {tag}");
            let release = self.remote.release(&tag).with_context(|| format!("no Release {tag}"))?;
            let notes = release.body.unwrap_or_default();
            ensure!(!notes.trim().is_empty(), "the Release {tag} has no notes");
            self.story.release(&tag, &notes);
        }
        let (tags, wanted) = (self.remote.tags(), self.tags());
        ensure!(tags.len() == wanted.len(), "there are other tags: {tags:?}");
        self.story.summary(&run);
        self.story.requests(seen);
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

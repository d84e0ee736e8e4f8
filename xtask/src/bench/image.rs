//! `launchway-image tags` against the real docker/metadata-action on one event, and
//! `launchway-image push-tags` against `skopeo copy` and the two requests no retag can do without.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::github::FULL;
use launchway_testkit::oci::FakeRegistry;
use launchway_testkit::{FakeGitHub, TokenKind};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::release::TOKEN;
use super::usage::{self, Figure, Runs};
use crate::shell;
use crate::tools::Tools;

const ROUNDS: usize = 15;
/// Of the real action's processor time, and of its memory.
const CPU: f64 = 1.0 / 30.0;
const PEAK: f64 = 1.0 / 8.0;
/// What the `action.yml` of the real action calls it.
pub(super) const ACTION: &str = "Docker Metadata action";
/// What the script of the real action is called in its checkout.
pub(super) const SCRIPT: &str = "dist/index.cjs";
const SHA: &str = "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b";
/// How many tags at once.
const COUNTS: [usize; 4] = [1, 5, 20, 100];

/// What ran in turns.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) ours: Runs,
    pub(super) theirs: Runs,
    /// What nothing can be faster than.
    pub(super) least: Runs,
}

/// Measures and prints.
pub(super) fn run(profile: &str, peer: Option<&Path>) -> Result<()> {
    let ours = shell::built(profile, "launchway-image");
    tags(&ours, peer)?;
    super::retag::run(&ours)?;
    requests(&ours)
}

/// The push of a tag, as a runner tells it.
struct Place {
    github: FakeGitHub,
    dir: TempDir,
}

impl Place {
    fn new() -> Result<Self> {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, FULL);
        github.add_repository("acme", "rocket");
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let event = json!({
            "ref": "refs/tags/v1.2.3", "base_ref": null, "commits": [],
            "head_commit": { "id": SHA, "timestamp": "2025-03-04T05:06:07Z" },
            "repository": {
                "name": "rocket", "full_name": "acme/rocket", "default_branch": "main",
                "html_url": "https://github.com/acme/rocket", "description": "Rockets",
                "license": { "key": "mit", "spdx_id": "MIT" },
            },
        });
        std::fs::write(dir.path().join("event.json"), event.to_string())?;
        Ok(Self { github, dir })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A step in the environment a runner gives it.
    fn step(&self, mut command: Command) -> Result<Command> {
        for name in ["OUTPUT", "ENV", "STATE", "PATH", "STEP_SUMMARY"] {
            let path = self.path(&name.to_lowercase());
            std::fs::write(&path, "")?;
            command.env(format!("GITHUB_{name}"), path);
        }
        command.current_dir(self.dir.path()).env("RUNNER_TEMP", self.dir.path());
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_API_URL", self.github.url()),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF", "refs/tags/v1.2.3"),
            ("GITHUB_REPOSITORY", "acme/rocket"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_SHA", SHA),
            ("INPUT_CONTEXT", "workflow"),
            ("INPUT_GITHUB-TOKEN", TOKEN),
            ("INPUT_IMAGES", "acme/rocket"),
            ("INPUT_TAGS", "type=semver,pattern={{version}}"),
        ] {
            command.env(name, value);
        }
        command.env("GITHUB_EVENT_PATH", self.path("event.json"));
        Ok(command)
    }

    /// What a step wrote; it must be the tags.
    fn check(&self) -> Result<()> {
        let written = std::fs::read_to_string(self.path("output"))?;
        let tags = written.contains("acme/rocket:1.2.3") && written.contains("acme/rocket:latest");
        ensure!(tags, "these are not the tags: {written}");
        Ok(())
    }
}

fn tags(ours: &Path, peer: Option<&Path>) -> Result<()> {
    let place = Place::new()?;
    let node = Tools::find("node");
    let script = match peer {
        Some(folder) => {
            let script = std::path::absolute(folder.join(SCRIPT))?;
            Some((node.clone().context("run `cargo xtask test --install` first")?, script))
        }
        None => {
            println!("\n(`--peer FOLDER`, a checkout of docker/metadata-action, compares with it)");
            None
        }
    };
    let mine = || -> Result<Command> {
        let mut command = Command::new(ours);
        command.arg("tags");
        place.step(command)
    };
    let [mut counted, mut warm_up]: [Measured; 2] = Default::default();
    let mut asked = (0, 0);
    for round in 0..=ROUNDS {
        // The first round warms up.
        let runs = if round == 0 { &mut warm_up } else { &mut counted };
        place.github.forget_requests();
        runs.ours.measure(&mine()?)?;
        place.check()?;
        asked.0 = place.github.requests().len();
        if let Some((node, script)) = &script {
            let mut theirs = Command::new(node);
            theirs.arg(script);
            place.github.forget_requests();
            runs.theirs.measure(&place.step(theirs)?)?;
            place.check()?;
            asked.1 = place.github.requests().len();
            runs.least.measure(Command::new(node).args(["-e", "0"]))?;
        }
    }
    usage::heading(&format!("tags: push of v1.2.3, one semver rule; {ROUNDS} rounds"));
    let Measured { ours: a, theirs: b, least } = &counted;
    usage::print("ours", a);
    if script.is_some() {
        usage::print("the real action", b);
        usage::print("(node -e 0)", least);
        for (what, figure, share) in [("cpu", Figure::Cpu, CPU), ("peak", Figure::Peak, PEAK)] {
            let what = format!("{what}, ours to the real action");
            usage::aim(&what, a.median(figure), b.median(figure), share);
        }
    }
    print!("  requests to GitHub: ours {}", asked.0);
    if script.is_some() {
        print!(", the real action {}", asked.1);
    }
    println!();
    Ok(())
}

/// How many requests it takes to put tags on an image that is there.
fn requests(ours: &Path) -> Result<()> {
    println!("\nrequests of push-tags, without a login");
    println!(
        "  {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>14}",
        "tags", "HEAD", "GET", "PUT", "other", "all", "(run again)"
    );
    for count in COUNTS {
        let registry = FakeRegistry::start();
        let digest = registry.add_index("acme/app", "built", &["linux/amd64", "linux/arm64"]);
        let names: Vec<String> =
            (0..count).map(|n| registry.reference(format!("acme/app:1.0.{n}"))).collect();
        let image = registry.reference(format!("acme/app@{digest}"));
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let push = || push_tags(ours, dir.path(), &image, &names.join("\n"));
        registry.forget_requests();
        Runs::default().measure(&push())?;
        let seen = registry.requests();
        registry.forget_requests();
        Runs::default().measure(&push())?;
        let again = registry.requests().len();
        let of = |method: &str| seen.iter().filter(|request| request.method == method).count();
        let (head, get, put) = (of("HEAD"), of("GET"), of("PUT"));
        println!(
            "  {count:>6} {head:>8} {get:>8} {put:>8} {:>8} {:>8} {again:>14}",
            seen.len() - head - get - put,
            seen.len()
        );
    }
    Ok(())
}

/// Our command.
pub(super) fn push_tags(ours: &Path, dir: &Path, image: &str, tags: &str) -> Command {
    let mut command = Command::new(ours);
    let inputs: Value = json!({ "image": image, "tags": tags });
    command.arg("push-tags").current_dir(dir).env("LAUNCHWAY_INPUTS", inputs.to_string());
    // No login and no runner: its user's are not asked for.
    command.env("HOME", dir).env("DOCKER_CONFIG", dir).env("REGISTRY_AUTH_FILE", dir.join("none"));
    command.env_remove("CI").env_remove("GITHUB_ACTIONS").env_remove("GITHUB_OUTPUT");
    command
}

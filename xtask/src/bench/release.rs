//! The step of the release bot against the real action, on the same fake GitHub: from the start of
//! the process to the opened, then to the updated pull request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::github::FULL;
use launchway_testkit::{FakeGitHub, RepoHandle, TokenKind};
use tempfile::TempDir;

use super::usage::{self, Figure, Runs};
use super::workspace::{self, Size, Workspace};
use crate::shell;
use crate::tools::Tools;

const SIZES: &[(Size, usize)] = &[
    (Size { packages: 10, changesets: 1, later: 0 }, 7),
    (Size { packages: 100, changesets: 20, later: 0 }, 5),
];
/// Of the real action's time.
const SHARE: f64 = 1.0 / 5.0;
/// How often the installation of the command line is timed.
const INSTALLS: usize = 3;
/// What the `action.yml` of the real action calls it.
pub(super) const ACTION: &str = "Changesets";
/// What the script of the real action is called in its checkout.
pub(super) const SCRIPT: &str = "dist/index.js";
pub(super) const TOKEN: &str = "ghs_bench0123456789abcdef";

/// The real action: Node.js, its script, and where its command line is installed.
struct Peer {
    node: PathBuf,
    script: PathBuf,
    modules: PathBuf,
}

/// Measures and prints.
pub(super) fn run(profile: &str, peer: Option<&Path>) -> Result<()> {
    let ours = shell::built(profile, "launchway-release");
    let peer = match peer {
        Some(folder) => Some(Peer {
            node: Tools::find("node").context("run `cargo xtask test --install` first")?,
            script: std::path::absolute(folder.join(SCRIPT))?,
            modules: Tools::node_modules(),
        }),
        None => None,
    };
    if peer.is_none() {
        println!("\n(`--peer FOLDER`, a built checkout of changesets/action, compares with it)");
    }
    for (size, rounds) in SIZES {
        compare(*size, *rounds, &ours, peer.as_ref())?;
    }
    if let Some(peer) = &peer {
        install(peer)?;
    }
    Ok(())
}

/// A repository at the fake, and checkouts of it.
pub(super) struct Place {
    pub(super) github: FakeGitHub,
    pub(super) handle: RepoHandle,
    name: String,
    dir: TempDir,
    checkouts: usize,
}

impl Place {
    /// A generated workspace, pushed.
    pub(super) fn new(size: Size) -> Result<Self> {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, FULL);
        let handle = github.add_repository("acme", "bench");
        let workspace = Workspace::generate(size)?;
        let place = workspace.path();
        // What the command line of the peer is installed in.
        std::fs::write(place.join(".gitignore"), "node_modules\n")?;
        workspace::git(&place, &["add", "--all"])?;
        workspace::git(&place, &["commit", "--quiet", "--message", "ignore"])?;
        let remote = handle.path();
        let remote = remote.to_str().context("a path that is not UTF-8")?;
        workspace::git(&place, &["push", "--quiet", remote, "main"])?;
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        Ok(Self { github, handle, name: "acme/bench".to_owned(), dir, checkouts: 0 })
    }

    /// What `main` is now, as a new job has it.
    pub(super) fn checkout(&mut self, modules: Option<&Path>) -> Result<PathBuf> {
        self.checkouts += 1;
        let checkout = self.dir.path().join(self.checkouts.to_string());
        let mut clone = shell::command("git");
        clone.args(["clone", "--quiet"]).arg(self.handle.path()).arg(&checkout);
        shell::run(&mut clone)?;
        if let Some(modules) = modules {
            let here = checkout.join("node_modules");
            std::fs::create_dir(&here)?;
            link(&modules.join("@changesets"), &here.join("@changesets"))?;
        }
        Ok(checkout)
    }

    /// One more changeset on `main`.
    fn add_changeset(&mut self, number: usize) -> Result<()> {
        let checkout = self.checkout(None)?;
        let text = "---\n\"@bench/p0\": minor\n---\n\nOne more\n";
        std::fs::write(checkout.join(format!(".changeset/more{number}.md")), text)?;
        workspace::git(&checkout, &["add", "--all"])?;
        workspace::git(&checkout, &["commit", "--quiet", "--message", "one more"])?;
        workspace::git(&checkout, &["push", "--quiet", "origin", "main"])?;
        Ok(())
    }

    /// What a runner gives every step, its command files included.
    pub(super) fn environment(&self, checkout: &Path) -> Result<BTreeMap<String, String>> {
        let files = checkout.with_extension("files");
        std::fs::create_dir(&files)?;
        let head = workspace::git(checkout, &["rev-parse", "HEAD"])?;
        let file = |name: &str| -> Result<String> {
            let path = files.join(name);
            std::fs::write(&path, if name == "event.json" { "{}" } else { "" })?;
            Ok(path.to_string_lossy().into_owned())
        };
        let mut all = BTreeMap::new();
        for (name, value) in [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_ACTOR", "octocat".to_owned()),
            ("GITHUB_API_URL", self.github.url().to_owned()),
            ("GITHUB_ENV", file("env")?),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_EVENT_PATH", file("event.json")?),
            ("GITHUB_GRAPHQL_URL", self.github.graphql_url()),
            ("GITHUB_OUTPUT", file("output")?),
            ("GITHUB_PATH", file("path")?),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_REF_NAME", "main".to_owned()),
            ("GITHUB_REF_TYPE", "branch".to_owned()),
            ("GITHUB_REPOSITORY", self.name.clone()),
            ("GITHUB_REPOSITORY_OWNER", "acme".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_RUN_ID", "1".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_SHA", head.trim().to_owned()),
            ("GITHUB_STATE", file("state")?),
            ("GITHUB_STEP_SUMMARY", file("summary")?),
            ("GITHUB_WORKSPACE", checkout.to_string_lossy().into_owned()),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_TEMP", files.to_string_lossy().into_owned()),
        ] {
            all.insert(name.to_owned(), value);
        }
        Ok(all)
    }

    /// Our step in a checkout, with more inputs than the token.
    pub(super) fn ours(
        &self,
        program: &Path,
        checkout: &Path,
        inputs: &[(&str, &str)],
    ) -> Result<Command> {
        let mut all = serde_json::Map::new();
        for (name, value) in inputs.iter().chain(&[("github-token", TOKEN)]) {
            all.insert((*name).to_owned(), (*value).into());
        }
        let mut command = Command::new(program);
        command.arg("run").current_dir(checkout).envs(self.environment(checkout)?);
        command.env("LAUNCHWAY_INPUTS", serde_json::Value::Object(all).to_string());
        Ok(command)
    }

    fn theirs(&self, peer: &Peer, checkout: &Path) -> Result<Command> {
        let mut command = Command::new(&peer.node);
        command.arg(&peer.script).current_dir(checkout).envs(self.environment(checkout)?);
        // It starts `node` itself.
        command.env("PATH", Tools::path()?);
        // The defaults of its action file.
        for (name, value) in [
            ("GITHUB-TOKEN", TOKEN),
            ("COMMIT-MESSAGE", "Version Packages"),
            ("PR-TITLE", "Version Packages"),
            ("CREATE-GITHUB-RELEASES", "true"),
            ("PUSH-GIT-TAGS", "true"),
            ("PUSH-WITH-GIT-CLI", "false"),
        ] {
            command.env(format!("INPUT_{name}"), value);
        }
        Ok(command)
    }

    /// The files of the version branch.
    fn result(&self) -> Result<String> {
        let remote = self.handle.path();
        workspace::git(&remote, &["ls-tree", "-r", "changeset-release/main", "--", "packages"])
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

fn compare(size: Size, rounds: usize, ours: &Path, peer: Option<&Peer>) -> Result<()> {
    let mut opened = (Runs::default(), Runs::default());
    let mut updated = (Runs::default(), Runs::default());
    let mut asked = (0, 0);
    for round in 0..=rounds {
        // The first round warms up.
        let mut warm_up = [Runs::default(), Runs::default(), Runs::default(), Runs::default()];
        let [w, x, y, z] = &mut warm_up;
        let (open_a, open_b, update_a, update_b) = if round == 0 {
            (w, x, y, z)
        } else {
            (&mut opened.0, &mut opened.1, &mut updated.0, &mut updated.1)
        };
        let mut mine = Place::new(size)?;
        let checkout = mine.checkout(None)?;
        open_a.measure(&mine.ours(ours, &checkout, &[])?)?;
        mine.add_changeset(round)?;
        let checkout = mine.checkout(None)?;
        mine.github.forget_requests();
        update_a.measure(&mine.ours(ours, &checkout, &[])?)?;
        asked.0 = mine.github.requests().len();
        ensure!(mine.handle.pulls().len() == 1, "ours did not keep one pull request");
        let Some(peer) = peer else { continue };
        let mut theirs = Place::new(size)?;
        let checkout = theirs.checkout(Some(&peer.modules))?;
        open_b.measure(&theirs.theirs(peer, &checkout)?)?;
        theirs.add_changeset(round)?;
        let checkout = theirs.checkout(Some(&peer.modules))?;
        theirs.github.forget_requests();
        update_b.measure(&theirs.theirs(peer, &checkout)?)?;
        asked.1 = theirs.github.requests().len();
        ensure!(theirs.handle.pulls().len() == 1, "the peer did not keep one pull request");
        ensure!(manifests(&mine.result()?) == manifests(&theirs.result()?), "different versions");
    }
    let Size { packages, changesets, .. } = size;
    for (what, (a, b)) in [("opened", &opened), ("updated", &updated)] {
        usage::heading(&format!(
            "pull request {what}: {packages} packages, {changesets} changesets; {rounds} rounds"
        ));
        usage::print("ours", a);
        if peer.is_some() {
            usage::print("the real action", b);
            let wall = |runs: &Runs| runs.median(Figure::Wall);
            usage::aim("wall, ours to the real action", wall(a), wall(b), SHARE);
        }
    }
    print!("  requests of an update: ours {}", asked.0);
    if peer.is_some() {
        print!(", the real action {}", asked.1);
    }
    println!();
    Ok(())
}

/// The manifests of a listing with their hashes; changelogs name commits, which differ.
fn manifests(listing: &str) -> Vec<&str> {
    listing.lines().filter(|line| line.ends_with("package.json")).collect()
}

/// What the peer needs before its step: the command line installed from its lock file.
fn install(peer: &Peer) -> Result<()> {
    let Some(npm) = shell::on_path("npm") else {
        println!("\n(npm is not on PATH: `npm ci` is not timed)");
        return Ok(());
    };
    let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
    let manifest = std::fs::read(peer.modules.join("@changesets/cli/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)?;
    let version = manifest.get("version").context("the command line has no version")?;
    let wanted = serde_json::json!({
        "name": "bench", "private": true, "devDependencies": { "@changesets/cli": version },
    });
    std::fs::write(dir.path().join("package.json"), wanted.to_string())?;
    let run = |args: &[&str]| {
        let mut command = Command::new(&npm);
        command.args(args).args(["--no-audit", "--no-fund", "--loglevel=error"]);
        command.current_dir(dir.path());
        command
    };
    // Also fills npm's cache, which a job seldom has.
    Runs::default().measure(&run(&["install"]))?;
    let mut warm = Runs::default();
    let mut cold = Runs::default();
    for round in 0..INSTALLS {
        warm.measure(&run(&["ci"]))?;
        let cache = dir.path().join(format!("cache-{round}"));
        cold.measure(run(&["ci"]).env("npm_config_cache", cache))?;
    }
    usage::heading("`npm ci` of the command line alone, which the real action needs first");
    usage::print("cache filled", &warm);
    usage::print("cache empty", &cold);
    Ok(())
}

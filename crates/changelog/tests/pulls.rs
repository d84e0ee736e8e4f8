//! Pull requests and people as git-cliff finds them: it asks the same GitHub by REST for the
//! history of everything, we ask by GraphQL for the commits of the range.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot do its work stops"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use launchway_base::{Deadline, Secret};
use launchway_changelog::pulls::{
    Connection, Given, PullData, Scope, connect, contributors, observe, pull_requests, remote,
};
use launchway_http::block_on;
use launchway_testkit::FakeGitHub;
use launchway_testkit::github::{FULL, RepoHandle, TokenKind};
use serde_json::{Value, json};

/// One login twice under other addresses, an app, and somebody without an account.
const PEOPLE: &[&str] = &[
    "ada@users.noreply.github.com",
    "7+ada@users.noreply.github.com",
    "grace@users.noreply.github.com",
    "nobody@example.org",
    "49699333+dependabot[bot]@users.noreply.github.com",
    "lin@users.noreply.github.com",
    "mary@users.noreply.github.com",
    "joan@users.noreply.github.com",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

struct Scene {
    fake: FakeGitHub,
    repository: RepoHandle,
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn import(dir: &Path, stream: &str) {
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

impl Scene {
    fn start() -> Self {
        let fake = FakeGitHub::start();
        fake.add_token("ghs_actions", TokenKind::Actions, FULL);
        let repository = fake.add_repository("acme", "tools");
        Self { fake, repository }
    }

    /// Merges, three tags, people who come later, and pull requests merged in every way.
    fn random(seed: u64) -> Self {
        let scene = Self::start();
        let mut random = Random(seed);
        let count = 70;
        let mut stream = String::new();
        for n in 1..=count {
            let known = (n / 9 + 2).min(PEOPLE.len());
            // Nobody without an account comes first, so that nobody asks whether they are new.
            let who = if n == 1 { 3 } else { random.below(known) };
            let at = 1_700_000_000 + 600 * n;
            let tagged = matches!(n, 20 | 40 | 55);
            let written = if tagged { at } else { at - 40 * random.below(60) };
            writeln!(stream, "commit refs/heads/main\nmark :{n}").unwrap();
            writeln!(stream, "author A <{}> {written} +0000", PEOPLE[who]).unwrap();
            writeln!(stream, "committer C <c@example.org> {at} +0000\ndata 8\nfeat: x").unwrap();
            if n > 1 {
                writeln!(stream, "from :{}", n - 1).unwrap();
            }
            if !tagged && n > 4 && random.below(5) == 0 {
                writeln!(stream, "merge :{}", n - 3).unwrap();
            }
        }
        for (tag, n) in [("v1.0.0", 20), ("v1.1.0", 40), ("v2.0.0", 55)] {
            writeln!(stream, "reset refs/tags/{tag}\nfrom :{n}\n").unwrap();
        }
        import(&scene.repository.path(), &stream);
        let history = scene.repository.history("main");
        for n in 0..25 {
            let at = random.below(history.len() - 3);
            let mut brought: Vec<&str> =
                history[at..at + 1 + random.below(3)].iter().map(String::as_str).collect();
            brought.reverse();
            let author = ["ada", "grace", "dependabot[bot]", "mary"][random.below(4)];
            let labels: &[&str] = [&["bug"][..], &[], &["a, b", "breaking"]][random.below(3)];
            scene.repository.merged_before(
                (&format!("Title \"{n}\" <b>"), author),
                labels,
                &brought,
            );
        }
        scene
    }

    fn observe(&self, shas: &[String], start: Option<&str>) -> PullData {
        let given = Given {
            token: Some(Secret::new("ghs_actions")),
            api_url: Some(format!("{}/api/v3", self.fake.url())),
            ..Given::default()
        };
        let Connection::Ready(hub) = connect(given, Deadline::none()).unwrap() else {
            unreachable!("there is a token")
        };
        let repo = "acme/tools".parse().unwrap();
        block_on(observe(&hub, &repo, shas, start)).unwrap().unwrap()
    }
}

/// What git-cliff makes of it: its releases as `--context` prints them.
fn peer(program: &str, scene: &Scene, clone: &Path, args: &[&str]) -> Vec<Value> {
    let config = clone.join("cliff.toml");
    std::fs::write(&config, "[git]\nconventional_commits = false\nfilter_unconventional = false\n")
        .unwrap();
    let output = Command::new(program)
        .current_dir(clone)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", clone)
        .env("XDG_CACHE_HOME", clone.join("cache"))
        .env("GITHUB_API_URL", scene.fake.url())
        .env("GITHUB_TOKEN", "ghs_actions")
        .args(["--github-repo", "acme/tools", "--context"])
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn people_and_pull_requests_are_those_of_git_cliff() {
    let Ok(program) = std::env::var("LAUNCHWAY_GIT_CLIFF") else {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "git-cliff is missing");
        eprintln!("skipped: git-cliff");
        return;
    };
    let mut new = 0;
    let mut merged = 0;
    for seed in 1..=3 {
        let scene = Scene::random(seed);
        let folder = tempfile::tempdir().unwrap();
        let bare = scene.repository.path();
        git(folder.path(), &["clone", "--quiet", bare.to_str().unwrap(), "clone"]);
        let clone = folder.path().join("clone");
        for (args, start) in [
            (&[][..], None),
            (&["--unreleased"][..], Some("v2.0.0")),
            (&["v1.0.0..v2.0.0"][..], Some("v1.0.0")),
            (&["v1.1.0..HEAD"][..], Some("v1.1.0")),
        ] {
            let releases = peer(&program, &scene, &clone, args);
            let ids: Vec<Vec<&str>> = releases
                .iter()
                .map(|release| {
                    let commits = release["commits"].as_array().unwrap();
                    commits.iter().map(|commit| text(&commit["id"])).collect()
                })
                .collect();
            let shas: Vec<String> = git(&clone, &["rev-list", "HEAD"])
                .lines()
                .filter(|sha| ids.iter().flatten().any(|id| id == sha))
                .map(str::to_owned)
                .collect();
            assert!(!shas.is_empty());
            let start = start.map(|tag| git(&clone, &["rev-parse", tag]).trim().to_owned());
            let data = scene.observe(&shas, start.as_deref());
            for (release, ids) in releases.iter().zip(&ids) {
                let scope = Scope {
                    commits: ids,
                    commit_id: release["commit_id"].as_str(),
                    released: !release["timestamp"].is_null(),
                };
                let ours = contributors(&scope, &data);
                new += ours.iter().filter(|one| one.is_first_time).count();
                assert_eq!(
                    serde_json::to_value(&ours).unwrap(),
                    release["github"]["contributors"],
                    "seed {seed}, {args:?}, {}",
                    release["version"]
                );
                for commit in release["commits"].as_array().unwrap() {
                    let ours = remote(text(&commit["id"]), &data).unwrap();
                    merged += usize::from(ours.pr_number.is_some());
                    assert_eq!(serde_json::to_value(&ours).unwrap(), commit["remote"], "{seed}");
                }
            }
        }
    }
    assert!(
        new > 10 && merged > 25,
        "the histories have people and pull requests: {new}, {merged}"
    );
}

#[test]
fn every_merged_pull_request_is_found_once() {
    let scene = Scene::start();
    let commits: Vec<String> = (0..7)
        .map(|n| scene.repository.commit("main", &format!("c{n}"), &[("a", Some(&n.to_string()))]))
        .collect();
    let at = |n: usize| commits[n].as_str();
    let merged = |title, author, brought: &[&str]| {
        scene.repository.merged_before((title, author), &["bug"], brought)
    };
    let squashed = merged("squashed", "ada", &[at(1)]);
    let rebased = merged("rebased", "renovate[bot]", &[at(2), at(3)]);
    let with_commit = merged("with a commit", "test-author", &[at(4), at(5), at(6)]);
    merged("before", "ada", &[at(0)]);
    let shas: Vec<String> = commits[1..].iter().rev().cloned().collect();
    let all: Vec<&str> = shas.iter().map(String::as_str).collect();
    let scope = Scope { commits: &all, commit_id: None, released: false };

    let data = scene.observe(&shas, None);
    let found = pull_requests(&scope, &data);
    let numbers: Vec<u64> = found.iter().map(|pull| pull.number).collect();
    assert_eq!(numbers, [squashed, rebased, with_commit], "in the order they were merged");
    assert_eq!(found[1].author.as_deref(), Some("renovate[bot]"));
    assert!(found[1].author_is_bot && !found[0].author_is_bot);
    assert_eq!(found[0].labels, ["bug"]);
    let new: Vec<bool> = found.iter().map(|pull| pull.is_first_time).collect();
    assert_eq!(new, [false, false, true], "the author of the commits, who is new");

    let data = scene.observe(&shas, Some(at(0)));
    assert!(pull_requests(&scope, &data).iter().all(|pull| !pull.is_first_time));
    assert!(data.notices.is_empty());
}

#[test]
fn what_is_not_on_github_is_said() {
    let scene = Scene::start();
    let sha = scene.repository.commit("main", "one", &[("a", Some("1"))]);
    let absent = "1234567890123456789012345678901234567890".to_owned();
    let data = scene.observe(&[absent.clone(), sha.clone()], Some(&absent));
    assert!(remote(&absent, &data).is_none());
    assert_eq!(
        data.notices,
        [
            "1 of 2 commits are not in acme/tools on GitHub; their authors and pull requests are left out".to_owned(),
            format!("commit {absent} is not in acme/tools on GitHub; nobody is called a new contributor"),
        ]
    );
    let scope = Scope { commits: &[&absent, &sha], commit_id: None, released: false };
    let found = serde_json::to_value(contributors(&scope, &data)).unwrap();
    assert_eq!(
        found,
        json!([{
            "username": "test-author", "pr_author": null, "pr_title": null, "pr_number": null,
            "pr_numbers": [], "pr_labels": [], "is_first_time": false,
        }])
    );
    // The token went to one server.
    let hosts: BTreeMap<_, _> = scene.fake.token_hosts();
    assert_eq!(hosts["ghs_actions"].len(), 1);
}

//! A change in each example, from its changeset to the plan of its release.

use std::path::PathBuf;

use launchway_e2e::{at, built, needed};
use launchway_testkit::github::FULL;
use launchway_testkit::runner::How;
use launchway_testkit::{FakeGitHub, FakeRunner, Finished, Scrubbed, TestRepo, TokenKind};
use serde_json::{Value, json};

use super::{EXAMPLES, Example, copied};

const TOKEN: &str = "ghs_token_of_an_example";

fn program(name: &str) -> Option<PathBuf> {
    needed(name, built(name))
}

fn changeset(repo: &TestRepo, args: &[&str]) -> Finished {
    Scrubbed::new(built("launchway-changeset").unwrap()).args(args).dir(repo.path()).run()
}

/// A topic branch with a change, and without a changeset.
fn changed(example: &Example) -> TestRepo {
    let repo = copied(example.folder);
    let text = repo.read(example.file);
    let sign = if example.folder.starts_with("python") { "#" } else { "//" };
    repo.branch("topic").write(example.file, format!("{text}\n{sign} changed\n")).commit("Change");
    repo
}

#[test]
fn a_change_goes_the_whole_way() {
    if program("launchway-changeset").is_none() {
        return;
    }
    for example in EXAMPLES {
        let folder = example.folder;
        let repo = changed(example);
        let said = changeset(&repo, &["status"]).exits(1).stderr;
        assert!(said.contains(&format!("`{}` changed", example.package)), "{folder}: {said}");
        let said = changeset(&repo, &["affected", "--since", "main", "--json"]).success().stdout;
        let affected: Value = serde_json::from_str(&said).unwrap();
        let names: Vec<&str> = affected["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, example.affected, "{folder}");
        let _ = changeset(&repo, &["add", "--minor", example.package, "-m", "A change."]).success();
        repo.commit("Changeset");
        let said = changeset(&repo, &["status", "--since", "main"]).success().stdout;
        assert!(said.contains(example.package), "{folder}: {said}");
        let _ = changeset(&repo, &["check", "--since", "main"]).success();
        let _ = changeset(&repo, &["version"]).success();
        let (manifest, before, after) = example.version;
        let text = repo.read(manifest);
        assert!(text.contains(after) && !text.contains(before), "{folder}: {text}");
        // Lock files follow: nothing else would let `npm ci` and `cargo --locked` go on.
        let moved = repo.git(&["status", "--porcelain"]);
        for lock in ["package-lock.json", "Cargo.lock"] {
            let follows = manifest.ends_with(if lock == "Cargo.lock" {
                "Cargo.toml"
            } else {
                "package.json"
            });
            if repo.exists(lock) && follows {
                assert!(moved.contains(lock), "{folder}: {moved}");
            }
        }
    }
}

#[test]
fn the_release_has_a_plan() {
    let Some(release) = program("launchway-release") else { return };
    for example in EXAMPLES {
        let repo = changed(example);
        let _ = changeset(&repo, &["add", "--minor", example.package, "-m", "A change."]).success();
        repo.commit("Changeset");
        repo.switch("main");
        repo.git(&["merge", "--quiet", "topic"]);
        let bare = repo.bare_remote();
        repo.push();
        let github = FakeGitHub::start();
        github.add_repository_at("acme", "shop", &bare);
        github.add_token(TOKEN, TokenKind::Actions, FULL);
        let runner = FakeRunner::new(repo.path()).api_url(github.url());
        let inputs = [("github-token", TOKEN), ("dry-run", "true")];
        let run = runner.run_program(&release, &["run"], How::Json, &inputs).success();
        assert_eq!(
            run.output_json("plan")["branch"],
            "changeset-release/main",
            "{}",
            example.folder
        );
        assert!(run.log.contains(example.package), "{}: {}", example.folder, run.log);
        assert_eq!(github.write_lines(), [""; 0], "{}", example.folder);
    }
}

#[test]
fn the_actions_say_the_same_as_the_command() {
    if program("launchway-changeset").is_none() {
        return;
    }
    let example = &EXAMPLES[3];
    let repo = changed(example);
    let tip = repo.head();
    let base = repo.git(&["rev-parse", "main"]).trim().to_owned();
    let event = json!({ "pull_request": { "base": { "sha": base }, "head": { "sha": tip } } });
    let runner = FakeRunner::new(repo.path())
        .event("pull_request", event)
        .env("LAUNCHWAY_PATH", built("launchway-changeset").unwrap().to_str().unwrap());
    let run =
        runner.run_action(at("actions/changeset-affected"), &[("ecosystem", "npm")]).success();
    assert_eq!(run.output("names").lines().collect::<Vec<_>>(), example.affected);
    assert_eq!(run.output_json("packages")[0]["path"], "packages/prices");
    let all = [("global", "packages/prices/**"), ("filter", "services/*")];
    let run = runner.run_action(at("actions/changeset-affected"), &all).success();
    assert_eq!((run.output("all"), run.output("count")), ("true", "4"));
    let run = runner.run_action(at("actions/changeset-status"), &[]).exits(1);
    assert_eq!(run.output("missing"), "true");
    let _ = runner.run_action(at("actions/changeset-status"), &[("required", "false")]).success();
    let _ = changeset(&repo, &["add", "--minor", example.package, "-m", "A change."]).success();
    repo.commit("Changeset");
    let run = runner.run_action(at("actions/changeset-status"), &[]).success();
    assert_eq!(run.output_json("releases")[0]["name"], example.package);
}

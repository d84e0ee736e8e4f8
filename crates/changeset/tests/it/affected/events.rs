//! What to compare with comes from the event.

use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, StepRun, TestRepo};
use serde_json::{Value, json};

use super::chain;

const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-changeset");

fn step(repo: &TestRepo, event: &str, payload: Value, inputs: &[(&str, &str)]) -> StepRun {
    FakeRunner::new(repo.path()).event(event, payload).run_program(
        PROGRAM,
        &["affected"],
        How::Json,
        inputs,
    )
}

fn pull_request(base: &str, head: &str) -> Value {
    json!({ "pull_request": { "base": { "sha": base }, "head": { "sha": head } } })
}

#[test]
fn a_merged_pull_request_is_compared_with_what_it_is_merged_with() {
    let repo = chain();
    let old = repo.head();
    repo.branch("topic").write("packages/lone/a.js", "1");
    let tip = repo.commit("lone");
    repo.switch("main").write("packages/core/index.js", "two\n").commit("main moved on");
    // GitHub's merge of the two: its base may be newer than the one in the event.
    repo.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", "topic"]);
    let run = step(&repo, "pull_request", pull_request(&old, &tip), &[]).success();
    assert_eq!(run.output("names"), "lone");
    assert_eq!(run.output("any"), "true");
    assert_eq!(run.output("count"), "1");
    assert_eq!(run.output_json("matrix")["include"][0]["path"], "packages/lone");
    assert_eq!(run.output_json("packages")[0]["name"], "lone");
    assert_eq!(run.output_json("reasons")["lone"], "`packages/lone/a.js` changed");
    assert!(run.summary.contains("`packages/lone`"), "{}", run.summary);
    // The head of the pull request instead of the merge.
    repo.switch("topic");
    let run = step(&repo, "pull_request", pull_request(&old, &tip), &[]).success();
    assert_eq!(run.output("names"), "lone");
    assert_eq!(run.output("base"), old);
}

#[test]
fn nothing_affected_is_said_for_the_sake_of_the_matrix() {
    let repo = chain();
    let before = repo.head();
    repo.write("README.md", "x").commit("docs");
    let run = step(&repo, "push", json!({ "before": before }), &[]).success();
    assert_eq!((run.output("any"), run.output("count")), ("false", "0"));
    assert_eq!(run.output_json("matrix"), json!({ "include": [] }));
    assert_eq!(run.output("packages"), "[]");
}

#[test]
fn a_push_is_compared_with_what_was_there_before() {
    let repo = chain();
    let before = repo.head();
    repo.write("packages/lone/a.js", "1").commit("lone");
    let run = step(&repo, "push", json!({ "before": before }), &[]).success();
    assert_eq!((run.output("names"), run.output("all")), ("lone", "false"));
    // Given wins.
    let run = step(&repo, "push", json!({ "before": before }), &[("since", "HEAD")]).success();
    assert_eq!(run.output("any"), "false");
    let run = step(&repo, "merge_group", json!({ "merge_group": { "base_sha": before } }), &[]);
    assert_eq!(run.success().output("names"), "lone");
}

#[test]
fn where_there_is_nothing_to_compare_with_everything_is_affected() {
    let repo = chain();
    let zeros = "0".repeat(40);
    let gone = "1".repeat(40);
    for (event, payload, why) in [
        ("push", json!({ "before": zeros, "ref": "refs/tags/v1" }), "the push is the first"),
        ("push", json!({ "before": gone }), "forced push"),
        ("schedule", json!({}), "the event `schedule`"),
        ("workflow_dispatch", json!({}), "the event `workflow_dispatch`"),
        ("pull_request", pull_request(&gone, &gone), "the base of the pull request"),
    ] {
        let run = step(&repo, event, payload, &[]).success();
        assert_eq!((run.output("count"), run.output("all")), ("5", "true"), "{event}");
        assert!(run.log.contains(why), "{event}: {}", run.log);
        assert_eq!(run.output("base"), "");
    }
    // Histories without a common commit.
    let before = repo.head();
    repo.git(&["checkout", "--quiet", "--orphan", "other"]);
    repo.commit("anew");
    let run = step(&repo, "push", json!({ "before": before }), &[]).success();
    assert_eq!(run.output("all"), "true");
    assert!(run.log.contains("no history in common"), "{}", run.log);
}

#[test]
fn the_first_push_of_a_branch_is_compared_with_where_it_left() {
    let repo = chain();
    repo.bare_remote();
    repo.push();
    repo.branch("topic").write("packages/lone/a.js", "1").commit("lone");
    let payload = json!({
        "before": "0".repeat(40),
        "ref": "refs/heads/topic",
        "repository": { "default_branch": "main" }
    });
    let run = step(&repo, "push", payload, &[]).success();
    assert_eq!(run.output("names"), "lone");
}

#[test]
fn a_shallow_clone_is_told_how_to_be_deeper() {
    let repo = chain();
    let before = repo.head();
    repo.write("packages/lone/a.js", "1").commit("lone");
    repo.write("packages/lone/b.js", "1").commit("lone");
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    let clone = dir.path().join("clone");
    repo.git(&["clone", "--quiet", "--depth=1", &url, clone.to_str().unwrap()]);
    let run = |inputs: &[(&str, &str)]| {
        FakeRunner::new(&clone).event("push", json!({ "before": before })).run_program(
            PROGRAM,
            &["affected"],
            How::Json,
            inputs,
        )
    };
    let run_of_event = run(&[]).success();
    assert_eq!(run_of_event.output("count"), "5");
    assert!(run_of_event.messages("warning")[0].contains("fetch-depth: 0"));
    // What a user names must be there.
    let named = run(&[("since", &before)]).exits(2);
    assert!(named.log.contains("fetch-depth: 0"), "{}", named.log);
}

#[test]
fn a_payload_that_lacks_what_it_must_have_is_refused() {
    let repo = chain();
    step(&repo, "pull_request", json!({}), &[]).exits(2);
    step(&repo, "push", json!({ "before": 7 }), &[]).exits(2);
    step(&repo, "push", json!({ "before": "--output=x" }), &[]).success();
    step(&repo, "push", json!({ "before": "HEAD" }), &[("sinse", "x")]).exits(2);
}

#[test]
fn a_pull_request_is_told_whether_it_carries_its_changeset() {
    let repo = chain();
    let base = repo.head();
    repo.branch("topic").write("packages/lone/a.js", "1");
    let tip = repo.commit("lone");
    let check_from = |fork: &str, head: &str, inputs: &[(&str, &str)]| {
        let mut event = pull_request(&base, &tip);
        event["pull_request"]["head"]["repo"] = json!({ "full_name": fork });
        FakeRunner::new(repo.path())
            .repository("acme/shop")
            .event("pull_request", event)
            .env("GITHUB_HEAD_REF", head)
            .run_program(PROGRAM, &["check"], How::Json, inputs)
    };
    let check = |head: &str, inputs: &[(&str, &str)]| check_from("acme/shop", head, inputs);
    let run = check("topic", &[]).exits(1);
    assert_eq!((run.output("missing"), run.output("changed")), ("true", "lone"));
    assert!(run.messages("error")[0].contains("`lone` changed"), "{}", run.log);
    assert!(run.summary.contains("\"lone\": patch"), "{}", run.summary);
    let run = check("topic", &[("required", "false")]).success();
    assert_eq!(run.messages("warning").len(), 1);
    let run = check("changeset-release/main", &[]).success();
    assert_eq!(run.output("missing"), "false");
    check_from("mallory/shop", "changeset-release/main", &[]).exits(1);
    repo.write(".changeset/a.md", "---\n\"core\": minor\n---\n\nX\n").commit("changeset");
    let run = check("topic", &[]).success();
    assert_eq!(run.output("has-changesets"), "true");
    assert_eq!(run.output("unnamed"), "lone");
    assert_eq!(run.output_json("releases")[0]["newVersion"], "1.1.0");
    assert!(run.summary.contains("`1.0.0` → `1.1.0`"), "{}", run.summary);
    repo.write(".changeset/a.md", "---\n---\n").commit("empty");
    let run = check("topic", &[]).success();
    assert_eq!((run.output("has-changesets"), run.output("releases")), ("true", "[]"));
    let run = FakeRunner::new(repo.path()).event("schedule", json!({}));
    run.run_program(PROGRAM, &["check"], How::Json, &[]).exits(2);
}

//! `tags` in every event a workflow can start with, without the API where it is not needed.

use std::time::{Duration, Instant};

use launchway_testkit::runner::{FakeRunner, How};
use launchway_testkit::{FakeGitHub, Fault, FaultRule, TestRepo, TokenKind};
use serde_json::json;

use crate::tags_world::{PROGRAM, SHA, World, names, repository};

#[test]
fn the_default_rules_follow_the_event() {
    let release = json!({ "action": "published", "release": { "tag_name": "v1.2.3" } });
    for (event, reference, payload, expected) in [
        ("push", "refs/heads/main", json!({}), "main"),
        ("push", "refs/tags/v1.2.3", json!({ "base_ref": null }), "v1.2.3 latest"),
        ("pull_request", "refs/pull/42/merge", json!({ "number": 42 }), "pr-42"),
        // The runner says the base branch here.
        ("pull_request_target", "refs/heads/main", json!({ "number": 8 }), "pr-8"),
        ("release", "refs/tags/v1.2.3", release, "v1.2.3 latest"),
        ("schedule", "refs/heads/main", json!({ "schedule": "0 3 * * *" }), "nightly main"),
        ("workflow_dispatch", "refs/tags/v1.2.3", json!({ "inputs": {} }), "v1.2.3 latest"),
        ("workflow_call", "refs/heads/hotfix/7", json!({}), "hotfix-7"),
        (
            "merge_group",
            "refs/heads/gh-readonly-queue/main/pr-1-a",
            json!({}),
            "gh-readonly-queue-main-pr-1-a",
        ),
        ("create", "refs/heads/feature", json!({ "ref_type": "branch" }), "feature"),
        ("delete", "refs/heads/main", json!({ "ref_type": "branch" }), "main"),
        ("issue_comment", "refs/heads/main", json!({ "issue": { "number": 3 } }), "main"),
    ] {
        let run = World::new(event, reference, payload).run(&[]).success();
        assert_eq!(names(&run), expected, "{event}");
        assert_eq!(run.messages("warning"), [""; 0], "{event}");
        assert!(run.output("labels").contains(&format!("image.revision={SHA}")), "{event}");
    }
}

#[test]
fn a_pull_request_is_its_head_where_the_environment_says_so() {
    let payload = json!({ "number": 8, "pull_request": {
        "head": { "sha": "aa11bb22cc33dd44ee55ff6600112233445566aa" }, "base": { "ref": "release/1" },
    }});
    let world = World::new("pull_request", "refs/pull/8/merge", payload)
        .with(|runner| runner.env("DOCKER_METADATA_PR_HEAD_SHA", "true"));
    let run = world.run(&[("tags", "type=sha\ntype=raw,value={{base_ref}}")]).success();
    assert_eq!(names(&run), "release-1 sha-aa11bb2");
}

#[test]
fn the_api_is_asked_for_what_the_event_does_not_say() {
    let github = FakeGitHub::start();
    github.add_token("ghs_reads", TokenKind::Actions, &[("contents", "read")]);
    let repo = github.add_repository("acme", "rocket");
    let sha = repo.commit("main", "first", &[("a", Some("1"))]);
    let world = |payload| {
        World::new("push", "refs/heads/main", payload)
            .with(|runner| runner.api_url(github.url()).sha(&sha))
    };
    let inputs = [
        ("github-token", "ghs_reads"),
        ("tags", "type=edge\ntype=raw,value={{commit_date 'YYYY'}}"),
    ];
    // Everything is in the payload: nothing is asked.
    let head = json!({ "head_commit": { "id": sha, "timestamp": "2026-03-04T05:06:07+01:00" } });
    let run = world(head).run(&inputs).success();
    assert_eq!(names(&run), "edge 2026");
    assert_eq!(github.requests().len(), 0);
    // A repository that leaves its licence open, and no date.
    let run = world(json!({ "repository": { "full_name": "acme/rocket" } })).run(&inputs).success();
    assert!(names(&run).starts_with("edge 20"), "{}", names(&run));
    assert!(run.output("labels").contains("image.title=rocket"), "{}", run.output("labels"));
    let paths: Vec<_> = github.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(
        paths,
        ["/repos/acme/rocket".to_owned(), format!("/repos/acme/rocket/commits/{sha}")]
    );
    assert!(!run.raw_log.replace("::add-mask::ghs_reads", "").contains("ghs_reads"));
    // The same without a template that needs the date: one request.
    github.forget_requests();
    world(json!({ "repository": {} })).run(&[inputs[0], ("tags", "type=edge")]).success();
    assert_eq!(github.requests().len(), 1);
}

#[test]
fn an_api_that_fails_fails_only_what_needs_it() {
    let github = FakeGitHub::start();
    github.add_repository("acme", "rocket");
    for status in [401, 403, 404] {
        github.fail(FaultRule::new(Fault::status(status)).always());
        let world = World::new("push", "refs/tags/v1.2.3", json!({ "repository": {} }))
            .with(|runner| runner.api_url(github.url()));
        let run = world.run(&[("tags", "type=semver,pattern={{version}}")]).success();
        assert_eq!(names(&run), "1.2.3 latest");
        assert_eq!(run.messages("warning").len(), 1, "{:?}", run.messages("warning"));
        let labels = run.output("labels");
        assert!(labels.contains("image.title=rocket\n"), "{labels}");
        assert!(labels.contains("image.source=https://github.com/acme/rocket\n"), "{labels}");
        github.heal();
    }
    github.fail(FaultRule::new(Fault::status(404)).always());
    let world = World::new("push", "refs/heads/main", json!({ "repository": {} }))
        .with(|runner| runner.api_url(github.url()));
    let run = world.run(&[("tags", "type=edge")]).exits(3);
    assert!(run.messages("error")[0].contains("type=edge,branch=main"));
    assert!(run.outputs.is_empty());
    // With its branch named, it needs nothing.
    assert_eq!(names(&world.run(&[("tags", "type=edge,branch=main")]).success()), "edge");
    let run = world.run(&[("tags", "x{{commit_date 'YYYY'}}")]).success();
    assert!(run.messages("warning").iter().any(|said| said.contains("commit_date")));
}

#[test]
fn an_api_nobody_answers_does_not_hold_the_run_up() {
    let world = World::new("push", "refs/heads/main", json!({ "repository": {} }));
    let start = Instant::now();
    let run = world.run(&[("tags", "stable")]).success();
    assert_eq!(names(&run), "stable");
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
}

#[test]
fn the_checkout_says_what_the_event_does_not() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("api/v0.9.1");
    repo.git(&["checkout", "--quiet", "--detach"]);
    repo.git(&["branch", "-D", "main"]);
    let runner = FakeRunner::new(repo.path())
        .repository("acme/rocket")
        .event("workflow_dispatch", json!({ "repository": repository() }))
        .reference("refs/heads/other");
    let inputs =
        [("context", "git"), ("tags", "type=ref,event=tag\ntype=ref,event=branch\ntype=sha")];
    let run = runner.run_program(PROGRAM, &["tags"], How::Flags, &inputs).success();
    let head = repo.head();
    assert_eq!(names(&run), format!("api-v0.9.1 sha-{} latest", &head[..7]));
}

#[test]
fn without_a_checkout_git_is_refused() {
    let run = World::push("refs/heads/main").run(&[("context", "git")]).exits(2);
    assert_eq!(run.messages("error").len(), 1);
    assert!(run.outputs.is_empty());
}

//! What a message says of the event alone.

use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::{FakeRunner, TestRepo};
use serde_json::{Value, json};

use super::{action, runner};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// The events a notifier meets, as a runner has them.
fn events(
    runner: &dyn Fn() -> FakeRunner,
) -> Vec<(&'static str, FakeRunner, &'static [&'static str])> {
    let author = json!({ "name": "Mona", "email": "mona@example.com", "username": "octocat" });
    let pull = json!({
        "action": "opened", "number": 12,
        "pull_request": {
            "number": 12, "title": "Let \"it\" <be>", "body": null, "draft": false,
            "html_url": "https://github.com/acme/shop/pull/12",
            "head": { "ref": "dark", "sha": SHA, "label": "acme:dark", "repo": { "full_name": "acme/shop" } },
            "base": { "ref": "main", "sha": SHA, "repo": { "full_name": "acme/shop" } },
            "user": { "login": "octocat" },
        },
    });
    let release = json!({
        "action": "published",
        "release": {
            "tag_name": "v1.4.0", "name": null, "body": "- faster\r\n- smaller", "draft": false,
            "prerelease": false, "html_url": "https://github.com/acme/shop/releases/tag/v1.4.0",
        },
    });
    let other = json!({
        "action": "completed",
        "workflow_run": {
            "id": 99, "name": "Nightly", "run_number": 3, "run_attempt": 2, "event": "schedule",
            "status": "completed", "conclusion": "failure", "head_branch": "main", "head_sha": SHA,
            "display_title": "Nightly", "pull_requests": [], "actor": { "login": "hubot" },
            "triggering_actor": { "login": "hubot" }, "head_commit": { "message": "Fix it\n\nbody" },
            "head_repository": { "full_name": "acme/shop" }, "repository": { "full_name": "acme/shop" },
            "run_started_at": "2026-03-04T05:06:07Z", "updated_at": "2026-03-04T05:08:37Z",
        },
    });
    let deployment = json!({
        "action": "created",
        "deployment": { "id": 5, "environment": "production", "ref": "main", "sha": SHA, "task": "deploy", "description": null },
        "deployment_status": {
            "state": "failure", "environment": "production", "description": "",
            "environment_url": "https://shop.example", "log_url": null, "target_url": "",
        },
    });
    let group = json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": SHA, "base_sha": SHA, "base_ref": "refs/heads/main",
            "head_ref": "refs/heads/gh-readonly-queue/main/pr-12-0123456789abcdef0123456789abcdef01234567",
            "head_commit": { "id": SHA, "message": "Merge pull request #12", "author": author },
        },
    });
    let push = json!({
        "ref": "refs/heads/main", "before": SHA, "after": SHA, "created": false, "deleted": false,
        "pusher": { "name": "octocat" },
        "head_commit": { "id": SHA, "message": "Add <dark> mode\n\nwith a body", "author": author },
    });
    let queue = "refs/heads/gh-readonly-queue/main/pr-12-0123456789abcdef0123456789abcdef01234567";
    let dispatch = json!({ "inputs": null, "ref": "refs/heads/main", "workflow": "ci.yml" });
    vec![
        ("push", runner().event("push", push), &["main", "Add &lt;dark&gt; mode"]),
        (
            "pull_request",
            runner().event("pull_request", pull).reference("refs/pull/12/merge"),
            &["#12", "&lt;be&gt;", "dark"],
        ),
        ("workflow_run", runner().event("workflow_run", other), &["Nightly", "failed", "Fix it"]),
        ("release", runner().event("release", release).reference("refs/tags/v1.4.0"), &["v1.4.0"]),
        ("schedule", runner().event("schedule", json!({ "schedule": "0 4 * * *" })), &["main"]),
        ("workflow_dispatch", runner().event("workflow_dispatch", dispatch), &["main"]),
        (
            "deployment_status",
            runner().event("deployment_status", deployment),
            &["main", "production", "https://shop.example"],
        ),
        (
            "merge_group",
            runner().event("merge_group", group).reference(queue),
            &["#12", "/pull/12"],
        ),
        (
            "issue_comment",
            runner().event("issue_comment", json!({ "issue": { "number": 3 } })),
            &[],
        ),
    ]
}

/// Every text in it.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| texts(one, all)),
        Value::Object(map) => map.values().for_each(|one| texts(one, all)),
        _ => {}
    }
}

#[test]
fn every_event_makes_a_message_without_holes() {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let checkout = TestRepo::with_files(&[]);
    for template in ["ci", "deploy", "release", "canary", "approval"] {
        for (event, runner, words) in events(&|| runner(&checkout).sha(SHA)) {
            let mut inputs = vec![
                ("token", BOT_TOKEN),
                ("api-url", api.as_str()),
                ("channel", DEPLOYS),
                ("template", template),
            ];
            if event != "workflow_run" {
                inputs.push(("status", "success"));
            }
            let run = runner.run_action(action("slack-notify"), &inputs).success();
            assert_eq!(run.annotations, [], "{template} {event}");
            let message = slack.messages(DEPLOYS).pop().unwrap();
            let mut all = vec![message.text.clone()];
            texts(&message.blocks, &mut all);
            for text in &all {
                let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
                for hole in ["null", "None", "undefined", "Some"] {
                    assert!(!words.contains(&hole), "{template} {event}: {text:?}");
                }
                for hole in ["**", "<|", "|>", "``", "()", "on :", " ,", "{{", "://github.com//"] {
                    assert!(!text.contains(hole), "{template} {event}: {hole:?} in {text:?}");
                }
                assert!(!text.trim().is_empty(), "{template} {event}: {all:?}");
                assert!(
                    !text.trim_end().ends_with([':', '#', '@']),
                    "{template} {event}: {text:?}"
                );
            }
            if template == if event == "deployment_status" { "deploy" } else { "ci" } {
                let all = all.join("\n");
                for word in words {
                    assert!(all.contains(word), "{event}: no {word} in {all}");
                }
                assert!(all.contains("acme/shop"), "{event}: {all}");
            }
        }
    }
}

#[test]
fn an_event_that_is_broken_is_a_message_all_the_same() {
    let receiver = Receiver::unsigned();
    let url = receiver.url("/hook");
    let checkout = TestRepo::with_files(&[]);
    let odd = json!({ "pull_request": { "number": "12", "head": 7 }, "head_commit": [], "release": null });
    for event in ["push", "pull_request", "release", "workflow_run", "merge_group"] {
        let runner = runner(&checkout).event(event, odd.clone());
        let inputs = [("webhook", url.as_str()), ("template", "ci"), ("status", "failure")];
        runner.run_action(action("webhook-notify"), &inputs).success();
    }
    for body in receiver.taken() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert!(body["title"].as_str().unwrap().contains("failed"), "{body}");
    }
}

//! What GitHub refuses, loses or takes its time for.

use std::time::Duration;

use launchway_testkit::github::TokenKind;
use launchway_testkit::{Fault, FaultRule};
use serde_json::json;

use crate::world::{JOB, Job, World, action};

const INPUTS: &[(&str, &str)] = &[("environment", "production"), ("version", "1.1.0")];

#[test]
fn a_lost_answer_makes_nothing_twice() {
    for fault in
        [Fault::CommitThenCut, Fault::CommitThenFail, Fault::CutConnection, Fault::status(502)]
    {
        for path in ["/deployments", "/statuses"] {
            let context = format!("{fault:?} {path}");
            let world = World::new();
            let rule = FaultRule::new(fault.clone()).method("POST").path(&format!("*{path}"));
            world.github.fail(rule);
            let run = world.start(JOB, INPUTS).success();
            assert_eq!(world.all(), ["in_progress"], "{context}: {}", run.log);
            let rule = FaultRule::new(fault.clone()).method("POST").path("*/statuses");
            world.github.fail(rule);
            let id = run.output("deployment-id").to_owned();
            world.finish(JOB, &[("deployment-id", &id), ("status", "deployed")]).success();
            assert_eq!(world.all(), ["in_progress success"], "{context}");
        }
    }
}

#[test]
fn a_missing_permission_is_named() {
    for name in ["deployment-start", "deployment-finish"] {
        let world = World::new();
        let id = world.start(JOB, INPUTS).success().output("deployment-id").to_owned();
        world.github.add_token("ghs_weak", TokenKind::Actions, &[("contents", "write")]);
        let runner = world.runner(Job { run: 42, ..JOB }).token("ghs_weak");
        let inputs = match name {
            "deployment-start" => INPUTS.to_vec(),
            _ => vec![("deployment-id", id.as_str()), ("status", "failed")],
        };
        let run = runner.run_action(action(name), &inputs).exits(3);
        assert!(run.log.contains("`deployments: write`"), "{}", run.log);
    }
    // In a private repository reading needs it, too, and GitHub does not always say so.
    let world = World::new();
    let message = json!({ "message": "Resource not accessible by integration" });
    let refused = Fault::Status(403, Vec::new(), message);
    world.github.fail(FaultRule::new(refused).method("GET").path("*/deployments").always());
    let run = world.start(JOB, INPUTS).exits(3);
    assert!(run.log.contains("`deployments: read`"), "{}", run.log);
    assert!(world.github.writes().is_empty());
}

#[test]
fn refusals_say_what_to_do() {
    let answer =
        |status, message: &str| Fault::Status(status, Vec::new(), json!({ "message": message }));
    for (fault, code, says) in [
        (
            answer(202, "Auto-merged main into topic on deployment."),
            3,
            "made no deployment: Auto-merged main",
        ),
        (answer(409, "Conflict: Commit status checks failed for topic."), 3, "nothing was begun"),
        (answer(422, "No ref found for: nowhere"), 3, "push it first"),
        (answer(401, "Bad credentials"), 3, "the token is invalid or expired"),
        (answer(500, "::error::oops"), 3, "GitHub has trouble"),
    ] {
        let world = World::new();
        world.github.fail(FaultRule::new(fault).method("POST").path("*/deployments").always());
        let run = world.start(JOB, INPUTS).exits(code);
        assert!(run.log.contains(says), "{says}: {}", run.log);
        assert_eq!(run.messages("error").len(), 1, "{}", run.log);
    }
    let world = World::new();
    let inputs = [INPUTS, &[("ref", "nowhere")]].concat();
    let run = world.start(JOB, &inputs).exits(3);
    assert!(run.log.contains("`nowhere` is no commit, branch or tag GitHub has"), "{}", run.log);
}

/// What is not needed for the end itself must not keep it from ending.
#[test]
fn it_ends_although_the_others_cannot_be_read() {
    let world = World::new();
    let id = world.start(JOB, INPUTS).success().output("deployment-id").to_owned();
    world
        .github
        .fail(FaultRule::new(Fault::status(404)).method("GET").path("*/deployments").always());
    let run = world.finish(JOB, &[("deployment-id", &id), ("status", "deployed")]).exits(3);
    assert_eq!(world.all(), ["in_progress success"]);
    assert!(run.log.contains("cannot read the deployments"), "{}", run.log);
    assert_eq!(run.output("outcome"), "deployed");
}

#[test]
fn it_holds_its_time_when_github_hangs() {
    let world = World::new();
    let id = world.start(JOB, INPUTS).success().output("deployment-id").to_owned();
    let slow = Fault::Slow(Duration::from_secs(8));
    world.github.fail(FaultRule::new(slow).method("GET").always());
    let inputs = [("deployment-id", id.as_str()), ("status", "cancelled"), ("timeout", "1s")];
    let run = world.finish(JOB, &inputs).exits(3);
    assert!(run.elapsed < Duration::from_secs(6), "{:?}", run.elapsed);
    assert_eq!(run.output("outcome"), "cancelled");
}

#[test]
fn two_jobs_that_begin_at_once_have_one_each() {
    let world = World::new();
    let starts: Vec<_> = std::thread::scope(|scope| {
        let start = |run| {
            scope.spawn({
                let world = &world;
                move || world.start(Job { run, ..JOB }, INPUTS).success()
            })
        };
        let all: Vec<_> = (70..74).map(start).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut ids: Vec<_> = starts.iter().map(|run| run.output("deployment-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    assert_eq!(world.all(), ["in_progress"; 4]);
}

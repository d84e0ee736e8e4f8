//! How a deployment ends.

use launchway_testkit::{Fault, FaultRule, Scrubbed};
use serde_json::json;

use crate::world::{JOB, Job, TOKEN, World};

/// A deployment of 1.1.0 in its job, after 1.0.0; the ids.
fn begun(world: &World, environment: &str) -> (String, String) {
    let before = world.deployed(1, environment, "1.0.0").to_string();
    let inputs = [
        ("environment", environment),
        ("environment-url", "https://shop.example"),
        ("version", "1.1.0"),
    ];
    (before, world.start(JOB, &inputs).success().output("deployment-id").to_owned())
}

#[test]
fn every_outcome_has_its_state() {
    for environment in ["production", "staging"] {
        for (status, code, outcome, word, states, before, text) in [
            (
                "deployed",
                0,
                "deployed",
                "success",
                "in_progress success",
                "in_progress success inactive",
                "1.1.0 serves",
            ),
            (
                "success",
                0,
                "deployed",
                "success",
                "in_progress success",
                "in_progress success inactive",
                "1.1.0 serves",
            ),
            (
                "rolled-back",
                1,
                "rolled-back",
                "failure",
                "in_progress failure",
                "in_progress success",
                "rolled back to 1.0.0",
            ),
            (
                "failed",
                1,
                "failed",
                "failure",
                "in_progress failure",
                "in_progress success",
                "the deploy failed",
            ),
            (
                "cancelled",
                1,
                "cancelled",
                "cancelled",
                "in_progress error",
                "in_progress success",
                "the deploy was cancelled",
            ),
        ] {
            let world = World::new();
            let (previous, id) = begun(&world, environment);
            let run = world.finish(JOB, &[("deployment-id", &id), ("status", status)]).exits(code);
            let made = world.deployment(&id);
            assert_eq!(made.states().join(" "), states, "{environment} {status}");
            assert_eq!(
                world.deployment(&previous).states().join(" "),
                before,
                "{environment} {status}"
            );
            let last = made.statuses.last().unwrap();
            assert_eq!(last.description, text);
            assert_eq!(last.environment_url, "https://shop.example");
            assert_eq!(last.log_url, "https://github.com/acme/shop/actions/runs/41");
            assert_eq!((run.output("outcome"), run.output("status")), (outcome, word));
            assert_eq!(run.output("description"), text);
            assert_eq!(run.output("healthy"), (outcome == "deployed").to_string());
            assert_eq!(
                (run.output("deployment-id"), run.output("url")),
                (id.as_str(), "https://shop.example")
            );
            // Nothing is left to say.
            world.github.forget_requests();
            world.finish(JOB, &[("deployment-id", &id), ("status", status)]).exits(code);
            assert!(world.github.writes().is_empty(), "{:?}", world.github.write_lines());
        }
    }
}

#[test]
fn a_job_that_is_red_already_needs_no_second_word() {
    let world = World::new();
    let (_, id) = begun(&world, "production");
    let steps = r#"{"deploy":"success","health":"failure","rollback":"success","rollback-health":"success"}"#;
    let inputs = [("deployment-id", id.as_str()), ("steps", steps), ("job-status", "failure")];
    let run = world.finish(JOB, &inputs).success();
    assert_eq!(run.output("outcome"), "rolled-back");
    assert!(run.messages("error").is_empty());
    // But one that would end green is made red.
    let inputs = [("deployment-id", id.as_str()), ("steps", steps), ("job-status", "success")];
    let run = world.finish(JOB, &inputs).exits(1);
    assert!(run.messages("error")[0].contains("1.1.0 does not serve in production"), "{}", run.log);
}

#[test]
fn a_cancel_ends_what_the_start_left() {
    let world = World::new();
    let (_, id) = begun(&world, "production");
    // The start was killed before it could tell its id.
    let inputs = [("environment", "production"), ("steps", "{}"), ("job-status", "cancelled")];
    let run = world.finish(JOB, &inputs).success();
    assert_eq!((run.output("outcome"), run.output("deployment-id")), ("cancelled", id.as_str()));
    assert_eq!(world.deployment(&id).states(), ["in_progress", "error"]);
    // Nobody else's is taken for ours.
    let other = world.start(Job { run: 50, ..JOB }, &[("environment", "production")]).success();
    world.finish(JOB, &inputs).success();
    assert_eq!(world.deployment(other.output("deployment-id")).states(), ["in_progress"]);
    // After a cancel as few requests as can be.
    world.github.forget_requests();
    let id = other.output("deployment-id");
    world
        .finish(Job { run: 50, ..JOB }, &[("deployment-id", id), ("status", "cancelled")])
        .exits(1);
    assert_eq!(world.github.requests().len(), 3);
}

#[test]
fn without_a_start_there_is_nothing_to_end() {
    let world = World::new();
    for job_status in ["failure", "cancelled"] {
        for inputs in [vec![("environment", "dev")], vec![]] {
            let inputs = [&inputs[..], &[("job-status", job_status)]].concat();
            let run = world.finish(JOB, &inputs).success();
            assert!(run.log.contains("no deployment was begun"), "{}", run.log);
            assert_eq!(run.output("deployment-id"), "");
        }
    }
    // Green would be a lie: the record of what serves is missing.
    let run = world.finish(JOB, &[("environment", "dev"), ("status", "deployed")]).exits(1);
    assert!(run.log.contains("deployment-start"), "{}", run.log);
    assert_eq!(run.output("outcome"), "deployed");
    assert!(world.github.writes().is_empty());
}

#[test]
fn who_ends_late_does_not_hide_what_is_newer() {
    let world = World::new();
    let (before, late) = begun(&world, "staging");
    let newer = world.deployed(60, "staging", "1.2.0").to_string();
    let run = world.finish(JOB, &[("deployment-id", &late), ("status", "deployed")]).success();
    assert_eq!(run.output("outcome"), "deployed");
    assert!(run.messages("warning")[0].contains("is newer"), "{}", run.log);
    assert_eq!(world.deployment(&late).states(), ["in_progress", "success", "inactive"]);
    assert_eq!(world.deployment(&newer).state(), "success");
    assert_eq!(world.deployment(&before).state(), "inactive");
    // One that has only begun changes nothing.
    let begun = world.start(Job { run: 61, ..JOB }, &[("environment", "staging")]).success();
    let next = world.start(Job { run: 62, ..JOB }, &[("environment", "staging")]).success();
    let id = begun.output("deployment-id");
    world
        .finish(Job { run: 61, ..JOB }, &[("deployment-id", id), ("status", "deployed")])
        .success();
    assert_eq!(world.deployment(id).state(), "success");
    assert_eq!(world.deployment(next.output("deployment-id")).state(), "in_progress");
}

#[test]
fn what_was_taken_back_after_its_end_shows_what_serves_again() {
    for environment in ["production", "staging"] {
        let world = World::new();
        let (before, id) = begun(&world, environment);
        world.finish(JOB, &[("deployment-id", &id), ("status", "deployed")]).success();
        assert_eq!(world.deployment(&before).state(), "inactive");
        world.finish(JOB, &[("deployment-id", &id), ("status", "rolled-back")]).exits(1);
        assert_eq!(world.deployment(&id).states(), ["in_progress", "success", "failure"]);
        let again = world.deployment(&before);
        assert_eq!(again.states(), ["in_progress", "success", "inactive", "success"]);
        assert_eq!(again.statuses[3].description, "serves again: 1.1.0 was rolled back");
        // A cancel afterwards takes nothing back.
        world.finish(JOB, &[("deployment-id", &id), ("status", "cancelled")]).exits(1);
        assert_eq!(world.deployment(&id).state(), "failure");
    }
}

#[test]
fn tasks_know_nothing_of_each_other() {
    let world = World::new();
    let deploy = |run: u64, task: &str, version: &str| {
        let job = Job { run, ..JOB };
        let inputs = [("environment", "staging"), ("task", task), ("version", version)];
        let id = world.start(job, &inputs).success().output("deployment-id").to_owned();
        world.finish(job, &[("deployment-id", &id), ("status", "deployed")]).success();
        id
    };
    let web = deploy(1, "deploy:web", "1.0.0");
    let api = deploy(2, "deploy:api", "5.0.0");
    let next = deploy(3, "deploy:web", "1.1.0");
    assert_eq!(world.deployment(&web).state(), "inactive");
    assert_eq!(world.deployment(&api).state(), "success");
    assert_eq!(world.deployment(&next).state(), "success");
}

/// Also not of the one that is called as everything is unless somebody says otherwise, for which
/// GitHub's own way to relieve the earlier ones would do.
#[test]
fn the_usual_task_knows_nothing_of_others() {
    let world = World::new();
    let job = |run| Job { run, ..JOB };
    let inputs = [("environment", "staging"), ("task", "deploy:api")];
    let api = world.start(job(1), &inputs).success().output("deployment-id").to_owned();
    world.finish(job(1), &[("deployment-id", &api), ("status", "deployed")]).success();
    world.deployed(2, "staging", "1.0.0");
    assert_eq!(world.all(), ["in_progress success", "in_progress success"]);
}

/// A workflow that is called twice in a run has jobs of the same id in both calls.
#[test]
fn what_the_same_job_ended_before_is_left_alone() {
    for job_status in ["failure", "cancelled"] {
        let world = World::new();
        world.deployed(41, "production", "1.0.0");
        let inputs = [("environment", "production"), ("version", "2"), ("digest", "none")];
        world.start(JOB, &inputs).exits(2);
        let end = [("environment", "production"), ("steps", "{}"), ("job-status", job_status)];
        let run = world.finish(JOB, &end).success();
        assert_eq!(world.all(), ["in_progress success"], "{}", run.log);
        assert_eq!(run.output("deployment-id"), "");
        assert!(run.log.contains("no deployment was begun"), "{}", run.log);
    }
}

/// Where a rollback ends after a newer deploy went well, two would serve.
#[test]
fn a_late_rollback_brings_nothing_back() {
    let world = World::new();
    let (before, late) = begun(&world, "production");
    let newer = world.deployed(60, "production", "1.2.0").to_string();
    let run = world.finish(JOB, &[("deployment-id", &late), ("status", "rolled-back")]).exits(1);
    assert_eq!(world.deployment(&late).state(), "failure");
    // Not even for a moment.
    assert_eq!(world.deployment(&before).states(), ["in_progress", "success", "inactive"]);
    assert_eq!(world.deployment(&newer).state(), "success");
    assert!(run.messages("warning")[0].contains("is newer"), "{}", run.log);
}

/// An end that was killed and never ran again leaves the one before; the next end sees to it.
#[test]
fn the_next_end_relieves_what_was_left() {
    let world = World::new();
    for version in ["1", "2", "3"] {
        let payload = json!({ "launchway": { "version": version } });
        let states = ["in_progress", "success"];
        world.repo.add_deployment(("production", "deploy"), &world.sha, &payload, &states);
    }
    world.deployed(41, "production", "4");
    let states: Vec<_> =
        world.repo.deployments().iter().map(|one| one.state().to_owned()).collect();
    assert_eq!(states, ["inactive", "inactive", "inactive", "success"]);
}

#[test]
fn whatever_is_wrong_with_the_inputs_it_ends() {
    for (inputs, says) in [
        (vec![("steps", "{")], "`steps` is no JSON"),
        (vec![("status", "great")], "`great` is no outcome"),
        (vec![("status", "failed"), ("environment-url", "nowhere")], "is no address"),
    ] {
        let world = World::new();
        let (_, id) = begun(&world, "production");
        let inputs = [&[("deployment-id", id.as_str())], &inputs[..]].concat();
        let run = world.finish(JOB, &inputs).exits(2);
        assert!(run.log.contains(says), "{}", run.log);
        assert_eq!(world.deployment(&id).state(), "failure", "{inputs:?}");
        assert_eq!(run.output("outcome"), "failed");
    }
    let world = World::new();
    for (id, says) in [("seven", "is no id"), ("7", "has no deployment 7")] {
        let run = world.finish(JOB, &[("deployment-id", id), ("status", "failed")]).exits(2);
        assert!(run.log.contains(says), "{}", run.log);
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = World::new();
    let (_, id) = begun(&world, "production");
    world.github.forget_requests();
    let inputs = [("deployment-id", id.as_str()), ("status", "deployed"), ("dry-run", "true")];
    let run = world.finish(JOB, &inputs).success();
    assert!(run.log.contains(r#""state":"success""#), "{}", run.log);
    assert!(world.github.writes().is_empty());
}

/// On a command line, outside of a workflow.
#[test]
fn it_works_from_a_shell() {
    let world = World::new();
    let program = || {
        Scrubbed::new(env!("CARGO_BIN_EXE_launchway-deploy"))
            .env("GITHUB_API_URL", world.github.url())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_TOKEN", TOKEN)
    };
    let args = ["start", "--environment=dev", "--ref=main", "--version=1.0.0"];
    program().args(args).run().success();
    let made = &world.repo.deployments()[0];
    assert_eq!(made.sha, world.sha);
    assert_eq!(made.payload["launchway"], json!({ "version": "1.0.0" }));
    let id = format!("--deployment-id={}", made.id);
    program().args(["finish", &id, "--status=deployed"]).run().success();
    assert_eq!(world.all(), ["in_progress success"]);
    // An answer that is lost: nothing would tell the deployment from another's.
    world.github.fail(FaultRule::new(Fault::CommitThenCut).method("POST").path("*/deployments"));
    program().args(args).run().exits(3);
    assert_eq!(world.all(), ["in_progress success", ""]);
    let run = Scrubbed::new(env!("CARGO_BIN_EXE_launchway-deploy"))
        .env("GITHUB_REPOSITORY", "acme/shop")
        .args(["finish", &id, "--status=deployed"])
        .run()
        .exits(2);
    assert!(run.all().contains("there is no token for GitHub"), "{}", run.all());
}

/// Where there is nothing to end, a wrong input is told all the same.
#[test]
fn a_wrong_input_is_told_without_a_deployment_too() {
    let world = World::new();
    let inputs = |url| [("environment", "dev"), ("status", "failed"), ("environment-url", url)];
    let run = world.finish(JOB, &inputs("nowhere")).exits(2);
    assert!(run.log.contains("is no address"), "{}", run.log);
    assert_eq!(run.output("outcome"), "failed");
    world.finish(JOB, &inputs("https://dev.example")).success();
    assert_eq!(world.all(), [""; 0]);
}

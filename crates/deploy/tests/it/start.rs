//! How a deployment begins.

use serde_json::json;

use crate::world::{DIGEST, JOB, Job, World, artifact};

#[test]
fn it_says_what_goes_where_and_by_whom() {
    let world = World::new();
    let url = "https://shop.example";
    let inputs =
        [("environment", "production"), ("environment-url", url), ("artifact", &artifact("1.2.3"))];
    let run = world.start(JOB, &inputs).success();
    let id = run.output("deployment-id");
    let made = world.deployment(id);
    assert_eq!(
        (made.sha.as_str(), made.reference.as_str()),
        (world.sha.as_str(), world.sha.as_str())
    );
    assert_eq!((made.environment.as_str(), made.task.as_str()), ("production", "deploy"));
    assert_eq!((made.production, made.transient), (true, false));
    assert_eq!(made.description.as_deref(), Some("1.2.3 by octocat"));
    assert_eq!(made.states(), ["in_progress"]);
    let status = &made.statuses[0];
    assert_eq!(status.environment_url, url);
    assert_eq!(status.log_url, "https://github.com/acme/shop/actions/runs/41");
    assert_eq!(
        world.payload(id),
        json!({
            "version": "1.2.3", "artifact": "ghcr.io/acme/shop", "digest": DIGEST,
            "run": { "id": 41, "attempt": 1, "job": "deploy", "url": status.log_url },
        })
    );
    let create = &world.github.writes()[0];
    let sent: serde_json::Value = serde_json::from_str(&create.body).unwrap();
    assert_eq!((&sent["auto_merge"], &sent["required_contexts"]), (&json!(false), &json!([])));
    for (name, value) in [
        ("version", "1.2.3"),
        ("artifact", "ghcr.io/acme/shop"),
        ("digest", DIGEST),
        ("sha", &world.sha),
        ("previous-deployment-id", ""),
        ("previous-version", ""),
    ] {
        assert_eq!(run.output(name), value, "{name}");
    }
    assert!(run.summary.contains("1.2.3"), "{}", run.summary);
    assert!(run.log.contains("nothing is known of what serves there"), "{}", run.log);
    assert_eq!(world.github.token_hosts().len(), 1);
}

#[test]
fn run_again_it_begins_nothing_twice() {
    let world = World::new();
    let inputs = [("environment", "dev"), ("version", "1.0.0")];
    let first = world.start(JOB, &inputs).success();
    let again = world.start(JOB, &inputs).success();
    assert_eq!(first.output("deployment-id"), again.output("deployment-id"));
    assert_eq!(world.all(), ["in_progress"]);
    assert_eq!(first.outputs, again.outputs);
    assert!(again.log.contains("was begun by this job already"), "{}", again.log);
    // Another job, another run, another thing, another leg, another environment: another deployment.
    for (job, inputs) in [
        (Job { name: "other", ..JOB }, inputs.to_vec()),
        (Job { run: 42, ..JOB }, inputs.to_vec()),
        (JOB, vec![("environment", "dev"), ("version", "1.0.1")]),
        (JOB, [&inputs[..], &[("matrix", r#"{"region":"eu"}"#)]].concat()),
        (JOB, vec![("environment", "staging"), ("version", "1.0.0")]),
        (JOB, [&inputs[..], &[("task", "deploy:api")]].concat()),
    ] {
        let before = world.all().len();
        world.start(job, &inputs).success();
        assert_eq!(world.all().len(), before + 1, "{inputs:?}");
    }
    // One that has ended is not begun again.
    let id = first.output("deployment-id");
    world.finish(JOB, &[("deployment-id", id), ("status", "deployed")]).success();
    let later = world.start(JOB, &inputs).success();
    assert_ne!(later.output("deployment-id"), id);
}

#[test]
fn what_an_attempt_left_is_ended_by_the_next() {
    let world = World::new();
    let inputs = [("environment", "dev"), ("version", "1.0.0")];
    let lost = world.start(JOB, &inputs).success();
    let elsewhere = world.start(Job { run: 42, ..JOB }, &inputs).success();
    let run = world.start(Job { attempt: 2, ..JOB }, &inputs).success();
    assert_ne!(run.output("deployment-id"), lost.output("deployment-id"));
    assert_eq!(world.deployment(lost.output("deployment-id")).states(), ["in_progress", "error"]);
    assert_eq!(world.deployment(elsewhere.output("deployment-id")).states(), ["in_progress"]);
    assert!(run.log.contains("never ended it"), "{}", run.log);
}

#[test]
fn what_served_before_is_what_went_well_and_was_not_taken_back() {
    let world = World::new();
    let first = world.deployed(1, "staging", "1.0.0");
    world.deployed(2, "production", "9.9.9");
    // A bad one, one of another task, one under way and one that was taken back.
    let inputs = |version: &'static str| [("environment", "staging"), ("version", version)];
    let ends = [(3, "1.0.1", "failed"), (4, "1.0.2", "cancelled"), (5, "1.0.3", "rolled-back")];
    for (run, version, end) in ends {
        let job = Job { run, ..JOB };
        let id = world.start(job, &inputs(version)).success().output("deployment-id").to_owned();
        world.finish(job, &[("deployment-id", &id), ("status", end)]).exits(1);
    }
    world.start(Job { run: 6, ..JOB }, &inputs("1.0.4")).success();
    let other = [&inputs("7.0.0")[..], &[("task", "deploy:other")]].concat();
    let job = Job { run: 7, ..JOB };
    let id = world.start(job, &other).success().output("deployment-id").to_owned();
    world.finish(job, &[("deployment-id", &id), ("status", "deployed")]).success();
    let run = world.start(Job { run: 8, ..JOB }, &inputs("1.0.5")).success();
    assert_eq!(run.output("previous-deployment-id"), first.to_string());
    assert_eq!(run.output("previous-version"), "1.0.0");
    assert_eq!(run.output("previous-sha"), world.sha);
    // One that serves no longer because another took its place went well all the same.
    let sha = world.repo.commit("main", "two", &[("a", Some("2"))]);
    let payload = json!({ "launchway": { "version": "1.1.0", "digest": DIGEST } });
    let states = ["in_progress", "success", "inactive"];
    world.repo.add_deployment(("staging", "deploy"), &sha, &payload, &states);
    let run = world.start(Job { run: 9, ..JOB }, &inputs("1.2.0")).success();
    assert_eq!(run.output("previous-version"), "1.1.0");
    assert_eq!((run.output("previous-digest"), run.output("previous-sha")), (DIGEST, sha.as_str()));
    // One that somebody else keeps says its commit and no version.
    world.repo.add_deployment(("Staging", "deploy"), &world.sha, &json!(""), &["success"]);
    let run = world.start(Job { run: 10, ..JOB }, &inputs("1.3.0")).success();
    assert_eq!(
        (run.output("previous-version"), run.output("previous-sha")),
        ("", world.sha.as_str())
    );
}

#[test]
fn what_served_before_is_found_behind_a_hundred_that_failed() {
    let world = World::new();
    let payload = json!({ "launchway": { "version": "0.9.0" } });
    world.repo.add_deployment(("dev", "deploy"), &world.sha, &payload, &["success"]);
    for _ in 0..130 {
        world.repo.add_deployment(("dev", "deploy"), &world.sha, &json!({}), &["failure"]);
    }
    let run = world.start(JOB, &[("environment", "dev")]).success();
    assert_eq!(run.output("previous-version"), "0.9.0");
}

/// Each costs a request: an environment of another maker, which never says how it went, must not
/// take the whole time.
#[test]
fn what_served_before_is_not_looked_for_without_an_end() {
    let world = World::new();
    for _ in 0..230 {
        world.repo.add_deployment(("dev", "deploy"), &world.sha, &json!({}), &[]);
    }
    world.github.forget_requests();
    let run = world.start(JOB, &[("environment", "dev")]).success();
    assert_eq!(run.output("previous-version"), "");
    assert!(world.github.requests().len() < 210);
}

#[test]
fn a_pull_request_is_deployed_by_its_head() {
    let world = World::new();
    let head = world.repo.commit("topic", "two", &[("a", Some("2"))]);
    let event = json!({ "pull_request": { "head": { "sha": head } } });
    let runner = world.runner(JOB).event("pull_request", event);
    let inputs = [("environment", "pr-7"), ("transient", "true"), ("production", "false")];
    let run = runner.run_action(crate::world::action("deployment-start"), &inputs).success();
    let made = world.deployment(run.output("deployment-id"));
    assert_eq!((made.sha, made.transient, made.production), (head, true, false));
}

#[test]
fn a_dry_run_prints_and_writes_nothing() {
    let world = World::new();
    let inputs = [("environment", "dev"), ("version", "1.0.0"), ("dry-run", "true")];
    let run = world.start(JOB, &inputs).success();
    assert!(run.log.contains(r#""create":{"ref":"#), "{}", run.log);
    assert!(world.github.writes().is_empty());
    assert_eq!(run.output("deployment-id"), "");
}

#[test]
fn bad_input_begins_nothing() {
    let world = World::new();
    let long = "x".repeat(1001);
    for (inputs, says) in [
        (vec![("environment", "a\nb")], "is no name of an environment"),
        (
            vec![("environment-url", "shop.example")],
            "`environment-url`: `shop.example` is no address",
        ),
        (vec![("log-url", "javascript:alert(1)")], "`log-url`"),
        (vec![("digest", "latest")], "`latest` is no digest"),
        (vec![("artifact", "{")], "`artifact` begins like JSON and is none"),
        (
            vec![("artifact", &artifact("1.0.0")), ("version", "2.0.0")],
            "`version` is `2.0.0`, and `artifact` says `1.0.0`",
        ),
        (vec![("version", "1\n2")], "`version` is no single line"),
        (vec![("version", &long)], "`version` is no single line"),
        (vec![("task", "two words")], "`two words` is no task"),
        (vec![("matrix", "{")], "`matrix` is no JSON"),
        (vec![("production", "maybe")], "production"),
    ] {
        let mut all = vec![("environment", "dev")];
        all.retain(|(name, _)| inputs.iter().all(|(other, _)| other != name));
        all.extend(inputs.iter().copied());
        let run = world.start(JOB, &all).exits(2);
        assert!(run.log.contains(says), "{inputs:?}: {}", run.log);
    }
    let run = world.start(JOB, &[]).exits(2);
    assert!(run.log.contains("environment"), "{}", run.log);
    assert!(world.github.writes().is_empty());
}

#[test]
fn foreign_text_never_acts() {
    let world = World::new();
    let inputs = [
        ("environment", "::error::x <script>"),
        ("version", "1.0|::add-mask::a`b"),
        ("description", &"ü::error::".repeat(40)),
    ];
    let run = world.start(JOB, &inputs).success();
    assert!(run.messages("error").is_empty(), "{}", run.log);
    assert!(!run.masks.iter().any(|mask| mask.starts_with("a`b")), "{:?}", run.masks);
    assert!(!run.summary.contains("<script>"), "{}", run.summary);
    let made = world.deployment(run.output("deployment-id"));
    assert_eq!(made.description.unwrap().chars().count(), 140);
}

//! `push-tags` where something goes wrong: all or none, and what is left is said.

use std::time::{Duration, Instant};

use launchway_testkit::oci::{
    FakeRegistry, Immutable, limit_for_seconds, limit_in_message, limit_until, secondary_limit,
};
use launchway_testkit::{Fault, FaultRule, KillSwitch, Moment};
use serde_json::json;

use crate::push_world::{REPO, World, run_on};

fn put(tag: &str, fault: Fault) -> FaultRule {
    FaultRule::new(fault).method("PUT").path(&format!("*/manifests/{tag}"))
}

#[test]
fn a_failure_moves_back_what_was_moved() {
    let world = World::new();
    world.registry.delete_by_tag();
    for tag in ["beta", "stable"] {
        world.registry.tag(REPO, tag, &world.old);
    }
    world.registry.fail(put("stable", Fault::status(400)));
    let before = world.registry.tags(REPO);
    let run = world.push(&["1.1.0", "beta", "latest", "stable"]).exits(3);
    assert_eq!(world.registry.tags(REPO), before);
    assert!(run.log.contains("put back"), "{}", run.log);
    assert_eq!(run.output("changed"), "");
    assert!(world.registry.manifest(REPO, &world.new).is_some());
    // The reason is gone: the rerun does all of it.
    world.push(&["1.1.0", "beta", "latest", "stable"]).success();
}

#[test]
fn what_cannot_be_put_back_is_named() {
    let world = World::new();
    world.registry.fail(put("latest", Fault::status(400)));
    let run = world.push(&["1.1.0", "latest"]).exits(4);
    let said = run.messages("error").join("\n");
    assert!(said.contains("1.1.0") && said.contains("deletes no tags"), "{said}");
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
    assert_eq!(run.output("changed"), world.tags(&["1.1.0"]));
    assert_eq!(run.output_json("record")["changes"].as_array().unwrap().len(), 1);
    let run = world.push(&["1.1.0", "latest"]).success();
    assert_eq!(run.output("changed"), world.tags(&["latest"]));
}

#[test]
fn a_registrys_own_immutable_tags() {
    for kind in [Immutable::Ecr, Immutable::DockerHub] {
        let world = World::new();
        world.registry.immutable_tags(REPO, kind, "latest").delete_by_tag();
        let run = world.push(&["new", "latest"]).exits(1);
        assert!(run.log.contains("lets nobody move this tag"), "{}", run.log);
        assert_eq!(world.at("new"), None);
        assert_eq!(world.at("latest").as_ref(), Some(&world.old));
    }
}

#[test]
fn a_registry_that_lies_is_found_out() {
    let world = World::new();
    world.registry.fail(put("1.1.0", Fault::LieOk).always());
    let run = world.push(&["1.1.0", "latest"]).exits(3);
    assert!(run.log.contains("is not there, although the registry took it"), "{}", run.log);
    assert_eq!(world.at("latest").as_ref(), Some(&world.old), "the second round never began");
}

#[test]
fn an_answer_that_is_lost_is_looked_up() {
    for fault in [Fault::CommitThenCut, Fault::CommitThenFail, Fault::CutConnection] {
        let world = World::new();
        world.registry.fail(put("1.1.0", fault.clone()));
        world.registry.fail(put("latest", fault.clone()));
        world.push(&["1.1.0", "latest"]).success();
        let puts = world.lines().iter().filter(|line| line.starts_with("PUT")).count();
        let again = if matches!(fault, Fault::CutConnection) { 4 } else { 2 };
        assert_eq!(puts, again, "{fault:?}");
    }
}

#[test]
fn a_lagging_copy_is_read_again() {
    let world = World::new();
    let stale = FaultRule::new(Fault::Stale).method("HEAD").path("*/manifests/latest").nth(2);
    world.registry.fail(stale.times(2));
    world.push(&["latest"]).success();
    assert_eq!(world.at("latest").as_ref(), Some(&world.new));
}

#[test]
fn what_a_tag_holds_must_be_known() {
    for fault in [Fault::status(403), Fault::status(400), Fault::status(500)] {
        let world = World::new();
        let rule = FaultRule::new(fault).path("*/manifests/latest").always();
        world.registry.fail(rule);
        let run = world.push(&["1.1.0", "latest"]).exits(3);
        assert!(run.log.contains("cannot tell what"), "{}", run.log);
        assert!(world.registry.writes().is_empty());
    }
}

#[test]
fn a_registry_that_asks_to_wait_gets_its_time() {
    // A date is that of the moment it is made.
    let limits: [(fn() -> Fault, u64); 3] = [
        (|| limit_for_seconds(1), 1_000),
        (|| limit_until(Duration::from_secs(3)), 1_500),
        (|| limit_in_message(600), 600),
    ];
    for (fault, least) in limits {
        let world = World::new();
        world.registry.fail(put("latest", fault()));
        let started = Instant::now();
        world.push(&["latest"]).success();
        assert!(started.elapsed() >= Duration::from_millis(least), "{:?}", started.elapsed());
        assert_eq!(world.at("latest").as_ref(), Some(&world.new));
    }
    // One that asks for more time than there is.
    let world = World::new();
    world.registry.fail(put("latest", secondary_limit()));
    world.push_with(&["latest"], &[("timeout", "5s")]).exits(3);
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
}

#[test]
fn the_time_is_up_in_the_middle_and_is_still_put_back() {
    let world = World::new();
    world.registry.tag(REPO, "beta", &world.old);
    world.registry.fail(put("latest", Fault::Slow(Duration::from_secs(20))).always());
    let run = world.push_with(&["beta", "latest"], &[("timeout", "3s")]);
    assert!(matches!(run.exit_code, 3 | 4), "{}", run.log);
    assert_eq!(world.at("beta").as_ref(), Some(&world.old), "{}", run.log);
}

#[test]
fn what_another_run_moved_meanwhile_is_left_alone() {
    let world = World::new();
    world.registry.tag(REPO, "beta", &world.old);
    let third = world.registry.add_untagged(REPO, "linux/amd64", "third");
    // `latest` is waited for in vain; while that lasts, somebody else moves `beta`.
    world.registry.fail(put("latest", Fault::LieOk).always());
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            while world.at("beta").as_ref() != Some(&world.new) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(100));
            world.registry.tag(REPO, "beta", &third);
        });
        world.push(&["beta", "latest"])
    });
    let run = run.exits(4);
    assert!(run.log.contains("somebody else moved it"), "{}", run.log);
    assert_eq!(world.at("beta"), Some(third));
    assert_eq!(run.output("changed"), "", "nothing of it is ours any more");
}

#[test]
fn one_registry_of_two_fails() {
    let world = World::new();
    let other = FakeRegistry::start();
    other.fail(FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/latest"));
    other.add_image("elsewhere/api", "latest");
    let held = other.digest("elsewhere/api", "latest");
    let tags = format!("{}\n{}", world.tags(&["latest"]), other.reference("elsewhere/api:latest"));
    let image = world.image();
    world.run("push-tags", &[("image", &image), ("tags", &tags)]).exits(3);
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
    assert_eq!(other.digest("elsewhere/api", "latest"), held);
}

#[test]
fn killed_at_any_write_the_rerun_completes() {
    let tags = ["1.1.0", "1.1", "latest", "stable"];
    let prepare = || {
        let world = World::new();
        world.registry.tag(REPO, "stable", &world.old);
        world
    };
    let counting = KillSwitch::never();
    prepare().push_killed(&tags, &counting).success();
    let writes = counting.writes().len();
    assert_eq!(writes, 4);
    for write in 1..=writes {
        for moment in [Moment::Before, Moment::After] {
            let world = prepare();
            let switch = KillSwitch::at(write, moment);
            let run = world.push_killed(&tags, &switch);
            assert!(switch.has_struck(), "{write} {moment:?}: {}", run.log);
            let held: Vec<_> =
                tags.iter().filter(|tag| world.at(tag).as_ref() == Some(&world.new)).collect();
            world.registry.forget_requests();
            let run = world.push(&tags).success();
            assert!(tags.iter().all(|tag| world.at(tag).as_ref() == Some(&world.new)));
            // Nothing is repeated.
            assert_eq!(world.registry.writes().len(), tags.len() - held.len());
            let changes = run.output_json("record")["changes"].as_array().unwrap().len();
            assert_eq!(changes, tags.len() - held.len());
        }
    }
}

#[test]
fn killed_while_it_copies_the_rerun_completes() {
    let run = |switch: Option<&KillSwitch>, other: &FakeRegistry, world: &World| {
        let image = world.image();
        let tags = other.reference("elsewhere/api:1.1.0");
        let mut runner = world.runner();
        if let Some(switch) = switch {
            other.kill_switch(switch);
            runner = runner.kill_switch(switch);
        }
        run_on(&runner, "push-tags", &[("image", &image), ("tags", &tags)])
    };
    let counting = KillSwitch::never();
    run(Some(&counting), &FakeRegistry::start(), &World::new()).success();
    let writes = counting.writes().len();
    assert!(writes >= 8, "{:?}", counting.writes());
    for write in 1..=writes {
        let (world, other) = (World::new(), FakeRegistry::start());
        let moment = if write % 2 == 0 { Moment::Before } else { Moment::After };
        run(Some(&KillSwitch::at(write, moment)), &other, &world);
        run(None, &other, &world).success();
        assert_eq!(other.digest("elsewhere/api", "1.1.0").as_ref(), Some(&world.new));
        assert_eq!(other.manifests("elsewhere/api").len(), 3);
    }
}

#[test]
fn the_words_of_a_registry_are_no_commands() {
    let world = World::new();
    let words =
        json!({ "errors": [{ "code": "DENIED", "message": "::error::x\n::stop-commands::y" }] });
    world.registry.fail(put("latest", Fault::Status(400, Vec::new(), words)));
    let run = world.push(&["latest"]).exits(3);
    assert_eq!(run.messages("error").len(), 1, "{:?}", run.annotations);
}

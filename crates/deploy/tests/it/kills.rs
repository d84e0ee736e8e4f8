//! Killed at each of its writes, a step completes when it runs again, and repeats nothing.

use launchway_testkit::{KillSwitch, Moment};

use crate::world::{JOB, World};

#[test]
fn a_start_that_was_killed_begins_once() {
    let inputs = [("environment", "production"), ("version", "1.1.0")];
    for at in 1..=2 {
        for moment in [Moment::Before, Moment::After] {
            let context = format!("write {at}, {moment:?}");
            let world = World::new();
            world.deployed(1, "production", "1.0.0");
            let switch = KillSwitch::at(at, moment);
            let run = world.killed("deployment-start", JOB, &inputs, &switch);
            assert!(switch.has_struck() && run.exit_code != 0, "{context}");
            let run = world.start(JOB, &inputs).success();
            assert_eq!(world.all(), ["in_progress success", "in_progress"], "{context}");
            assert_eq!(run.output("previous-version"), "1.0.0", "{context}");
            // And where it does not run again, the end finds it.
        }
    }
}

#[test]
fn a_start_that_was_killed_is_ended() {
    let inputs = [("environment", "production"), ("version", "1.1.0")];
    for at in 1..=2 {
        for moment in [Moment::Before, Moment::After] {
            let world = World::new();
            let switch = KillSwitch::at(at, moment);
            world.killed("deployment-start", JOB, &inputs, &switch);
            let end = [("environment", "production"), ("job-status", "cancelled")];
            world.finish(JOB, &end).success();
            let left = world.repo.deployments();
            assert!(left.iter().all(|one| one.state() == "error"), "{at} {moment:?}: {left:?}");
        }
    }
}

#[test]
fn an_end_that_was_killed_is_the_same_end() {
    for (status, code) in [("deployed", 0), ("rolled-back", 1), ("failed", 1), ("cancelled", 1)] {
        let trial = || {
            let world = World::new();
            world.deployed(1, "production", "1.0.0");
            let inputs = [("environment", "production"), ("version", "1.1.0")];
            let id = world.start(JOB, &inputs).success().output("deployment-id").to_owned();
            (world, id)
        };
        let (whole, id) = trial();
        let count = KillSwitch::never();
        let inputs = [("deployment-id", id.as_str()), ("status", status)];
        whole.killed("deployment-finish", JOB, &inputs, &count).exits(code);
        let writes = count.writes().len();
        assert!(writes >= 1);
        for at in 1..=writes {
            for moment in [Moment::Before, Moment::After] {
                let (world, id) = trial();
                let inputs = [("deployment-id", id.as_str()), ("status", status)];
                let switch = KillSwitch::at(at, moment);
                world.killed("deployment-finish", JOB, &inputs, &switch);
                assert!(switch.has_struck(), "{status} {at} {moment:?}");
                world.finish(JOB, &inputs).exits(code);
                assert_eq!(world.all(), whole.all(), "{status} {at} {moment:?}");
            }
        }
    }
}

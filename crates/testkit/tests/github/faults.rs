use std::time::{Duration, Instant};

use launchway_testkit::{Fault, FaultRule};
use serde_json::{Value, json};

use super::{BOT, World};

fn label(world: &World, name: &str) -> std::io::Result<u16> {
    let body = json!({ "name": name });
    world.try_send(BOT, "POST", "/repos/acme/shop/labels", &body).map(|answer| answer.status)
}

#[test]
fn the_nth_matching_request_fails_and_does_nothing() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::status(500)).method("POST").path("*/labels").nth(2));
    assert_eq!(label(&world, "a").unwrap(), 201);
    assert_eq!(label(&world, "b").unwrap(), 500);
    assert_eq!(label(&world, "b").unwrap(), 201);
    assert_eq!(world.repo.labels().len(), 2);
}

#[test]
fn a_connection_can_be_cut_before_or_after_the_deed() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::CutConnection));
    assert!(label(&world, "a").is_err());
    assert!(world.repo.labels().is_empty());
    world.github.fail(FaultRule::new(Fault::CommitThenCut));
    assert!(label(&world, "a").is_err());
    assert_eq!(world.repo.labels().len(), 1);
    world.github.fail(FaultRule::new(Fault::CommitThenFail));
    assert_eq!(label(&world, "b").unwrap(), 502);
    assert_eq!(world.repo.labels().len(), 2);
    let statuses: Vec<u16> = world.github.requests().iter().map(|r| r.status).collect();
    assert_eq!(statuses, [0, 0, 502]);
}

#[test]
fn limits_say_when_to_come_back() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::SecondaryLimit(Some(2))));
    let answer = world.send(BOT, "GET", "/rate_limit", &Value::Null);
    assert_eq!((answer.status, answer.header("retry-after")), (403, Some("2")));
    world.github.fail(FaultRule::new(Fault::PrimaryLimit(60)));
    let answer = world.send(BOT, "GET", "/rate_limit", &Value::Null);
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
}

#[test]
fn slow_is_slow_for_the_one_only() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::Slow(Duration::from_millis(300))).path("/user"));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let started = Instant::now();
            let _ = world.try_send(BOT, "GET", "/user", &Value::Null);
            started.elapsed()
        });
        std::thread::sleep(Duration::from_millis(50));
        let started = Instant::now();
        world.send(BOT, "GET", "/rate_limit", &Value::Null);
        assert!(started.elapsed() < Duration::from_millis(200));
        assert!(slow.join().unwrap() >= Duration::from_millis(300));
    });
}

#[test]
fn a_stale_read_shows_the_state_before_the_last_write() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::Stale).method("GET").path("*/git/ref/*"));
    let main = world.repo.sha("main").unwrap();
    let body = json!({ "ref": "refs/heads/new", "sha": main });
    assert_eq!(world.bot("POST", "/git/refs", &body).0, 201);
    assert_eq!(world.get("/git/ref/heads/new").0, 404);
    assert_eq!(world.get("/git/ref/heads/new").0, 200);
}

#[test]
fn a_lie_says_ok_and_does_nothing() {
    let world = World::new();
    world.github.fail(FaultRule::new(Fault::LieOk).method("POST"));
    let main = world.repo.sha("main").unwrap();
    let body = json!({ "ref": "refs/heads/new", "sha": main });
    assert_eq!(world.bot("POST", "/git/refs", &body).0, 201);
    assert_eq!(world.repo.branches(), ["main"]);
}

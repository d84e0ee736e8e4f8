//! Runs that were killed and repeated outside of a runner, where one run is not known from another.

use launchway_testkit::runner::FakeRunner;
use launchway_testkit::{KillSwitch, Moment};
use serde_json::Value;

use crate::promote_world::{APP, Shop, run_on};
use crate::push_world::{REPO, World};

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn changes(path: &str) -> usize {
    read(path)["changes"].as_array().unwrap().len()
}

fn without_run(runner: FakeRunner) -> FakeRunner {
    runner.env("GITHUB_RUN_ID", "")
}

#[test]
fn a_push_that_is_repeated_keeps_the_way_back() {
    let world = World::new();
    let names: Vec<String> = (0..60).map(|n| format!("t{n}")).collect();
    let mut tags: Vec<&str> = names.iter().map(String::as_str).collect();
    tags.push("latest");
    let file = world.dir.path().join("record.json").display().to_string();
    let (image, list) = (world.image(), world.tags(&tags));
    let inputs = [("image", image.as_str()), ("tags", &list), ("record-file", &file)];
    for (at, moment) in [(3, Moment::After), (2, Moment::Before)] {
        let switch = KillSwitch::at(at, moment);
        world.registry.kill_switch(&switch);
        run_on(&without_run(world.runner()).kill_switch(&switch), "push-tags", &inputs);
        assert!(switch.has_struck());
    }
    world.registry.kill_switch(&KillSwitch::never());
    assert_eq!(read(&file).get("run"), None);
    for _ in 0..2 {
        let run = run_on(&without_run(world.runner()), "push-tags", &inputs).success();
        assert!(run.log.contains(&format!("of an earlier run ({file})")), "{}", run.log);
        assert_eq!(changes(&file), tags.len());
    }
    world.registry.delete_by_tag();
    world.run("rollback", &[("record-file", &file)]).success();
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
    assert_eq!(world.registry.tags(REPO).len(), 2);
}

#[test]
fn a_promotion_that_is_repeated_keeps_the_way_back() {
    for kind in ["output", "referrer"] {
        let shop = Shop::new();
        let mut to: Vec<String> = (0..41).map(|n| shop.app(&format!("t{n}"))).collect();
        to.push(shop.app("prod"));
        let (from, to) = (vec![shop.app("dev"); to.len()].join("\n"), to.join("\n"));
        let file = shop.dir.path().join("record.json").display().to_string();
        let mut inputs = vec![("from", from.as_str()), ("to", &to), ("record", kind)];
        if kind == "output" {
            inputs.push(("record-file", &file));
        }
        let switch = KillSwitch::at(if kind == "output" { 2 } else { 12 }, Moment::After);
        shop.near.kill_switch(&switch);
        run_on(&without_run(shop.runner()).kill_switch(&switch), "promote", &inputs);
        shop.near.kill_switch(&KillSwitch::never());
        assert!(switch.has_struck());
        shop.near.untag(APP, "t40");
        let run = run_on(&without_run(shop.runner()), "promote", &inputs).success();
        assert!(run.log.contains("of an earlier run"), "{}", run.log);
        let record = run.output_json("record");
        assert_eq!(record["changes"].as_array().unwrap().len(), 42, "{kind}: {record}");
        shop.near.delete_by_tag();
        shop.run("rollback", &[("record", &record.to_string())]).success();
        assert_eq!((shop.at("prod").as_ref(), shop.at("t0")), (Some(&shop.prod), None));
    }
}

#[test]
fn a_record_of_something_else_is_replaced() {
    let world = World::new();
    let file = world.dir.path().join("record.json").display().to_string();
    let push = |image: &str, tags: &[&str], runner: FakeRunner| {
        let tags = world.tags(tags);
        let inputs = [("image", image), ("tags", tags.as_str()), ("record-file", &file)];
        run_on(&runner, "push-tags", &inputs).success()
    };
    let old = world.registry.reference(format!("{REPO}@{}", world.old));
    // Another digest of the same tag, then other tags.
    push(&old, &["a"], without_run(world.runner()));
    let run = push(&world.image(), &["a"], without_run(world.runner()));
    assert!(!run.log.contains("an earlier run"), "{}", run.log);
    assert_eq!(read(&file)["changes"][0]["previous"], Value::from(world.old.as_str()));
    push(&world.image(), &["b", "c"], without_run(world.runner()));
    assert_eq!(
        (changes(&file), &read(&file)["changes"][0]["tag"]),
        (2, &world.tags(&["b"]).into())
    );
    // One that is known to be of another run is its own affair.
    push(&world.image(), &["d"], world.runner().env("GITHUB_RUN_ID", "7"));
    push(&world.image(), &["d", "e"], world.runner().env("GITHUB_RUN_ID", "8"));
    assert_eq!(
        (changes(&file), &read(&file)["changes"][0]["tag"]),
        (1, &world.tags(&["e"]).into())
    );
    // A promotion's is no push's.
    let mut told = read(&file);
    told["verb"] = "promote".into();
    std::fs::write(&file, told.to_string()).unwrap();
    push(&world.image(), &["e", "f"], without_run(world.runner()));
    assert_eq!(changes(&file), 1);
}

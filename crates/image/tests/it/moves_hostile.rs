//! Tags that others move, registries that lag, and records that must not be lost.

use std::time::Duration;

use launchway_testkit::oci::{Auth, FakeRegistry};
use launchway_testkit::{Fault, FaultRule, KillSwitch, Moment};
use serde_json::{Value, json};

use crate::promote_world::{APP, Shop, run_on};
use crate::push_world::{REPO, World, another};

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Waits until something is so, and then a little.
fn wait(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_version_somebody_makes_while_the_image_is_copied_is_left_alone() {
    let (world, other) = (World::new(), FakeRegistry::start());
    let theirs = another(&other, "elsewhere/api", "theirs");
    let slow = Fault::Slow(Duration::from_millis(700));
    other.fail(FaultRule::new(slow).method("PUT").path("*/manifests/sha256*"));
    let tags = format!("{}\n{}", other.reference("elsewhere/api:1.1.0"), world.tags(&["latest"]));
    let image = world.image();
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            wait(|| !other.writes().is_empty());
            other.tag("elsewhere/api", "1.1.0", &theirs);
        });
        world.run("push-tags", &[("image", &image), ("tags", &tags)])
    });
    let run = run.exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains("1.1.0") && said.contains(&theirs), "{said}");
    assert_eq!(other.digest("elsewhere/api", "1.1.0"), Some(theirs));
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
}

#[test]
fn the_record_of_a_push_is_kept_by_its_reruns() {
    let tags = ["1.0.0", "1.1.0", "latest"];
    for (at, moment) in [(1, Moment::Before), (1, Moment::After), (2, Moment::After)] {
        let world = World::new();
        world.registry.tag(REPO, "1.0.0", &world.new);
        let file = world.dir.path().join("record.json").display().to_string();
        let (image, list) = (world.image(), world.tags(&tags));
        let inputs = [("image", image.as_str()), ("tags", &list), ("record-file", &file)];
        let switch = KillSwitch::at(at, moment);
        world.registry.kill_switch(&switch);
        run_on(&world.runner().kill_switch(&switch), "push-tags", &inputs);
        assert!(switch.has_struck());
        world.registry.kill_switch(&KillSwitch::never());
        for _ in 0..2 {
            world.run("push-tags", &inputs).success();
            let changes = read(&file)["changes"].clone();
            let previous: Vec<_> =
                changes.as_array().unwrap().iter().map(|one| one["previous"].clone()).collect();
            assert_eq!(previous, [Value::Null, json!(world.old)], "{at} {moment:?}");
        }
        world.registry.delete_by_tag();
        world.run("rollback", &[("record-file", &file)]).success();
        assert_eq!(world.at("latest").as_ref(), Some(&world.old));
        assert_eq!(world.at("1.1.0"), None);
    }
}

#[test]
fn a_record_that_cannot_be_written_is_told_before_a_tag_moves() {
    let world = World::new();
    world.push_with(&["1.1.0", "latest"], &[("record-file", "no/such/place.json")]).exits(2);
    assert!(world.registry.writes().is_empty());
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
}

#[test]
fn what_a_lagging_registry_took_is_put_back_all_the_same() {
    let world = World::new();
    world.registry.delete_by_tag();
    let stale = FaultRule::new(Fault::Stale).method("HEAD").path("*/manifests/latest").nth(2);
    world.registry.fail(stale.times(6));
    let run = world.push(&["latest"]).exits(3);
    assert!(run.log.contains("put back"), "{}", run.log);
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
}

#[test]
fn an_image_whose_platform_was_cleaned_away_is_not_put_back() {
    let shop = Shop::new();
    let record = shop.within("dev", "prod", &[]).success().output("record").to_owned();
    let list: Value =
        serde_json::from_slice(&shop.near.manifest(APP, &shop.prod).unwrap()).unwrap();
    let child = list["manifests"][1]["digest"].as_str().unwrap();
    shop.near.remove_manifest(APP, child).check_children(false).forget_requests();
    let run = shop.run("rollback", &[("record", &record)]).exits(3);
    assert!(run.messages("error").join("\n").contains(child), "{}", run.log);
    assert!(shop.near.writes().is_empty());
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.dev));
}

#[test]
fn a_new_tag_somebody_moved_meanwhile_is_not_deleted() {
    let shop = Shop::new();
    shop.near.delete_by_tag();
    let from = format!("{0}\n{0}", shop.app("dev"));
    let to = format!("{}\n{}", shop.app("prod"), shop.app("new"));
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).success();
    let record = run.output("record").to_owned();
    let third = shop.near.add_index(APP, "third", &["linux/amd64"]);
    shop.near.forget_requests();
    let slow = Fault::Slow(Duration::from_millis(700));
    shop.near.fail(FaultRule::new(slow).method("HEAD").path("*/manifests/prod").nth(2));
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            wait(|| shop.at("prod").as_ref() == Some(&shop.prod));
            shop.near.tag(APP, "new", &third);
        });
        shop.run("rollback", &[("record", &record)])
    });
    let run = run.exits(4);
    assert!(run.log.contains("somebody else moved it"), "{}", run.log);
    assert_eq!(shop.at("new"), Some(third));
}

#[test]
fn a_rerun_keeps_the_record_of_a_promotion_that_found_some_of_it_done() {
    let shop = Shop::new();
    shop.near.tag(APP, "staging", &shop.dev);
    let from = format!("{0}\n{0}", shop.app("dev"));
    let to = format!("{}\n{}", shop.app("staging"), shop.app("prod"));
    let file = shop.dir.path().join("record.json").display().to_string();
    for kind in ["output", "referrer"] {
        shop.near.tag(APP, "prod", &shop.prod);
        let inputs =
            [("from", from.as_str()), ("to", &to), ("record-file", &file), ("record", kind)];
        shop.run("promote", &inputs).success();
        let first = read(&file);
        assert_eq!(first["changes"][0]["previous"], json!(shop.prod));
        shop.run("promote", &inputs).success();
        assert_eq!(read(&file), first, "{kind}");
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_runners_file_that_cannot_be_written_hides_no_promotion() {
    let shop = Shop::new();
    let runner = shop.runner().env("GITHUB_ARTIFACTS", &shop.dir.path().display().to_string());
    let (from, to) = (shop.app("dev"), shop.app("prod"));
    let run = run_on(&runner, "promote", &[("from", &from), ("to", &to)]).success();
    assert!(run.log.contains("one image was promoted"), "{}", run.log);
    assert_eq!(run.messages("warning").len(), 1, "{:?}", run.annotations);
}

#[test]
fn a_version_of_a_kind_nobody_makes_any_more_is_a_version() {
    for kind in [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.oci.artifact.manifest.v1+json",
    ] {
        let world = World::new();
        let old = format!(r#"{{"schemaVersion":1,"mediaType":"{kind}"}}"#);
        let held = world.registry.add_manifest(REPO, Some("1.1.0"), kind, old.as_bytes());
        let run = world.push(&["1.1.0"]).exits(1);
        assert!(run.log.contains(&held), "{}", run.log);
        assert_eq!(world.at("1.1.0"), Some(held));
    }
}

#[test]
fn a_record_that_was_deleted_again_stops_no_later_promotion() {
    for api in [true, false] {
        let shop = Shop::new();
        shop.near.referrers_api(api).delete_by_tag();
        shop.near.fail(FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/prod"));
        shop.within("dev", "prod", &[("record", "referrer")]).exits(3);
        let (from, to) = (shop.app("dev"), shop.far.reference("live/app:prod"));
        shop.run("promote", &[("from", &from), ("to", &to)]).success();
        assert_eq!(shop.far.digest("live/app", "prod").as_ref(), Some(&shop.dev));
    }
}

#[test]
fn two_runs_at_once_with_the_same_image() {
    let (world, elsewhere) = (World::new(), World::new());
    let (image, tags) = (world.image(), world.tags(&["2.0.0", "2.0", "latest"]));
    let inputs = [("image", image.as_str()), ("tags", tags.as_str())];
    let (one, two) = std::thread::scope(|scope| {
        let two = scope.spawn(|| run_on(&elsewhere.runner(), "push-tags", &inputs));
        (run_on(&world.runner(), "push-tags", &inputs), two.join().unwrap())
    });
    assert_eq!((one.exit_code, two.exit_code), (0, 0), "{} {}", one.log, two.log);
    for tag in ["2.0.0", "2.0", "latest"] {
        assert_eq!(world.at(tag).as_ref(), Some(&world.new), "{tag}");
    }
}

#[test]
fn five_thousand_tags_are_taken_back() {
    let world = World::new();
    world.registry.delete_by_tag();
    let tags: Vec<String> = (0..5_000).map(|n| format!("t{n}")).collect();
    for tag in &tags[..2_500] {
        world.registry.tag(REPO, tag, &world.old);
    }
    let before = world.registry.tags(REPO);
    let list = world.tags(&tags.iter().map(String::as_str).collect::<Vec<_>>());
    let list = world.file("tags.txt", list).display().to_string();
    let record = world.dir.path().join("record.json").display().to_string();
    let image = world.image();
    let inputs = [("image", image.as_str()), ("tags-file", &list), ("record-file", &record)];
    world.run("push-tags", &inputs).success();
    world.run("rollback", &[("record-file", &record)]).success();
    assert_eq!(world.registry.tags(REPO), before);
    // Somebody moved all of them: a few are named.
    let run = world.run("rollback", &[("record-file", &record)]).success();
    assert!(run.log.contains("everything holds already"), "{}", run.log.len());
    let third = another(&world.registry, REPO, "third");
    for tag in &tags {
        world.registry.tag(REPO, tag, &third);
    }
    let run = world.run("rollback", &[("record-file", &record)]).exits(1);
    let said = run.messages("error").join("");
    assert!(said.contains("and 4995 more") && said.len() < 2_000, "{}", said.len());
}

#[test]
fn an_image_known_by_a_longer_digest_is_tagged_once() {
    let world = World::new();
    world.registry.delete_by_tag();
    let bytes = world.registry.manifest(REPO, &world.new).unwrap();
    let digest = launchway_registry::Digest::of_with(launchway_registry::Algorithm::Sha512, &bytes);
    let image = world.registry.reference(format!("{REPO}@{digest}"));
    let put = FaultRule::new(Fault::Status(
        200,
        vec![("docker-content-digest".to_owned(), digest.to_string())],
        serde_json::from_slice(&bytes).unwrap(),
    ));
    world.registry.fail(put.method("GET").path("*/manifests/sha512*").always());
    let tags = world.tags(&["1.1.0", "latest"]);
    let inputs = [("image", image.as_str()), ("tags", tags.as_str())];
    world
        .registry
        .fail(FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/latest"));
    world.run("push-tags", &inputs).exits(3);
    assert_eq!((world.at("1.1.0"), world.at("latest").as_ref()), (None, Some(&world.old)));
    world.run("push-tags", &inputs).success();
    assert_eq!(world.at("1.1.0").as_ref(), Some(&world.new));
    world.registry.forget_requests();
    world.run("push-tags", &inputs).success();
    assert!(world.registry.writes().is_empty());
    world.run("verify", &inputs).success();
}

#[test]
fn an_image_outlives_its_last_tag() {
    let world = World::new();
    world.registry.delete_by_tag().forget_untagged();
    let record = world.push(&["1.1.0", "1.1"]).success().output("record").to_owned();
    world.run("rollback", &[("record", &record)]).success();
    assert_eq!((world.at("1.1.0"), world.at("1.1")), (None, None));
    assert!(world.registry.manifest(REPO, &world.new).is_some());
    world
        .registry
        .fail(FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/latest"));
    world.push(&["1.1.0", "latest"]).exits(3);
    assert_eq!(world.at("1.1.0"), None);
    assert!(world.registry.manifest(REPO, &world.new).is_some());
}

#[test]
fn a_second_registry_that_denies_leaves_no_tag_in_the_first() {
    // None of these could be deleted again.
    let (world, other) = (World::new(), FakeRegistry::start());
    let (image, there) = (world.image(), other.reference("elsewhere/api:there"));
    world.run("push-tags", &[("image", &image), ("tags", &there)]).success();
    other.auth(Auth::Bearer).add_limited_user("reader", "pw-of-reader", &[("*", &["pull"])]);
    world.file("config.json", other.docker_config("reader", "pw-of-reader"));
    let tags = format!("{}\n{}", world.tags(&["1.1.0"]), other.reference("elsewhere/api:1.1.0"));
    let run = world.run("push-tags", &[("image", &image), ("tags", &tags)]).exits(3);
    assert!(run.log.contains("no tag was put: cannot write to"), "{}", run.log);
    assert_eq!(world.at("1.1.0"), None);
    assert!(!run.log.contains("pw-of-reader"));
}

#[test]
fn records_that_somebody_edited() {
    let shop = Shop::new();
    let record = shop.within("dev", "prod", &[]).success().output("record").to_owned();
    let blob = shop.near.blobs(APP).into_iter().next().unwrap();
    shop.near.forget_requests();
    let edit = |from: &str, to: &str| {
        assert!(record.contains(from), "{record}");
        record.replace(from, to)
    };
    let app = shop.app("prod");
    for (edited, code, said) in [
        (edit(&shop.prod, &blob), 1, "not there any more"),
        (edit(&shop.prod, "sha256:../../x"), 2, "is no digest"),
        (edit(&app, &app.replace("acme/app", "acme/../app")), 2, "separator"),
        (edit(&app, &format!("{app}\\n::warning::x")), 2, "image reference"),
        (edit(&app, "http://127.0.0.1/x:1"), 2, "URL"),
        (edit(&app, &app.replace("acme/app", "acme/other")), 1, "nothing"),
        (edit("record/1", "record/2"), 2, "newer"),
    ] {
        let run = shop.run("rollback", &[("record", &edited)]).exits(code);
        let messages = run.messages("error").join("\n");
        assert!(messages.contains(said) || run.log.contains(said), "{edited}: {}", run.log);
        assert!(run.messages("warning").is_empty() && shop.near.writes().is_empty(), "{edited}");
    }
    let mut none: Value = serde_json::from_str(&record).unwrap();
    none["changes"] = json!([]);
    let run = shop.run("rollback", &[("record", &none.to_string())]).success();
    assert!(run.log.contains("nothing to take back"), "{}", run.log);
    // As an editor of Windows leaves it.
    let file = shop.dir.path().join("record.json");
    std::fs::write(&file, format!("\u{feff}{record}\r\n")).unwrap();
    shop.run("rollback", &[("record-file", file.to_str().unwrap())]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod));
    std::fs::write(&file, b"\xff\xfe{").unwrap();
    shop.run("rollback", &[("record-file", file.to_str().unwrap())]).exits(2);
}

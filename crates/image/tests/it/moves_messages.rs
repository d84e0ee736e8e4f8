//! What is said of moves: plans as intentions, results as results, and what to do next.

use std::time::Duration;

use launchway_testkit::{Fault, FaultRule};

use crate::promote_world::Shop;
use crate::push_world::{REPO, World, shell};

#[test]
fn a_plan_is_no_result() {
    let world = World::new();
    let run = world.push(&["1.0.0", "latest"]).exits(1);
    assert!(run.log.contains("latest: to be moved (holds "), "{}", run.log);
    assert!(run.summary.contains("No tag was put") && !run.summary.contains("| moved"));
    let run = world.push(&["latest"]).success();
    assert!(run.log.contains("latest: to be moved (holds "), "{}", run.log);
    assert!(run.summary.contains("| moved"), "{}", run.summary);
    assert!(run.output("plan").contains("to be moved"), "{}", run.output("plan"));

    let shop = Shop::new();
    let run = shop.within("dev", "prod", &[("dry-run", "true")]).success();
    assert!(run.log.contains("to be moved (holds "), "{}", run.log);
    assert!(run.summary.contains("to be moved"), "{}", run.summary);
    let run = shop.within("dev", "prod", &[]).success();
    assert!(run.summary.contains("| moved"), "{}", run.summary);
    let record = run.output("record").to_owned();
    let run = shop.run("rollback", &[("record", &record)]).success();
    assert!(run.log.contains(", to be taken back"), "{}", run.log);
    assert!(run.summary.contains("| taken back"), "{}", run.summary);
}

#[test]
fn a_push_says_how_to_go_back() {
    let world = World::new();
    let file = world.dir.path().join("r.json").display().to_string();
    for _ in 0..2 {
        let run = world.push_with(&["latest"], &[("record-file", &file)]).success();
        let back = format!("launchway-image rollback --record-file {file}");
        assert!(run.log.contains(&format!("to roll back: {back}")), "{}", run.log);
        assert!(run.summary.contains(&back), "{}", run.summary);
    }
    let run = world.push(&["latest"]).success();
    assert!(!run.log.contains("to roll back"), "{}", run.log);
}

#[test]
fn a_tag_that_was_new_and_cannot_be_deleted() {
    let shop = Shop::new();
    let record = shop.within("dev", "new", &[]).success().output("record").to_owned();
    let run = shop.run("rollback", &[("record", &record), ("dry-run", "true")]).success();
    assert!(run.log.contains("did not exist before: to be deleted"), "{}", run.log);
    let run = shop.run("rollback", &[("record", &record)]).exits(3);
    let said = run.messages("error").join("\n");
    assert!(run.log.contains("did not exist before: to be deleted"), "{}", run.log);
    assert!(!run.log.contains("before, deleted"), "{}", run.log);
    assert_eq!(said.matches("acme/app:new").count(), 1, "{said}");
    assert!(!said.contains("taken back"), "{said}");
    assert!(said.contains("running again does not help"), "{said}");
    assert!(run.summary.contains("still there"), "{}", run.summary);
    // With others, which are taken back.
    let from = format!("{0}\n{0}", shop.app("dev"));
    let to = format!("{}\n{}", shop.app("prod"), shop.app("newer"));
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).success();
    let record = run.output("record").to_owned();
    let run = shop.run("rollback", &[("record", &record)]).exits(3);
    let said = run.messages("error").join("\n");
    assert!(said.contains("one other tag was taken back"), "{said}");
    assert_eq!(run.output("changed"), shop.app("prod"));
    // What may be over the next time.
    shop.near.delete_by_tag();
    let busy = FaultRule::new(Fault::status(503)).method("DELETE").path("*/manifests/newer");
    shop.near.fail(busy.always());
    let run = shop.run("rollback", &[("record", &record), ("timeout", "3s")]).exits(4);
    assert!(run.messages("error").join("").contains("run again"), "{}", run.log);
    shop.near.heal();
    shop.run("rollback", &[("record", &record)]).success();
}

#[test]
fn a_record_that_cannot_be_written_is_told_first() {
    let world = World::new();
    let folder = world.dir.path().display().to_string();
    let shop = Shop::new();
    for file in ["/nonexistent/r.json", &folder] {
        let run = world.push_with(&["1.1.0", "latest"], &[("record-file", file)]).exits(2);
        assert!(!run.log.contains("latest"), "{}", run.log);
        assert!(run.log.contains("hint: "), "{}", run.log);
        let run = shop.within("dev", "prod", &[("record-file", file)]).exits(2);
        assert!(!run.log.contains("moved") && run.log.contains("hint: "), "{}", run.log);
        let inputs = [("tag", shop.app("prod")), ("new-record-file", file.to_owned())];
        let inputs: Vec<_> = inputs.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let run = shop.run("rollback", &inputs).exits(2);
        assert!(run.log.contains("cannot write the record to"), "{}", run.log);
    }
    assert!(world.registry.requests().is_empty());
    assert!(shop.near.writes().is_empty());
    // Looking leaves nothing behind.
    let file = world.dir.path().join("r.json");
    world.push_with(&["1.0.0"], &[("record-file", file.to_str().unwrap())]).exits(1);
    assert!(!file.exists());
}

/// A verb, its inputs, and what is said.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn every_refusal_says_what_to_do() {
    let world = World::new();
    let (image, tags) = (world.image(), world.tags(&["a"]));
    let folder = world.dir.path().display().to_string();
    let host = world.registry.reference("x").split('/').next().unwrap().to_owned();
    let two = tags.replace('\n', "") + " " + &tags;
    let blank = world.file("blank.txt", "\n \n").display().to_string();
    let record = world.file("f.json", "{}").display().to_string();
    let key = include_str!("key.pub");
    let cases: [Case<'_>; 16] = [
        ("rollback", &[("record-file", "nofile.json")], &["nofile.json", "hint: "]),
        ("rollback", &[("record", "foo")], &["it is no JSON", "hint: give the output"]),
        ("rollback", &[("record", &record)], &["it is no JSON", "`record-file`"]),
        ("rollback", &[("tag", &two)], &["`tag`: line 1", "NAME:TAG per line"]),
        ("push-tags", &[("image", &image), ("tags-file", "nofile")], &["nofile", "hint: "]),
        ("push-tags", &[("image", &image), ("tags-file", &folder)], &["directory", "hint: "]),
        ("push-tags", &[("image", &image), ("tags", &two)], &["`tags`: line 1", "blank between"]),
        ("list", &[("image", &image), ("limit", "0")], &["hint: "]),
        ("list", &[("image", REPO), ("limit", "0")], &["`limit`", "leave it out"]),
        ("list", &[("image", &host)], &["a registry without a repository", "hint: "]),
        ("list", &[("image", "ghcr.io")], &["a registry without a repository"]),
        ("list", &[("image", REPO), ("insecure-registry", "http://x")], &["write `x`"]),
        ("list", &[("image", REPO), ("insecure-registry", "a,b")], &["one per line"]),
        ("verify", &[("image", &image), ("key", key), ("tags-file", &blank)], &["names no tag"]),
        ("verify", &[("image", &image), ("key", key), ("tags-file", &blank)], &["leave it out"]),
        ("verify", &[("image", &image), ("tags-file", "nofile")], &["nofile", "hint: "]),
    ];
    for (verb, inputs, said) in cases {
        let mut args = vec![verb.to_owned()];
        args.extend(
            inputs.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]),
        );
        let run =
            shell().args(&args).env("HOME", world.dir.path()).timeout(Duration::from_secs(20));
        let run = run.run().exits(2);
        for said in said {
            assert!(run.all().contains(said), "{args:?}: {}", run.all());
        }
        assert!(!run.all().contains("`tags`: `tags`") && !run.all().contains("`tag`: `tags`"));
    }
    assert!(world.registry.requests().is_empty());
    let run = world.run("verify", &[("image", &image), ("key", key), ("tags", " \n")]).exits(1);
    assert!(run.log.contains("only the signature is checked"), "{}", run.log);
    // A signature that is missing is no matter of tags.
    let run = world.run("verify", &[("image", &image), ("key", key)]).exits(1);
    assert!(!run.log.contains("what the tags hold"), "{}", run.log);
    let run = world.run("list", &[("image", &world.registry.reference(REPO)), ("limit", "1")]);
    assert!(run.success().log.contains("one more tag is not shown"));
}

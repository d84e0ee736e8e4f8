//! `push-tags` against a registry that behaves.

use std::time::Duration;

use launchway_testkit::oci::{Auth, FakeRegistry, MultiTag, OCI_MANIFEST};
use serde_json::json;

use crate::push_world::{REPO, World, another, run_on, shell};

#[test]
fn tags_are_put_and_proven() {
    let world = World::new();
    let run = world.push(&["1.1.0", "1.1", "latest", "1.1"]).success();
    for tag in ["1.1.0", "1.1", "latest"] {
        assert_eq!(world.at(tag).as_ref(), Some(&world.new), "{tag}");
    }
    assert_eq!(world.at("1.0.0").as_ref(), Some(&world.old));
    assert_eq!(run.output("digest"), world.new);
    assert_eq!(run.output("changed"), world.tags(&["1.1.0", "1.1", "latest"]));
    let reference = |tag: &str| world.registry.reference(format!("{REPO}:{tag}"));
    assert_eq!(
        run.output_json("previous"),
        json!({ reference("1.1.0"): null, reference("1.1"): null, reference("latest"): world.old })
    );
    let record = run.output_json("record");
    assert_eq!(record["verb"], "push-tags");
    assert_eq!(record["by"], "octocat");
    assert_eq!(record["changes"][2]["previous"], world.old);
    assert!(run.summary.contains("| `sha256:"), "{}", run.summary);
    assert!(run.log.contains("latest: to be moved (holds "), "{}", run.log);
    // New tags come before those that move.
    let writes: Vec<_> = world.lines().into_iter().filter(|l| l.starts_with("PUT")).collect();
    assert_eq!(writes.last().unwrap(), "PUT latest");
    assert_eq!(writes.len(), 3);
}

#[test]
fn a_rerun_writes_nothing() {
    let world = World::new();
    world.push(&["1.1.0", "latest"]).success();
    world.registry.forget_requests();
    let run = world.push(&["1.1.0", "latest"]).success();
    assert!(world.registry.writes().is_empty());
    assert_eq!(run.output("changed"), "");
    assert_eq!(run.output_json("previous"), json!({}));
    assert!(run.log.contains("holds it already"), "{}", run.log);
}

#[test]
fn requests_are_one_and_one_per_tag_and_their_guards() {
    for count in [1, 2, 5] {
        let world = World::new();
        let tags: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        world.push(&tags).success();
        let lines = world.lines();
        let of = |method: &str| lines.iter().filter(|line| line.starts_with(method)).count();
        assert_eq!((of("GET"), of("PUT"), of("HEAD")), (1, count, 2 * count), "{lines:?}");
        assert_eq!(lines.len(), 1 + 3 * count);
    }
}

#[test]
fn many_tags_in_one_request_only_where_that_is_proven() {
    let tags: Vec<String> = (0..250).map(|n| format!("t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    for (mode, puts) in
        [(MultiTag::Supported, 5), (MultiTag::Ignored, 251), (MultiTag::Partial, 5 + 245)]
    {
        let world = World::new();
        world.registry.multi_tag(mode);
        world.push(&tags).success();
        assert_eq!(world.registry.writes().len(), puts, "{mode:?}");
        assert!(tags.iter().all(|tag| world.at(tag).as_ref() == Some(&world.new)), "{mode:?}");
    }
    let world = World::new();
    world.registry.multi_tag(MultiTag::Lie);
    let run = world.push(&tags).exits(3);
    assert!(run.log.contains("is not there, although the registry took it"), "{}", run.log);
}

#[test]
fn a_version_that_holds_another_digest_changes_nothing() {
    let world = World::new();
    let run = world.push(&["1.1.0", "1.0.0", "latest"]).exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains(&world.old) && said.contains(&world.new), "{said}");
    assert!(said.contains("1.0.0") && said.contains("nothing was written"), "{said}");
    assert!(world.registry.writes().is_empty());
    assert!(run.summary.contains("a full version never moves"), "{}", run.summary);
    world.push_with(&["1.0.0"], &[("immutable", "none")]).success();
    assert_eq!(world.at("1.0.0").as_ref(), Some(&world.new));
}

#[test]
fn which_tags_never_move_can_be_said() {
    for (rule, tag, code) in [
        ("versions", "latest", 0),
        ("all", "latest", 1),
        ("all", "new", 0),
        ("/^late/", "latest", 1),
        ("/^late/", "1.0.0", 0),
        ("(", "latest", 2),
        ("/(/", "latest", 2),
    ] {
        let world = World::new();
        world.push_with(&[tag], &[("immutable", rule)]).exits(code);
        assert_eq!(world.registry.writes().len(), usize::from(code == 0), "{rule} {tag}");
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let world = World::new();
    let artifacts = world.dir.path().join("artifacts");
    let (image, tags) = (world.image(), world.tags(&["1.1.0", "latest"]));
    let inputs = [("image", image.as_str()), ("tags", &tags), ("dry-run", "true")];
    let runner = world.runner().env("GITHUB_ARTIFACTS", &artifacts.display().to_string());
    let run = run_on(&runner, "push-tags", &inputs).success();
    assert!(world.registry.writes().is_empty());
    assert!(
        run.log.contains("1.1.0: new") && run.log.contains("latest: to be moved"),
        "{}",
        run.log
    );
    assert_eq!((run.output("digest"), run.output("changed")), (world.new.as_str(), ""));
    assert!(!artifacts.exists());
    world.push_with(&["1.0.0"], &[("dry-run", "true")]).exits(1);
}

#[test]
fn tags_of_other_repositories_and_registries() {
    let world = World::new();
    let other = FakeRegistry::start();
    world.registry.add_referrer(REPO, &world.new, "text/sbom", b"sbom");
    let artifacts = world.dir.path().join("artifacts");
    let tags = [
        world.registry.reference(format!("{REPO}:1.1.0")),
        world.registry.reference("acme/mirror:1.1.0"),
        other.reference("elsewhere/api:1.1.0"),
        other.reference("elsewhere/api:latest"),
    ];
    let (image, list) = (world.image(), tags.join("\n"));
    let inputs = [("image", image.as_str()), ("tags", list.as_str())];
    let runner = world.runner().env("GITHUB_ARTIFACTS", &artifacts.display().to_string());
    let run = run_on(&runner, "push-tags", &inputs).success();
    assert_eq!(world.registry.digest("acme/mirror", "1.1.0").as_ref(), Some(&world.new));
    assert_eq!(other.digest("elsewhere/api", "latest").as_ref(), Some(&world.new));
    assert_eq!(other.manifests("elsewhere/api").len(), 4);
    assert_eq!(other.referrers("elsewhere/api", &world.new).len(), 1);
    assert_eq!(run.output("changed"), tags.join("\n"));
    assert_eq!(run.output_json("record")["changes"][1]["from"], image);
    let artifacts = std::fs::read_to_string(artifacts).unwrap();
    assert_eq!(artifacts.lines().count(), 3);
    assert!(artifacts.contains(&format!("oci://{image}\n")), "{artifacts}");
}

#[test]
fn a_refusal_in_one_registry_leaves_all_others_alone() {
    let world = World::new();
    let other = FakeRegistry::start();
    another(&other, "elsewhere/api", "x");
    let held = other.add_image("elsewhere/api", "1.1.0");
    let tags = format!("{}\n{}", world.tags(&["1.1.0"]), other.reference("elsewhere/api:1.1.0"));
    let image = world.image();
    let run = world.run("push-tags", &[("image", &image), ("tags", &tags)]).exits(1);
    assert!(run.log.contains(&held));
    assert!(world.registry.writes().is_empty() && other.writes().is_empty());
}

#[test]
fn five_thousand_tags() {
    let world = World::new();
    let lines: Vec<String> =
        (0..5_000).map(|n| world.registry.reference(format!("{REPO}:t{n}"))).collect();
    let file = world.file("tags.txt", lines.join("\r\n") + "\r\n" + &lines.join("\r\n"));
    let record = world.dir.path().join("record.json");
    let (image, file) = (world.image(), file.display().to_string());
    let inputs = [
        ("image", image.as_str()),
        ("tags-file", &file),
        ("record-file", record.to_str().unwrap()),
    ];
    let run = world.run("push-tags", &inputs).success();
    assert_eq!(world.registry.tags(REPO).len(), 5_002);
    assert!(run.messages("warning").join("").contains("too long"), "{:?}", run.annotations);
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    assert_eq!(record["changes"].as_array().unwrap().len(), 5_000);
    world.registry.forget_requests();
    world.run("push-tags", &inputs).success();
    assert!(world.registry.writes().is_empty());
}

#[test]
fn a_manifest_of_four_megabytes_keeps_its_bytes() {
    let world = World::new();
    let manifest = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": [],
        "config": { "mediaType": "a/b", "size": 2, "digest": world.registry.add_blob(REPO, b"{}") },
        "annotations": { "long": "x".repeat((4 << 20) - 300) } });
    let bytes = format!("{manifest}\n \n").into_bytes();
    let digest = world.registry.add_manifest(REPO, None, OCI_MANIFEST, &bytes);
    let image = world.registry.reference(format!("{REPO}@{digest}"));
    let tags = world.tags(&["big"]);
    world.run("push-tags", &[("image", &image), ("tags", &tags)]).success();
    assert_eq!(world.at("big"), Some(digest.clone()));
    assert_eq!(world.registry.manifest(REPO, &digest).unwrap(), bytes);
}

/// Inputs, exit code, and what is said.
type Case<'a> = (&'a [(&'a str, &'a str)], i32, &'a str);

#[test]
fn bad_input_touches_nothing() {
    let world = World::new();
    let image = world.image();
    let good = world.tags(&["1"]);
    let bare = world.registry.reference(REPO);
    let cases: [Case<'_>; 11] = [
        (&[("image", &bare), ("tags", &good)], 2, "has no digest"),
        (&[("image", &format!("{bare}@sha256:12")), ("tags", &good)], 2, "2 digits"),
        (&[("image", &format!("{bare}@")), ("tags", &good)], 2, "digest is wrong"),
        (&[("image", &image)], 2, "names no tag"),
        (&[("image", &image), ("tags", "\n \n")], 2, "names no tag"),
        (&[("image", &image), ("tags", "1.2.3")], 2, "no repository or no tag"),
        (&[("image", &image), ("tags", &image)], 2, "has a digest"),
        (&[("image", &image), ("tags", &format!("{good},{good}"))], 2, "comma"),
        (&[("image", &image), ("tags", &format!("{good}\n{bare}:-a"))], 2, "line 2"),
        (&[("image", &image), ("tags", &good), ("tags-file", "x")], 2, "both given"),
        (&[("image", &image), ("tags-file", "missing")], 2, "missing"),
    ];
    for (inputs, code, said) in cases {
        let run = world.run("push-tags", inputs).exits(code);
        let messages = run.messages("error").join("\n");
        assert!(messages.contains(said), "{inputs:?}: {messages}");
    }
    let file = world.file("tags.txt", b"\xff\xfe1");
    let file = file.display().to_string();
    let run = world.run("push-tags", &[("image", &image), ("tags-file", &file)]).exits(2);
    assert!(run.log.contains("not valid UTF-8"), "{}", run.log);
    assert!(world.registry.requests().is_empty());
    let missing = format!("{bare}@sha256:{}", "0".repeat(64));
    let run = world.run("push-tags", &[("image", &missing), ("tags", &good)]).exits(3);
    assert!(run.log.contains("is not there"), "{}", run.log);
    assert!(world.registry.writes().is_empty());
}

#[test]
fn an_unreachable_registry_is_named() {
    let world = World::new();
    let image = format!("127.0.0.1:9/a/b@{}", world.new);
    let tags = world.tags(&["1"]);
    let inputs = [("image", image.as_str()), ("tags", &tags), ("timeout", "2s")];
    let run = world.run("push-tags", &inputs).exits(3);
    assert!(run.log.contains("127.0.0.1:9"), "{}", run.log);
    // The tags' registry is dead while that of the image lives.
    let image = world.image();
    let tags = format!("{tags}\n127.0.0.1:9/a/b:1");
    let inputs = [("image", image.as_str()), ("tags", &tags), ("timeout", "2s")];
    world.run("push-tags", &inputs).exits(3);
    assert!(world.registry.writes().is_empty());
}

#[test]
fn logins_and_tokens_that_end_in_the_middle() {
    for auth in [Auth::Basic, Auth::Bearer] {
        let world = World::new();
        world.registry.auth(auth).add_user("bot", "hunter-of-tags").token_uses(3);
        let tags: Vec<String> = (0..7).map(|n| format!("t{n}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let run = world.push(&tags).exits(3);
        assert!(run.log.contains("wants a login"), "{}", run.log);
        world.file("config.json", world.registry.docker_config("bot", "hunter-of-tags"));
        let run = world.push(&tags).success();
        assert!(tags.iter().all(|tag| world.at(tag).as_ref() == Some(&world.new)));
        assert!(!run.log.contains("hunter-of-tags"), "{}", run.log);
    }
}

#[test]
fn a_login_that_may_only_read_changes_nothing() {
    let world = World::new();
    world.registry.auth(Auth::Bearer).add_limited_user("bot", "secret-of-bot", &[("*", &["pull"])]);
    world.file("config.json", world.registry.docker_config("bot", "secret-of-bot"));
    let run = world.push(&["1.1.0", "latest"]).exits(3);
    assert!(run.log.contains("bot"), "{}", run.log);
    assert_eq!(world.at("latest").as_ref(), Some(&world.old));
    assert_eq!(world.at("1.1.0"), None);
}

#[test]
fn it_runs_in_a_shell() {
    let world = World::new();
    let run = shell()
        .args(["push-tags", "--image", &world.image(), "--tags", &world.tags(&["a"])])
        .args(["--tags", &world.tags(&["b"])])
        .env("HOME", world.dir.path())
        .timeout(Duration::from_secs(20))
        .run()
        .success();
    assert!(run.all().contains("2 tags were put on sha256:"), "{}", run.all());
    assert_eq!(world.at("b").as_ref(), Some(&world.new));
}

#[test]
fn the_image_with_its_tags_is_handed_on() {
    let world = World::new();
    let run = world.push(&["1.2.3", "1.2", "latest"]).success();
    let wanted = serde_json::json!({
        "name": world.registry.reference(REPO), "digest": world.new, "version": "1.2.3",
        "tags": [world.tags(&["1.2.3"]), world.tags(&["1.2"]), world.tags(&["latest"])],
    });
    assert_eq!(run.output_json("artifact"), wanted);
    assert_eq!(world.push(&["1.2.3", "1.2", "latest"]).success().output_json("artifact"), wanted);
    assert_eq!(world.push(&["1.0.0", "1.2"]).exits(1).output("artifact"), "");
}

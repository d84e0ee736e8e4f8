//! Text from outside is data: branches, labels and payloads that would act, or are huge.

use std::time::{Duration, Instant};

use launchway_testkit::Scrubbed;
use serde_json::json;

use crate::tags_world::{PROGRAM, World, names};

#[test]
fn branches_that_would_act_are_text() {
    for branch in [
        "x\n::error::pwned",
        "::set-output name=a::b",
        "a\r\n::add-mask::main",
        "$(touch pwned)`id`",
        "{{sha}}",
        "GHADELIMITER\nEOF\nversion=evil",
        "\u{1b}[31mred",
    ] {
        let world = World::push(&format!("refs/heads/{branch}"));
        let inputs = [("tags", "type=ref,event=branch"), ("labels", "b={{{branch}}}")];
        let run = world.run(&inputs).success();
        assert_eq!(run.messages("error"), [""; 0], "{branch:?}");
        assert_eq!(run.masks, [""; 0], "{branch:?}");
        assert_eq!(run.output("tags").lines().count(), 1, "{branch:?}");
        assert_eq!(run.output_json("json")["tags"].as_array().unwrap().len(), 1);
        let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(run.output("version").chars().all(sound), "{branch:?}: {}", run.output("version"));
        // The runner of the tests takes line ends as one.
        let expected = format!("b={}", branch.replace('\r', ""));
        assert!(run.output("labels").contains(&expected), "{branch:?}: {}", run.output("labels"));
        let set = ["version", "tags", "reasons"].map(|name| run.outputs.contains_key(name));
        assert_eq!((run.outputs.len(), set), (11, [true; 3]), "{branch:?}");
    }
}

#[test]
fn names_of_repositories_are_data_in_labels_and_summary() {
    let repository = json!({
        "name": "a\n::error::x", "full_name": "acme/rocket", "html_url": "https://x/<script>",
        "description": "line\r\n::warning::two | <img src=x>", "default_branch": "main", "license": null,
    });
    let world = World::new("push", "refs/heads/main", json!({ "repository": repository }));
    let run = world.run(&[("tags", "type=raw,value=<b>x</b>,suffix={{!--}}--}}")]).success();
    assert!(run.messages("error").is_empty());
    assert!(
        run.summary.contains("`type=raw,value=<b>x</b>,suffix={{!--}}--}}`"),
        "{}",
        run.summary
    );
    assert!(run.output("labels").contains("::error::x"));
}

#[test]
fn payloads_of_any_shape_are_read() {
    for payload in [
        json!({ "repository": [], "commits": {}, "head_commit": "x", "base_ref": 7 }),
        json!({ "repository": "acme/rocket", "commits": [null, 1, { "id": 5 }] }),
        json!({ "repository": { "name": 5, "license": "MIT", "default_branch": [] } }),
    ] {
        let run = World::new("push", "refs/tags/v1.0.0", payload.clone())
            .run(&[("tags", "x{{base_ref}}")])
            .success();
        assert_eq!(names(&run), "x", "{payload}");
    }
    let run = World::new("pull_request_target", "refs/heads/main", json!({ "number": "8/merge" }))
        .run(&[])
        .exits(2);
    assert!(run.messages("error")[0].contains("/number"));
}

#[test]
fn a_payload_that_is_no_json_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let event = dir.path().join("event.json");
    for (text, code) in [(&b"{"[..], 2), (b"\xff\xfe{}", 2), (b"", 2), (b"\xef\xbb\xbf{}", 0)] {
        std::fs::write(&event, text).unwrap();
        let run = Scrubbed::new(PROGRAM)
            .args(["tags", "--tags", "x"])
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_EVENT_PATH", &event)
            .dir(dir.path())
            .run()
            .exits(code);
        assert!(code == 0 || run.all().contains("GITHUB_EVENT_PATH"), "{}", run.all());
    }
}

#[cfg(unix)]
#[test]
fn variables_that_are_no_text_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    for name in ["GITHUB_REF", "INPUT_TAGS", "DOCKER_METADATA_ANNOTATIONS_LEVELS"] {
        let run = Scrubbed::new(PROGRAM)
            .args(["tags"])
            .env("GITHUB_EVENT_NAME", "push")
            .env(name, OsStr::from_bytes(b"refs/heads/\xff"))
            .run()
            .exits(2);
        assert!(run.all().contains(name), "{}", run.all());
    }
}

#[test]
fn five_thousand_rules_take_no_time() {
    let rules: Vec<String> = (0..5000).map(|n| format!("type=raw,value=tag-{n}")).collect();
    let world = World::push("refs/heads/main");
    let start = Instant::now();
    let run = world.run(&[("tags", &rules.join("\n")), ("images", "acme/a")]).success();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(run.output("tags").lines().count(), 5000);
    assert_eq!(run.output("version"), "tag-0");
    // A variable this long would keep later steps from starting anything.
    assert!(run.env_written.values().all(|value| value.len() < 128 * 1024));
    assert!(run.env_written.contains_key("DOCKER_METADATA_OUTPUT_VERSION"));
}

#[test]
fn a_pattern_that_never_ends_is_given_up() {
    let world = World::push(&format!("refs/tags/{}!", "a".repeat(40)));
    let start = Instant::now();
    let run = world.run(&[("tags", "type=match,pattern=/^(a|a)*$/")]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(matches!(run.exit_code, 0 | 2), "{}", run.log);
}

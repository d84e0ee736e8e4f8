//! `tags` with `package` and `floating`, as a runner starts it, in real repositories.

use launchway_testkit::TestRepo;
use launchway_testkit::oci::FakeRegistry;
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use crate::push_world::PROGRAM;

const RULES: &str = "type=semver,pattern={{version}}\n\
                     type=semver,pattern={{major}}.{{minor}}\n\
                     type=semver,pattern={{major}}\n\
                     type=match,pattern=-(rc|beta)\\b,group=1";

/// What stands in the payload, so that nobody asks an API.
fn payload(more: &serde_json::Value) -> serde_json::Value {
    let mut payload = serde_json::json!({"repository": {
        "name": "rocket", "full_name": "acme/rocket", "description": "", "license": null,
        "html_url": "https://github.com/acme/rocket", "default_branch": "main",
    }});
    for (key, value) in more.as_object().into_iter().flatten() {
        payload[key] = value.clone();
    }
    payload
}

fn runner(repo: &TestRepo, event: &str, reference: &str, more: &serde_json::Value) -> FakeRunner {
    FakeRunner::new(repo.path())
        .repository("acme/rocket")
        .sha(&repo.head())
        .event(event, payload(more))
        .reference(reference)
}

fn pushed(repo: &TestRepo, tag: &str) -> FakeRunner {
    runner(repo, "push", &format!("refs/tags/{tag}"), &serde_json::Value::Null)
}

fn tags(runner: &FakeRunner, inputs: &[(&str, &str)]) -> StepRun {
    let mut all = vec![("tags", RULES)];
    all.extend(inputs);
    runner.run_program(PROGRAM, &["tags"], How::Json, &all)
}

fn names(run: StepRun) -> String {
    run.success().output("tag-names").replace('\n', " ")
}

const HIGHEST: (&str, &str) = ("floating", "highest");

#[test]
fn a_back_port_and_a_prerelease_leave_latest_where_it_is() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for tag in ["v1.9.0", "v1.9.1", "v2.0.1", "v2.1.0-rc.1", "v2.1.0-rc.2"] {
        repo.tag(tag);
    }
    repo.bare_remote();
    for (tag, off, highest) in [
        ("v2.0.1", "2.0.1 2.0 2 latest", "2.0.1 2.0 2 latest"),
        ("v1.9.1", "1.9.1 1.9 1 latest", "1.9.1 1.9 1"),
        ("v1.9.0", "1.9.0 1.9 1 latest", "1.9.0"),
        ("v2.1.0-rc.2", "2.1.0-rc.2 rc", "2.1.0-rc.2 rc"),
        ("v2.1.0-rc.1", "2.1.0-rc.1 rc", "2.1.0-rc.1"),
    ] {
        assert_eq!(names(tags(&pushed(&repo, tag), &[])), off);
        let run = tags(&pushed(&repo, tag), &[HIGHEST]);
        assert_eq!(names(run), highest, "{tag}");
    }
    let run = tags(&pushed(&repo, "v1.9.1"), &[HIGHEST]);
    let reasons = run.output("reasons").to_owned();
    let said = "1.9.1 is not the highest release: 2.0.1 exists, so `latest` stays";
    assert!(reasons.contains(said) && run.log.contains(said), "{}", run.log);
    // `latest=true` and a plain `latest` are judged, too.
    let rules = "type=raw,value=latest\ntype=raw,value=stable\ntype=raw,value=tool";
    let run =
        tags(&pushed(&repo, "v2.1.0-rc.2"), &[HIGHEST, ("tags", rules), ("flavor", "latest=true")]);
    assert_eq!(names(run), "tool");
}

#[test]
fn without_a_floating_tag_nobody_is_asked() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.git(&["remote", "add", "origin", "/nowhere/at/all"]);
    let rules = ("tags", "type=semver,pattern={{version}}");
    let run = tags(&pushed(&repo, "v1.0.0"), &[HIGHEST, rules, ("flavor", "latest=false")]);
    assert_eq!(names(run), "1.0.0");
    let main = runner(&repo, "push", "refs/heads/main", &serde_json::Value::Null);
    let branch = ("tags", "type=ref,event=branch\ntype=raw,value=latest");
    assert_eq!(names(tags(&main, &[HIGHEST, branch])), "main latest");
    // With one, an unknown list is no answer.
    let run = tags(&pushed(&repo, "v1.0.0"), &[HIGHEST]).exits(3);
    assert!(run.outputs.is_empty(), "{:?}", run.outputs);
    assert!(run.messages("error")[0].contains("floating"), "{:?}", run.messages("error"));
}

#[test]
fn a_package_of_a_monorepo_is_told_from_the_others() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for tag in
        ["api@1.2.3", "@acme/api@1.9.0", "web@9.0.0", "api-gateway-v8.0.0", "v7.0.0", "api/v2.0.0"]
    {
        repo.tag(tag);
    }
    repo.bare_remote();
    let api = ("package", "api");
    let none = serde_json::Value::Null;
    for (tag, expected) in [
        ("api@1.2.3", "1.2.3 1.2"),
        ("@acme/api@1.9.0", "1.9.0 1.9 1"),
        ("api/v2.0.0", "2.0.0 2.0 2 latest"),
        ("web@9.0.0", ""),
        ("api-gateway-v8.0.0", ""),
        ("v7.0.0", ""),
    ] {
        assert_eq!(names(tags(&pushed(&repo, tag), &[api, HIGHEST])), expected, "{tag}");
        let plain = tags(&pushed(&repo, tag), &[api, ("tags", "type=ref,event=tag")]);
        let version = expected.split(' ').next().unwrap();
        assert_eq!(plain.success().output("version"), version, "{tag}");
    }
    // A Release, by hand or by an API, and what the release action published.
    let release = serde_json::json!({"release": {"tag_name": "api-v2.0.0"}});
    let on_release = runner(&repo, "release", "refs/tags/api-v2.0.0", &release);
    assert_eq!(names(tags(&on_release, &[api])), "2.0.0 2.0 2 latest");
    let list = r#"[{"name":"@acme/api","version":"2.1.0","tag":"@acme/api@2.1.0"},{"name":"web","version":"9.1.0","tag":"web@9.1.0"}]"#;
    for event in ["push", "workflow_dispatch", "workflow_call"] {
        let main = || runner(&repo, event, "refs/heads/main", &none);
        let published = ("published-packages", list);
        assert_eq!(
            names(tags(&main(), &[api, published, HIGHEST])),
            "2.1.0 2.1 2 latest",
            "{event}"
        );
        assert_eq!(names(tags(&main(), &[("package", "cli"), published, HIGHEST])), "");
        assert_eq!(names(tags(&main(), &[api])), "");
    }
    let broken = tags(&pushed(&repo, "api@1.2.3"), &[api, ("published-packages", "{")]).exits(2);
    assert!(broken.messages("error")[0].contains("published-packages"));
}

#[test]
fn a_single_package_with_plain_tags_is_compared_with_them() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v1.9.1").tag("v2.0.1");
    let main = || runner(&repo, "push", "refs/heads/1.x", &serde_json::Value::Null);
    let list = r#"[{"name":"api","version":"1.9.1","tag":"v1.9.1"}]"#;
    let inputs = [("package", "api"), ("published-packages", list), HIGHEST];
    assert_eq!(names(tags(&main(), &inputs)), "1.9.1 1.9 1");
    // Where no tag is named like this run's, that is said.
    let list = r#"[{"name":"api","version":"1.9.1"}]"#;
    let run = tags(&main(), &[("package", "api"), ("published-packages", list), HIGHEST]);
    assert!(run.messages("warning").iter().any(|said| said.contains("2 in number")), "{}", run.log);
    assert_eq!(names(run), "1.9.1 1.9 1 latest");
}

#[test]
fn versions_that_only_a_pattern_finds_are_compared() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for tag in ["release-2026.01.2", "release-2025.12.9", "release-2025.12.10", "9999.1"] {
        repo.tag(tag);
    }
    let rules = ("tags", r"type=match,pattern=release-(\d+\.\d+\.\d+),group=1");
    for (tag, expected) in
        [("release-2025.12.10", "2025.12.10"), ("release-2026.01.2", "2026.01.2 latest")]
    {
        assert_eq!(names(tags(&pushed(&repo, tag), &[rules, HIGHEST])), expected);
    }
}

#[test]
fn a_pattern_for_a_part_of_the_version_moves_nothing_back() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for tag in ["api-v1.2.3", "api-v1.2.4", "api-v2.0.0", "web-v9.0.0", "V1.0.0", "V2.0.0"] {
        repo.tag(tag);
    }
    repo.bare_remote();
    for (tag, rules, expected) in [
        ("api-v1.2.3", r"type=match,pattern=api-v(\d+\.\d+),group=1", ""),
        ("api-v1.2.4", r"type=match,pattern=api-v(\d+\.\d+),group=1", "1.2"),
        ("api-v1.2.4", r"type=match,pattern=api-v(\d+),group=1", "1"),
        ("api-v2.0.0", r"type=match,pattern=api-v(\d+),group=1", "2 latest"),
        ("api-v1.2.4", "type=ref,event=tag", "api-v1.2.4"),
        ("V1.0.0", "type=ref,event=tag", "V1.0.0"),
        ("V2.0.0", "type=ref,event=tag", "V2.0.0 latest"),
    ] {
        let run = tags(&pushed(&repo, tag), &[HIGHEST, ("tags", rules)]);
        assert_eq!(names(run), expected, "{tag} {rules}");
    }
}

#[test]
fn a_tag_without_a_version_leaves_latest_where_it_is() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v41");
    let rules = "type=ref,event=tag\ntype=raw,value=stable\ntype=raw,value=tool";
    let run = tags(&pushed(&repo, "v41"), &[HIGHEST, ("tags", rules)]);
    let said = "the tag `v41` names no version to compare, so `latest` stays";
    assert!(run.messages("warning").iter().any(|it| it.contains(said)), "{}", run.log);
    assert!(run.output("reasons").contains(said));
    assert_eq!(names(run), "v41 tool");
    // A branch is no release; what it gets is as it was.
    let main = runner(&repo, "push", "refs/heads/main", &serde_json::Value::Null);
    let rules = "type=ref,event=branch\ntype=raw,value=latest";
    assert_eq!(names(tags(&main, &[HIGHEST, ("tags", rules)])), "main latest");
}

#[test]
fn a_prefix_of_the_users_own_is_kept_apart() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for tag in ["server-v1.0.0", "server-v1.1.0", "v5.0.0", "client-v4.0.0"] {
        repo.tag(tag);
    }
    let rules = "type=semver,pattern={{version}},match=server-v(.*)\ntype=semver,pattern={{major}},match=server-v(.*)";
    for (tag, expected) in [("server-v1.0.0", "1.0.0"), ("server-v1.1.0", "1.1.0 1 latest")] {
        assert_eq!(names(tags(&pushed(&repo, tag), &[("tags", rules), HIGHEST])), expected);
    }
}

#[test]
fn a_registry_knows_what_its_images_hold() {
    let fake = FakeRegistry::start();
    for tag in ["1.9.0", "v2.0.1", "latest", "1", "3.0.0-alpine"] {
        fake.add_image("acme/api", tag);
    }
    fake.add_image("acme/mirror", "1.10.0");
    let repo = TestRepo::with_files(&[("a", "1")]);
    let home = repo.path().display().to_string();
    let images =
        ["acme/api", "acme/mirror", "acme/new"].map(|name| fake.reference(name)).join("\n");
    let run = |tag: &str, more: &[(&str, &str)]| {
        let mut inputs =
            vec![HIGHEST, ("floating-source", "registry"), ("images", images.as_str())];
        inputs.extend(more);
        let runner = pushed(&repo, tag).env("DOCKER_CONFIG", &home).env("HOME", &home);
        tags(&runner, &inputs)
    };
    assert_eq!(names(run("v1.9.1", &[])), "1.9.1 1.9");
    assert_eq!(names(run("v1.10.0", &[])), "1.10.0 1.10 1");
    assert_eq!(names(run("v2.0.1", &[])), "2.0.1 2.0 2 latest");
    assert!(fake.writes().is_empty());
    let alpine = ("flavor", "suffix=-alpine,onlatest=true");
    assert_eq!(names(run("v2.0.1", &[alpine])), "2.0.1-alpine 2.0-alpine 2-alpine");
    fake.forget_requests();
    let only = ("tags", "type=semver,pattern={{major}}");
    let failed = run("v2.0.1", &[only]).exits(2);
    assert!(failed.messages("error")[0].contains("as a whole"), "{}", failed.log);
    assert!(fake.requests().is_empty());
}

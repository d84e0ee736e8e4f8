//! The actions as a runner starts them, and workflows that were written for docker/metadata-action.

#![cfg(unix)]

use std::path::{Path, PathBuf};

use launchway_testkit::oci::FakeRegistry;
use launchway_testkit::{FakeRunner, StepRun, TestRepo};
use serde_json::{Value, json};

const SHA: &str = "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b";

fn action(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions").join(name)
}

fn repository() -> TestRepo {
    TestRepo::with_files(&[("README.md", "# Shop\n")])
}

/// A runner without network whose event says all there is to say of the repository.
fn runner(repo: &TestRepo, name: &str, reference: &str) -> FakeRunner {
    let event = json!({
        "ref": reference,
        "head_commit": { "id": SHA, "timestamp": "2026-03-04T05:06:07Z" },
        "repository": {
            "name": "shop", "full_name": "acme/shop", "description": "A shop",
            "html_url": "https://github.com/acme/shop", "default_branch": "main",
            "license": { "spdx_id": "MIT" },
        },
    });
    FakeRunner::new(repo.path())
        .event(name, event)
        .reference(reference)
        .sha(SHA)
        .env("LAUNCHWAY_PATH", env!("CARGO_BIN_EXE_launchway-image"))
}

fn tags(repo: &TestRepo, reference: &str, inputs: &[(&str, &str)]) -> StepRun {
    runner(repo, "push", reference).run_action(action("image-tags"), inputs)
}

#[test]
fn a_step_that_was_written_for_metadata_action_gives_the_same() {
    let repo = repository();
    let rules =
        "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=sha\n";
    let inputs = [
        ("images", "ghcr.io/Acme/Shop\nacme/shop\n"),
        ("tags", rules),
        ("labels", "org.opencontainers.image.title=The shop\n"),
        ("sep-tags", ","),
    ];
    let run = tags(&repo, "refs/tags/v1.2.3", &inputs).success();
    assert_eq!(run.output("version"), "1.2.3");
    assert_eq!(
        run.output("tags"),
        "ghcr.io/acme/shop:1.2.3,ghcr.io/acme/shop:1.2,ghcr.io/acme/shop:sha-5f0c1a2,ghcr.io/acme/shop:latest,\
         acme/shop:1.2.3,acme/shop:1.2,acme/shop:sha-5f0c1a2,acme/shop:latest"
    );
    assert!(run.output("labels").contains("org.opencontainers.image.title=The shop"));
    assert!(run.output("labels").contains("org.opencontainers.image.licenses=MIT"));
    assert!(run.output("bake-file").ends_with("docker-metadata-action-bake.json"));
    let exported = run.env_written.get("DOCKER_METADATA_OUTPUT_VERSION").map(String::as_str);
    assert_eq!(exported, Some("1.2.3"));
    assert!(run.summary.contains("1.2.3"), "{}", run.summary);
    assert_eq!(repo.status(), "");
}

#[test]
fn names_of_branches_never_act() {
    let repo = repository();
    let branch = "refs/heads/feature/::error::pwned";
    let run = tags(&repo, branch, &[("images", "acme/shop")]).success();
    assert_eq!(run.output("tags"), "acme/shop:feature-error-pwned");
    assert!(run.messages("error").is_empty(), "{}", run.log);
}

#[test]
fn a_slip_is_one_error_with_the_remedy_and_no_output() {
    let repo = repository();
    for (name, text, said) in [
        ("tags", "type=semvr,pattern={{version}}", "semver"),
        ("images", "acme/my shop", "acme/my shop"),
        ("flavor", "lates=true", "latest"),
    ] {
        let run = tags(&repo, "refs/tags/v1.2.3", &[(name, text)]).exits(2);
        let errors = run.messages("error");
        assert_eq!(errors.len(), 1, "{}", run.log);
        assert!(run.log.contains(said), "{}", run.log);
        assert_eq!(run.output("tags"), "");
    }
}

#[test]
fn the_summary_says_what_is_not_given_and_why() {
    let repo = repository();
    let rules = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}";
    let inputs = [("images", "acme/shop"), ("tags", rules)];
    let run = tags(&repo, "refs/tags/v2.0.0-rc.1", &inputs).success();
    let (_, not_given) = run.summary.split_once("Not given").unwrap();
    assert!(not_given.contains("latest") && not_given.contains("is no release"), "{not_given}");
    assert!(!not_given.contains("earlier rule"), "{not_given}");
    let run = tags(&repo, "refs/tags/nightly", &inputs).success();
    assert!(
        run.summary.contains("no semantic") || run.summary.contains("not a semantic"),
        "{}",
        run.summary
    );
}

#[test]
fn what_comes_to_nothing_is_warned_of() {
    let repo = repository();
    let inputs = [
        ("images", "acme/shop"),
        ("tags", "type=raw,value=a-{{brnch}}\ntype=semver,pattern={{majr}}.{{minor}}"),
        ("labels", "nolabel"),
    ];
    let run = tags(&repo, "refs/tags/v1.2.3", &inputs).success();
    let said = run.messages("warning").join("\n");
    for words in ["`branch`", "`major`", "`nolabel` is no label"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn who_writes_a_workflow_reads_of_inputs() {
    let repo = repository();
    for (name, inputs, said) in [
        ("image-push-tags", [("image", ""), ("tags", "acme/shop:1")], "input `image` is empty"),
        ("image-tags", [("published-packages", "[]"), ("package", "")], "input `package` is empty"),
        ("image-tags", [("strict", "maybe"), ("images", "acme/shop")], "input `strict`"),
    ] {
        let run = runner(&repo, "push", "refs/heads/main").run_action(action(name), &inputs);
        let run = run.exits(2);
        let error = run.messages("error").join("\n");
        assert!(error.contains(said) && !error.contains("--"), "{error}");
    }
}

#[test]
fn tags_are_put_on_a_digest_promoted_and_never_overwritten() {
    let repo = repository();
    let registry = FakeRegistry::start();
    let image = registry.reference("acme/shop");
    let digest = registry.add_index("acme/shop", "build-1", &["linux/amd64", "linux/arm64"]);
    let rules = "type=semver,pattern={{version}}";
    let run = tags(&repo, "refs/tags/v1.2.3", &[("images", &image), ("tags", rules)]).success();
    let put = |digest: &str, tags: &str| {
        let image = format!("{image}@{digest}");
        let inputs = [("image", image.as_str()), ("tags", tags)];
        runner(&repo, "push", "refs/tags/v1.2.3").run_action(action("image-push-tags"), &inputs)
    };
    let dry = {
        let image = format!("{image}@{digest}");
        let inputs = [("image", image.as_str()), ("tags", run.output("tags")), ("dry-run", "true")];
        runner(&repo, "push", "refs/tags/v1.2.3").run_action(action("image-push-tags"), &inputs)
    };
    let dry = dry.success();
    assert!(registry.writes().is_empty(), "{:?}", registry.writes());
    assert_eq!(dry.output("changed"), "");
    let first = put(&digest, run.output("tags")).success();
    assert_eq!(dry.output("plan"), first.output("plan"), "a dry run prints the same plan");
    let step = &first.output_json("plan")[0];
    assert_eq!(step["tag"], format!("{image}:1.2.3"));
    assert_eq!((&step["action"], &step["before"]), (&json!("write"), &Value::Null));
    assert_eq!(step["after"], digest);
    assert_eq!(first.output("digest"), digest);
    assert_eq!(first.output("changed"), format!("{image}:1.2.3\n{image}:latest"));
    assert_eq!(first.output_json("previous")[format!("{image}:latest")], Value::Null);
    registry.forget_requests();
    let second = put(&digest, run.output("tags")).success();
    assert_eq!(second.output("changed"), "");
    assert!(registry.writes().is_empty(), "{:?}", registry.writes());
    let other = registry.add_image("acme/shop", "build-2");
    let refused = put(&other, run.output("tags")).exits(1);
    assert!(registry.writes().is_empty(), "{:?}", registry.writes());
    let error = refused.messages("error").join("\n");
    assert!(error.contains(&digest) && error.contains(&other), "{error}");

    let (from, to) = (format!("{image}:1.2.3"), registry.reference("acme/live:production"));
    let inputs = [("from", from.as_str()), ("to", to.as_str()), ("digest", digest.as_str())];
    let promote = runner(&repo, "workflow_dispatch", "refs/heads/main");
    let run = promote.run_action(action("image-promote"), &inputs).success();
    assert_eq!(run.output("changed"), to);
    assert_eq!(registry.digest("acme/live", "production"), Some(digest.clone()));
    assert_eq!(run.output_json("record")["changes"][0]["digest"], digest);
    assert!(run.summary.contains("rollback"), "{}", run.summary);
}

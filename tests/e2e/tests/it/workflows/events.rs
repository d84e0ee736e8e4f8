//! Each kind of event reaches the right behaviour: `docker.yml` as a user calls it, for each.

use std::collections::BTreeMap;

use launchway_e2e::act::Run;
use launchway_testkit::distribution::USER;
use serde_json::Value;

use super::shop::{Shop, TOKEN};

/// An event as GitHub sends it, from `tests/events`.
pub(super) fn event(name: &str) -> Value {
    let path = launchway_e2e::at(format!("tests/events/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn workflow(shop: &Shop) -> String {
    format!(
        r#"
name: Image
on:
  push:
  pull_request:
  release:
    types: [published]
  workflow_dispatch:
    inputs:
      version:
        required: true
  schedule:
    - cron: "17 6 * * *"
permissions: {{}}
jobs:
  image:
    permissions:
      contents: read
      packages: write
      id-token: write
      attestations: write
    uses: launchway/launchway/.github/workflows/docker.yml@v1
    with:
      images: {host}/acme/shop
      registry: {host}
      registry-username: ${{{{ github.event_name != 'pull_request' && '{USER}' || '' }}}}
      version: ${{{{ inputs.version }}}}
      test-script: test -n "$IMAGE"
      cache: none
    secrets:
      registry-password: ${{{{ secrets.REGISTRY_PASSWORD }}}}
"#,
        host = shop.images.host(),
    )
}

fn tags(run: &Run, shop: &Shop) -> Vec<String> {
    let prefix = format!("{}/acme/shop:", shop.images.host());
    let mut tags: Vec<String> = run
        .output("image", "tags")
        .lines()
        .map(|tag| tag.trim_start_matches(&prefix).to_owned())
        .collect();
    tags.sort();
    tags
}

#[test]
fn each_event_publishes_what_it_should_and_a_stranger_nothing() {
    let Some(mut shop) = Shop::open() else { return };
    let workflow = workflow(&shop);
    let main = shop.repository.sha("refs/heads/main").unwrap();
    for tag in ["v1.1.0", "v1.2.0"] {
        launchway_testkit::git::text(&shop.repository.path(), &["tag", tag, &main]);
    }

    // Event, the file of its payload, the ref, and the tags that are published.
    let table: &[(&str, &str, &str, &[&str])] = &[
        ("push", "tag", "refs/tags/v1.1.0", &["1.1", "1.1.0"]),
        ("release", "release", "refs/tags/v1.2.0", &["1", "1.2", "1.2.0", "latest"]),
        ("push", "push", "refs/heads/main", &["main"]),
        (
            "workflow_dispatch",
            "workflow_dispatch",
            "refs/heads/main",
            &["1", "1.3", "1.3.0", "latest"],
        ),
        ("schedule", "schedule", "refs/heads/main", &["main", "nightly"]),
    ];
    let mut digests = BTreeMap::new();
    for (name, file, reference, wanted) in table {
        shop.act.on(reference, &main);
        let mut payload = event(file);
        if payload.get("after").is_some() {
            payload["after"] = main.clone().into();
        }
        if *file == "release" {
            payload["release"]["tag_name"] = "v1.2.0".into();
        }
        if *file == "workflow_dispatch" {
            payload["inputs"]["version"] = "1.3.0".into();
        }
        let run = shop.act.run(&workflow, name, &payload).success();
        assert_eq!(tags(&run, &shop), *wanted, "{file}");
        let digest = run.output("image", "digest").to_owned();
        assert!(digest.starts_with("sha256:"), "{file} published nothing");
        digests.insert(*file, digest);
    }

    // The same version once more is another image, and refused: it keeps its digest.
    shop.act.on("refs/tags/v1.1.0", &main);
    shop.act.run(&workflow, "push", &event("tag")).failure();
    assert_eq!(shop.images.digest("acme/shop", "1.1.0").as_ref(), digests.get("tag"));

    // A stranger's pull request: built and tested without secrets, and nothing is pushed.
    let before = shop.images.ask("GET acme/shop/tags/list", &[], b"").text();
    launchway_testkit::git::text(
        &shop.repository.path(),
        &["update-ref", "refs/heads/stranger", &main],
    );
    let stranger = shop.repository.commit("stranger", "Sell pears", &[("new", Some("1\n"))]);
    launchway_testkit::git::text(
        &shop.repository.path(),
        &["update-ref", "refs/pull/7/merge", &stranger],
    );
    shop.act.without_secrets("ghs_reads_only");
    shop.github.add_token(
        "ghs_reads_only",
        launchway_testkit::TokenKind::Actions,
        &[("contents", "read"), ("metadata", "read")],
    );
    shop.act.actor("mallory");
    shop.act.on("refs/pull/7/merge", &stranger);
    shop.github.forget_requests();
    let logins = shop.act.records("logins").len();
    let run = shop.act.run(&workflow, "pull_request", &event("pull_request-fork")).success();
    assert_eq!(run.step("Test from outside"), "success");
    assert!(!run.ran("Publish"), "{:?}", run.jobs);
    assert_eq!(run.output("image", "digest"), "");
    assert_eq!(shop.act.records("logins").len(), logins, "no login without secrets");
    assert_eq!(shop.images.ask("GET acme/shop/tags/list", &[], b"").text(), before);
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert!(!shop.github.token_hosts().contains_key(TOKEN) || shop.github.requests().is_empty());
    // What the title, the branch and the text of the pull request asked for was not done.
    assert!(!run.masks.contains(&"a".to_owned()), "a title masked a letter");
    assert!(!run.annotations.iter().any(|(_, text)| text.contains("not an error of ours")));
}

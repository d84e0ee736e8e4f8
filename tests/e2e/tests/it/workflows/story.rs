//! From a changeset to a version that serves, and back when it does not: `release.yml`,
//! `docker.yml` and `deploy.yml` as one workflow, joined by `needs` and outputs.

use serde_json::json;

use super::shop::Shop;

#[test]
fn a_changeset_becomes_a_version_that_serves_and_a_broken_one_is_rolled_back() {
    let Some(mut shop) = Shop::open() else { return };
    let workflow = shop.workflow();

    // A changeset: the version pull request, and nothing else.
    let run = shop.push(&workflow).success();
    assert!(!run.ran("docker/Plan"), "{:?}", run.jobs);
    let number: u64 = run.output("release", "pr-number").parse().unwrap();
    assert_eq!(run.output("release", "published"), "false");
    assert_eq!(shop.packages.versions("@acme/shop"), ["1.0.0"]);

    // Merged: published, built, deployed.
    shop.repository.merge(number);
    let run = shop.push(&workflow).success();
    assert_eq!(shop.packages.versions("@acme/shop"), ["1.0.0", "1.1.0"]);
    assert_eq!(shop.repository.tags(), ["v1.1.0"]);
    let digest = shop.images.digest("acme/shop", "1.1.0").unwrap();
    assert_eq!(run.output("docker", "digest"), digest);
    assert_eq!(run.output("deploy", "outcome"), "deployed");
    assert_eq!(shop.serves(), (200, json!("1.1.0")));
}

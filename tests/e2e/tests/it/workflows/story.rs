//! From a changeset to a version that serves, and back when it does not: `release.yml`,
//! `docker.yml` and `deploy.yml` as one workflow, joined by `needs` and outputs.

use serde_json::json;

use super::shop::{CHANNEL, Shop, TOKEN};

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
    let first = shop.pid().unwrap();
    let deployments = shop.repository.deployments();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0].environment, "production");
    assert_eq!(deployments[0].state(), "success", "{:?}", deployments[0].states());
    let messages = tops(&shop);
    assert_eq!(messages.len(), 1, "one message follows the deploy: {messages:#?}\n{}", run.log());
    assert!(messages[0].updates > 0 && said(&messages[0]).contains("1.1.0"), "{messages:#?}");
    vouched_for(&shop, &digest);

    // The next version is broken: the same way, and back again.
    shop.break_it();
    let run = shop.push(&workflow).success();
    let number: u64 = run.output("release", "pr-number").parse().unwrap();
    shop.repository.merge(number);
    let run = shop.push(&workflow).failure();
    assert_eq!(shop.packages.versions("@acme/shop"), ["1.0.0", "1.1.0", "1.2.0"]);
    let broken = shop.images.digest("acme/shop", "1.2.0").unwrap();
    assert_ne!(broken, digest);
    assert_eq!(run.step_output("finish", "outcome"), "rolled-back");
    assert_eq!(run.step("Is it healthy?"), "failure");
    assert_eq!(run.step("Is what served before healthy?"), "success");
    assert_eq!(shop.serves(), (200, json!("1.1.0")), "what served before serves again");
    assert_ne!(shop.pid().unwrap(), first, "the service was replaced twice");
    let deployments = shop.repository.deployments();
    assert_eq!(deployments.len(), 2);
    assert_eq!(deployments[1].state(), "failure", "{:?}", deployments[1].states());
    assert_eq!(deployments[0].state(), "success", "what serves is still the active one");
    let messages = tops(&shop);
    assert_eq!(messages.len(), 2, "{messages:#?}");
    let text = said(&messages[1]);
    assert!(text.contains("1.2.0") && text.contains("rolled back to 1.1.0"), "{text}");

    // What nobody may have got.
    let hosts = shop.github.token_hosts();
    assert_eq!(hosts.get(TOKEN).map(std::collections::BTreeSet::len), Some(1), "{hosts:?}");
}

/// The messages in the channel, without what stands in their threads.
fn tops(shop: &Shop) -> Vec<launchway_testkit::slack::Message> {
    let all = shop.slack.messages(CHANNEL).into_iter();
    all.filter(|message| message.thread_ts.is_none()).collect()
}

fn said(message: &launchway_testkit::slack::Message) -> String {
    format!("{} {} {}", message.text, message.blocks, message.attachments)
}

/// Scanned before it had a tag, attested and signed by the digest that was published.
fn vouched_for(shop: &Shop, digest: &str) {
    let attested = shop.act.records("attestations");
    let images: Vec<_> = attested
        .iter()
        .filter(|one| one["digest"].as_str().is_some_and(|d| !d.is_empty()))
        .collect();
    assert_eq!(images.len(), 2, "origin and content: {attested:#?}");
    assert!(images.iter().all(|one| one["digest"] == digest), "{images:#?}");
    let files = attested.iter().any(|one| one["path"].as_str().is_some_and(|p| p.contains(".tgz")));
    assert!(files, "the package: {attested:#?}");
    let signed = shop.act.records("cosign");
    assert!(signed.iter().any(|one| one.to_string().contains(digest)), "{signed:#?}");
    let scans = shop.act.records("scans");
    assert!(scans.iter().any(|one| one["exit-code"] == "1"), "{scans:#?}");
    let builds = shop.act.records("builds");
    assert!(builds.iter().all(|one| one["pushed"] == false), "pushed before it was tested");
}

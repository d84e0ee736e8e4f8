//! The same across files: a release starts the workflow that builds and deploys, by dispatch, since
//! nothing else that a `GITHUB_TOKEN` does starts one.

use launchway_e2e::act::{Start, starts};
use serde_json::json;

use super::shop::{Shop, TOKEN};

/// A release in the user's own job: `actions: write` is needed to dispatch, and a called workflow
/// has none.
const RELEASE: &str = r"
name: Release
on:
  push:
    branches: [main]
permissions: {}
concurrency:
  group: release
  queue: max
jobs:
  release:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      actions: write
      contents: write
      pull-requests: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: launchway/launchway@v1
        with:
          release-mode: tag
          dispatch: image.yml?version={version}
          github-token: ${{ secrets.RELEASE_TOKEN || github.token }}
";

fn lines(starts: &[Start]) -> Vec<String> {
    starts.iter().map(Start::line).collect()
}

#[test]
fn a_release_starts_the_workflow_it_names_and_its_tag_starts_nothing() {
    let Some(mut shop) = Shop::open() else { return };
    // Another change with a changeset was released before; this is the merge of its pull request.
    shop.repository.commit(
        "main",
        "Version Packages",
        &[("package.json", Some(&super::shop::manifest("1.1.0"))), (".changeset/first.md", None)],
    );
    shop.repository.set_workflows(&[("image.yml", &["version"])]);
    shop.push(RELEASE).success();
    assert_eq!(shop.repository.tags(), ["v1.1.0"]);
    let started = starts(&shop.github, TOKEN);
    assert_eq!(lines(&started), ["workflow_dispatch image.yml"]);

    // What was started is run, with what the dispatch gave.
    let image = dispatched(&shop.workflow());
    let start = &started[0];
    let sha = shop.repository.sha(&start.reference).unwrap();
    shop.act.on(&start.reference, &sha);
    let run = shop.act.run(&image, start.event, &start.payload).success();
    let digest = shop.images.digest("acme/shop", "1.1.0").unwrap();
    assert_eq!(run.output("docker", "digest"), digest);
    assert_eq!(run.output("deploy", "outcome"), "deployed");
    assert_eq!(shop.serves(), (200, json!("1.1.0")));
    assert_eq!(shop.repository.deployments()[0].sha, sha, "the tag is what was deployed");
}

/// The story's workflow without its release: started by hand or by dispatch, for a version.
fn dispatched(story: &str) -> String {
    let (_, jobs) = story.split_once("\n  docker:\n").unwrap();
    let head = "name: Image\non:\n  workflow_dispatch:\n    inputs:\n      version:\n        \
                required: true\npermissions: {}\njobs:\n  docker:\n";
    format!("{head}{jobs}")
        .replace("    needs: release\n", "")
        .lines()
        .filter(|line| !line.starts_with("    if: needs.release."))
        .fold(String::new(), |text, line| text + line + "\n")
        .replace(
            "published-packages: ${{ needs.release.outputs.released-packages }}",
            "version: ${{ inputs.version }}",
        )
}

/// The token of an App is nobody's `GITHUB_TOKEN`: tag and Release start what listens to them.
#[test]
fn what_an_app_releases_starts_workflows_of_tags_and_releases_too() {
    let Some(mut shop) = Shop::open() else { return };
    shop.repository.commit(
        "main",
        "Version Packages",
        &[("package.json", Some(&super::shop::manifest("1.1.0"))), (".changeset/first.md", None)],
    );
    let app = "ghs_token_of_the_app";
    shop.github.add_token(app, launchway_testkit::TokenKind::App, super::shop::PERMISSIONS);
    shop.act.secret("RELEASE_TOKEN", app);
    shop.repository.set_workflows(&[("image.yml", &["version"])]);
    shop.push(RELEASE).success();
    let mut started = lines(&starts(&shop.github, TOKEN));
    started.sort();
    assert_eq!(
        started,
        ["push refs/tags/v1.1.0", "release refs/tags/v1.1.0", "workflow_dispatch image.yml"]
    );
}

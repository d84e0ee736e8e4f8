//! Publishing with a stand-in for npm; the real ones are tested with the library.

#![cfg(unix)]

use launchway_testkit::{Scrubbed, TestRepo};

use crate::shop::{command, shop};

/// Knows what was published, refuses what `refuse` names, and packs a fixed byte.
const NPM: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1" in
info) echo '{"error":{"code":"E404","summary":"not found"}}'; exit 1;;
publish)
  name=$(sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' "$(pwd)/package.json" | head -n 1)
  if grep -qxF "$name" "$here/refuse" 2>/dev/null; then
    echo '{"error":{"code":"E403","summary":"you may not publish it"}}'; exit 1
  fi
  echo "$name" >> "$here/published";;
pack)
  echo x > "$4/made.tgz"; echo '[{"filename":"made.tgz"}]';;
esac
"#;

fn repo() -> TestRepo {
    let repo = shop();
    repo.write_executable(".git/bin/npm", NPM);
    repo
}

fn with_npm(repo: &TestRepo, line: &str) -> Scrubbed {
    let mut path = vec![repo.path().join(".git/bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    command(repo, line)
        .env("PATH", std::env::join_paths(path).unwrap())
        .envs(launchway_testkit::git::environment(launchway_testkit::git::EPOCH))
}

#[test]
fn what_the_registry_lacks_is_published_in_order_and_tagged() {
    let repo = repo();
    with_npm(&repo, "publish").env("CHANGESETS_OUTPUT", "events").run().success();
    assert_eq!(repo.read(".git/bin/published"), "@acme/core\n@acme/app\n");
    assert_eq!(repo.git(&["tag", "-l"]), "@acme/app@2.3.4\n@acme/core@1.0.0");
    assert_eq!(repo.read("events").lines().count(), 2);
}

#[test]
fn without_git_tag_nothing_is_tagged() {
    let repo = repo();
    with_npm(&repo, "publish --no-git-tag --tag next").run().success();
    assert_eq!(repo.git(&["tag", "-l"]), "");
    assert!(repo.read(".git/bin/calls").contains("--tag next"));
}

#[test]
fn a_refusal_of_the_registry_is_named_and_what_got_there_is_tagged() {
    let repo = repo();
    repo.write(".git/bin/refuse", "@acme/app\n");
    let said = with_npm(&repo, "publish").run().exits(1).all();
    assert!(said.contains("@acme/app@2.3.4") && said.contains("you may not publish it"), "{said}");
    assert_eq!(repo.git(&["tag", "-l"]), "@acme/core@1.0.0");
}

#[test]
fn a_plan_is_printed_or_written() {
    let repo = repo();
    let said = with_npm(&repo, "publish-plan").run().success().stdout;
    assert!(said.contains("@acme/core@1.0.0 (latest)"), "{said}");
    with_npm(&repo, "publish-plan --output out/plan.json").run().success();
    let plan: serde_json::Value = serde_json::from_str(&repo.read("out/plan.json")).unwrap();
    assert_eq!(plan["plan"][0][0]["name"], "@acme/core");
    assert!(!repo.exists(".git/bin/published"));
}

#[test]
fn tarballs_carry_their_plan() {
    let repo = repo();
    repo.write(".changeset/config.json", "{ \"ignore\": [\"@acme/app\"] }");
    with_npm(&repo, "pack --out-dir packed").run().success();
    let plan: serde_json::Value =
        serde_json::from_str(&repo.read("packed/publish-plan.json")).unwrap();
    assert_eq!(plan["plan"][0][0]["tarball"]["path"], "packages/made.tgz");
    with_npm(&repo, "publish --from-pack-dir packed").run().success();
    assert_eq!(repo.git(&["tag", "-l"]), "@acme/core@1.0.0");
    repo.write("packed/packages/made.tgz", "other");
    let said = with_npm(&repo, "publish --from-pack-dir packed").run().exits(1).all();
    assert!(said.contains("made.tgz"), "{said}");
}

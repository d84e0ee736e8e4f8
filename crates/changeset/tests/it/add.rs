use launchway_testkit::TestRepo;

use crate::shop::{command, run, shop, tree};

/// The one changeset that was not there before.
fn added(repo: &TestRepo) -> (String, String) {
    let fresh: Vec<String> = tree(repo)
        .into_keys()
        .filter(|name| name.starts_with(".changeset/") && name.ends_with(".md"))
        .filter(|name| name != ".changeset/first.md")
        .collect();
    assert_eq!(fresh.len(), 1, "{fresh:?}");
    (fresh[0].clone(), repo.read(&fresh[0]))
}

#[test]
fn flags_are_enough() {
    let repo = shop();
    let done = command(&repo, "add --patch @acme/core --major @acme/app")
        .args(["-m", "It breaks\n\nand how"])
        .run()
        .success();
    let (name, text) = added(&repo);
    assert_eq!(
        text,
        "---\n\"@acme/app\": major\n\"@acme/core\": patch\n---\n\nIt breaks\n\nand how\n"
    );
    assert!(done.stdout.contains(&name), "{}", done.stdout);
    run(&repo, "status").success();
}

#[test]
fn lists_and_repeated_names_are_understood() {
    let repo = shop();
    run(&repo, "--minor @acme/core,@acme/app --minor @acme/core -m x").success();
    assert_eq!(added(&repo).1, "---\n\"@acme/core\": minor\n\"@acme/app\": minor\n---\n\nx\n");
}

#[test]
fn an_empty_one_has_the_peers_bytes() {
    let repo = shop();
    run(&repo, "add --empty").success();
    assert_eq!(added(&repo).1, "---\n\n---\n\n\n");
}

#[test]
fn it_is_committed_when_the_configuration_says_so() {
    let repo = shop();
    repo.write(
        ".changeset/config.json",
        "{ \"commit\": [\"@changesets/cli/commit\", { \"skipCI\": \"add\" }] }",
    );
    command(&repo, "add --patch @acme/core")
        .args(["-m", "A fix"])
        .envs(launchway_testkit::git::environment(launchway_testkit::git::EPOCH))
        .run()
        .success();
    assert_eq!(repo.git(&["log", "-1", "--format=%B"]), "docs(changeset): A fix\n\n[skip ci]");
    assert_eq!(repo.git(&["show", "--name-only", "--format=", "HEAD"]), added(&repo).0);
}

#[cfg(unix)]
#[test]
fn it_is_opened_in_the_editor() {
    let repo = shop();
    command(&repo, "add --open --patch @acme/core")
        .args(["-m", "A fix"])
        .env("EDITOR", "printf edited >>")
        .run()
        .success();
    assert!(added(&repo).1.ends_with("A fix\nedited"));
}

#[test]
fn a_broken_changeset_does_not_keep_one_from_adding() {
    let repo = shop();
    repo.write(".changeset/first.md", "broken");
    run(&repo, "add --patch @acme/core -m x").success();
}

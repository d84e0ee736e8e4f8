use launchway_testkit::schema;

use crate::shop::{APP, CORE, command, run, shop, tree};

#[test]
fn versions_ranges_and_changelogs_are_written() {
    let repo = shop();
    let said = run(&repo, "version").success().stdout;
    assert!(said.contains("@acme/core  1.0.0 → 1.1.0"), "{said}");
    assert!(
        said.contains("patch because dependency `@acme/core` leaves ~1.0.0 for 1.1.0"),
        "{said}"
    );
    assert!(repo.read(CORE).contains("\"version\": \"1.1.0\""));
    assert!(repo.read(APP).contains("{ \"@acme/core\": \"~1.1.0\" }"));
    let sha = &repo.head()[..7];
    assert_eq!(
        repo.read("packages/core/CHANGELOG.md"),
        format!("# @acme/core\n\n## 1.1.0\n\n### Minor Changes\n\n- {sha}: A feature\n")
    );
    assert!(!repo.exists(".changeset/first.md"));
    assert_eq!(repo.log(), ["start"]);
}

#[test]
fn a_dry_run_shows_what_the_real_one_does_and_writes_nothing() {
    let repo = shop();
    let before = tree(&repo);
    let said = run(&repo, "version --dry-run").success().stdout;
    assert!(said.contains("write   packages/app/package.json"), "{said}");
    assert!(said.contains("remove  .changeset/first.md"), "{said}");
    assert_eq!(tree(&repo), before);
    let real = run(&repo, "version").success().stdout;
    let plan = |text: &str| text.split("\n\nF").next().unwrap().trim().to_owned();
    assert_eq!(plan(&real), plan(&said));
}

#[test]
fn the_plan_as_json_is_what_the_schema_says() {
    let repo = shop();
    let done = run(&repo, "version --dry-run --json").success();
    let plan: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    schema::hold(&plan, include_str!("../../../../docs/schema/plan.json"));
    assert_eq!(plan["releases"][1]["reasons"][0]["because"], "dependency");
    assert_eq!(plan["releases"][1]["newVersion"], "2.3.5");
    assert!(done.stderr.contains("Dry run"), "{}", done.stderr);
}

#[test]
fn without_changesets_it_fails_unless_the_repository_wants_otherwise() {
    let repo = shop();
    repo.remove(".changeset/first.md");
    let said = run(&repo, "version").exits(1).all();
    assert!(said.contains("nothingToVersion"), "{said}");
    repo.write(
        ".changeset/config.json",
        "{ \"launchway\": { \"nothingToVersion\": \"succeed\" } }",
    );
    run(&repo, "version").success();
    repo.write(
        ".changeset/config.json",
        "{\n  \"launchway\": {\n    \"nothingToVersoin\": \"succeed\" } }",
    );
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("did you mean `nothingToVersion`?"), "{said}");
    assert!(said.contains("at .changeset/config.json:3"), "{said}");
}

#[test]
fn a_commit_holds_what_changed_and_nothing_else() {
    let repo = shop();
    repo.write(".changeset/config.json", "{ \"commit\": true }");
    repo.write(".gitignore", "ignored\npackages/app/CHANGELOG.md\n");
    repo.write(".changeset/loose.md", "---\n\"@acme/app\": major\n---\n\nLoose\n");
    repo.write("other.txt", "not ours");
    let done = command(&repo, "version")
        .envs(launchway_testkit::git::environment(launchway_testkit::git::EPOCH))
        .run();
    done.success();
    let files = repo.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(
        files.lines().collect::<Vec<_>>(),
        [".changeset/first.md", APP, "packages/core/CHANGELOG.md", CORE]
    );
    assert_eq!(
        repo.git(&["log", "-1", "--format=%B"]),
        "RELEASING: Releasing 2 package(s)\n\nReleases:\n  @acme/core@1.1.0\n  @acme/app@3.0.0\n\n[skip ci]"
    );
    assert!(repo.exists("packages/app/CHANGELOG.md") && !repo.exists(".changeset/loose.md"));
    assert!(repo.status().contains("other.txt"));
}

#[test]
fn a_commit_that_git_refuses_is_no_success() {
    let repo = shop();
    repo.write(".changeset/config.json", "{ \"commit\": true }");
    repo.write_executable(".git/hooks/pre-commit", "#!/bin/sh\necho no such day >&2\nexit 1\n");
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("git commit") && said.contains("no such day"), "{said}");
}

#[test]
fn pre_mode_goes_in_and_out() {
    let repo = shop();
    run(&repo, "pre enter beta").success();
    assert_eq!(
        repo.read(".changeset/pre.json"),
        "{\n  \"mode\": \"pre\",\n  \"tag\": \"beta\"\n}\n"
    );
    run(&repo, "version").success();
    assert!(repo.read(CORE).contains("1.1.0-beta.0"));
    assert!(repo.exists(".changeset/pre/first.md"));
    run(&repo, "version").success();
    assert!(repo.read(CORE).contains("1.1.0-beta.0"));
    run(&repo, "pre enter rc").exits(1);
    run(&repo, "pre exit").success();
    run(&repo, "version").success();
    assert!(repo.read(CORE).contains("\"1.1.0\""));
    assert!(!repo.exists(".changeset/pre.json") && !repo.exists(".changeset/pre/first.md"));
}

#[test]
fn released_changesets_of_version_2_are_not_released_again() {
    let repo = shop();
    repo.write(
        ".changeset/pre.json",
        "{\"mode\":\"pre\",\"tag\":\"beta\",\"initialVersions\":{\"@acme/core\":\"1.0.0\"},\"changesets\":[\"first\"]}",
    );
    repo.write(CORE, "{ \"name\": \"@acme/core\", \"version\": \"1.1.0-beta.0\" }");
    repo.write(APP, "{ \"name\": \"@acme/app\", \"version\": \"2.3.4\" }");
    repo.write(".changeset/second.md", "---\n\"@acme/core\": patch\n---\n\nA fix\n");
    run(&repo, "version").success();
    let log = repo.read("packages/core/CHANGELOG.md");
    assert!(log.contains("## 1.1.0-beta.1") && log.contains("A fix"), "{log}");
    assert!(!log.contains("A feature"), "{log}");
    assert!(repo.exists(".changeset/pre/first.md") && repo.exists(".changeset/pre/second.md"));
    assert!(!repo.read(".changeset/pre.json").contains("initialVersions"));
}

#[test]
fn nothing_of_github_or_node_is_needed() {
    let repo = shop();
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .find(|dir| dir.join("git").exists())
        .unwrap();
    let bin = repo.path().join(".git/bin");
    std::fs::create_dir(&bin).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(git.join("git"), bin.join("git")).unwrap();
    #[cfg(not(unix))]
    let bin = git;
    command(&repo, "version").env("PATH", &bin).run().success();
    assert!(repo.exists("packages/core/CHANGELOG.md"));
}

use launchway_testkit::TestRepo;

use crate::shop::{APP, CORE, command, run, shop, tree};

/// Runs it, expects a refusal that says all of this, and the tree as it was.
#[track_caller]
fn refused(repo: &TestRepo, line: &str, says: &[&str]) {
    let before = tree(repo);
    let said = run(repo, line).exits(1).all();
    for part in says {
        assert!(said.contains(part), "`{line}` does not say {part:?}:\n{said}");
    }
    assert_eq!(tree(repo), before, "`{line}` changed the tree");
}

#[test]
fn a_bad_changeset_is_named_with_line_and_remedy() {
    for (text, says) in [
        (
            "---\n\n\"@acme/cor\": patch\n---\n",
            &["`@acme/cor`", "at .changeset/bad.md:3", "did you mean `@acme/core`?"][..],
        ),
        ("---\n\"@acme/core\": Minor\n---\n", &["`Minor`", "at .changeset/bad.md:2"][..]),
        ("", &["the file is empty", ".changeset/bad.md"][..]),
        ("words", &["no front matter", ".changeset/bad.md"][..]),
        ("---\n- a\n---\n", &[".changeset/bad.md"][..]),
        ("---\na: [\n---\n", &["YAML", ".changeset/bad.md"][..]),
        ("---\na: patch\na: minor\n---\n", &[".changeset/bad.md"][..]),
    ] {
        let repo = shop();
        repo.write(".changeset/bad.md", text);
        for line in ["version", "status", "version --dry-run --json"] {
            refused(&repo, line, says);
        }
    }
}

#[test]
fn a_bad_configuration_is_named_with_line() {
    for (text, says) in [
        ("{", &["not valid JSON", ".changeset/config.json"][..]),
        ("{\n \"access\": \"private\"\n}", &["`access`", ".changeset/config.json:2"][..]),
        (
            "{\n\n \"fixed\": [[\"@acme/*\"], [\"@acme/core\"]]\n}",
            &["`@acme/core`", "more than one group"][..],
        ),
        ("{ \"ignore\": [\"@acme/core\"] }", &["`@acme/app`", "`@acme/core`"][..]),
        ("{ \"privatePackages\": { \"tag\": true } }", &["`privatePackages.tag`"][..]),
        ("{ \"changelog\": \"./gone.js\" }", &["gone.js"][..]),
    ] {
        let repo = shop();
        repo.write(".changeset/config.json", text);
        refused(&repo, "version", says);
    }
}

#[test]
fn bad_bytes_and_bad_versions_are_refused_whole() {
    let repo = shop();
    repo.write(".changeset/bad.md", b"---\n\"@acme/core\": patch\n---\n\n\xff\n");
    refused(&repo, "version", &["not UTF-8", ".changeset/bad.md:5"]);
    let repo = shop();
    repo.write(CORE, b"{ \"name\": \"@acme/core\", \"version\": \"1.0.0\", \"x\": \"\xff\" }");
    refused(&repo, "version", &["packages/core/package.json"]);
    let repo = shop();
    repo.write(CORE, "{ \"name\": \"@acme/core\", \"version\": \"1.0\" }");
    refused(&repo, "version", &["`@acme/core`", "`1.0`", "packages/core/package.json"]);
    let repo = shop();
    repo.write(CORE, "{ \"name\": \"@acme/core\", \"version\": ");
    refused(&repo, "version", &["packages/core/package.json"]);
    let repo = shop();
    repo.write(CORE, "{ \"version\": \"1.0.0\" }");
    refused(&repo, "version", &["packages/core/package.json", "name"]);
}

#[cfg(unix)]
#[test]
fn one_file_that_cannot_be_written_leaves_all_as_they_were() {
    let repo = shop();
    let link = repo.path().join("packages/core/CHANGELOG.md");
    std::os::unix::fs::symlink("/nowhere/at/all/CHANGELOG.md", link).unwrap();
    refused(&repo, "version", &["packages/core/CHANGELOG.md"]);
    let repo = shop();
    std::fs::create_dir(repo.path().join("packages/core/CHANGELOG.md")).unwrap();
    refused(&repo, "version", &["packages/core/CHANGELOG.md"]);
    let repo = shop();
    run(&repo, "pre enter beta").success();
    repo.write(".changeset/pre", "in the way");
    refused(&repo, "version", &[".changeset/pre"]);
}

#[test]
fn bad_arguments_are_refused() {
    let repo = shop();
    for (line, says) in [
        ("vershun", &["`vershun`", "did you mean `version`?"][..]),
        ("version --ignore @acme/cor", &["`@acme/cor`", "did you mean `@acme/core`?"][..]),
        ("version --ignore @acme/core", &["`@acme/app`"][..]),
        ("version --snapshto", &["--snapshto", "did you mean `--snapshot`?"][..]),
        ("version --snapshot a --snapshot-prerelease-template {commit}", &["{tag}"][..]),
        ("version --snapshot --snapshot-prerelease-template {tag}", &["{tag}"][..]),
        ("pre enter a/b", &["`a/b`"][..]),
        ("pre exit", &["pre enter"][..]),
        ("pre leave", &["`pre leave`"][..]),
        ("status --since nowhere", &["nowhere"][..]),
        ("add --patch @acme/nobody -m x", &["`@acme/nobody`"][..]),
        ("add --patch @acme/core --minor @acme/core -m x", &["`--minor` and `--patch`"][..]),
        ("add", &["no terminal", "-m"][..]),
        ("--minor @acme/core", &["no terminal"][..]),
        ("pack", &["--out-dir"][..]),
        ("publish --from-pack-dir x --tag y", &["`--tag`"][..]),
        ("version --cwd nowhere", &["nowhere"][..]),
    ] {
        refused(&repo, line, says);
    }
    run(&repo, "pre enter beta").success();
    refused(&repo, "version --snapshot", &["pre mode"]);
}

#[test]
fn a_place_without_packages_or_changesets_is_named() {
    let repo = TestRepo::with_files(&[("readme.txt", "x")]);
    refused(&repo, "version", &["package.json"]);
    let repo =
        TestRepo::with_files(&[("package.json", "{ \"name\": \"a\", \"version\": \"1.0.0\" }")]);
    for line in ["version", "status", "git-tag", "pre enter beta", "add --patch a -m x"] {
        refused(&repo, line, &["no `.changeset` folder", "init"]);
    }
    refused(&repo, "init", &["terminal"]);
    repo.write(".changeset/a.md", "---\na: patch\n---\n");
    refused(&repo, "version", &["no `.changeset/config.json`"]);
}

#[test]
fn under_a_runner_a_refusal_is_an_annotation() {
    let repo = shop();
    repo.write(".changeset/bad.md", "---\n\"@acme/cor\": patch\n---\n");
    let done = command(&repo, "version").env("GITHUB_ACTIONS", "true").run().exits(1);
    let line = done.stdout.lines().find(|line| line.starts_with("::error")).unwrap();
    assert!(line.starts_with("::error file=.changeset/bad.md,line=2,"), "{line}");
    assert!(line.contains("did you mean `@acme/core`?"), "{line}");
}

#[test]
fn hostile_text_is_text() {
    let summary = "$(touch hacked) `touch hacked`\n::set-output name=x::y\n</details> @everyone\n\n##[add-path]/tmp\n";
    let repo = shop();
    repo.write(".changeset/first.md", format!("---\n\"@acme/core\": minor\n---\n\n{summary}"));
    repo.write(".changeset/config.json", "{ \"commit\": [\"@changesets/cli/commit\", {}] }");
    repo.commit("hostile");
    let done = command(&repo, "version").env("GITHUB_ACTIONS", "true").run().success();
    assert!(!done.all().lines().any(|line| line.trim_start().starts_with("::set-output")));
    assert!(repo.read("packages/core/CHANGELOG.md").contains("::set-output name=x::y"));
    assert!(!repo.exists("hacked"));
    let name = "::set-output name=a::$(touch hacked)";
    let repo = shop();
    let json = serde_json::json!({ "name": name, "version": "1.0.0" });
    repo.write(APP, json.to_string());
    repo.write(".changeset/first.md", format!("---\n{}: minor\n---\n\nx", serde_json::json!(name)));
    let done = command(&repo, "version").env("GITHUB_ACTIONS", "true").run().success();
    assert!(!done.all().lines().any(|line| line.trim_start().starts_with("::set-output")));
    assert!(!repo.exists("hacked"));
}

#[test]
fn workspaces_without_a_lock_file_are_explained() {
    let repo = crate::shop::shop();
    std::fs::remove_file(repo.path().join("package-lock.json")).unwrap();
    for line in ["add --minor @acme/core -m x", "version"] {
        let said = crate::shop::run(&repo, line).exits(1).stderr;
        assert!(said.contains("commit `package-lock.json`"), "{line}: {said}");
    }
}

#[test]
fn a_package_that_gets_no_release_is_explained() {
    let said = crate::shop::run(&crate::shop::shop(), "add --minor root -m x").exits(1).stderr;
    assert!(said.contains("`root`, which is no package that can be released"), "{said}");
    assert!(
        said.contains("`privatePackages`") && said.contains("`launchway.workspaces`"),
        "{said}"
    );
}

#[test]
fn a_version_step_that_releases_nothing_says_why() {
    let repo = crate::shop::shop();
    repo.write(
        "packages/core/package.json",
        "{ \"name\": \"@acme/core\", \"version\": \"1.0.0\", \"private\": true }\n",
    );
    repo.write(
        "packages/app/package.json",
        "{ \"name\": \"@acme/app\", \"version\": \"1.0.0\" }\n",
    );
    let said = crate::shop::run(&repo, "version").success().stdout;
    assert!(said.contains("No file changed") && said.contains("`privatePackages`"), "{said}");
    assert!(!said.contains("Files are updated"), "{said}");
}

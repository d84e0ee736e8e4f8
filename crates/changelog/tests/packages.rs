//! The changelogs of all packages from one reading: the same bytes as git-cliff's, package by
//! package.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops where it cannot go on")]

use std::path::{Path, PathBuf};

use launchway_testkit::history::{HistorySpec, TagStyle};
use launchway_testkit::{Finished, Scrubbed, TestRepo};
use serde_json::Value;

fn run(dir: &Path, args: &[&str]) -> Finished {
    let program = env!("CARGO_BIN_EXE_launchway-changelog");
    Scrubbed::new(program).args(args).arg("--offline").dir(dir).run()
}

/// git-cliff by its variable; a missing one is a skip, where tools must be there an error.
fn peer() -> Option<PathBuf> {
    let found = std::env::var_os("LAUNCHWAY_GIT_CLIFF").filter(|path| !path.is_empty());
    let required = ["CI", "LAUNCHWAY_REQUIRE_TOOLS"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value == "true" || value == "1"));
    assert!(found.is_some() || !required, "LAUNCHWAY_GIT_CLIFF is not set");
    if found.is_none() {
        eprintln!("skipped: LAUNCHWAY_GIT_CLIFF is not set");
    }
    found.map(PathBuf::from)
}

fn same_as_alone(spec: &HistorySpec, prefix: &str) {
    let Some(peer) = peer() else { return };
    let temp = tempfile::tempdir().unwrap();
    spec.write(temp.path());
    // The workspace is read from files.
    launchway_testkit::git::text(temp.path(), &["reset", "--quiet", "--hard"]);
    for mode in [&[][..], &["--unreleased"], &["--latest"]] {
        let mut compared = 0;
        let written = |number| temp.path().join(format!("packages/pkg-{number:02}/CHANGELOG.md"));
        for number in 0..5 {
            // A package without a commit in the range gets no file.
            drop(std::fs::remove_file(written(number)));
        }
        run(temp.path(), &[&["--packages", "all"], mode].concat()).success();
        for number in 0..5 {
            let (name, folder) = (format!("pkg-{number:02}"), format!("packages/pkg-{number:02}"));
            let args = [
                "--offline".to_owned(),
                format!("--include-path={folder}/**"),
                format!("--tag-pattern=^{}", prefix.replace("{name}", &name)),
            ];
            let alone =
                Scrubbed::new(&peer).args(args).args(mode).args(["-r", "."]).dir(temp.path()).run();
            if let Ok(written) = std::fs::read_to_string(written(number)) {
                assert_eq!(written, alone.success().stdout, "{name} {mode:?}");
                compared += 1;
            }
        }
        assert!(compared > 2, "{compared} compared with {mode:?}");
    }
}

#[test]
fn every_package_is_as_git_cliff_alone_would_have_it() {
    let spec = || HistorySpec::linear(300).packages(5).tags(20).same_second(60);
    same_as_alone(&spec().style(TagStyle::At), "{name}@");
    same_as_alone(&spec().seed(3).style(TagStyle::Slash), "{name}/v");
    same_as_alone(&HistorySpec::merged(300).packages(5).tags(20).style(TagStyle::At), "{name}@");
    same_as_alone(&HistorySpec::diverged(400).packages(5).tags(25).style(TagStyle::At), "{name}@");
}

/// A workspace with a package within another, and files of the root.
fn workspace() -> TestRepo {
    let repo = TestRepo::with_files(&[
        (
            "package.json",
            r#"{"name": "root", "private": true, "workspaces": ["a", "a/inner", "b"]}"#,
        ),
        ("package-lock.json", "{}"),
        ("a/package.json", r#"{"name": "@acme/a", "version": "1.0.0"}"#),
        ("a/inner/package.json", r#"{"name": "inner", "version": "1.0.0"}"#),
        ("b/package.json", r#"{"name": "b", "version": "1.0.0"}"#),
    ]);
    repo.commit("feat: begin");
    for (path, message) in [
        ("a/x", "fix: in a"),
        ("a/inner/x", "fix: in the inner one"),
        ("b/x", "fix: in b"),
        ("shared.lock", "fix: shared by all"),
    ] {
        repo.write(path, message);
        repo.commit(message);
    }
    repo
}

#[test]
fn a_package_owns_its_folder_but_for_packages_within() {
    let repo = workspace();
    let args = ["--packages", "all", "--shared-path", "*.lock", "--unreleased"];
    let said = run(repo.path(), &args).success();
    assert_eq!(said.stdout, "", "{}", said.stderr);
    let has = |file: &str, text: &str| repo.read(file).contains(text);
    for (file, own) in [
        ("a/CHANGELOG.md", "In a"),
        ("a/inner/CHANGELOG.md", "In the inner one"),
        ("b/CHANGELOG.md", "In b"),
    ] {
        for text in ["In a\n", "In the inner one", "In b\n"] {
            assert_eq!(has(file, text), text.trim_end() == own, "{file}: {text}");
        }
        assert!(has(file, "Shared by all"), "{file}");
    }
    run(repo.path(), &["--packages", "b", "--unreleased"]).success();
    assert!(!has("b/CHANGELOG.md", "Shared by all"));
}

#[test]
fn outputs_list_every_package() {
    let repo = workspace();
    repo.tag("b@1.0.0").write("b/y", "more");
    repo.commit("feat: more of b");
    let output = repo.path().join("output");
    let args = ["--packages", "@acme/a\nb", "--bump", "--offline"];
    let program = env!("CARGO_BIN_EXE_launchway-changelog");
    let scene = Scrubbed::new(program).args(args).env("GITHUB_OUTPUT", &output).dir(repo.path());
    scene.run().success();
    let text = std::fs::read_to_string(&output).unwrap();
    let json = text.lines().find(|line| line.starts_with('[')).unwrap();
    let rows: Value = serde_json::from_str(json).unwrap();
    assert_eq!(rows[0]["name"], "@acme/a");
    assert_eq!(rows[0]["version"], "@acme/a@1.0.0");
    assert_eq!(rows[1]["version"], "b@1.1.0");
    assert_eq!(rows[1]["bump"], "minor");
    assert_eq!(rows[1]["file"], "b/CHANGELOG.md");
    assert_eq!(rows[1]["changed"], true);
    assert!(rows.as_array().unwrap().len() == 2 && text.contains("changed"));
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/schema/changelog-packages.json")).unwrap();
    let properties = schema["items"]["properties"].as_object().unwrap();
    let fields = rows[0].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), properties.keys().collect::<Vec<_>>());
    let again = run(repo.path(), &["--packages", "all", "--bumped-version"]).success();
    assert_eq!(again.stdout, "@acme/a @acme/a@1.0.0\ninner inner@1.0.0\nb b@1.1.0\n");
}

#[test]
fn what_makes_no_sense_is_refused_and_quiet_packages_are_left_alone() {
    let repo = workspace();
    for (args, said) in [
        (&["--packages", "c"][..], "there is no package `c`"),
        (&["--packages", "all", "--tag", "v1"], "`--packages` with `--tag`"),
        (&["--packages", "all", "--from-context", "x"], "`--packages` with `--from-context`"),
    ] {
        let end = run(repo.path(), args).exits(2);
        assert!(end.stderr.contains(said), "{}", end.stderr);
    }
    // A refusal for one package leaves the files of all as they are.
    repo.write("b/CHANGELOG.md", "## [b@1.0.0]\n");
    let args = ["--packages", "all", "--unreleased", "--bump", "--prepend"];
    let end = run(repo.path(), &args).exits(2);
    assert!(end.stderr.contains("b/CHANGELOG.md"), "{}", end.stderr);
    assert!(!repo.exists("a/CHANGELOG.md"));
    repo.tag("b@1.0.0").write("b/CHANGELOG.md", "# Kept\n");
    repo.commit("docs: a changelog by hand");
    let end = run(repo.path(), &["--packages", "b", "--latest", "HEAD..HEAD"]);
    assert!(end.stderr.contains("b: ") || end.code == Some(0), "{}", end.stderr);
    let end = run(repo.path(), &["--packages", "inner", "HEAD~1..HEAD"]).success();
    assert!(end.stderr.contains("no commit of the range"), "{}", end.stderr);
    assert!(!repo.exists("a/inner/CHANGELOG.md"));
}

//! `affected`: which packages, and why.

mod events;
mod languages;
mod many;

use launchway_testkit::TestRepo;
use serde_json::Value;

use crate::shop::{command, run};

fn package(name: &str, needs: &str) -> String {
    format!("{{ \"name\": \"{name}\", \"version\": \"1.0.0\"{needs} }}\n")
}

/// `app` needs `web`, `web` needs `core`, `tests` needs `core` for development; `lone` needs nothing.
pub(crate) fn chain() -> TestRepo {
    let needs = |on: &str| format!(", \"dependencies\": {{ \"{on}\": \"^1.0.0\" }}");
    let dev = ", \"devDependencies\": { \"core\": \"workspace:*\" }";
    TestRepo::with_files(&[
        ("package.json", "{ \"private\": true, \"workspaces\": [\"packages/*\"] }\n"),
        ("package-lock.json", "{}\n"),
        ("README.md", "hello\n"),
        ("scripts/build.sh", "true\n"),
        ("packages/app/package.json", &package("app", &needs("web"))),
        ("packages/core/package.json", &package("core", "")),
        ("packages/core/index.js", "one\n"),
        ("packages/lone/package.json", &package("lone", "")),
        ("packages/tests/package.json", &package("tests", dev)),
        ("packages/web/package.json", &package("web", &needs("core"))),
        (".changeset/config.json", "{}\n"),
    ])
}

/// What `--json` says; `main` is where the topic left.
fn json(repo: &TestRepo, flags: &str) -> Value {
    let said = run(repo, &format!("affected --json --since main {flags}")).success().stdout;
    serde_json::from_str(&said).unwrap()
}

/// Name and reason of each package.
fn reasons(document: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let packages = document["packages"].as_array().unwrap();
    packages.iter().map(|entry| (text(entry, "name"), text(entry, "why"))).collect()
}

fn names(repo: &TestRepo, flags: &str) -> Vec<String> {
    reasons(&json(repo, flags)).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_change_reaches_whoever_depends_on_it() {
    let repo = chain();
    repo.branch("topic").write("packages/core/index.js", "two\n").commit("core");
    let document = json(&repo, "");
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    assert_eq!(
        reasons(&document),
        owned(&[
            ("app", "depends on `web`"),
            ("core", "`packages/core/index.js` changed"),
            ("tests", "depends on `core`"),
            ("web", "depends on `core`"),
        ])
    );
    let first = &document["matrix"]["include"][1];
    assert_eq!(first["path"], "packages/core");
    assert_eq!(first["ecosystem"], "npm");
    assert_eq!(first["version"], "1.0.0");
    assert_eq!(first["changed"], true);
    assert_eq!(document["packages"][0]["changed"], false);
    assert_eq!(names(&repo, "--dev-dependencies false"), ["app", "core", "web"]);
    assert_eq!(names(&repo, "--only-changed"), ["core"]);
    assert_eq!(names(&repo, "--filter a* --filter packages/w*"), ["app", "web"]);
    assert_eq!(names(&repo, "--filter !packages/t* --filter !app"), ["core", "web"]);
    let said = run(&repo, "affected --since main --filter nobody").exits(2).stderr;
    assert!(said.contains("`filter`"), "{said}");
}

#[test]
fn what_main_did_meanwhile_does_not_count() {
    let repo = chain();
    repo.branch("topic").write("packages/lone/a.js", "1").commit("lone");
    repo.switch("main").write("packages/core/index.js", "two\n").commit("core");
    repo.switch("topic");
    assert_eq!(names(&repo, ""), ["lone"]);
}

#[test]
fn files_count_for_all_for_some_or_for_none() {
    for (file, wanted) in [
        ("package-lock.json", 5),
        ("package.json", 5),
        (".npmrc", 5),
        (".github/workflows/ci.yml", 5),
        ("README.md", 0),
        ("packages/core/README.md", 0),
        ("docs/deep/page.html", 0),
        (".changeset/x.md", 0),
        ("scripts/build.sh", 0),
        ("packages/lone/tsconfig.json", 1),
        ("packages/lone/fixtures/package-lock.json", 1),
        ("packages/lonely.js", 0),
        ("Cargo.lock", 0),
    ] {
        let repo = chain();
        let content = match file {
            "package.json" => "{ \"private\": true, \"workspaces\": [\"packages/*\"], \"x\": 1 }\n",
            ".changeset/x.md" => "---\n---\n",
            _ => "changed\n",
        };
        repo.branch("topic").write(file, content).commit("x");
        assert_eq!(names(&repo, "").len(), wanted, "{file}");
    }
    let repo = chain();
    repo.branch("topic").write("scripts/build.sh", "false\n").commit("x");
    let document = json(&repo, "");
    assert_eq!(document["homeless"][0], "scripts/build.sh");
    assert_eq!(names(&repo, "--global scripts/**").len(), 5);
    assert_eq!(json(&repo, "--global scripts/**")["all"], true);
    assert_eq!(names(&repo, "--watch lone=scripts/*"), ["lone"]);
    let said = run(&repo, "affected --since main --watch lonee=x").exits(2).stderr;
    assert!(said.contains("did you mean `lone`"), "{said}");
    run(&repo, "affected --since main --watch lone").exits(2);
    repo.write("packages/core/README.md", "new").write("packages/core/a.txt", "x").commit("y");
    assert_eq!(names(&repo, "--ignore **/*.txt"), Vec::<String>::new());
    assert_eq!(
        names(&repo, "--only-changed --ignore **/*.txt --ignore !packages/core/*.md"),
        ["core"]
    );
}

#[test]
fn a_package_that_went_or_moved_affects_all() {
    let repo = chain();
    repo.branch("topic").remove("packages/lone").commit("gone");
    let document = json(&repo, "");
    assert_eq!(reasons(&document).len(), 4);
    assert!(reasons(&document)[0].1.contains("`packages/lone/package.json` was removed"));
    let repo = chain();
    repo.branch("topic");
    repo.git(&["mv", "packages/lone", "packages/alone"]);
    repo.commit("moved");
    assert_eq!(names(&repo, "").len(), 5);
    // A file that is renamed from one package to another changes both.
    let repo = chain();
    repo.branch("topic");
    repo.git(&["mv", "packages/core/index.js", "packages/lone/index.js"]);
    repo.commit("renamed");
    assert_eq!(names(&repo, "--only-changed"), ["core", "lone"]);
}

#[test]
fn odd_names_and_line_ends_are_names_like_any_other() {
    let repo = chain();
    repo.branch("topic")
        .write("packages/lone/a b\n\"ü\".js", "1")
        .write("packages/web/x\r\ny", "1\r\n");
    repo.commit("odd");
    let document = json(&repo, "--only-changed");
    assert_eq!(
        reasons(&document),
        [
            ("lone".to_owned(), "`packages/lone/a b\\n\\\"ü\\\".js` changed".to_owned()),
            ("web".to_owned(), "`packages/web/x\\r\\ny` changed".to_owned()),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf_8_counts_too() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = chain();
    repo.branch("topic");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.js");
    if std::fs::write(repo.path().join("packages/lone").join(name), "x").is_err() {
        eprintln!("skipped: a file system that takes names that are not UTF-8");
        return;
    }
    repo.commit("latin");
    assert_eq!(names(&repo, ""), ["lone"]);
}

#[test]
fn submodules_are_files_of_their_package_and_may_hold_packages() {
    let inner = TestRepo::with_files(&[("a.txt", "1")]);
    let repo = chain();
    let url = inner.path().to_str().unwrap().to_owned();
    let add = |path: &str| {
        repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, path]);
    };
    repo.branch("topic");
    add("packages/lone/vendored");
    repo.commit("submodule");
    assert_eq!(names(&repo, ""), ["lone"]);
    // A submodule that is a package: its files are not told, but that it moved is.
    inner.write("package.json", package("sub", "")).commit("a package");
    let again = chain();
    let path = "packages/sub";
    again.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, path]);
    again.commit("a package in a submodule");
    again.branch("topic");
    again.git(&["-C", path, "commit", "--quiet", "--allow-empty", "-m", "x"]);
    again.commit("moved");
    assert_eq!(names(&again, ""), ["sub"]);
}

#[test]
fn what_is_not_committed_counts_when_asked() {
    let repo = chain();
    repo.branch("topic")
        .write("packages/lone/new.js", "1")
        .write("packages/core/index.js", "two\n");
    assert_eq!(names(&repo, ""), Vec::<String>::new());
    assert_eq!(names(&repo, "--only-changed --uncommitted"), ["core", "lone"]);
    let said = run(&repo, "affected --since main").success().stdout;
    assert!(said.contains("0 of 5 packages"), "{said}");
}

#[test]
fn bad_input_is_said() {
    let repo = chain();
    let said = run(&repo, "affected --since nowhere").exits(2).stderr;
    assert!(said.contains("`nowhere`"), "{said}");
    let said = run(&repo, "affected --since --evil").exits(2).all();
    assert!(!said.is_empty());
    run(&repo, "affected --ecosystem cobol --since main").exits(2);
    run(&repo, "affected --shards 0 --since main").exits(2);
    run(&repo, "affected --cwd missing --since main").exits(2);
    let said = run(&repo, "affeced").exits(1).stderr;
    assert!(said.contains("did you mean `affected`"), "{said}");
    assert!(run(&repo, "--help").success().stdout.contains("affected"));
    let nowhere = TestRepo::with_files(&[("a.txt", "x")]);
    let said = run(&nowhere, "affected --since main").exits(2).stderr;
    assert!(said.contains("no package"), "{said}");
}

/// The package of a workspace's root is not always that of the repository's.
#[test]
fn settings_above_packages_count_for_them_wherever_the_workspace_is() {
    let root = "[package]\nname = \"shop\"\nversion = \"1.0.0\"\n\n[workspace]\nmembers = [\"crates/*\"]\n";
    let of = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
    for (cwd, folder) in [(".", ""), ("shop", "shop/")] {
        let at = |path: &str| format!("{folder}{path}");
        let repo = TestRepo::with_files(&[
            (&at("Cargo.toml"), root),
            (&at("crates/a/Cargo.toml"), &of("a")),
            (&at("crates/b/Cargo.toml"), &of("b")),
        ]);
        repo.branch("topic").write(&at("rust-toolchain.toml"), "").commit("settings");
        let all = names(&repo, &format!("--cwd {cwd}"));
        assert!(all.ends_with(&["a".to_owned(), "b".to_owned()]), "{cwd}: {all:?}");
        repo.branch("next").write(&at("crates/a/clippy.toml"), "").commit("of one");
        let said = run(&repo, &format!("affected --json --since topic --cwd {cwd}")).success();
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        let one: Vec<_> = reasons(&document).into_iter().map(|(name, _)| name).collect();
        assert_eq!(one, ["a"], "{cwd}");
    }
}

#[test]
fn a_folder_below_the_root_is_looked_at_alone() {
    let repo = TestRepo::with_files(&[
        ("shop/package.json", "{ \"private\": true, \"workspaces\": [\"packages/*\"] }\n"),
        ("shop/package-lock.json", "{}\n"),
        ("shop/packages/a/package.json", &package("a", "")),
        ("other/package.json", &package("other", "")),
    ]);
    repo.branch("topic").write("shop/packages/a/x.js", "1").write("other/x.js", "1").commit("x");
    let document = json(&repo, "--cwd shop");
    assert_eq!(document["packages"][0]["path"], "shop/packages/a");
    assert_eq!(document["homeless"][0], "other/x.js");
    assert_eq!(document["packages"].as_array().unwrap().len(), 1);
    let said = command(&repo, "affected --since main --json").dir(repo.path().join("shop")).run();
    assert_eq!(serde_json::from_str::<Value>(&said.success().stdout).unwrap(), document);
}

#[test]
fn a_folder_of_the_settings_that_is_not_there_is_bad_input() {
    let config =
        |folder: &str| format!("{{ \"launchway\": {{ \"workspaces\": [\"{folder}\"] }} }}");
    let repo = TestRepo::with_files(&[
        (".changeset/config.json", &config("services/apii")),
        ("services/api/pyproject.toml", "[project]\nname = \"api\"\nversion = \"1.0.0\"\n"),
    ]);
    let said = run(&repo, "affected --since HEAD").exits(2).stderr;
    assert!(said.contains("in `services/apii`, which `launchway.workspaces`"), "{said}");
    repo.write(".changeset/config.json", config("service/*"));
    let _ = run(&repo, "affected --since HEAD").success();
}

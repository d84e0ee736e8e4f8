//! Rust crates, alone and beside npm packages.

use std::process::Command;

use launchway_testkit::TestRepo;

use crate::shop::{run, tree};

const ROOT: &str =
    "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n";

/// A crate's manifest with the comments, order and blanks people write.
fn manifest(name: &str, version: &str, rest: &str) -> String {
    format!(
        "# {name}\n[package]\nname    = '{name}' # its name\nversion = \"{version}\"   # moved by the bot\nedition = \"2021\"\n{rest}"
    )
}

/// Whether Cargo itself takes the lock file as it is.
fn is_locked(repo: &TestRepo) -> bool {
    let done = Command::new("cargo")
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(repo.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    true
}

/// Lets Cargo write the lock file.
fn lock(repo: &TestRepo) {
    let done = Command::new("cargo")
        .args(["generate-lockfile", "--offline"])
        .current_dir(repo.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// npm packages and crates, with a changeset that names one of each.
fn both() -> TestRepo {
    let core = manifest("engine", "0.4.1", "");
    let cli = manifest(
        "cli",
        "1.0.0",
        "\n[dependencies]\nmotor = { package = \"engine\", path = \"../engine\", version = \"0.4\" } # renamed\n\n\
         [target.'cfg(unix)'.dev-dependencies.motor]\npackage = \"engine\"\npath = \"../engine\"\nversion = '=0.4.1'\n",
    );
    let tool = manifest(
        "tool",
        "0.1.0",
        "publish = false\n\n[build-dependencies]\nengine = { path = \"../engine\" }\n",
    );
    let old = manifest("old", "9.9.9", "");
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", ROOT),
        ("crates/engine/Cargo.toml", &core),
        ("crates/engine/src/lib.rs", ""),
        ("crates/cli/Cargo.toml", &cli.replace('\n', "\r\n")),
        ("crates/cli/src/main.rs", "fn main() {}"),
        ("crates/tool/Cargo.toml", &tool),
        ("crates/tool/src/lib.rs", ""),
        ("crates/old/Cargo.toml", &old),
        (
            "package.json",
            "{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"] }\n",
        ),
        ("package-lock.json", "{}\n"),
        (
            "packages/web/package.json",
            "{\n  \"name\": \"@acme/web\",\n  \"version\": \"2.0.0\"\n}\n",
        ),
        (".changeset/config.json", "{}\n"),
        (
            ".changeset/one.md",
            "---\n\"@acme/web\": minor\nengine: minor\n---\n\nBoth learn to fly\n",
        ),
    ]);
    lock(&repo);
    repo.commit("lock");
    repo
}

#[test]
fn one_changeset_releases_npm_packages_and_crates() {
    let repo = both();
    let before = (repo.read("crates/cli/Cargo.toml"), repo.read("Cargo.lock"));
    let said = run(&repo, "version").success().stdout;
    for line in [
        "@acme/web  2.0.0 → 2.1.0",
        "engine     0.4.1 → 0.5.0",
        "cli        1.0.0 → 1.0.1",
        "patch because dependency `engine` leaves 0.4 for 0.5.0",
    ] {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&said).contains(&words(line)), "{line}\n{said}");
    }
    let cli = before.0.replace("\"1.0.0\"", "\"1.0.1\"").replace("\"0.4\"", "\"0.5\"");
    assert_eq!(repo.read("crates/cli/Cargo.toml"), cli.replace("'=0.4.1'", "'=0.5.0'"));
    assert!(repo.read("crates/engine/Cargo.toml").contains("version = \"0.5.0\"   # moved"));
    assert!(repo.read("crates/tool/Cargo.toml").contains("\"0.1.0\""));
    let lock = before.1.replace("\"0.4.1\"", "\"0.5.0\"").replace("\"1.0.0\"", "\"1.0.1\"");
    assert_eq!(repo.read("Cargo.lock"), lock);
    assert!(is_locked(&repo));
    let log = repo.read("crates/cli/CHANGELOG.md");
    assert!(
        log.starts_with("# cli\n\n## 1.0.1\n\n### Patch Changes\n\n- Updated dependencies ["),
        "{log}"
    );
    assert!(log.ends_with("]\n  - engine@0.5.0\n"), "{log}");
    assert!(repo.read("packages/web/CHANGELOG.md").contains("Both learn to fly"));
    assert!(!repo.exists("crates/old/CHANGELOG.md"));
}

#[test]
fn tags_status_and_groups_know_both() {
    let repo = both();
    repo.write(
        ".changeset/config.json",
        "{ \"fixed\": [[\"@acme/web\", \"cargo:cli\"]], \"linked\": [[\"npm:nothing\"]] }\n",
    );
    let done = run(&repo, "status --output plan.json").success();
    assert!(
        done.stderr.contains("`npm:nothing` in `linked`, which matches no package"),
        "{}",
        done.stderr
    );
    let plan: serde_json::Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
    let release = |name: &str| {
        let all = plan["releases"].as_array().unwrap();
        all.iter().find(|release| release["name"] == name).unwrap()["newVersion"].clone()
    };
    assert_eq!((release("cli"), release("@acme/web")), ("2.1.0".into(), "2.1.0".into()));
    run(&repo, "version").success();
    repo.commit("Version Packages");
    run(&repo, "git-tag").success();
    let tags = repo.git(&["tag"]);
    assert_eq!(tags.lines().collect::<Vec<_>>(), ["@acme/web@2.1.0", "cli@2.1.0", "engine@0.5.0"]);
}

#[test]
fn what_members_inherit_is_edited_in_the_workspace() {
    let root = "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\n\n[workspace.package]\nversion = \"1.0.0\" # one for all\n\n\
        [workspace.dependencies]\na = { path = \"a\", version = \"1.0.0\" }\nc.path = \"c\"\nc.version = \"0.2\"\n";
    let inherited = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2021\"\n{rest}"
        )
    };
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", root),
        ("a/Cargo.toml", &inherited("a", "")),
        ("a/src/lib.rs", ""),
        (
            "b/Cargo.toml",
            &inherited("b", "[dependencies]\na.workspace = true\nc = { workspace = true }\n"),
        ),
        ("b/src/lib.rs", ""),
        ("c/Cargo.toml", &manifest("c", "0.2.0", "")),
        ("c/src/lib.rs", ""),
        (".changeset/config.json", "{}"),
        (".changeset/one.md", "---\na: minor\nc: minor\n---\n\nx\n"),
    ]);
    lock(&repo);
    let said = run(&repo, "version").success().stdout;
    assert!(
        said.contains("minor: inherits its version 1.0.0 from `Cargo.toml`, as does `a`"),
        "{said}"
    );
    let moved = root.replace("\"1.0.0\"", "\"1.1.0\"").replace("\"0.2\"", "\"0.3\"");
    assert_eq!(repo.read("Cargo.toml"), moved);
    assert_eq!(repo.read("a/Cargo.toml"), inherited("a", ""));
    assert!(repo.read("b/CHANGELOG.md").contains("## 1.1.0"));
    assert!(is_locked(&repo));
}

#[test]
fn a_name_of_two_ecosystems_has_to_say_which() {
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/core/Cargo.toml", &manifest("core-kit", "1.0.0", "")),
        ("crates/core/src/lib.rs", ""),
        (
            "package.json",
            "{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"] }\n",
        ),
        ("package-lock.json", "{}\n"),
        ("packages/core/package.json", "{ \"name\": \"core-kit\", \"version\": \"3.0.0\" }\n"),
        (
            "packages/app/package.json",
            "{ \"name\": \"app\", \"version\": \"1.0.0\", \"dependencies\": { \"core-kit\": \"~3.0.0\" } }\n",
        ),
        (".changeset/config.json", "{}\n"),
        (".changeset/one.md", "---\ncore-kit: minor\n---\n\nx\n"),
    ]);
    let before = tree(&repo);
    let said = run(&repo, "version").exits(1).stderr;
    assert!(
        said.contains(
            "`.changeset/one.md` names `core-kit`, which is `cargo:core-kit` or `npm:core-kit`"
        ),
        "{said}"
    );
    assert!(said.contains(".changeset/one.md:2"), "{said}");
    let said = run(&repo, "add --patch core-kit -m x").exits(1).stderr;
    assert!(said.contains("`--patch` names `core-kit`, which is"), "{said}");
    repo.write(".changeset/config.json", "{ \"ignore\": [\"core-kit\"] }");
    let said = run(&repo, "status").exits(1).stderr;
    assert!(
        said.contains("has `core-kit` in `ignore`, which is `cargo:core-kit` or `npm:core-kit`"),
        "{said}"
    );
    repo.write(".changeset/config.json", "{}\n");
    assert_eq!(tree(&repo), before);

    repo.write(".changeset/one.md", "---\n\"npm:core-kit\": minor\n\"npm:app\": none\n---\n\nx\n");
    run(&repo, "version").success();
    assert!(repo.read("packages/core/package.json").contains("3.1.0"));
    assert!(
        repo.read("packages/app/package.json").contains("~3.1.0"),
        "{}",
        repo.read("packages/app/package.json")
    );
    assert!(repo.read("crates/core/Cargo.toml").contains("1.0.0"));
    assert!(repo.read("packages/core/CHANGELOG.md").starts_with("# core-kit\n"));
    repo.commit("versions");
    run(&repo, "git-tag").success();
    let tags = repo.git(&["tag"]);
    assert_eq!(
        tags.lines().collect::<Vec<_>>(),
        ["app@1.0.1", "cargo/core-kit@1.0.0", "npm/core-kit@3.1.0"]
    );
}

#[test]
fn two_packages_in_one_folder_share_their_changelog() {
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", &manifest("addon-core", "1.0.0", "")),
        ("src/lib.rs", ""),
        ("package.json", "{ \"name\": \"addon\", \"version\": \"1.0.0\" }\n"),
        (
            ".changeset/config.json",
            "{ \"changelog\": \"@changesets/changelog-git\", \"fixed\": [[\"addon*\"]] }\n",
        ),
        (".changeset/one.md", "---\naddon: minor\naddon-core: minor\n---\n\nFaster\n"),
        (".changeset/two.md", "---\naddon-core: patch\n---\n\nLess memory\n"),
    ]);
    run(&repo, "version").success();
    let log = repo.read("CHANGELOG.md");
    assert_eq!(log.matches("## 1.1.0").count(), 1, "{log}");
    assert_eq!(log.matches("Faster").count(), 1, "{log}");
    assert_eq!(log.matches("Less memory").count(), 1, "{log}");
    repo.commit("versions");
    run(&repo, "git-tag").success();
    let tags = repo.git(&["tag"]);
    assert_eq!(tags.lines().collect::<Vec<_>>(), ["addon-core@1.1.0", "addon@1.1.0"]);
}

#[test]
fn a_single_crate_is_tagged_by_its_version_alone() {
    let repo = TestRepo::with_files(&[
        ("Cargo.toml", &manifest("solo", "1.0.0", "")),
        ("src/lib.rs", ""),
        (".changeset/config.json", "{}"),
        (".changeset/one.md", "---\nsolo: major\n---\n\nx\n"),
    ]);
    run(&repo, "version").success();
    repo.commit("versions");
    run(&repo, "git-tag").success();
    assert_eq!(repo.git(&["tag"]).trim(), "v2.0.0");
}

#[test]
fn folders_and_ecosystems_can_be_chosen() {
    let repo = TestRepo::with_files(&[
        ("package.json", "{ \"name\": \"web\", \"version\": \"1.0.0\" }\n"),
        ("rust/Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
        ("rust/engine/Cargo.toml", &manifest("engine", "1.0.0", "")),
        ("rust/engine/src/lib.rs", ""),
        (".changeset/config.json", "{ \"launchway\": { \"workspaces\": [\"rust\"] } }"),
        (".changeset/one.md", "---\nengine: minor\nweb: patch\n---\n\nx\n"),
    ]);
    run(&repo, "version").success();
    assert!(repo.read("rust/engine/Cargo.toml").contains("1.1.0"));
    assert!(repo.exists("rust/engine/CHANGELOG.md"));
    repo.write(
        ".changeset/config.json",
        "{ \"launchway\": { \"workspaces\": [\"rust\"], \"ecosystems\": [\"npm\"] } }",
    );
    repo.write(".changeset/two.md", "---\nengine: minor\n---\n\nx\n");
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("no package.json in `rust`, which `launchway.workspaces`"), "{said}");
    for command in ["status", "version", "add --minor engine -m x"] {
        repo.write(".changeset/config.json", "{ \"launchway\": { \"workspaces\": [\"rusty\"] } }");
        let said = run(&repo, command).exits(1).stderr;
        assert!(said.contains("in `rusty`, which `launchway.workspaces`"), "{command}: {said}");
        repo.write(
            ".changeset/config.json",
            "{ \"launchway\": { \"workspaces\": [\"rust\", \"crates/*\"] } }",
        );
        let said = run(&repo, command).success().stderr;
        assert!(
            said.contains("has `crates/*` in `launchway.workspaces`, which matches no folder"),
            "{command}: {said}"
        );
    }
    repo.write(".changeset/config.json", "{ \"launchway\": { \"ecosystems\": [\"npm\"] } }");
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("names package `engine`, which is not in the workspace"), "{said}");
}

#[test]
fn manifests_that_cannot_be_read_are_named_with_their_line() {
    let repo = both();
    let before = tree(&repo);
    for (path, text, wanted) in [
        (
            "crates/cli/Cargo.toml",
            "[package]\nname = \"cli\"\nversion = 1.0.0\n",
            "crates/cli/Cargo.toml:3",
        ),
        (
            "crates/cli/Cargo.toml",
            "[package]\nname = \"engine\"\nversion = \"1.0.0\"\n",
            "has the name `engine`, as has",
        ),
        (
            "crates/cli/Cargo.toml",
            "[package]\nname = \"cli\"\nversion.workspace = true\n",
            "inherits `version`, which its workspace does not have",
        ),
        (
            "crates/cli/Cargo.toml",
            "[package]\nversion = \"1.0.0\"\n",
            "no `name` in `crates/cli/Cargo.toml`",
        ),
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/gone\"]\n",
            "names the member `crates/gone`, which has no Cargo.toml",
        ),
        (
            "Cargo.toml",
            "[workspace]\nmembers = \"crates\"\n",
            "`workspace.members` that is not a list of texts",
        ),
    ] {
        let old = repo.read(path);
        repo.write(path, text);
        let said = run(&repo, "version").exits(1).stderr;
        assert!(said.contains(wanted), "{text}\n{said}");
        repo.write(path, &old);
    }
    std::fs::write(repo.path().join("crates/cli/Cargo.toml"), b"[package]\nname = \"\xff\"\n")
        .unwrap();
    let said = run(&repo, "version").exits(1).stderr;
    assert!(said.contains("`crates/cli/Cargo.toml` is not UTF-8"), "{said}");
    repo.git(&["checkout", "-q", "."]);
    assert_eq!(tree(&repo), before);
}

#[test]
fn prereleases_and_snapshots_are_versions_cargo_takes() {
    let repo = both();
    run(&repo, "version --snapshot pr").success();
    let snapshot = repo.read("crates/engine/Cargo.toml");
    assert!(snapshot.contains("version = \"0.0.0-pr-20"), "{snapshot}");
    assert!(is_locked(&repo));
    repo.git(&["checkout", "-q", "."]);
    repo.git(&["clean", "-qfd"]);
    run(&repo, "pre enter next").success();
    run(&repo, "version").success();
    assert!(repo.read("crates/engine/Cargo.toml").contains("version = \"0.5.0-next.0\""));
    assert!(repo.read("crates/cli/Cargo.toml").contains("version = \"0.5.0-next.0\""));
    assert!(is_locked(&repo));
}

#[test]
fn what_inherits_a_version_moves_with_it_though_it_is_ignored() {
    let inherited = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2021\"\n{rest}"
        )
    };
    let user = "[dependencies]\nb = { path = \"../b\", version = \"=1.0.0\" }\n";
    let repo = TestRepo::with_files(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\n\n[workspace.package]\nversion = \"1.0.0\"\n",
        ),
        ("a/Cargo.toml", &inherited("a", "")),
        ("a/src/lib.rs", ""),
        ("b/Cargo.toml", &inherited("b", "")),
        ("b/src/lib.rs", ""),
        ("c/Cargo.toml", &manifest("c", "0.2.0", user)),
        ("c/src/lib.rs", ""),
        (".changeset/config.json", "{ \"ignore\": [\"b\", \"c\"] }"),
        (".changeset/one.md", "---\na: minor\n---\n\nx\n"),
    ]);
    lock(&repo);
    run(&repo, "version").success();
    assert!(repo.read("c/Cargo.toml").contains("version = \"=1.1.0\" }"));
    assert!(repo.read("c/Cargo.toml").contains("\"0.2.0\""));
    assert!(!repo.exists("b/CHANGELOG.md"));
    assert!(is_locked(&repo));
}

#[test]
fn entries_of_a_lock_file_stand_as_cargo_sorts_them() {
    // A crate of the same name from elsewhere, whose version is passed by.
    let user = "[dependencies]\nengine = { path = \"../engine\" }\nother = { package = \"engine\", path = \"../../old\" }\n";
    let repo = TestRepo::with_files(&[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\nexclude = [\"old\"]\n",
        ),
        ("crates/engine/Cargo.toml", &manifest("engine", "1.0.0", "")),
        ("crates/engine/src/lib.rs", ""),
        ("crates/user/Cargo.toml", &manifest("user", "1.0.0", user)),
        ("crates/user/src/lib.rs", ""),
        ("old/Cargo.toml", &manifest("engine", "1.0.5", "[workspace]\n")),
        ("old/src/lib.rs", ""),
        (".changeset/config.json", "{}"),
        (".changeset/one.md", "---\nengine: minor\n---\n\nx\n"),
    ]);
    lock(&repo);
    run(&repo, "version").success();
    let ours = repo.read("Cargo.lock");
    assert!(ours.contains("\"1.1.0\"") && ours.contains("\"1.0.5\""), "{ours}");
    lock(&repo);
    assert_eq!(ours, repo.read("Cargo.lock"), "Cargo has nothing to change");
}

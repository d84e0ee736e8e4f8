//! Which folders are packages, for every tool.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::path::Path;

use launchway_base::Fault as _;
use launchway_workspace::{Scope, Tool, Workspace, WorkspaceError};

fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn package(name: &str) -> String {
    format!("{{\"name\":\"{name}\",\"version\":\"1.0.0\"}}")
}

fn names(workspace: &Workspace) -> Vec<&str> {
    workspace.names().collect()
}

#[test]
fn every_tool_finds_its_packages() {
    let (a, b) = (package("a"), package("b"));
    let members: [(&str, &str); 2] =
        [("packages/b/package.json", &b), ("packages/a/package.json", &a)];
    let list = r#"{"name":"root","workspaces":["packages/*"]}"#;
    let object = r#"{"name":"root","workspaces":{"packages":["packages/*"]}}"#;
    let cases: &[(Tool, &[(&str, &str)])] = &[
        (Tool::Yarn, &[("yarn.lock", ""), ("package.json", object)]),
        (Tool::Npm, &[("package-lock.json", "{}"), ("package.json", list)]),
        (Tool::Bun, &[("bun.lock", ""), ("package.json", list)]),
        (Tool::Bun, &[("bun.lockb", ""), ("package.json", object)]),
        (
            Tool::Pnpm,
            &[("pnpm-workspace.yaml", "packages:\n  - packages/*\n"), ("package.json", list)],
        ),
        (Tool::Lerna, &[("lerna.json", "{}"), ("package.json", "{\"name\":\"root\"}")]),
        (
            Tool::Rush,
            &[(
                "rush.json",
                "{ // comment\n \"projects\": [{\"projectFolder\":\"packages/a\"},{\"projectFolder\":\"packages/b\"}] }",
            )],
        ),
    ];
    for (tool, files) in cases {
        let dir = lay(&[&members[..], files].concat());
        let found = Workspace::discover(&dir.path().join("packages/a")).unwrap();
        assert_eq!((found.tool, names(&found)), (*tool, vec!["a", "b"]), "{tool}");
        assert_eq!(found.packages[0].dir, "packages/a");
        assert_eq!(found.root_package.is_some(), *tool != Tool::Rush);
    }
}

#[test]
fn without_a_lock_file_npm_sees_one_package() {
    let list = r#"{"name":"root","version":"1.0.0","workspaces":["packages/*"]}"#;
    let dir = lay(&[("package.json", list), ("packages/a/package.json", &package("a"))]);
    let found = Workspace::discover(dir.path()).unwrap();
    assert_eq!((found.tool, names(&found)), (Tool::Root, vec!["root"]));
    assert_eq!(found.tag_of("root", "1.2.3"), "v1.2.3");
}

#[test]
fn globs_exclude_skip_and_sort() {
    let yaml = "packages:\n  - '**'\n  - '!**/test/**'\n  - '!packages/old'\n";
    let one = |path: &str, name: &str| (format!("{path}/package.json"), package(name));
    let files: Vec<(String, String)> = vec![
        one("packages/a", "a"),
        one("packages/a-b", "a-b"),
        one("packages/a/sub", "a-sub"),
        one("packages/old", "old"),
        one("packages/a/test/fixture", "fixture"),
        one("packages/a/node_modules/dep", "dep"),
        ("pnpm-workspace.yaml".into(), yaml.into()),
        ("package.json".into(), package("root")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let dir = lay(&files);
    let found = Workspace::discover(dir.path()).unwrap();
    // `-` sorts before `/`: the order of changelog lines depends on it.
    assert_eq!(names(&found), ["a", "a-b", "a-sub"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let error = |files: &[(&str, &str)]| Workspace::discover(lay(files).path()).unwrap_err();
    let list = r#"{"name":"root","workspaces":["p/*"]}"#;
    let with = |text: &'static str| {
        error(&[("package.json", list), ("yarn.lock", ""), ("p/a/package.json", text)])
    };
    for (text, says) in [
        ("{", "`p/a/package.json` is not valid JSON"),
        ("{\"version\":\"1.0.0\"}", "no `name` in `p/a/package.json`"),
        ("{\"name\":\"a\",\"version\":1}", "`version` that is not a string"),
        ("{\"name\":\"a\",\"dependencies\":{\"b\":1}}", "range of `b` in `dependencies`"),
        ("[]", "is not a JSON object"),
    ] {
        let said = with(text).to_string();
        assert!(said.contains(says), "{text}: {said}");
    }
    let yaml = error(&[("pnpm-workspace.yaml", "packages: [")]);
    assert!(yaml.to_string().contains("`pnpm-workspace.yaml` is not valid YAML"), "{yaml}");
    let nothing = Workspace::discover(Path::new("/")).unwrap_err();
    assert!(matches!(nothing, WorkspaceError::NothingFound(_)), "{nothing}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    use std::os::unix::fs::symlink;
    let dir = lay(&[
        ("pnpm-workspace.yaml", "packages: ['packages/**']"),
        ("package.json", &package("root")),
        ("packages/a/package.json", &package("a")),
        ("packages/b/package.json", &package("b")),
        ("elsewhere/c/package.json", &package("c")),
    ]);
    let packages = dir.path().join("packages");
    symlink("../elsewhere/c", packages.join("c")).unwrap();
    symlink(".", packages.join("self")).unwrap();
    symlink("..", packages.join("a/up")).unwrap();
    symlink("/", packages.join("a/top")).unwrap();
    symlink("nowhere", packages.join("a/nowhere")).unwrap();
    // Two that lead to each other: each is followed once.
    symlink("../b", packages.join("a/to-b")).unwrap();
    symlink("../a", packages.join("b/to-a")).unwrap();
    let found = Workspace::discover(dir.path()).unwrap();
    let dirs: Vec<&str> = found.packages.iter().map(|package| package.dir.as_str()).collect();
    assert_eq!(
        dirs,
        ["packages/a", "packages/a/to-b", "packages/b", "packages/b/to-a", "packages/c"]
    );
}

fn krate(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}")
}

#[test]
fn members_of_cargo_are_those_that_cargo_finds() {
    let root = "[workspace]\nmembers = [\"crates/*\", \"vendor/own\"]\nexclude = [\"crates/old\", \"vendor\"]\n\n\
        [workspace.dependencies]\nfar = { path = \"else/far\" }\nunused = { path = \"else/unused\" }\n";
    let dir = lay(&[
        ("Cargo.toml", root),
        (
            "crates/a/Cargo.toml",
            &krate(
                "a",
                "[dependencies]\nfar.workspace = true\n\n[dev-dependencies.old]\npath = \"../old\"\n",
            ),
        ),
        ("crates/old/Cargo.toml", &krate("old", "")),
        (
            "else/far/Cargo.toml",
            &krate("far", "[dev-dependencies]\nnear = { path = \"../near\" }\n"),
        ),
        ("else/near/Cargo.toml", &krate("near", "[dependencies]\nfar = { path = \"../far\" }\n")),
        ("else/unused/Cargo.toml", &krate("unused", "")),
        ("vendor/own/Cargo.toml", &krate("own", "")),
        ("vendor/other/Cargo.toml", &krate("other", "")),
    ]);
    for from in ["", "crates/a", "else/near"] {
        let found = Workspace::discover(&dir.path().join(from)).unwrap();
        assert_eq!(names(&found), ["a", "far", "near", "own"], "{from}");
    }
    let old = Workspace::discover(&dir.path().join("crates/old")).unwrap();
    assert_eq!((names(&old), old.tool), (vec!["old"], Tool::Root));
    for krate in ["crates/a", "crates/old", "else/far", "else/near", "vendor/own"] {
        fs::create_dir_all(dir.path().join(krate).join("src")).unwrap();
        fs::write(dir.path().join(krate).join("src/lib.rs"), "").unwrap();
    }
    let done = std::process::Command::new("cargo")
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let mut told: Vec<&str> = told["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    told.sort_unstable();
    assert_eq!(told, ["a", "far", "near", "own"]);
}

#[test]
fn a_package_json_for_tools_is_no_package_beside_crates() {
    let tools = "{ \"private\": true, \"devDependencies\": {} }";
    let dir = lay(&[("package.json", tools), ("Cargo.toml", &krate("solo", ""))]);
    let found = Workspace::discover(dir.path()).unwrap();
    assert_eq!((names(&found), found.tag_of("solo", "1.0.0")), (vec!["solo"], "v1.0.0".to_owned()));
    fs::remove_file(dir.path().join("Cargo.toml")).unwrap();
    assert!(matches!(Workspace::discover(dir.path()), Err(WorkspaceError::Nameless(_))));
}

#[test]
fn crates_of_two_workspaces_have_names_of_their_own() {
    let dir = lay(&[
        ("Cargo.toml", &krate("core", "")),
        ("rust/Cargo.toml", &krate("core", "[workspace]\n")),
        (".changeset/config.json", "{}"),
    ]);
    let scope = Scope { folders: vec!["rust".to_owned()], ..Scope::default() };
    let error = Workspace::discover_within(dir.path(), &scope).unwrap_err();
    assert!(error.to_string().contains("has the name `core`, as has `Cargo.toml`"), "{error}");
    fs::write(dir.path().join("rust/Cargo.toml"), krate("core-two", "[workspace]\n")).unwrap();
    let found = Workspace::discover_within(dir.path(), &scope).unwrap();
    assert_eq!(names(&found), ["core", "core-two"]);
}

#[test]
fn hostile_manifests_of_crates_end_with_an_error() {
    for (text, wanted) in [
        ("[package]\nname = \"a\"\nworkspace = \"../..\"\n", "leads to no Cargo.toml"),
        ("[workspace]\nmembers = [1]\n", "not a list of texts"),
        ("[package]\nname = 1\n", "`package.name` that is not a text"),
        ("[package\n", "is not valid TOML"),
        ("a = 1\na = 2\n", "is not valid TOML"),
    ] {
        let dir = lay(&[("Cargo.toml", text)]);
        let error = Workspace::discover(dir.path()).unwrap_err();
        assert!(error.to_string().contains(wanted), "{text}: {error}");
    }
    let deep = format!("a = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let dir = lay(&[("Cargo.toml", &deep)]);
    assert!(Workspace::discover(dir.path()).is_err());
}

#[cfg(unix)]
#[test]
fn links_in_a_cargo_workspace_do_not_go_round() {
    let dir = lay(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/**\"]\n"),
        ("crates/a/Cargo.toml", &krate("a", "[dependencies]\na = { path = \"../a\" }\n")),
    ]);
    std::os::unix::fs::symlink("..", dir.path().join("crates/a/loop")).unwrap();
    let found = Workspace::discover(dir.path()).unwrap();
    assert_eq!(names(&found), ["a"]);
}

/// A project of Python's.
fn project(name: &str, version: &str, rest: &str) -> String {
    format!("[project]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}")
}

#[test]
fn members_of_uv_are_packages_and_other_files_are_left_alone() {
    let app =
        project("acme.app", "1.0rc1", "dependencies = [\"Acme_Core>=1.2,<2\", \"requests\"]\n");
    let dynamic = "[project]\nname = \"dyn\"\ndynamic = [\"version\"]\n";
    let root = "[tool.uv.workspace]\nmembers = [\"libs/*\", \"app\"]\nexclude = [\"libs/old\"]\n";
    let dir = lay(&[
        ("pyproject.toml", root),
        ("libs/core/pyproject.toml", &project("acme-core", "1.2.0", "")),
        ("libs/old/pyproject.toml", &project("old", "0.1.0", "")),
        ("libs/dyn/pyproject.toml", dynamic),
        ("libs/tools/pyproject.toml", "[tool.ruff]\nline-length = 99\n"),
        ("libs/empty/README.md", ""),
        ("app/pyproject.toml", &app),
        ("alone/pyproject.toml", &project("alone", "1.0.0", "")),
    ]);
    let found = Workspace::discover(dir.path()).unwrap();
    assert_eq!((found.tool, names(&found)), (Tool::Uv, vec!["acme.app", "acme-core"]));
    let app = found.package("acme.app").unwrap();
    assert_eq!(app.version.as_deref(), Some("1.0.0-rc.1"));
    let needs: Vec<_> = app.dependencies.iter().map(|d| (&*d.name, &*d.range)).collect();
    assert_eq!(needs, [("acme-core", ">=1.2,<2")], "by the name its own manifest writes");
    let root = |below: &str| Workspace::discover(&dir.path().join(below)).map(|found| found.root);
    assert_eq!(root("libs/core").unwrap(), dir.path());
    assert_eq!(root("libs/tools").unwrap(), dir.path());
    assert_eq!(root("alone").unwrap(), dir.path().join("alone"), "no member, a root of its own");
}

#[test]
fn projects_without_a_version_say_why_and_do_not_disturb_others() {
    let dynamic = "[project]\nname = \"dyn\"\ndynamic = [\"version\"]\n";
    let alone = lay(&[("pyproject.toml", dynamic)]);
    let said = Workspace::discover(alone.path()).unwrap_err().to_string();
    assert!(said.contains("`pyproject.toml` has a dynamic version"), "{said}");
    let tools = lay(&[("pyproject.toml", "[tool.ruff]\nline-length = 99\n")]);
    let said = Workspace::discover(tools.path()).unwrap_err().to_string();
    assert!(said.contains("no package.json, Cargo.toml or pyproject.toml in"), "{said}");
    for python in [dynamic, "[tool.ruff]\nline-length = 99\n"] {
        let dir = lay(&[
            ("pyproject.toml", python),
            ("package.json", &package("web")),
            ("Cargo.toml", &krate("engine", "")),
        ]);
        let found = Workspace::discover(dir.path()).unwrap();
        assert_eq!(names(&found), ["web", "engine"]);
    }
    let both =
        lay(&[("pyproject.toml", &project("web", "1.0.0", "")), ("package.json", &package("web"))]);
    let found = Workspace::discover(both.path()).unwrap();
    assert_eq!(names(&found), ["npm:web", "python:web"]);
}

#[test]
fn folders_of_the_configuration_are_projects_of_python_too() {
    let dir = lay(&[
        (".changeset/config.json", "{}"),
        ("services/api/pyproject.toml", &project("api", "1.0.0", "")),
        ("services/worker/pyproject.toml", &project("worker", "1.0.0", "")),
        ("services/dyn/pyproject.toml", "[project]\nname = \"dyn\"\n"),
    ]);
    let scope = |folders: &[&str]| Scope {
        folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        ..Scope::default()
    };
    let found =
        Workspace::discover_within(dir.path(), &scope(&["services/api", "services/worker"]));
    let found = found.unwrap();
    assert_eq!(names(&found), ["api", "worker"]);
    assert_eq!(found.packages[0].manifest, "services/api/pyproject.toml");
    let error = Workspace::discover_within(dir.path(), &scope(&["services/dyn"])).unwrap_err();
    assert_eq!(error.to_string(), "`services/dyn/pyproject.toml` has no version");
}

#[test]
fn folders_of_the_configuration_have_to_be_there() {
    let dir = lay(&[
        (".changeset/config.json", "{}"),
        ("services/api/pyproject.toml", &project("api", "1.0.0", "")),
        (".tools/lint/pyproject.toml", &project("lint", "1.0.0", "")),
        ("services/notes/README.md", ""),
        ("a file", ""),
    ]);
    let scope = |folders: &[&str]| Scope {
        folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        ..Scope::default()
    };
    let found = |folders: &[&str]| Workspace::discover_within(dir.path(), &scope(folders));
    for entry in ["services/apii", "services/api2/", "./service", "a file", "gone/../services"] {
        let error = found(&["services/api", entry]).unwrap_err();
        let said = format!(
            "no package.json, Cargo.toml or pyproject.toml in `{entry}`, which `launchway.workspaces` \
             in `.changeset/config.json` names"
        );
        assert_eq!(error.to_string(), said);
        assert_eq!(error.kind().code(), 2);
    }
    for entries in [["services/notes", "!x"], ["services/*", "!x"]] {
        let error = found(&entries).unwrap_err();
        assert!(error.to_string().contains("in `services/notes`, which"), "{error}");
        assert!(error.hint().unwrap().contains("`!services/notes`"));
    }
    let npm = Scope { ecosystems: Some(vec!["npm".to_owned()]), ..scope(&["gone"]) };
    let both = lay(&[(".changeset/config.json", "{}"), ("package.json", &package("web"))]);
    let error = Workspace::discover_within(both.path(), &npm).unwrap_err();
    assert!(error.to_string().starts_with("no package.json in `gone`, "), "{error}");
    // A pattern may match nothing: one configuration may serve several repositories.
    for (entries, all, unmatched) in [
        (&["./services/api/", ".tools/lint"][..], &["lint", "api"][..], &[][..]),
        (&["services/*", "!services/notes", "libs/*"], &["api"], &["libs/*"]),
        (&["services/{api,web}", "pack?"], &["api"], &["pack?"]),
        (&["services/api", "libs/**", "!gone"], &["api"], &["libs/**"]),
    ] {
        let workspace = found(entries).unwrap();
        assert_eq!(names(&workspace), all, "{entries:?}");
        assert_eq!(workspace.unmatched, unmatched, "{entries:?}");
    }
}

#[test]
fn hostile_projects_end_with_an_error() {
    for (text, says) in [
        ("[project\n", "is not valid TOML"),
        ("[project]\nname = 7\n", "`project.name` that is not a text"),
        ("[project]\nname = \"a\"\nversion = 1\n", "`project.version` that is not a text"),
        ("[tool.uv.workspace]\nmembers = \"x\"\n", "not a list of texts"),
        ("[tool.uv.workspace]\nmembers = [\"gone\"]\n", "names the member `gone`"),
    ] {
        let said = Workspace::discover(lay(&[("pyproject.toml", text)]).path()).unwrap_err();
        assert!(said.to_string().contains(says), "{text}: {said}");
    }
    let twice = lay(&[
        ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"*\"]\n"),
        ("a/pyproject.toml", &project("My_Core", "1.0.0", "")),
        ("b/pyproject.toml", &project("my.core", "1.0.0", "")),
    ]);
    let said = Workspace::discover(twice.path()).unwrap_err().to_string();
    assert!(said.contains("as has `a/pyproject.toml`"), "{said}");
}

#[test]
fn of_several_ranges_of_python_those_count_that_the_version_here_satisfies() {
    let dir = lay(&[
        ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"*\"]\n"),
        ("lib/pyproject.toml", "[project]\nname = \"Lib\"\nversion = \"1.2.0\"\n"),
        (
            "a/pyproject.toml",
            "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"lib>=1.2; python_version>='3.9'\", \"lib<1; python_version<'3.9'\"]\n",
        ),
        (
            "b/pyproject.toml",
            "[tool.poetry]\nname = \"b\"\nversion = \"1\"\n[tool.poetry.dependencies]\nlib = [{ path = \"../lib\" }, { version = \"^0.9\", python = \"<3.9\" }]\n",
        ),
        (
            "c/pyproject.toml",
            "[project]\nname = \"c\"\nversion = \"1\"\ndependencies = [\"lib<1\"]\n[dependency-groups]\ndev = [\"lib\"]\n",
        ),
    ]);
    let found = Workspace::discover(dir.path()).unwrap();
    let ranges = |name: &str| -> Vec<String> {
        let package = found.package(name).unwrap();
        package.dependencies.iter().map(|found| found.range.clone()).collect()
    };
    assert_eq!(ranges("a"), [">=1.2"]);
    assert_eq!(ranges("b"), [""]);
    assert_eq!(ranges("c"), ["<1", ""]);
}

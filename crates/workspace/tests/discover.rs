//! Which folders are packages, for every tool.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::path::Path;

use launchway_workspace::{Tool, Workspace, WorkspaceError};

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

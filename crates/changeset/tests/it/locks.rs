//! Lock files after `version`.

use std::path::PathBuf;
use std::process::Command;

use launchway_testkit::TestRepo;

use crate::shop::{command, run};

/// A tool named by a variable; without it the test says that it is left out, where that is allowed.
pub(crate) fn tool(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        let required =
            |name| std::env::var_os(name).is_some_and(|value| value == "1" || value == "true");
        assert!(!required("CI") && !required("LAUNCHWAY_REQUIRE_TOOLS"), "{variable} is not set");
        eprintln!("skipped: {variable} is not set");
    }
    found
}

/// Members of a workspace that depend on each other in every way; `protocol` stands before ranges.
fn members(protocol: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            "package.json",
            format!(
                "{{\"name\":\"root\",\"private\":true,\"version\":\"0.0.0\",\"workspaces\":[\"packages/*\"],\"devDependencies\":{{\"@x/core\":\"{protocol}^1.0.0\"}}}}\n"
            ),
        ),
        ("packages/core/package.json", "{\"name\":\"@x/core\",\"version\":\"1.0.0\"}\n".to_owned()),
        (
            "packages/app/package.json",
            format!(
                "{{\"name\":\"@x/app\",\"version\":\"1.0.0\",\"dependencies\":{{\"@x/core\":\"{protocol}^1.0.0\"}},\"devDependencies\":{{\"site\":\"{protocol}~2.0.0\"}}}}\n"
            ),
        ),
        (
            "packages/site/package.json",
            format!(
                "{{\"name\":\"site\",\"version\":\"2.0.0\",\"peerDependencies\":{{\"@x/core\":\"{protocol}>=1.0.0\"}},\"optionalDependencies\":{{\"@x/core\":\"{protocol}~1.0.0\"}}}}\n"
            ),
        ),
        (".changeset/config.json", "{}\n".to_owned()),
        (".changeset/a.md", "---\n\"@x/core\": major\n---\n\nx\n".to_owned()),
        (".gitignore", "node_modules\n.yarn\n.pnp.*\n".to_owned()),
    ]
}

fn repo(protocol: &str, more: &[(&str, &str)]) -> TestRepo {
    let members = members(protocol);
    let members = members.iter().map(|(path, text)| (*path, text.as_str()));
    TestRepo::with_files(&members.chain(more.iter().copied()).collect::<Vec<_>>())
}

/// Lets the tool write the lock file, versions, lets the tool write it again: it finds nothing to do.
fn stays_as_its_tool_would_write_it(repo: &TestRepo, file: &str, refresh: impl Fn() -> Command) {
    let refresh = || {
        let mut command = refresh();
        let done = command.current_dir(repo.path()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
    };
    refresh();
    repo.commit("lock");
    let before = repo.read(file);
    run(repo, "version").success();
    let ours = repo.read(file);
    assert_ne!(ours, before, "the lock file does not speak of the members");
    refresh();
    assert_eq!(repo.read(file), ours);
}

#[test]
fn npm_finds_nothing_to_do() {
    let Some(npm) = tool("LAUNCHWAY_NPM") else { return };
    for format in ["1", "2", "3"] {
        let repo = repo("", &[("package-lock.json", "{}\n")]);
        stays_as_its_tool_would_write_it(&repo, "package-lock.json", || {
            let mut command = Command::new(&npm);
            command.args([
                "install",
                "--package-lock-only",
                "--offline",
                "--no-audit",
                "--no-fund",
            ]);
            command.args(["--lockfile-version", format]);
            command
        });
    }
}

#[test]
fn pnpm_finds_nothing_to_do() {
    let (Some(pnpm), Some(node)) = (tool("LAUNCHWAY_PNPM"), tool("LAUNCHWAY_NODE")) else { return };
    let plain = "packages:\n  - packages/*\nlinkWorkspacePackages: true\n";
    let catalog = "packages:\n  - packages/*\nlinkWorkspacePackages: true\ncatalog:\n  \"@x/core\": ^1.0.0 # ours\n";
    for (protocol, workspace) in [("workspace:", plain), ("", plain), ("", catalog)] {
        let repo = repo(protocol, &[("pnpm-workspace.yaml", workspace)]);
        if workspace == catalog {
            let app = repo.read("packages/app/package.json");
            repo.write("packages/app/package.json", app.replace("\"^1.0.0\"", "\"catalog:\""));
        }
        stays_as_its_tool_would_write_it(&repo, "pnpm-lock.yaml", || {
            let mut command = Command::new(&node);
            command.arg(&pnpm).args(["install", "--lockfile-only", "--offline"]);
            command
        });
        let wanted = workspace.replace("^1.0.0", "^2.0.0");
        assert_eq!(repo.read("pnpm-workspace.yaml"), wanted);
    }
}

#[test]
fn yarn_finds_nothing_to_do() {
    let (Some(yarn), Some(node)) = (tool("LAUNCHWAY_YARN"), tool("LAUNCHWAY_NODE")) else { return };
    for protocol in ["workspace:", ""] {
        let repo = repo(protocol, &[("yarn.lock", "")]);
        stays_as_its_tool_would_write_it(&repo, "yarn.lock", || {
            let mut command = Command::new(&node);
            command.arg(&yarn).args(["install", "--mode=update-lockfile"]);
            command.env("YARN_ENABLE_TELEMETRY", "0").env("YARN_ENABLE_NETWORK", "0");
            command
                .env("YARN_ENABLE_IMMUTABLE_INSTALLS", "0")
                .env("YARN_NODE_LINKER", "node-modules");
            command
        });
    }
}

/// As bun 1.4 writes it.
const BUN: &str = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "root",
      "devDependencies": {
        "@x/core": "^1.0.0",
      },
    },
    "packages/app": {
      "name": "@x/app",
      "version": "1.0.0",
      "dependencies": {
        "@x/core": "^1.0.0",
      },
      "devDependencies": {
        "site": "~2.0.0",
      },
    },
    "packages/core": {
      "name": "@x/core",
      "version": "1.0.0",
    },
  },
  "packages": {
    "@x/core": ["@x/core@workspace:packages/core"],

    "is-number": ["is-number@7.0.0", "", {}, "sha512-1.0.0"],
  }
}
"#;

#[test]
fn bun_reads_its_own_manner_of_writing() {
    let repo = repo("", &[("bun.lock", BUN)]);
    run(&repo, "version").success();
    let wanted = BUN
        .replace("\"@x/core\": \"^1.0.0\"", "\"@x/core\": \"^2.0.0\"")
        .replace("~2.0.0", "~2.0.1")
        .replace(
            "\"@x/core\",\n      \"version\": \"1.0.0\"",
            "\"@x/core\",\n      \"version\": \"2.0.0\"",
        )
        .replace(
            "\"@x/app\",\n      \"version\": \"1.0.0\"",
            "\"@x/app\",\n      \"version\": \"1.0.1\"",
        );
    assert_eq!(repo.read("bun.lock"), wanted);
}

#[test]
fn what_cannot_be_edited_is_left_to_its_tool_or_to_people() {
    let copy = "# yarn lockfile v1\n\n\n\"@x/core@^1.0.0\":\n  version \"1.0.0\"\n";
    for (name, text, wanted) in [
        (
            "yarn.lock",
            copy,
            "takes `@x/core` from a registry, not from here and does not follow by itself; run `yarn install`",
        ),
        (
            "bun.lockb",
            "#!/usr/bin/env bun\nbun-lockfile-format-v0\n",
            "`bun.lockb` is binary and does not follow by itself (`bun` is not installed); run `bun install --lockfile-only --ignore-scripts`",
        ),
        ("bun.lock", "{ \"workspaces\": ", "is not valid JSON"),
    ] {
        let repo = repo("", &[(name, text)]);
        // Nothing but git is on the search path.
        let git = git_alone();
        let done =
            command(&repo, "version").env("PATH", git.path().to_str().unwrap()).run().success();
        assert!(done.stderr.contains(wanted), "{name}: {}", done.stderr);
        assert_eq!(repo.read(name), text);
        assert!(repo.read("packages/core/package.json").contains("2.0.0"));
    }
}

/// A folder with git alone, so that no package manager stands beside it.
fn git_alone() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|dir| dir.join("git")).find(|file| file.is_file());
    #[cfg(unix)]
    std::os::unix::fs::symlink(real.unwrap(), folder.path().join("git")).unwrap();
    folder
}

/// Takes core from a registry.
const COPY: &str =
    "{\"lockfileVersion\":3,\"packages\":{\"node_modules/@x/core\":{\"version\":\"1.0.0\"}}}";

/// A stand-in for npm that writes what it saw, and more than it should.
#[cfg(unix)]
fn stand_in(body: &str) -> (tempfile::TempDir, String) {
    let bin = tempfile::tempdir().unwrap();
    let npm = bin.path().join("npm");
    launchway_testkit::script(&npm, format!("#!/bin/sh\n{body}\n"));
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    (bin, path)
}

#[cfg(unix)]
#[test]
fn a_tool_that_has_to_be_run_sees_a_copy_and_no_credentials() {
    let (bin, path) = stand_in(
        "env > \"$(dirname \"$0\")/env\"; grep -q 2.0.0 packages/core/package.json || exit 1\n\
         echo stray > stray; echo changed >> package.json; echo '{\"lockfileVersion\": 3}' > package-lock.json",
    );
    let repo = repo("", &[("package-lock.json", COPY)]);
    let before = repo.read("package.json");
    let done = command(&repo, "version")
        .env("PATH", &path)
        .env("NODE_AUTH_TOKEN", "swordfish")
        .env("GITHUB_TOKEN", "swordfish")
        .env("npm_config_//r/:_authToken", "swordfish")
        .env("npm_config_cache", "somewhere")
        .run()
        .success();
    assert!(!done.stderr.contains("does not follow"), "{}", done.stderr);
    assert_eq!(repo.read("package-lock.json"), "{\"lockfileVersion\": 3}\n");
    assert!(!repo.exists("stray"));
    assert_eq!(repo.read("package.json"), before.replace("^1.0.0", "^2.0.0"));
    let seen = std::fs::read_to_string(bin.path().join("env")).unwrap();
    assert!(!seen.contains("swordfish") && seen.contains("npm_config_cache=somewhere"), "{seen}");
}

#[cfg(unix)]
#[test]
fn a_tool_that_fails_or_could_not_read_the_file_changes_nothing() {
    let broken = "{ \"lockfileVersion\": 3, <<<<<<< HEAD";
    for (lock, body, is_run, wanted) in [
        (
            COPY,
            "echo half > package-lock.json; touch \"$(dirname \"$0\")/ran\"; exit 1",
            true,
            "(`npm` ended with exit code 1)",
        ),
        (
            COPY,
            ": > package-lock.json; touch \"$(dirname \"$0\")/ran\"",
            true,
            "left an empty lock file",
        ),
        (
            COPY,
            "echo '{\"lockfileVersion\":4}' > package-lock.json; touch \"$(dirname \"$0\")/ran\"",
            true,
            "writes another format",
        ),
        (
            broken,
            "echo '{}' > package-lock.json; touch \"$(dirname \"$0\")/ran\"",
            false,
            "is not valid JSON",
        ),
    ] {
        let (bin, path) = stand_in(body);
        let repo = repo("", &[("package-lock.json", lock)]);
        let done = command(&repo, "version").env("PATH", &path).run().success();
        assert!(done.stderr.contains(wanted), "{}", done.stderr);
        assert!(done.stderr.contains("run `npm install --package-lock-only"), "{}", done.stderr);
        assert_eq!(repo.read("package-lock.json"), lock);
        assert_eq!(bin.path().join("ran").exists(), is_run);
    }
}

#[cfg(unix)]
#[test]
fn a_dry_run_runs_no_tool() {
    let (bin, path) = stand_in("touch \"$(dirname \"$0\")/ran\"");
    let repo = repo("", &[("package-lock.json", COPY)]);
    let _ = command(&repo, "version --dry-run").env("PATH", &path).run().success();
    assert!(!bin.path().join("ran").exists());
}

#[test]
fn formats_that_came_later_are_left_to_their_tool() {
    for (name, text, wanted) in [
        (
            "package-lock.json",
            "{\"lockfileVersion\":99,\"packages\":{\"packages/core\":{\"version\":\"1.0.0\"}}}",
            "has the format 99",
        ),
        ("bun.lock", "{\"lockfileVersion\":99}", "has the format 99"),
        ("pnpm-lock.yaml", "lockfileVersion: '42.0'\n", "has the format 42.0"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n<<<<<<< HEAD\n", "holds conflicts of a merge"),
        (
            "yarn.lock",
            "__metadata:\n  version: 8\n\n? \"@x/core@npm:^1.0.0, @x/core@workspace:packages/core\"\n:\n  version: 0\n",
            "more than a thousand letters",
        ),
    ] {
        let git = git_alone();
        let workspace = ("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
        let repo = repo("", &[(name, text), workspace]);
        let done =
            command(&repo, "version").env("PATH", git.path().to_str().unwrap()).run().success();
        assert!(done.stderr.contains(wanted), "{name}: {}", done.stderr);
        assert_eq!(repo.read(name), text);
    }
}

#[test]
fn one_key_leaves_them_alone() {
    let repo = repo("", &[("bun.lock", BUN)]);
    repo.write(".changeset/config.json", "{ \"launchway\": { \"lockfiles\": false } }\n");
    run(&repo, "version").success();
    assert_eq!(repo.read("bun.lock"), BUN);
}

#[test]
fn lock_files_that_say_nothing_of_members_stay_as_they_are() {
    for (name, text) in [
        ("package-lock.json", ""),
        ("package-lock.json", "{}"),
        ("package-lock.json", "\u{feff}[]\r\n"),
        ("package-lock.json", "{\"packages\":{\"packages/core\":{\"version\":\"0.9.0\"}}}"),
        ("yarn.lock", ""),
        ("yarn.lock", "__metadata:\n  version: 8\n"),
        ("bun.lock", "{}"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters: {}\n"),
    ] {
        // Says what the members are, whatever the lock file.
        let workspace = ("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
        let repo = repo("", &[(name, text), workspace]);
        let done = run(&repo, "version").success();
        assert_eq!(repo.read(name), text);
        assert!(!done.stderr.contains("does not follow"), "{}", done.stderr);
    }
}

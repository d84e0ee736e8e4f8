//! The programs as they ship, on both kinds of processor. Only the stage `package` of `cargo xtask test` has them: it
//! builds them and says where they are.
#![expect(clippy::unwrap_used, reason = "a test ends with its first fault")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use launchway_e2e::{at, needed};
use tempfile::TempDir;

use super::made::PROGRAMS;

/// The folder `cargo xtask package` filled.
fn packages() -> Option<PathBuf> {
    std::env::var_os("LAUNCHWAY_PACKAGES").filter(|given| !given.is_empty()).map(PathBuf::from)
}

/// What runs programs of a target on this machine, or `None` where nothing can.
fn runner(arch: &str) -> Option<Vec<PathBuf>> {
    if arch == std::env::consts::ARCH {
        return Some(Vec::new());
    }
    let name = format!("qemu-{arch}");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|dir| dir.join(&name));
    needed(&name, found.find(|file| file.is_file())).map(|qemu| vec![qemu])
}

fn started(runner: &[PathBuf], program: &Path) -> Command {
    let mut words = runner.iter().map(PathBuf::as_path).chain([program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).env_clear();
    command
}

fn text(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr];
    both.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[test]
fn every_program_runs_on_both_processors_and_says_its_version() {
    let Some(packages) = packages() else { return };
    let version = std::fs::read_to_string(packages.join("VERSION")).unwrap();
    for arch in ["x86_64", "aarch64"] {
        let Some(runner) = runner(arch) else { continue };
        for name in PROGRAMS {
            let program = packages.join(format!("{arch}-unknown-linux-musl/launchway-{name}"));
            let output = started(&runner, &program).arg("--version").output().unwrap();
            let said = text(&output);
            assert!(
                output.status.success() && said.trim().ends_with(version.trim()),
                "{arch} {name}: {said}"
            );
        }
    }
}

/// The inputs of `actions/image-tags`, and what its outputs must say.
const INPUTS: &str = r#"{"images":"ghcr.io/launchway/programs","tags":"type=raw,value=smoke"}"#;
const WANTED: &str = "ghcr.io/launchway/programs:smoke";

/// Runs the tagger as its action would; what it wrote as outputs.
fn tags(arch: &str, mut command: Command, room: &Path) -> String {
    let outputs = room.join("outputs");
    std::fs::write(&outputs, "").unwrap();
    std::fs::write(room.join("event.json"), "{}").unwrap();
    command
        .env("LAUNCHWAY_INPUTS", INPUTS)
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_ACTIONS", "true");
    command.env("GITHUB_EVENT_NAME", "push").env("GITHUB_EVENT_PATH", room.join("event.json"));
    command.env("GITHUB_REF", "refs/heads/main").env("GITHUB_REPOSITORY", "launchway/launchway");
    command
        .env("GITHUB_SHA", "0123456789012345678901234567890123456789")
        .env("GITHUB_WORKSPACE", room);
    command
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("RUNNER_TEMP", room)
        .current_dir(room);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arch}: {:?} {}", output.status, text(&output));
    std::fs::read_to_string(outputs).unwrap()
}

#[test]
fn an_action_works_on_both_processors() {
    let Some(packages) = packages() else { return };
    for arch in ["x86_64", "aarch64"] {
        let Some(runner) = runner(arch) else { continue };
        let room = TempDir::new().unwrap();
        let program = packages.join(format!("{arch}-unknown-linux-musl/launchway-image"));
        let mut command = started(&runner, &program);
        command.arg("tags");
        let outputs = tags(arch, command, room.path());
        assert!(outputs.contains(WANTED), "{arch}: {outputs}");
    }
}

#[test]
fn the_launcher_of_a_sealed_tree_runs_what_the_mirror_has_and_refuses_a_flipped_byte() {
    let Some(packages) = packages() else { return };
    if std::env::consts::ARCH != "x86_64" {
        return;
    }
    let room = TempDir::new().unwrap();
    let tree = room.path().join("tree");
    std::fs::create_dir_all(tree.join("dist")).unwrap();
    std::fs::copy(at("dist/launch.sh"), tree.join("dist/launch.sh")).unwrap();
    for name in ["VERSION", "SHA256SUMS"] {
        std::fs::copy(packages.join(name), tree.join("dist").join(name)).unwrap();
    }
    let launch = |mirror: &Path, cache: &str| {
        let mut command = Command::new("sh");
        command.arg(tree.join("dist/launch.sh")).args(["image", "tags"]).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", room.path());
        command.env("RUNNER_TOOL_CACHE", room.path().join(cache));
        command.env("LAUNCHWAY_MIRROR", format!("file://{}", mirror.display()));
        command
    };
    let outputs = tags("x86_64", launch(&packages, "cache"), room.path());
    assert!(outputs.contains(WANTED), "{outputs}");
    // From the tool cache, where the mirror is gone.
    let outputs = tags("x86_64", launch(&room.path().join("nowhere"), "cache"), room.path());
    assert!(outputs.contains(WANTED), "{outputs}");

    let bad = room.path().join("bad");
    std::fs::create_dir(&bad).unwrap();
    let version = std::fs::read_to_string(packages.join("VERSION")).unwrap();
    let archive = format!("launchway-image-{}-x86_64-unknown-linux-musl.tar.gz", version.trim());
    let mut bytes = std::fs::read(packages.join(&archive)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(bad.join(&archive), bytes).unwrap();
    let output = launch(&bad, "other cache").output().unwrap();
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("is not what dist/SHA256SUMS says"), "{}", text(&output));
}

#[test]
fn every_list_of_what_is_in_a_shipped_program_follows_the_official_schema() {
    let Some(packages) = packages() else { return };
    let Some(node) = needed("node", std::env::var_os("LAUNCHWAY_NODE")) else { return };
    let read = std::fs::read_dir(&packages).unwrap();
    let lists: Vec<_> = read
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with(".cdx.json")))
        .collect();
    assert_eq!(lists.len(), 2 * PROGRAMS.len());
    let output =
        Command::new(node).arg(at("tests/packages/sbom.mjs")).args(lists).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

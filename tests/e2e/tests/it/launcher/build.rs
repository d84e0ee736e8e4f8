//! Programs that are given, or built from the tree's source.

use launchway_testkit::{Scrubbed, script};

use super::room::{Room, Way, ran, refused};

/// A cargo that says what it was asked and what it could see, and makes the program.
const CARGO: &str = r#"#!/bin/sh
printf 'cargo %s\n' "$*" >&2
printf 'in [%s]\n' "$PWD" >&2
env | grep -e s3cret -e ^CARGO_BUILD_TARGET= >&2 || echo 'no secrets' >&2
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release" && cp "$FAKE_PROGRAM" "$2/release/launchway-health"
"#;

/// What a step may hold that a compiler has no use for.
const SECRETS: &[&str] = &[
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "LAUNCHWAY_INPUTS",
    "NODE_AUTH_TOKEN",
    "NPM_TOKEN",
];

/// A tree with source, and with hashes or, as in development, without.
fn source(way: Way, is_release: bool) -> Option<Room> {
    let room = Room::new(way)?;
    room.write("tree/Cargo.lock", "");
    room.write("tree/Cargo.toml", "[workspace]\n");
    room.write("tree/crates/health/src/main.rs", "fn main() {}\n");
    if !is_release {
        room.write("tree/dist/SHA256SUMS", "");
        room.write("tree/dist/VERSION", "0.0.0\n");
    }
    Some(room)
}

fn with_cargo(room: &Room) -> Scrubbed {
    room.tool("cargo", CARGO);
    let launch =
        room.launch().arg("health").env("FAKE_PROGRAM", room.path("packed/launchway-health"));
    SECRETS
        .iter()
        .fold(launch.env("CARGO_BUILD_TARGET", "x"), |launch, name| launch.env(name, "s3cret"))
}

#[test]
fn a_tree_without_hashes_is_built_once_and_cargo_sees_no_secret() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = source(way, false) else { return };
        let done = with_cargo(&room).run();
        ran(&done, "built");
        assert!(
            done.stderr.contains("--locked --release --package launchway-health --target-dir"),
            "{}",
            done.all()
        );
        assert!(done.stderr.contains("no secrets\n"), "{}", done.all());
        let again = with_cargo(&room).run();
        ran(&again, "built before");
        assert!(!again.stderr.contains("cargo "), "{}", again.all());
        room.write("tree/crates/health/src/main.rs", "fn main() { }\n");
        let done = with_cargo(&room).run();
        assert!(done.stderr.contains("cargo "), "another source is built: {}", done.all());
        room.is_clean("built");
    }
}

#[test]
fn without_cargo_the_annotation_says_what_to_do() {
    let Some(room) = source(Way::Dash, false) else { return };
    let done = room.launch().arg("health").env("GITHUB_ACTIONS", "true").run().exits(2);
    let line =
        done.stdout.lines().find(|line| line.starts_with("::error title=Launchway::")).unwrap();
    assert!(line.contains("there is no cargo on this runner; install Rust"), "{line}");
}

#[test]
fn a_release_is_built_only_when_asked_for_and_nothing_else_helps() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = source(way, true) else { return };
        let offline = with_cargo(&room).env("LAUNCHWAY_MIRROR", "file:///nowhere");
        refused(&offline.run(), 3, "could not be fetched", "not asked for");
        let done = offline.clone().env("LAUNCHWAY_FALLBACK", "source").run();
        ran(&done, "asked for");
        assert!(done.stderr.contains("cargo build"), "{}", done.all());
        // A machine without programs, likewise.
        let Some(room) = source(way, true) else { return };
        room.tool("uname", "#!/bin/sh\necho Linux riscv64\n");
        ran(&with_cargo(&room).env("LAUNCHWAY_FALLBACK", "source").run(), "riscv64");
    }
}

#[test]
fn another_hash_is_never_a_reason_to_build() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = source(way, true) else { return };
        room.write(&format!("mirror/{}", super::room::archive_name()), "x");
        let launch = with_cargo(&room)
            .env("LAUNCHWAY_MIRROR", room.mirror())
            .env("LAUNCHWAY_FALLBACK", "source");
        refused(&launch.run(), 2, "is not what dist/SHA256SUMS says", "an archive");
        std::fs::create_dir_all(room.kept().parent().unwrap()).unwrap();
        script(room.kept(), "#!/bin/sh\necho program ran\n");
        refused(&launch.run(), 2, "find out who writes", "a kept program");
    }
}

#[test]
fn a_given_program_runs_and_nothing_is_fetched_or_built() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = source(way, true) else { return };
        let launch = with_cargo(&room);
        ran(&launch.clone().env("LAUNCHWAY_PATH", room.path("packed")).run(), "a folder");
        ran(
            &launch.clone().env("LAUNCHWAY_PATH", room.path("packed/launchway-health")).run(),
            "a program",
        );
        let none = launch.clone().env("LAUNCHWAY_PATH", room.path("mirror")).run();
        refused(&none, 2, "holds no program launchway-health", "another folder");
        refused(
            &launch.env("LAUNCHWAY_PATH", "/nowhere").run(),
            2,
            "names nothing that can be run",
            "nothing",
        );
        for name in ["", "../x", "Health", "he alth"] {
            refused(&room.launch().arg(name).run(), 2, "without the name of a program", name);
        }
        refused(&room.launch().run(), 2, "without the name of a program", "no word at all");
    }
}

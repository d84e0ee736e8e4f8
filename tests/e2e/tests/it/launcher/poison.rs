//! What an earlier step, or a careless runner, left in the environment.

use launchway_testkit::Scrubbed;

use super::room::{Room, Way, ran};

/// Every command the script uses, and the words it is built of.
const WORDS: &[&str] = &[
    "cat",
    "cd",
    "chmod",
    "command",
    "cp",
    "curl",
    "cut",
    "date",
    "echo",
    "env",
    "eval",
    "exec",
    "exit",
    "export",
    "grep",
    "head",
    "kill",
    "mkdir",
    "mktemp",
    "mv",
    "printf",
    "read",
    "return",
    "rm",
    "sed",
    "set",
    "sh",
    "sha256sum",
    "shift",
    "sleep",
    "tail",
    "tar",
    "test",
    "timeout",
    "tr",
    "trap",
    "uname",
    "unset",
    "wait",
    "[",
    "find_in",
    "fail",
];

fn poisoned(room: &Room, mut launch: Scrubbed) -> Scrubbed {
    room.write("poison.sh", "echo POISONED\n");
    for word in WORDS {
        launch = launch.env(format!("BASH_FUNC_{word}%%"), "() { builtin echo POISONED; }");
    }
    let poison = room.path("poison.sh");
    launch = launch
        .env("BASH_ENV", &poison)
        .env("ENV", &poison)
        .env("CDPATH", "/")
        .env("GLOBIGNORE", "*");
    launch
        .env("IFS", "/launchw")
        .env("PS4", "$(echo POISONED)")
        .env("TAR_OPTIONS", "--strip-components=1")
        .env("GZIP", "-9")
}

#[track_caller]
fn is_healthy(done: &launchway_testkit::Finished, row: &str) {
    ran(done, row);
    assert!(!done.all().contains("POISONED"), "{row}: {}", done.all());
    let seen = "BASH_ENV=none ENV=none CDPATH=none SHELLOPTS=0 umask=";
    assert!(done.stdout.contains(seen), "{row}: {}", done.all());
}

#[test]
fn functions_and_start_files_of_others_do_not_run() {
    for way in [Way::Dash, Way::Wget, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let launch =
            poisoned(&room, room.launch().arg("health").env("LAUNCHWAY_MIRROR", room.mirror()));
        is_healthy(&launch.run(), &format!("{way:?}, fetched"));
        is_healthy(&launch.run(), &format!("{way:?}, kept"));
        // As the step starts it: what chooses the options of a bash is empty.
        let launch =
            launch.env("SHELLOPTS", "").env("BASHOPTS", "").env("BASH_ENV", "").env("ENV", "");
        is_healthy(&launch.run(), &format!("{way:?}, as the step starts it"));
        room.is_clean("poison");
    }
}

#[test]
fn options_of_others_do_not_reach_the_program() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let launch = room.launch().arg("health").env("LAUNCHWAY_MIRROR", room.mirror());
        is_healthy(&launch.env("SHELLOPTS", "braceexpand:xtrace").run(), &format!("{way:?}"));
    }
}

/// `bash dist/launch.sh`, as somebody may type it: not even `exec` is what it was.
#[test]
fn bash_under_its_own_name_is_no_way_in() {
    let Some(room) = Room::new(Way::Bash) else { return };
    let Some(bash) = super::room::tool("bash") else { return };
    let launch = Scrubbed::new(bash)
        .arg(room.path("tree/dist/launch.sh"))
        .arg("health")
        .dir(room.path("work space"));
    let launch =
        launch.env("PATH", room.path("bin")).env("RUNNER_TOOL_CACHE", room.path("tool cache"));
    let launch = poisoned(&room, launch.env("LAUNCHWAY_MIRROR", room.mirror())).env("BASH_ENV", "");
    is_healthy(&launch.run(), "bash");
}

#[test]
fn the_umask_of_the_step_is_the_programs_and_not_the_caches() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let script = "umask 000; exec \"$0\" \"$1\" health";
        let launch =
            Scrubbed::new(room.path("bin/sh")).arg("-c").arg(script).arg(room.path("bin/sh"));
        let launch = launch.arg(room.path("tree/dist/launch.sh")).dir(room.path("work space"));
        let launch =
            launch.env("PATH", room.path("bin")).env("RUNNER_TOOL_CACHE", room.path("tool cache"));
        let done = launch.env("LAUNCHWAY_MIRROR", room.mirror()).run();
        ran(&done, "umask");
        assert!(done.stdout.contains("umask=0000"), "{}", done.all());
        for path in room.kept().ancestors().take(4) {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o755, "{way:?}: {}", path.display());
        }
    }
}

//! The action files' own steps.
#![expect(clippy::unwrap_used, reason = "a test ends with its first fault")]

use launchway_e2e::at;
use launchway_testkit::{FakeRunner, script};

use super::room::{Room, VERSION, Way};

/// A folder with programs that say what they were started with.
fn programs(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::TempDir::new().unwrap();
    for name in names {
        let text = "#!/bin/sh\nprintf '%s [%s]\\n' \"${0##*/}\" \"$*\"; env | grep -c '^LAUNCHWAY_INPUTS='\n";
        script(dir.path().join(format!("launchway-{name}")), text);
    }
    dir
}

#[test]
fn every_action_starts_its_program_though_the_environment_is_poisoned() {
    let work = tempfile::TempDir::new().unwrap();
    let programs =
        programs(&["changelog", "changeset", "deploy", "health", "image", "notify", "release"]);
    let poison = work.path().join("poison.sh");
    std::fs::write(&poison, "echo POISONED\n").unwrap();
    let mut count = 0;
    let folders = std::fs::read_dir(at("actions")).unwrap().map(|entry| entry.unwrap().path());
    for action in folders.chain([at("")]).filter(|folder| folder.join("action.yml").is_file()) {
        let runner = FakeRunner::new(work.path())
            .env("LAUNCHWAY_PATH", &programs.path().to_string_lossy())
            .env("BASH_ENV", &poison.to_string_lossy())
            .env("ENV", &poison.to_string_lossy())
            .env("SHELLOPTS", "noexec")
            .env("BASH_FUNC_printf%%", "() { echo POISONED; }");
        let run = runner.run_action(&action, &[]).success();
        assert!(run.log.contains("launchway-"), "{}: {}", action.display(), run.log);
        assert!(!run.raw_log.contains("POISONED"), "{}: {}", action.display(), run.raw_log);
        count += 1;
    }
    assert!(count > 10, "{count} actions");
}

#[test]
fn setup_puts_the_programs_asked_for_on_path_and_nothing_else() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let temp = tempfile::TempDir::new().unwrap();
        room.write("github path", "/before\n");
        let launch = room.launch().arg("setup").env("LAUNCHWAY_MIRROR", room.mirror());
        let launch = launch
            .env("RUNNER_TEMP", temp.path())
            .env("LAUNCHWAY_PROGRAMS", "launchway-health,\r\n health\n");
        let done = launch
            .clone()
            .env("GITHUB_PATH", room.path("github path"))
            .env("GITHUB_OUTPUT", room.path("output"))
            .run()
            .success();
        let path = std::fs::read_to_string(room.path("github path")).unwrap();
        let bin = path.strip_prefix("/before\n").unwrap().trim_end();
        assert_eq!(done.stdout.trim_end(), bin);
        assert_eq!(
            std::fs::read_to_string(room.path("output")).unwrap(),
            format!("path={bin}\nversion={VERSION}\n")
        );
        let names: Vec<_> =
            std::fs::read_dir(bin).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["launchway-health"]);
        launch.clone().env("LAUNCHWAY_PROGRAMS", "../x").run().exits(2);
        launch.clone().env("LAUNCHWAY_PROGRAMS", "").run().exits(2);
        launch.clone().env("LAUNCHWAY_PROGRAMS", "*").run().exits(2);
        launch.env("LAUNCHWAY_PROGRAMS", "health nonesuch").run().exits(2);
    }
}

#[test]
fn the_setup_action_tells_where_and_which() {
    let work = tempfile::TempDir::new().unwrap();
    let programs = programs(&["health", "image"]);
    let runner =
        FakeRunner::new(work.path()).env("LAUNCHWAY_PATH", &programs.path().to_string_lossy());
    let run = runner.run_action(at("actions/setup"), &[("programs", "health\nimage")]).success();
    assert_eq!(run.path_written, [run.output("path")]);
    assert!(run.env_written.is_empty());
    let run = runner.run_action(at("actions/setup"), &[("programs", "release")]);
    assert_eq!(run.exit_code, 2);
    assert!(run.messages("error")[0].contains("holds no program launchway-release"), "{}", run.log);
}

#[test]
fn what_setup_tells_is_its_own() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let temp = tempfile::TempDir::new().unwrap();
        let launch = room.launch().arg("setup").env("LAUNCHWAY_PROGRAMS", "health");
        launch
            .env("RUNNER_TEMP", temp.path())
            .env("LAUNCHWAY_PATH", room.path("packed"))
            .env("GITHUB_OUTPUT", room.path("output"))
            // Of the job.
            .env("version", "7\npath=/elsewhere")
            .run()
            .success();
        let output = std::fs::read_to_string(room.path("output")).unwrap();
        assert!(output.ends_with("\nversion=\n") && output.lines().count() == 2, "{output}");
    }
}

/// An assignment to a variable of the job's would change it for the program and what that starts.
#[test]
fn variables_of_a_job_reach_the_program_as_they_are() {
    let text = std::fs::read_to_string(at("dist/launch.sh")).unwrap();
    let mut found = 0;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let words = line.split([' ', ';', '(']).filter_map(|word| word.split_once('='));
        let lower = |name: &&str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        for name in words.map(|(name, _)| name).filter(lower) {
            // A property of an annotation; what only a download is told.
            if !["title", "https_proxy", "no_proxy"].contains(&name) {
                assert!(name.starts_with("lw_"), "{line}");
                found += 1;
            }
        }
    }
    assert!(found > 50, "{found} assignments");
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        room.tool("launchway-health", "#!/bin/sh\nexec /usr/bin/env\n");
        let mut launch = room.launch().args(["health", "run"]);
        let names =
            ["version", "target", "hash", "status", "work", "found", "program", "dist", "nl"];
        for name in names {
            launch = launch.env(name, format!("my {name}"));
        }
        let done = launch.env("LAUNCHWAY_PATH", room.path("bin/launchway-health")).run().success();
        for name in names {
            assert!(done.stdout.contains(&format!("{name}=my {name}\n")), "{name}: {}", done.all());
        }
    }
}

/// Windows PowerShell reads a file without a mark as one of the system's code page.
#[test]
fn the_launcher_of_windows_is_read_alike_everywhere() {
    let text = std::fs::read(at("dist/launch.ps1")).unwrap();
    assert!(text.is_ascii());
    // By a bare name Windows starts what lies in the working directory, which is the user's.
    let text = String::from_utf8(text).unwrap();
    for call in text.split("Invoke-Program -Path ").skip(1) {
        assert!(call.starts_with('$'), "{}", call.lines().next().unwrap());
    }
}

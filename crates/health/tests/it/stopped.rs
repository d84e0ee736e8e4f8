//! A program that stood still, as on a machine that slept or starved: what it did not see does not
//! count, and its deadline is still the deadline.

#![cfg(unix)]

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use launchway_testkit::Scrubbed;
use launchway_testkit::target::{Act, Target};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::checker::PROGRAM;

/// How long it stands still.
const STILL: Duration = Duration::from_secs(3);

/// Runs it, stops it after the third look for [`STILL`], and gives its report and how long it ran on.
fn stopped(more: &[&str]) -> (i32, Value, Duration) {
    stopped_at(&Target::start(200), 3, more)
}

/// The same at any look, and while that one is under way where the target takes its time.
fn stopped_at(target: &Target, look: usize, more: &[&str]) -> (i32, Value, Duration) {
    let dir = TempDir::new().unwrap();
    let report = dir.path().join("report.json");
    let mut child: Child = Scrubbed::new(PROGRAM)
        .args(["--url", &target.url("/"), "--interval", "100ms", "--request-timeout", "500ms"])
        .args(more)
        .arg("--report-file")
        .arg(&report)
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while target.count() < look {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not ask");
        std::thread::sleep(Duration::from_millis(2));
    }
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(id, Signal::SIGSTOP).unwrap();
    std::thread::sleep(STILL);
    kill(id, Signal::SIGCONT).unwrap();
    let woke = Instant::now();
    let status = child.wait().unwrap();
    let report = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    (status.code().unwrap(), report, woke.elapsed())
}

#[test]
fn the_time_it_stood_still_makes_nothing_stable() {
    let (code, report, ran_on) = stopped(&["--stable-for", "1500ms"]);
    assert_eq!(code, 0, "{report}");
    assert!(ran_on >= Duration::from_millis(1400), "{ran_on:?} {report}");
    let since = report["targets"][0]["timeToHealthyMs"].as_f64().unwrap();
    assert!(since >= 3000.0, "{report}");
}

#[test]
fn the_time_it_stood_still_is_no_bake_time() {
    let watch = ["--mode", "watch", "--bake-time", "1500ms", "--timeout", "20s"];
    let (code, report, ran_on) = stopped(&watch);
    assert_eq!(code, 0, "{report}");
    assert!(ran_on >= Duration::from_millis(900), "{ran_on:?} {report}");
    assert!(report["attempts"].as_u64().unwrap() >= 8, "{report}");
}

#[test]
fn the_deadline_passed_while_it_stood_still() {
    let (code, report, ran_on) = stopped(&["--stable-for", "1500ms", "--timeout", "2s"]);
    assert_eq!(code, 1, "{report}");
    assert!(ran_on < Duration::from_millis(1200), "{ran_on:?} {report}");
    let words = report["targets"][0]["words"].as_str().unwrap();
    assert!(words.starts_with("not healthy within the deadline of 2s; healthy for "), "{words}");
}

#[test]
fn a_look_during_which_it_stood_still_is_no_failure() {
    let slow = || Act::After(Duration::from_millis(200), Box::new(Act::ok("up")));
    for more in [
        &["--mode", "once"][..],
        &["--mode", "watch", "--bake-time", "400ms", "--timeout", "20s"],
        &["--failure-threshold", "1"],
    ] {
        let (code, report, _) = stopped_at(&Target::start(slow()), 1, more);
        assert_eq!(code, 0, "{more:?} {report}");
    }
    // Nor is it a target that is down, which is what is wanted here.
    let invert = ["--invert", "--timeout", "6s"];
    let (code, report, _) = stopped_at(&Target::start(slow()), 1, &invert);
    assert_eq!(code, 1, "{report}");
}

//! Commands as targets.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::check::{check, check_with, once, program};

fn scratch() -> (TempDir, PathBuf) {
    let dir = TempDir::with_prefix("launchway-exec-").unwrap();
    let file = dir.path().join("pid");
    (dir, file)
}

/// Whether the process whose number is in the file is gone, or soon is.
fn is_gone(file: &Path) -> bool {
    let id = std::fs::read_to_string(file).unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        // A zombie whose parent has not looked yet is as dead.
        let status = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
        if status.map_or(true, |status| status.contains(") Z ")) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

#[test]
fn exit_code_0_is_healthy() {
    let done = once("exec:sh -c 'echo ready; echo noise >&2'", &[]).healthy();
    assert_eq!(done.last()["note"], "exit code 0");
    assert!(done.last()["timingsMs"]["total"].as_f64().unwrap() > 0.0);
}

#[test]
fn there_is_no_shell_unless_asked_for() {
    let (dir, file) = scratch();
    let url = format!("exec:echo a > {} ; false", file.display());
    once(&url, &[]).healthy();
    assert!(!file.exists());
    let url = format!("exec:sh -c 'echo a > \"{}\" ; false'", file.display());
    once(&url, &[]).fails("command_failed", "exit code 1");
    assert!(file.exists());
    drop(dir);
}

#[test]
fn what_it_says_last_is_why_it_failed() {
    let url =
        "exec:sh -c 'echo out; printf \"first\\n\\033[31m::error::last line\\n\\n\" >&2; exit 3'";
    once(url, &[]).fails("command_failed", "exit code 3: [31m::error::last line");
    let done = once("exec:sh -c 'echo only out; exit 4'", &[]);
    done.fails("command_failed", "exit code 4: only out");
    once("exec:false", &[]).fails("command_failed", "exit code 1");
    once("exec:sh -c 'kill -TERM $$'", &[]).fails("command_failed", "killed by SIGTERM");
}

#[test]
fn its_output_is_its_body() {
    let url = "exec:echo '{\"version\":\"1.2.3\",\"n\":4}'";
    once(url, &["--expected-body", "1.2.3", "--expected-json", "/n=4"]).healthy();
    once(url, &["--expected-version", "1.2.3"]).healthy();
    once(url, &["--expected-version", "1.2.4"]).fails("version_mismatch", "1.2.3");
    once(url, &["--expected-body", "other"]).fails("body_mismatch", "other");
    // Why the command failed comes before what it said.
    let url = "exec:sh -c 'echo no; exit 1'";
    once(url, &["--expected-body", "yes"]).fails("command_failed", "exit code 1");
}

#[test]
fn endless_output_holds_nothing_up() {
    // More than a pipe holds, and all of it read: else the command would never end.
    let url = "exec:sh -c 'head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2'";
    once(url, &["--max-body-bytes", "1000"]).healthy();
    once(url, &["--max-body-bytes", "1000", "--expected-body", "x"])
        .fails("body_too_large", "more than 1000 bytes");
    let done = once("exec:yes", &["--request-timeout", "500ms"]);
    let done = done.fails("response_timeout", "did not end in time");
    assert!(done.run.elapsed < Duration::from_secs(4), "{:?}", done.run.elapsed);
    once("exec:yes", &["--expected-body", "x"]).fails("body_too_large", "more than");
}

#[test]
fn one_that_hangs_is_ended_with_its_children() {
    let (_dir, file) = scratch();
    let url = format!("exec:sh -c 'sleep 60 & echo $! > \"{}\"; wait'", file.display());
    let done = once(&url, &["--request-timeout", "400ms"]);
    let done = done.fails("response_timeout", "did not end in time");
    assert!(done.run.elapsed < Duration::from_secs(4), "{:?}", done.run.elapsed);
    assert!(is_gone(&file));
}

#[test]
fn what_it_leaves_running_is_ended_and_not_waited_for() {
    let (_dir, file) = scratch();
    let url = format!("exec:sh -c 'sleep 60 & echo $! > \"{}\"; echo up'", file.display());
    let done = once(&url, &["--expected-body", "up"]).healthy();
    assert!(done.run.elapsed < Duration::from_secs(4), "{:?}", done.run.elapsed);
    assert!(is_gone(&file));
    // Out of the group, with the pipe in its hand.
    let url = "exec:sh -c 'setsid sleep 9 & echo up'";
    let done = once(url, &["--expected-body", "up"]).healthy();
    assert!(done.run.elapsed < Duration::from_secs(4), "{:?}", done.run.elapsed);
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let (_dir, file) = scratch();
    let url = format!("exec:sh -c 'sleep 60 & echo $! > \"{}\"; wait'", file.display());
    let mut child = program()
        .args(["--url", &url, "--request-timeout", "30s"])
        .command()
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::fs::read_to_string(&file).map_or(true, |id| id.trim().is_empty()) {
        assert!(began.elapsed() < Duration::from_secs(5), "the command does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(is_gone(&file));
}

#[test]
fn one_that_is_not_there_is_not_waited_for() {
    let args = ["--url", "exec:launchway-no-such-program x", "--timeout", "10s"];
    check(&args).fails("command_failed", "`launchway-no-such-program` is not found").attempts(1);
    check(&["--url", "exec:/", "--timeout", "10s"])
        .fails("command_failed", "no program that may be run")
        .attempts(1);
    let patient =
        ["--retry-on", "command_failed", "--failure-threshold", "3", "--interval", "20ms"];
    check(&[&args[..2], &patient].concat()).fails("command_failed", "is not found").attempts(3);
}

#[test]
fn it_is_run_until_it_succeeds() {
    let (_dir, file) = scratch();
    let url = format!("exec:sh -c 'echo x >> {0}; test $(wc -l < {0}) -ge 3'", file.display());
    check(&["--url", &url, "--interval", "20ms", "--timeout", "10s"]).healthy().attempts(3);
}

#[test]
fn it_sees_neither_inputs_nor_tokens_nor_the_terminal() {
    let program = program()
        .env("LAUNCHWAY_INPUTS", "{\"mode\":\"once\"}")
        .env("INPUT_METHOD", "GET")
        .env("GITHUB_TOKEN", "ghs_0123456789abcdef")
        .env("SHOP_PASSWORD", "hunter44")
        .env("PLAIN", "seen");
    let url = "exec:sh -c 'env; cat'";
    let hidden = "LAUNCHWAY_INPUTS|INPUT_|GITHUB_TOKEN|SHOP_PASSWORD";
    check_with(&program, &["--url", url, "--expected-body-regex", "(?m)^PLAIN=seen$"]).healthy();
    check_with(&program, &["--url", url, "--expected-body-regex", hidden])
        .fails("body_mismatch", "");
}

/// The password of another target is a word that stands in `PATH`.
#[test]
fn it_is_found_whatever_passwords_are() {
    let dir = TempDir::with_prefix("launchway-local-word-").unwrap();
    let file = dir.path().join("launchway-test-tool");
    launchway_testkit::script(&file, "#!/bin/sh\necho found\n");
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let other = "postgres://u:local-word@127.0.0.1:9?sslmode=disable";
    let args = ["--url", "exec:launchway-test-tool", "--url", other, "--mode", "once"];
    let seen = check_with(&program().env("PATH", path), &args);
    assert_eq!(seen.last()["ok"], true, "{}", seen.report);
}

#[test]
fn what_it_says_last_is_kept_of_much() {
    let url = "exec:sh -c 'head -c 300000 /dev/zero; echo; echo the end; exit 1'";
    once(url, &[]).fails("command_failed", "exit code 1: the end");
}

#[test]
fn secrets_of_a_command_are_shown_nowhere() {
    let url = "exec:sh -c 'echo \"$2\"; exit 1' x --password 'sesame two words'";
    let done = once(url, &[]).fails("command_failed", "exit code 1: ***");
    let all = format!("{}{}", done.run.all(), done.report);
    assert!(!all.contains("sesame") && !all.contains("two words"), "{all}");
    // As one would write it for a shell.
    once("exec:PGPASSWORD=abc psql", &[]).fails("command_failed", "`PGPASSWORD=***` is not found");
}

#[test]
fn bad_commands_are_bad_input() {
    for url in ["exec:", "exec:sh -c 'open"] {
        let done = once(url, &[]);
        assert_eq!(done.run.code, Some(2), "{}", done.run.all());
    }
}

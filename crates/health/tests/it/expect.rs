//! Expectations as they are written on the command line, against real answers.

use std::time::Duration;

use launchway_testkit::target::{Act, Reply, Target};
use serde_json::json;

use crate::check::{check, once};

fn service() -> Target {
    let answer = json!({ "status": "ok", "version": "v2.1.0", "db": [{ "lag": 3 }], "id": 9_007_199_254_740_993_u64 });
    Target::start(Reply::new(200).header("x-version", "2.1.0").header("x-many", "a").json(&answer))
}

#[test]
fn what_holds_is_healthy() {
    let target = service();
    let url = target.url("/");
    let done = once(
        &url,
        &[
            "--expected-status=200,204-206",
            "--expected-body=\"status\":\"ok\"",
            "--expected-body-regex=(?i)\"STATUS\":\\s*\"ok\"\nversion",
            "--expected-json=/status=ok\n/db/0/lag<=3\n/id=9007199254740993",
            "--expected-json=/version~^v2\\.",
            "--expected-header=X-Version: 2.1.0",
            "--expected-header=content-type ~ ^application/json\nx-many",
            "--expected-version=2.1.0",
            "--max-latency-ms=5000",
        ],
    )
    .healthy();
    assert_eq!(done.last()["version"], "v2.1.0");
    for from in ["json:/version", "header:x-version", r#"regex:"version":"(\S+?)""#] {
        let version_from = format!("--version-from={from}");
        once(&url, &["--expected-version=v2.1.0", &version_from]).healthy();
    }
}

#[test]
fn what_does_not_is_named() {
    let target = service();
    let url = target.url("/");
    for (wanted, reason, words) in [
        ("--expected-status=201-299", "status_mismatch", "the status is 200, expected 201-299"),
        ("--expected-body=\"status\": \"ok\"", "body_mismatch", "does not hold"),
        ("--expected-body-regex=^x", "body_mismatch", "does not match `^x`"),
        ("--expected-json=/db/0/lag<3", "body_mismatch", "`/db/0/lag` is `3`, not < 3"),
        ("--expected-json=/id=9007199254740992", "body_mismatch", "`9007199254740993`"),
        ("--expected-header=x-many: b", "header_mismatch", "`x-many` is `a`, not `b`"),
        ("--expected-version=2.2.0", "version_mismatch", "`v2.1.0` serves, expected `2.2.0`"),
    ] {
        once(&url, &[wanted]).fails(reason, words);
    }
    let slow = Target::start(Act::ok("ok").after(Duration::from_millis(80)));
    once(&slow.url("/"), &["--max-latency-ms=60"]).fails("latency", "more than 60 ms");
}

#[test]
fn the_old_release_is_not_healthy() {
    let version = |version: &str| Reply::new(200).json(&json!({ "version": version }));
    let target = Target::start([version("1.0.0"), version("1.0.0"), version("1.1.0")]);
    let url = target.url("/");
    let args = ["--url", &url, "--expected-version=v1.1.0", "--interval=10ms", "--timeout=10s"];
    let done = check(&args).healthy().attempts(3);
    assert_eq!(done.report["targets"][0]["attempts"][0]["reason"], "version_mismatch");
    assert_eq!(done.last()["version"], "1.1.0");
}

#[test]
fn locked_doors_are_not_waited_for() {
    for status in [401, 403] {
        let target = Target::start(Act::status(status));
        let url = target.url("/");
        let wait = ["--url", &url, "--timeout", "10s", "--interval", "10ms"];
        check(&wait).fails("status_mismatch", &status.to_string()).attempts(1);
        once(&url, &["--expected-status", &status.to_string()]).healthy();
    }
}

#[test]
fn a_secret_at_the_edge_of_what_is_shown_is_not_shown_in_half() {
    let secret = "s3cret-at-the-edge-of-what-is-shown";
    let target = Target::start(Reply::new(500).body(format!("{}{secret}", "x".repeat(490))));
    let done = once(&target.url("/"), &["--headers", &format!("X-Token: {secret}")]);
    assert!(!format!("{}{}", done.run.all(), done.report).contains("s3cret"), "{}", done.run.all());
}

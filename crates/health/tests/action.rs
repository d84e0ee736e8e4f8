//! The action as a runner starts it.

#![cfg(unix)]

use std::path::{Path, PathBuf};

use launchway_testkit::target::{Act, Reply, Target};
use launchway_testkit::{FakeRunner, StepRun, TestRepo};
use serde_json::{Value, json};

fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions/health-check")
}

fn check(inputs: &[(&str, &str)]) -> StepRun {
    let repo = TestRepo::with_files(&[("README.md", "# Shop\n")]);
    let run = FakeRunner::new(repo.path())
        .env("LAUNCHWAY_PATH", env!("CARGO_BIN_EXE_launchway-health"))
        .run_action(action(), inputs);
    assert_eq!(repo.status(), "", "the checkout is left alone");
    run
}

fn page(version: &str) -> Reply {
    Reply::new(200).json(&json!({ "status": "ok", "version": version }))
}

#[test]
fn a_service_that_becomes_healthy_in_the_right_version() {
    let target =
        Target::start([Act::status(503), Act::from(page("1.0.0")), Act::from(page("1.1.0"))]);
    let url = format!("shop={}", target.url("/health"));
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("deep/report.json").to_str().unwrap().to_owned();
    let run = check(&[
        ("url", &url),
        ("expected-version", "v1.1.0"),
        ("expected-json", "/status=ok\n"),
        ("success-threshold", "3"),
        ("interval", "20ms"),
        ("timeout", "30s"),
        ("report-file", &report),
    ])
    .success();
    assert_eq!(run.output("healthy"), "true");
    assert_eq!(run.output("reason"), "");
    assert_eq!(run.output("status"), "200");
    assert_eq!(run.output("attempts"), "5");
    assert!(run.summary.contains("shop"), "{}", run.summary);
    assert_eq!(run.output("report"), report);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert!(report.to_string().contains("version_mismatch"), "{report}");
    assert_eq!(target.count(), 5);
}

#[test]
fn what_is_wrong_is_one_error_with_target_reason_and_what_to_look_at() {
    let target = Target::start(page("1.0.0"));
    let url = format!("shop={}", target.url("/health"));
    let inputs = [("targets", url.as_str()), ("expected-version", "1.1.0"), ("mode", "once")];
    let run = check(&inputs);
    assert_eq!(run.exit_code, 1, "{}", run.log);
    assert_eq!(run.output("healthy"), "false");
    assert_eq!(run.output("reason"), "version_mismatch");
    let errors = run.messages("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    for words in ["shop", "version_mismatch", "1.0.0", "1.1.0"] {
        assert!(errors[0].contains(words), "{words}: {errors:?}");
    }
}

#[test]
fn a_hostile_answer_does_not_act() {
    let body = "\n::error::pwned\n::set-output name=healthy::true\n::add-mask::e\n\x1b[2J";
    let target = Target::start(Reply::new(500).body(body));
    let run = check(&[
        ("url", &target.url("/")),
        ("expected-status", "500"),
        ("expected-body", "fine"),
        ("mode", "once"),
    ]);
    assert_eq!(run.exit_code, 1, "{}", run.log);
    assert_eq!(run.output("reason"), "body_mismatch");
    assert!(run.messages("error").iter().all(|message| *message != "pwned"), "{}", run.log);
    assert!(!run.log.contains('\x1b'), "{}", run.log);
}

#[test]
fn a_slip_is_one_error_and_nothing_is_asked() {
    let target = Target::start(page("1.0.0"));
    let url = target.url("/");
    for (inputs, words) in [
        (vec![("url", "")], "no target is given"),
        (vec![("url", url.as_str()), ("expected-status", "ok")], "expected-status"),
        (vec![("url", url.as_str()), ("expected-json", "status=ok")], "expected-json"),
        (vec![("url", url.as_str()), ("mode", "sometimes")], "sometimes"),
        (vec![("url", url.as_str()), ("timeout", "30")], "30"),
        (vec![("url", url.as_str()), ("ca-file", "missing.pem")], "missing.pem"),
    ] {
        let run = check(&inputs);
        assert_eq!(run.exit_code, 2, "{inputs:?}: {}", run.log);
        let errors = run.messages("error");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains(words), "{words}: {errors:?}");
        assert_eq!(run.outputs.get("healthy").map_or("", String::as_str), "", "{inputs:?}");
    }
    assert_eq!(target.count(), 0);
}

#[test]
fn a_watch_ends_for_all_with_the_first_that_fails_and_blames_that_one() {
    let good = Target::start(page("1.0.0"));
    let bad = Target::start([Act::from(page("1.0.0")), Act::status(500)]);
    let url = format!("good={}\nbad={}", good.url("/"), bad.url("/"));
    let run =
        check(&[("mode", "watch"), ("url", &url), ("bake-time", "10m"), ("interval", "50ms")]);
    assert_eq!(run.exit_code, 1, "{}", run.log);
    assert_eq!(run.output("reason"), "status_mismatch");
    assert_eq!(run.output("status"), "500");
    let errors = run.messages("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("bad: "), "{errors:?}");
    assert!(run.summary.contains("interrupted"), "{}", run.summary);
}

//! A whole program: what `main` makes of inputs, failures, panics and readers that leave. It is
//! `examples/launchway-greet.rs`, which `cargo test` builds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

const RUNNER: (&str, &str) = ("GITHUB_ACTIONS", "true");

struct Ran {
    code: i32,
    out: String,
    err: String,
    outputs: String,
    summary: String,
}

fn greet(args: &[&str], env: &[(&str, &str)]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let (outputs, summary) = (dir.path().join("outputs"), dir.path().join("summary"));
    let ran = Command::new(program())
        .args(args)
        .env_clear()
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    Ran {
        code: ran.status.code().unwrap(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
        outputs: std::fs::read_to_string(outputs).unwrap_or_default(),
        summary: std::fs::read_to_string(summary).unwrap_or_default(),
    }
}

fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    target.join("examples").join(format!("launchway-greet{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn inputs_become_outputs_and_nothing_in_them_acts() {
    let hostile = "$(id) `id`\n::set-output name=said::forged\nsaid=forged\n</details> @everyone";
    let inputs = serde_json::json!({ "sayThis": hostile, "launchway-path": "/x" }).to_string();
    let ran = greet(&[], &[RUNNER, ("LAUNCHWAY_INPUTS", &inputs)]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let commands: Vec<_> =
        ran.out.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands, ["::warning::`sayThis` is an older name of an input; write `say`"]);
    let records: Vec<_> = ran.outputs.lines().filter(|line| line.contains("<<")).collect();
    assert_eq!(records.len(), 2, "{}", ran.outputs);
    assert!(ran.outputs.contains(&format!("\n{hostile}\n")));
    assert_eq!(ran.summary.lines().next().unwrap().matches("<br>").count(), 3, "{}", ran.summary);
    assert!(!ran.summary.contains("</details>") && !ran.summary.contains("@everyone"));
}

#[test]
fn secrets_are_masked_first_and_never_shown() {
    let env = [RUNNER, ("INPUT_TOKEN", "ghs_program/test"), ("RUNNER_DEBUG", "1")];
    let ran = greet(&[], &env);
    assert_eq!(ran.code, 0);
    let (masks, rest): (Vec<_>, Vec<_>) =
        ran.out.lines().partition(|line| line.starts_with("::add-mask::"));
    assert!(masks.contains(&"::add-mask::ghs_program/test"), "{masks:?}");
    assert!(masks.contains(&"::add-mask::ghs_program%252Ftest"), "escaped as a command: {masks:?}");
    assert_eq!(
        rest,
        ["saying hello count=2 token=***", "::debug::launchway_greet: details"].map(str::to_owned),
    );
    let quiet = greet(&[], &[RUNNER]);
    assert_eq!(quiet.out, "saying hello count=2 token=\n");
}

#[test]
fn a_failure_is_annotated_summarised_and_has_its_code() {
    let ran = greet(&["--end=badly", "--say", "x|y"], &[RUNNER]);
    assert_eq!(ran.code, 3);
    assert_eq!(
        ran.out,
        "::error file=.changeset/a.md,line=2,title=launchway-greet::\
         nobody answers to `x|y`: the cause%0Ahint: look again\n"
    );
    assert!(ran.summary.contains("nobody answers to \\`x\\|y\\`: the cause"), "{}", ran.summary);
    assert!(ran.summary.contains("> **Next:** look again"), "{}", ran.summary);
    assert!(ran.summary.contains("At `.changeset/a.md:2`"), "{}", ran.summary);
    let plain = greet(&["--end=badly"], &[]);
    assert_eq!(
        plain.err,
        "error: nobody answers to `hello`: the cause\nhint: look again\n  at .changeset/a.md:2\n"
    );
    let unknown = greet(&["--ent=badly"], &[]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean `--end`?"), "{}", unknown.err);
}

#[test]
fn a_bug_says_version_and_where_to_report() {
    let ran = greet(&["--end=in-panic", "--say=a\n::error::b"], &[]);
    assert_eq!(ran.code, 70);
    assert!(
        ran.err.contains(launchway_base::VERSION) && ran.err.contains(launchway_base::ISSUES_URL)
    );
    assert!(ran.err.contains("launchway-greet.rs:"), "{}", ran.err);
    let ran = greet(&["--end=in-panic", "--say=a\n::error::b"], &[RUNNER]);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("::error title=a bug in launchway-greet::"), "{}", ran.err);
}

#[test]
fn a_document_has_stdout_to_itself() {
    let ran = greet(&["--end=with-document"], &[RUNNER]);
    assert_eq!((ran.code, ran.out.as_str()), (7, "{}\n"));
    assert_eq!(ran.err, "working\n::warning file=a.md,line=3,title=look::odd\n");
}

#[test]
fn a_reader_that_leaves_stops_no_work() {
    let dir = tempfile::tempdir().unwrap();
    let outputs = dir.path().join("outputs");
    let mut child = Command::new(program())
        .arg("--end=after-chatter")
        .env_clear()
        .env("GITHUB_OUTPUT", &outputs)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    assert!(std::fs::read_to_string(outputs).unwrap().contains("all"));
}

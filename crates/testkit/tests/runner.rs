//! The fake runner, with real composite actions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::fs;

use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, TestRepo};
use serde_json::json;
use tempfile::TempDir;

fn action(text: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("action.yml"), text).unwrap();
    dir
}

const STORY: &str = r##"
name: story
description: a story
inputs:
  who:
    description: whom to greet
    default: you
  token:
    description: a token
    default: ${{ github.token }}
outputs:
  greeting:
    description: what was said
    value: ${{ steps.run.outputs.greeting }}
runs:
  using: composite
  steps:
    - id: run
      shell: bash --noprofile --norc -euo pipefail {0}
      run: |
        echo "path $GITHUB_ACTION_PATH in $PWD for $GITHUB_REPOSITORY"
        echo "inputs $LAUNCHWAY_INPUTS"
        echo "::group::greet"
        echo "::warning title=careful::hello" >&2
        echo "::endgroup::"
        printf 'greeting<<E\nhello\n%s\nE\n' "$WHO" >> "$GITHUB_OUTPUT"
        echo "# done" >> "$GITHUB_STEP_SUMMARY"
        echo "LATER=1" >> "$GITHUB_ENV"
        [ -z "${SECRET_OF_THE_TEST:-}" ]
      env:
        LAUNCHWAY_INPUTS: ${{ toJSON(inputs) }}
        WHO: ${{ inputs.who }}
    - if: steps.run.outputs.greeting != '' && env.LATER == '1'
      shell: bash
      run: exit 7
    - shell: bash
      run: echo never
    - if: failure()
      shell: bash
      run: echo cleaned up
"##;

#[test]
fn a_composite_action_runs_as_on_github() {
    let repo = TestRepo::with_files(&[("a.txt", "a\n")]);
    let dir = action(STORY);
    let run = FakeRunner::new(repo.path())
        .repository("acme/shop")
        .token("ghs_secret")
        .event("push", json!({ "forced": false }))
        .run_action(dir.path(), &[("who", "$(touch pwned) `x`")])
        .exits(7);
    assert_eq!(run.output("greeting"), "hello\n$(touch pwned) `x`");
    assert_eq!(run.summary, "# done\n");
    assert_eq!(run.groups, ["greet"]);
    assert_eq!(
        (run.annotations[0].level.as_str(), run.annotations[0].title.as_str()),
        ("warning", "careful")
    );
    assert!(run.log.contains("cleaned up") && !run.log.contains("never"), "{}", run.log);
    assert!(run.raw_log.contains("ghs_secret") && !run.log.contains("ghs_secret"));
    assert!(run.log.contains("for acme/shop"));
    assert_eq!(run.env_written["LATER"], "1");
    assert!(!repo.exists("pwned"));
}

#[test]
fn an_input_the_action_does_not_have_is_a_warning() {
    let repo = TestRepo::with_files(&[]);
    let dir = action(STORY);
    let run = FakeRunner::new(repo.path()).run_action(dir.path(), &[("whom", "x")]);
    assert!(run.messages("warning")[0].contains("Unexpected input(s) 'whom'"));
}

#[test]
fn a_broken_command_file_fails_the_step() {
    let repo = TestRepo::with_files(&[]);
    let script = "printf 'a<<E\\nno end\\n' >> \"$GITHUB_OUTPUT\"";
    let runner = FakeRunner::new(repo.path());
    let run = runner.run_program("/bin/sh", &["-c", script], How::Json, &[]).exits(1);
    assert!(run.messages("error")[1].contains("Matching delimiter not found 'E'"));
}

#[test]
fn a_program_gets_its_inputs_in_each_of_the_three_ways() {
    let repo = TestRepo::with_files(&[]);
    let runner = FakeRunner::new(repo.path());
    let inputs = [("pr-title", "a b"), ("empty", "")];
    let run = runner.run_program("/usr/bin/env", &[], How::Input, &inputs).success();
    assert!(run.log.contains("INPUT_PR-TITLE=a b\n") && run.log.contains("INPUT_EMPTY=\n"));
    let run = runner.run_program("/usr/bin/env", &[], How::Json, &inputs).success();
    assert!(run.log.contains("\"pr-title\": \"a b\""));
    let run = runner.run_program("/bin/echo", &["run"], How::Flags, &inputs).success();
    assert_eq!(run.log, "run --pr-title=a b\n");
}

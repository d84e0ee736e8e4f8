//! Teams, Discord, e-mail and webhooks, by the built program.
#![expect(clippy::unwrap_used, reason = "a test fails here")]

mod discord;
mod email;
mod hostile;
mod limits;
mod once;
mod post;
mod resent;
mod schema;
mod shown;
mod teams;
mod webhook;

use launchway_testkit::runner::{FakeRunner, How, StepRun};

/// Text that means something to one channel or another.
const HOSTILE: &str = "@everyone @here <@123456789012345678> <@&123456789012345678> <!channel> <at>Boss</at> \
    [x](javascript:alert(1)) <script>alert(1)</script> ::error::no %0ABcc: x@y.example `**_~|";

/// Runs the program in a workflow with these inputs.
fn run(verb: &str, inputs: &[(&str, &str)]) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    let runner = FakeRunner::new(dir.path()).sha("0123456789abcdef0123456789abcdef01234567");
    runner.run_program(env!("CARGO_BIN_EXE_launchway-notify"), &[verb], How::Json, inputs)
}

/// Runs the program by hand, with these arguments and variables and no others.
fn by_hand(args: &[&str], variables: &[(&str, &str)]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_launchway-notify"));
    command.args(args).env_clear().envs(variables.iter().copied());
    command.output().unwrap()
}

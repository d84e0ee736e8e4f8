//! The actions as a runner starts them.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot do its work stops"
)]

mod channels;
mod events;
mod peer;
mod slack;

use std::path::{Path, PathBuf};

use launchway_testkit::{FakeRunner, StepRun, TestRepo};

/// The folder of an action.
fn action(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions").join(name)
}

/// A runner that starts the program of this build.
fn runner(checkout: &TestRepo) -> FakeRunner {
    FakeRunner::new(checkout.path()).env("LAUNCHWAY_PATH", env!("CARGO_BIN_EXE_launchway-notify"))
}

/// Runs the action in a job of a push; the checkout is left alone. Of inputs that are given twice
/// the later ones win.
fn step(name: &str, inputs: &[(&str, &str)]) -> StepRun {
    let is_last = |at: usize| inputs.iter().skip(at + 1).all(|(later, _)| *later != inputs[at].0);
    let inputs: Vec<_> = (0..inputs.len()).filter(|at| is_last(*at)).map(|at| inputs[at]).collect();
    let checkout = TestRepo::with_files(&[("README.md", "# Shop\n")]);
    let run = runner(&checkout).run_action(action(name), &inputs);
    assert_eq!(checkout.status(), "", "the checkout is left alone");
    run
}

/// Text that means something to a shell, to expressions, to commands of a runner, to a channel.
const HOSTILE: &str = "a 'b' \"c\" `id` $(id) \\n\r\n${{ secrets.TOKEN }} {{ sha }}\r\n\
    ::error::pwned\n::set-output name=ok::false\n<!channel> @everyone é 🚀 \u{1b}[2J";

/// What a hostile text must not have done, whatever else happened.
#[track_caller]
fn unharmed(run: &StepRun) {
    assert!(run.messages("error").iter().all(|one| *one != "pwned"), "{}", run.log);
    assert!(run.annotations.iter().all(|one| !one.message.contains("deprecated")), "{}", run.log);
    assert!(!run.log.contains('\u{1b}'), "{:?}", run.log);
}

//! The built program as a step of a workflow.

use std::time::Duration;

use launchway_testkit::runner::{FakeRunner, How, StepRun};
use serde_json::Value;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-health");
/// What a run may take beyond its deadline.
pub(crate) const MARGIN: Duration = Duration::from_millis(250);
/// How often a run is measured before it counts as late: other programs run on this machine too,
/// and what is late by itself is late every time.
pub(crate) const MEASURED: usize = 3;

/// Runs it with these inputs.
pub(crate) fn check(inputs: &[(&str, &str)]) -> StepRun {
    with(|runner| runner, inputs)
}

/// The same on another runner.
pub(crate) fn with(
    change: impl FnOnce(FakeRunner) -> FakeRunner,
    inputs: &[(&str, &str)],
) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    let runner = FakeRunner::new(dir.path()).sha("5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b");
    let report = dir.path().join("report.json");
    let report = [("report-file", report.to_str().unwrap())];
    let mut run = change(runner).run_program(PROGRAM, &[], How::Json, &[&report, inputs].concat());
    // Its folder goes; the output holds the report itself then.
    if let Ok(text) = std::fs::read_to_string(run.output("report")) {
        run.outputs.insert("report".into(), text);
    }
    run
}

/// Runs until it ends in time, or was late as often as can be borne.
pub(crate) fn in_time(limit: Duration, mut run: impl FnMut() -> StepRun) -> StepRun {
    let mut took = Vec::new();
    loop {
        let step = run();
        if step.elapsed <= limit {
            return step;
        }
        took.push(step.elapsed);
        assert!(took.len() < MEASURED, "took {took:?}, allowed are {limit:?}\n{}", step.log);
    }
}

/// The report of a run of [`check`].
pub(crate) fn report(run: &StepRun) -> Value {
    run.output_json("report")
}

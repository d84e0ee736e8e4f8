//! Running the steps.

use std::path::Path;

use super::{FakeRunner, StepRun};

/// How a program gets its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `LAUNCHWAY_INPUTS` holds all of them as JSON, as in a composite action.
    Json,
    /// `INPUT_<NAME>` each, upper case with hyphens kept, as in a container action.
    Input,
    /// `--name=value` each; an empty value is left out.
    Flags,
}

pub(super) fn action(_: &FakeRunner, _: &Path, _: &[(&str, &str)]) -> StepRun {
    StepRun::default()
}

pub(super) fn program(_: &FakeRunner, _: &Path, _: &[&str], _: How, _: &[(&str, &str)]) -> StepRun {
    StepRun::default()
}

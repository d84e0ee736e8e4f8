//! The health checker: does what was just deployed serve, in the wanted version, steadily; and says
//! why not.
//!
//! Every target is looked at again and again by its [`probe`]; what is seen is compared with what is
//! expected; the verdict is a pure function of the looks so far. Nothing waits without a bound.

pub mod attempt;
pub mod clock;
mod descriptors;
pub mod expect;
pub mod foreign;
pub mod inputs;
pub mod judge;
pub mod net;
pub mod outcome;
pub mod outputs;
pub mod probe;
mod program;
pub mod reason;
pub mod report;
pub mod run;
pub mod target;

use launchway_base::Failure;
use launchway_runtime::Session;

pub use inputs::{Inputs, command};

/// The program: looks at the targets and reports. Answers the exit code.
///
/// # Errors
/// Bad input, found before anything is looked at or written.
#[expect(clippy::needless_pass_by_value, reason = "a program's body takes its inputs")]
pub fn main(session: &Session, inputs: Inputs) -> Result<u8, Failure> {
    program::main(session, &inputs)
}

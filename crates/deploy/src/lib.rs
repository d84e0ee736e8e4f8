//! The deployment tracker: a GitHub deployment for every deploy, with what was deployed in it, and
//! an end state that is true, also when the job was cancelled.
//!
//! [`start`] begins one and tells what served before; [`finish`] ends it. Both find what is theirs
//! by what stands in the deployment ([`stamp`]), so they can be killed anywhere and run again.

pub mod finish;
pub mod inputs;
pub mod place;
pub mod seen;
pub mod settle;
pub mod stamp;
pub mod start;
pub mod words;

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::{Cli, Verb};

pub use inputs::{command, verb};

/// The program: does what the command line says.
///
/// # Errors
/// Bad input; GitHub refuses or cannot be reached.
pub fn main(session: &Session, cli: Cli) -> Result<(), Failure> {
    launchway_http::block_on(async {
        match cli.verb {
            Verb::Start(inputs) => start::main(session, *inputs).await,
            Verb::Finish(inputs) => finish::main(session, *inputs).await,
        }
    })?
}

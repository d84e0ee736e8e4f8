//! What `tags` computes.

pub mod git_context;
pub mod inputs;
pub mod outputs;
pub mod package;

use launchway_base::Failure;
use launchway_runtime::Session;

pub use inputs::{Floating, FloatingSource, Inputs};
pub use outputs::Outputs;

/// Does it.
#[expect(clippy::unused_async, reason = "the verbs share one shape")]
pub async fn main(_session: &Session, _inputs: Inputs) -> Result<(), Failure> {
    Err(Failure::input("nothing is built yet"))
}

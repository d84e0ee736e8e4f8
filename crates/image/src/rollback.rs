//! Back to what was before.

use clap::Args;
use launchway_base::Failure;
use launchway_runtime::Session;

/// The inputs of this verb.
#[derive(Clone, Debug, Args)]
pub struct Inputs {}

/// Does it.
#[expect(clippy::unused_async, reason = "the verbs share one shape")]
pub async fn main(_session: &Session, _inputs: Inputs) -> Result<(), Failure> {
    Err(Failure::input("nothing is built yet"))
}

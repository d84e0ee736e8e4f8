//! Ends a deployment.

mod inputs;

use launchway_base::Failure;
use launchway_runtime::Session;

pub use inputs::Inputs;

launchway_runtime::outputs! {
    /// What `finish` hands to the steps after it.
    pub struct Outputs {
        /// How it went: `deployed`, `rolled-back`, `failed` or `cancelled`.
        outcome => "outcome",
        /// How it went in the words of `slack-notify`: `success`, `failure` or `cancelled`.
        status => "status",
        /// Whether the version that was to be deployed serves: `true` only when `outcome` is `deployed`.
        healthy => "healthy",
        /// Id of the deployment; empty when none was begun.
        deployment_id => "deployment-id",
        /// Where what was deployed can be seen.
        url => "url",
    }
}

/// Ends one.
///
/// # Errors
/// Bad input; GitHub refuses or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let _ = inputs.place.hub(session, inputs.timeout)?;
    Ok(())
}

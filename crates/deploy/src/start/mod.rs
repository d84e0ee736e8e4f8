//! Begins a deployment.

mod inputs;

use launchway_base::Failure;
use launchway_runtime::Session;

pub use inputs::Inputs;

launchway_runtime::outputs! {
    /// What `start` hands to the steps after it.
    pub struct Outputs {
        /// Id of the deployment; `deployment-finish` takes it.
        deployment_id => "deployment-id",
        /// Version that is deployed, also that of `artifact`.
        version => "version",
        /// Name of what is deployed, also that of `artifact`.
        artifact => "artifact",
        /// Digest of what is deployed, also that of `artifact`.
        digest => "digest",
        /// Commit that is deployed.
        sha => "sha",
        /// The last deployment of the environment that went well; empty when there is none.
        previous_deployment_id => "previous-deployment-id",
        /// Its version; empty when it does not say.
        previous_version => "previous-version",
        /// Name of what it deployed; empty when it does not say.
        previous_artifact => "previous-artifact",
        /// Digest of what it deployed; empty when it does not say.
        previous_digest => "previous-digest",
        /// Its commit.
        previous_sha => "previous-sha",
    }
}

/// Begins one.
///
/// # Errors
/// Bad input; GitHub refuses or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let _ = inputs.place.hub(session, inputs.timeout)?;
    Ok(())
}

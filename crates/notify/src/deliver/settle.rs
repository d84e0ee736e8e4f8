//! What a message that did not arrive does to the step.

use launchway_base::Failure;
use launchway_runtime::Session;

/// Fails the step, or warns with the same words where it is not to fail.
///
/// # Errors
/// The failure, where it `fails` the step.
pub fn settle(session: &Session, fails: bool, failure: Failure) -> Result<(), Failure> {
    if fails {
        return Err(failure);
    }
    let hint = failure.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    session.warn(&format!("{}{hint}", failure.chain()));
    Ok(())
}

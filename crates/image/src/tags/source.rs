//! What versions are read from.

use launchway_base::Failure;

use super::inputs::Inputs;

/// What rules read a version from that have no `value`: the pushed tag. Else the reason why there is
/// none.
///
/// # Errors
/// An input that cannot be read.
pub fn of(_inputs: &Inputs, reference: &str) -> Result<Result<String, String>, Failure> {
    Ok(reference
        .strip_prefix("refs/tags/")
        .map(str::to_owned)
        .ok_or_else(|| "the run is for no tag".to_owned()))
}

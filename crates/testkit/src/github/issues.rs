//! Issue comments and labels.
use super::state::State;
pub(crate) fn add_comment(_: &mut State, _: &str, _: u64, _: &str, _: &str) -> u64 {
    0
}

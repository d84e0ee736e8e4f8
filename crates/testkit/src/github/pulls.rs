//! Pull requests.
use super::state::State;
pub(crate) fn open(_: &mut State, _: &str, _: &str, _: &str, _: &str, _: &str) -> u64 {
    0
}
pub(crate) fn merge_as(_: &mut State, _: &str, _: u64, _: &str, _: &str) -> String {
    String::new()
}
pub(crate) fn close(_: &mut State, _: &str, _: u64) {}

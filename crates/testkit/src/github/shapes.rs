//! JSON as GitHub shapes it.
use super::state::State;
use serde_json::{Value, json};
pub(crate) fn user(_: &State, login: &str) -> Value {
    json!({ "login": login })
}

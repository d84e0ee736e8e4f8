//! A plan as JSON, the same with and without a dry run: the output `plan`.

use launchway_registry::Digest;
use serde::Serialize;

/// What is to be done with one tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned<'a> {
    /// The tag with its registry and repository, as in `ghcr.io/acme/api:1.2.3`.
    pub tag: &'a str,
    /// `write`, `keep`, `delete` or `refuse`.
    pub action: &'static str,
    /// The digest it holds; `null` when it does not exist.
    pub before: Option<&'a Digest>,
    /// The digest it is to hold; `null` when it is to be gone.
    pub after: Option<&'a Digest>,
    /// Why, in a few words.
    pub reason: &'a str,
}

/// The plan as a JSON list, in the order of the input.
pub fn to_json<'a>(tags: impl IntoIterator<Item = Planned<'a>>) -> String {
    let tags: Vec<_> = tags.into_iter().collect();
    serde_json::to_string(&tags).unwrap_or_default()
}

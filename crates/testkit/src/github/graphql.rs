//! GraphQL.
pub(crate) fn is_mutation(document: &str) -> bool {
    document.trim_start().starts_with("mutation")
}
pub(crate) fn top_fields(_: &str) -> String {
    String::new()
}

//! The nearest known name to one that is not known, for "did you mean".

/// The candidate most like `name`, if one is like enough to be a slip of the finger.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (likeness, best) = candidates
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > 0.5).then_some(best)
}

fn likeness(name: &str, candidate: &str) -> f64 {
    let whole = strsim::normalized_damerau_levenshtein(name, candidate);
    // `core` for `@acme/core`: the scope is what people forget.
    let bare = candidate.rsplit('/').next().filter(|bare| *bare == name).map_or(0.0, |_| 0.9);
    whole.max(bare)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_forgotten_scopes_only() {
        assert_eq!(nearest("pkg-aa", ["pkg-a", "other"]), Some("pkg-a"));
        assert_eq!(nearest("core", ["@acme/core", "cart"]), Some("@acme/core"));
        assert_eq!(nearest("zebra", ["pkg-a", "other"]), None);
        assert_eq!(nearest("x", []), None);
    }
}

//! Texts of messages: format strings with their holes.

use std::collections::BTreeMap;

/// What stands for a part that differs from run to run.
pub(super) const HOLE: &str = "…";

/// A format string with its holes filled by name, or with `…`.
pub(super) fn filled(format: &str, known: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(rest.get(..at).unwrap_or_default());
        let brace = rest.get(at..=at).unwrap_or_default();
        let after = rest.get(at + 1..).unwrap_or_default();
        if after.starts_with(brace) {
            text.push_str(brace);
            rest = after.get(1..).unwrap_or_default();
        } else if brace == "{" {
            let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
            let name = inside.split(':').next().unwrap_or_default().trim();
            text.push_str(known.get(name).map_or(HOLE, String::as_str));
            rest = behind;
        } else {
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// One line, with no two holes side by side.
pub(super) fn tidy(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    while text.contains("……") {
        text = text.replace("……", HOLE);
    }
    text
}

/// Whether there is anything to look for in it.
pub(super) fn says_something(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= 4
}

/// The words of a text without marks, in lower case; a hole is a word of its own.
pub(super) fn words(text: &str) -> Vec<String> {
    text.replace(HOLE, " … ")
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '…')))
        .map(|word| word.trim_matches('.').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_where_the_part_is_known() {
        let known = BTreeMap::from([("what".to_owned(), "the name".to_owned())]);
        assert_eq!(filled("`{file}` {what} {{x}} {0}", &known), "`…` the name {x} …");
        assert_eq!(filled("a {", &known), "a …");
    }

    #[test]
    fn words_keep_what_tells_messages_apart() {
        assert_eq!(words("`api-url` is no…"), ["api-url", "is", "no", "…"]);
    }
}

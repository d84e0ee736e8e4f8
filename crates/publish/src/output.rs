//! Reading what package managers print: JSON amid the noise of scripts.

use serde_json::Value;

/// More openings than this are not tried: scripts may print anything.
const TRIES: usize = 2000;

/// The last complete JSON object of a text, with whatever stands before and after it ignored.
pub(crate) fn last_object(text: &str) -> Option<Value> {
    let text = text.get(..=text.rfind('}')?)?;
    text.match_indices('{')
        .take(TRIES)
        .filter_map(|(start, _)| text.get(start..))
        .find_map(|rest| serde_json::from_str(rest).ok())
}

/// The JSON values of a text with one per line; other lines are skipped.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Value> + '_ {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// A text member of an object, if it is there and not empty.
pub(crate) fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The first text that says something.
pub(crate) fn first_said(texts: &[&str]) -> Option<String> {
    texts.iter().map(|text| text.trim()).find(|text| !text.is_empty()).map(str::to_owned)
}

/// The text without terminal escape sequences.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            // CSI: parameters until a letter or one of `@[\]^_`{|}~`.
            Some('[') => drop(chars.by_ref().find(|c| ('\u{40}'..='\u{7e}').contains(c))),
            // OSC (links): until BEL or ESC `\`.
            Some(']') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_object_is_found_amid_noise() {
        for (text, found) in [
            ("", None),
            ("no json", None),
            ("}", None),
            ("> build {fast}\n{\"a\": 1}\nbye", Some(json!({"a": 1}))),
            ("[{\"a\": {\"b\": 2}}]\n", Some(json!({"a": {"b": 2}}))),
            ("{\"a\":1}\n{\"b\":2}", Some(json!({"b": 2}))),
            ("{ broken {\"error\": {\"code\": \"E1\"}}", Some(json!({"error": {"code": "E1"}}))),
        ] {
            assert_eq!(last_object(text), found, "{text}");
        }
    }

    #[test]
    fn escape_sequences_go_and_words_stay() {
        assert_eq!(
            plain("\u{1b}[31mred\u{1b}[39m \u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ x"),
            "red link x"
        );
        assert_eq!(plain("a\u{1b}"), "a");
    }
}

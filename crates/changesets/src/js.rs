//! Blanks as JavaScript counts them: Unicode white space plus the byte order mark.

/// White space, line ends included.
pub(crate) fn is_blank(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// `String.prototype.trim`.
pub fn js_trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// `String.prototype.trimEnd`.
pub fn js_trim_end(text: &str) -> &str {
    text.trim_end_matches(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_a_blank_and_a_next_line_is_not() {
        assert_eq!(js_trim("\u{feff} a\u{a0}\n"), "a");
        assert_eq!(js_trim_end("a\u{85}"), "a\u{85}");
    }
}

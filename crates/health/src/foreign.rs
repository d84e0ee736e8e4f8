//! Text that targets sent, made fit to be shown.

use launchway_base::redact::redact;

/// The most characters of foreign text that are shown.
pub const MOST: usize = 512;

/// What a target sent, on one line: control characters out, blanks folded, cut at [`MOST`]
/// characters. What prints it still escapes it for where it is printed.
pub fn quote(bytes: &[u8]) -> String {
    // Four bytes are the most a character has; blanks that fold away may need more, but not without end.
    let head = bytes.get(..MOST * 16).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    // Before the cut: half of a secret would be known to nobody who masks whole ones. And without what is taken
    // out of it, which must not tear a secret in two that comes together again below.
    let text: String = text.chars().filter(|c| c.is_whitespace() || !is_hidden(*c)).collect();
    let text = redact(&text);
    let mut shown = String::new();
    let mut count = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = !shown.is_empty();
            continue;
        }
        let needed = 1 + usize::from(blank);
        if count + needed > MOST - 1 {
            shown.push('…');
            return shown;
        }
        if blank {
            shown.push(' ');
        }
        shown.push(c);
        count += needed;
        blank = false;
    }
    if head.len() < bytes.len() {
        shown.push('…');
    }
    shown
}

fn is_hidden(c: char) -> bool {
    c.is_control() || is_format(c)
}

/// Characters that are not seen but turn, hide or join those around them.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_move_the_cursor_is_gone() {
        assert_eq!(quote(b"\x1b[31mred\x07\r\n  two\tparts\0 \xff"), "[31mred two parts \u{fffd}");
        assert_eq!(quote("a\u{202e}b\u{200b}c".as_bytes()), "abc");
        assert_eq!(quote(b" \n "), "");
        assert_eq!(quote(b"\n::error::x"), "::error::x");
    }

    #[test]
    fn a_secret_is_not_put_together_again() {
        launchway_base::Secret::new("foreign-swordfish");
        assert_eq!(quote("a foreign\u{200b}-sword\u{7}fish b".as_bytes()), "a *** b");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(quote("é".repeat(600).as_bytes()).chars().count(), MOST);
        assert_eq!(quote("é".repeat(MOST - 1).as_bytes()).chars().count(), MOST - 1);
        assert!(quote(&vec![b' '; 100_000]).chars().count() <= 1);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_short_line(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            let shown = quote(&bytes);
            prop_assert!(shown.chars().count() <= MOST);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert_eq!(shown.trim(), shown.as_str());
        }
    }
}

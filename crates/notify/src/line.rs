//! Lines made of text from outside.

/// The text as one line of at most `most` characters: control characters and those that turn the
/// direction of writing are left out, white space is one space, and what was cut is an ellipsis.
pub fn one(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    // What is thrown away has a bound, too: one hostile text may be mostly of that.
    for c in text.chars().take(most.saturating_mul(8).saturating_add(1024)) {
        let space = c.is_whitespace();
        if (space && (line.is_empty() || line.ends_with(' '))) || (!space && is_hidden(c)) {
            continue;
        }
        if count == most {
            let kept = line.trim_end().chars().take(most.saturating_sub(1)).collect::<String>();
            return if most == 0 { kept } else { format!("{}…", kept.trim_end()) };
        }
        line.push(if space { ' ' } else { c });
        count += 1;
    }
    line.truncate(line.trim_end().len());
    // Joiners join nothing by themselves, and nobody sees them.
    if line.chars().all(|c| matches!(c, ' ' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')) {
        line.clear();
    }
    line
}

/// Whether a line begins with a sign of its own, such as `🎉`.
pub fn is_signed(line: &str) -> bool {
    line.starts_with(|c: char| !c.is_alphanumeric() && !"([{<\"'`#@$/".contains(c))
}

/// The first line that says something.
pub fn first(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        for (text, line) in [
            ("", ""),
            (" \n\t ", ""),
            ("a\r\nb", "a b"),
            ("a\u{0}\tb\u{2028}c", "a b c"),
            ("a\u{0}b\u{1b}[31mc", "ab[31mc"),
            ("x\u{202e}y", "xy"),
            ("👩‍🚀 up", "👩‍🚀 up"),
            ("1234567890", "1234567890"),
            ("12345678901", "123456789…"),
            ("1234567 9  ", "1234567 9"),
            ("\u{200d} \u{fe0f}", ""),
        ] {
            assert_eq!(one(text, 10), line, "{text:?}");
        }
        assert_eq!(one("abc", 0), "");
    }
}

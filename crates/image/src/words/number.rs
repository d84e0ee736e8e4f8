//! JavaScript's `Number(text)` and `trim`, which decide what counts as a number and as blank.

/// The number a text stands for, or `None` for what JavaScript calls not a number. Blank text is 0.
///
/// Decimal with an optional exponent, `0x`, `0o` and `0b`, and `Infinity`.
pub fn parse(text: &str) -> Option<f64> {
    let text = trim(text);
    if text.is_empty() {
        return Some(0.0);
    }
    for (marker, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case(marker));
        if digits.is_some() {
            return radix_digits(text.get(2..).unwrap_or_default(), radix);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "Infinity" {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // Rust also reads `inf` and `nan`; JavaScript's decimals hold digits, a point and an exponent.
    let decimal = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    decimal.then(|| text.parse().ok()).flatten()
}

fn radix_digits(digits: &str, radix: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |sum, digit| {
        Some(sum * f64::from(radix) + f64::from(digit.to_digit(radix)?))
    })
}

/// A number as JavaScript writes it.
pub fn text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let size = number.abs();
    if (1e-6..1e21).contains(&size) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => text,
    }
}

/// Without the white space JavaScript's `trim` takes off both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// White space as JavaScript's `\s` has it: Unicode's without U+0085, and U+FEFF.
pub fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_javascript() {
        for (input, expected) in [
            ("", Some(0.0)),
            (" 12 ", Some(12.0)),
            ("-1.5", Some(-1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("+7", Some(7.0)),
            ("0x1F", Some(31.0)),
            ("0b101", Some(5.0)),
            ("0o17", Some(15.0)),
            ("Infinity", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("inf", None),
            ("nan", None),
            ("NaN", None),
            ("1_000", None),
            ("0x", None),
            ("-0x1", None),
            ("1px", None),
            (".", None),
            ("é", None),
        ] {
            assert_eq!(parse(input), expected, "{input:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, expected) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
        ] {
            assert_eq!(text(number), expected);
        }
    }
}

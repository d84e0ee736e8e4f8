//! Decimal numbers of any size, compared exactly.

use std::cmp::Ordering;

/// `±0.DIGITS × 10^exponent`, without zeros at either end of the digits; none at all is zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    exponent: i64,
    digits: String,
}

impl Decimal {
    /// Reads what JSON calls a number, zeros and a plus sign in front allowed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, exponent(power)?),
            None => (rest, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(part) {
            return None;
        }
        let all = format!("{whole}{part}");
        let digits = all.trim_start_matches('0');
        let zeros = all.len() - digits.len();
        let digits = digits.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, exponent: 0, digits });
        }
        let point = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(zeros).ok()?)?;
        Some(Self { negative, exponent: point.saturating_add(power), digits })
    }

    fn size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

/// A power of ten; one past all bounds stays at the bound.
fn exponent(text: &str) -> Option<i64> {
    const BOUND: i64 = i64::MAX / 2;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(BOUND).min(BOUND);
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size(other),
            (true, true) => other.size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn order_is_that_of_the_numbers() {
        let rising = [
            "-1e999999999999999999999",
            "-12",
            "-9.5",
            "-9.49",
            "-1e-3",
            "0",
            "1e-999999999999999999999",
            "0.001",
            "0.9",
            "1",
            "1.0001",
            "9",
            "10",
            "9007199254740992",
            "9007199254740993",
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            "1e400",
        ];
        for (low, a) in rising.iter().enumerate() {
            for (high, b) in rising.iter().enumerate() {
                assert_eq!(number(a).cmp(&number(b)), low.cmp(&high), "{a} {b}");
            }
        }
        for (a, b) in [("1", "1.0"), ("1e2", "100"), ("-0", "0.0"), ("+7", "007"), ("0.1e1", "1")] {
            assert_eq!(number(a), number(b), "{a} {b}");
        }
        for bad in
            ["", "-", "1.", ".5", "1e", "0x1", "1_0", "NaN", "inf", "1 2", "--1", "1e+-2", "١"]
        {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn integers_compare_as_integers(a: i128, b: i128) {
            prop_assert_eq!(number(&a.to_string()).cmp(&number(&b.to_string())), a.cmp(&b));
        }

        #[test]
        fn small_fractions_compare_as_floats(a in -1000i32..1000, b in -1000i32..1000, by in 0u32..4) {
            let text = |n: i32| format!("{}", f64::from(n) / 10f64.powi(i32::try_from(by).unwrap()));
            prop_assert_eq!(number(&text(a)).cmp(&number(&text(b))), a.cmp(&b));
        }

        #[test]
        fn whatever_comes_is_a_number_or_none(text in "\\PC{0,20}") {
            let _ = Decimal::parse(&text);
        }
    }
}

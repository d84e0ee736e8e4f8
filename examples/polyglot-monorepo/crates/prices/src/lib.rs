//! Prices with tax.

/// A price in cents with tax in percent, rounded half up.
pub fn gross(cents: u64, percent: u64) -> u64 {
    (cents * (100 + percent) + 50) / 100
}

#[cfg(test)]
mod tests {
    #[test]
    fn prices_are_those_that_every_language_gives() {
        let shared = include_str!("../../../shared/prices.json");
        let numbers: Vec<u64> =
            shared.split(|sign: char| !sign.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
        assert!(!numbers.is_empty());
        for case in numbers.chunks(3) {
            assert_eq!(super::gross(case[0], case[1]), case[2]);
        }
    }
}

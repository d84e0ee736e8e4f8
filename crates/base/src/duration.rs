//! Durations as inputs write them: `500ms`, `30s`, `5m`, `2h`.

use std::time::Duration;

/// Why a text is not a duration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration; write a number with a unit, such as `500ms`, `30s` or `5m`")]
pub struct DurationError {
    text: String,
}

/// Reads `500ms`, `30s`, `5m`, `2h`; fractions (`1.5s`) are allowed, a bare number is not, because
/// its unit would be a guess.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let error = || DurationError { text: text.to_owned() };
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(error)?;
    let (number, unit) = trimmed.split_at(split);
    if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(error());
    }
    let number: f64 = number.parse().map_err(|_| error())?;
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(error()),
    };
    Duration::try_from_secs_f64(number * scale).map_err(|_| error())
}

/// The shortest exact text of a duration, to the millisecond: `1.5s`, `2m`, `90s`.
pub fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => "0s".to_owned(),
        m if m < 1000 => format!("{m}ms"),
        m if m % 3_600_000 == 0 => format!("{}h", m / 3_600_000),
        m if m % 60_000 == 0 => format!("{}m", m / 60_000),
        m if m % 1000 == 0 => format!("{}s", m / 1000),
        m => {
            let text = format!("{}.{:03}", m / 1000, m % 1000);
            format!("{}s", text.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, millis) in
            [("500ms", 500), ("30s", 30_000), (" 5m ", 300_000), ("1.5s", 1500), ("2h", 7_200_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        for text in ["", "30", "s", "-1s", "1e3s", "1 s x", "5 minutes", "inf s", "1..2s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shows_what_it_reads() {
        for text in ["500ms", "30s", "5m", "1.5s", "0s", "61s", "1.25s", "2h", "90m"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
    }
}

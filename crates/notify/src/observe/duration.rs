//! When it began, and how long that is ago.

use std::time::Duration;

use jiff::Timestamp;
use launchway_base::Failure;

/// How long ago `began` is: RFC 3339, or seconds since 1970. A time that is yet to come is now,
/// because clocks differ.
pub(super) fn since(began: &str, now: Timestamp) -> Result<Duration, Failure> {
    let began = began.trim();
    let at = read(began).ok_or_else(|| {
        Failure::input(format!(
            "`started-at` is `{}`, which is no time",
            crate::line::one(began, 60)
        ))
        .with_hint("write one like `2026-03-04T05:06:07Z`, or seconds since 1970 as of `date +%s`")
    })?;
    Ok(Duration::try_from(now.duration_since(at)).unwrap_or_default())
}

/// Between two times of the API; nothing where one is missing or they are the wrong way round.
pub(super) fn between(from: Option<&str>, to: Option<&str>) -> Option<Duration> {
    Duration::try_from(read(to?)?.duration_since(read(from?)?)).ok()
}

fn read(text: &str) -> Option<Timestamp> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) {
        return Timestamp::from_second(whole.parse().ok()?).ok();
    }
    text.parse().ok()
}

/// A duration as people say it: `45 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |large: u64, name: &str, small: u64, unit: &str| match small {
        0 => format!("{large} {name}"),
        _ => format!("{large} {name} {small} {unit}"),
    };
    match () {
        () if seconds == 0 => "less than 1 s".to_owned(),
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => two(minutes, "min", seconds % 60, "s"),
        () if days == 0 => two(hours, "h", minutes % 60, "min"),
        () => two(days, "d", hours % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_as_people_do() {
        for (seconds, text) in [
            (0, "less than 1 s"),
            (45, "45 s"),
            (60, "1 min"),
            (192, "3 min 12 s"),
            (7500, "2 h 5 min"),
            (7259, "2 h"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn both_ways_to_write_a_time() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        for (text, seconds) in [
            ("2026-03-04T05:05:07Z", 60),
            (" 2026-03-04T06:05:07+01:00 ", 60),
            ("2026-03-04T05:05:07.5Z", 59),
            ("1772600707", 60),
            ("1772600707.123456", 60),
            ("2026-03-04T05:09:07Z", 0),
        ] {
            assert_eq!(since(text, now).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["yesterday", "99999999999999999999", "-1", "17.x", "2026-03-04", ".", "💥"] {
            let failure = since(text, now);
            if text != "17.x" {
                assert!(failure.unwrap_err().hint().is_some(), "{text}");
            }
        }
        assert_eq!(between(Some("2026-03-04T05:05:07Z"), None), None);
    }
}

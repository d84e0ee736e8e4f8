//! Numbers and foreign text as all parts of the report show them.

use std::time::Duration;

use jiff::Timestamp;
use launchway_base::redact::redact;
use launchway_runtime::markdown::clip;

use crate::attempt::{Attempt, Certificate, Timings};
use crate::outcome::Outcome;

/// The most characters of a name that are shown.
pub const NAME: usize = 120;
/// The most characters of a sentence that are shown.
pub const SENTENCE: usize = 1024;

/// Text on one line: secrets and control characters out, cut at `most` characters.
pub fn line(text: &str, most: usize) -> String {
    // Redacted before it is cut: half a secret would not be found any more.
    let redacted = redact(text);
    let plain: String = redacted
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
        .take(most.saturating_add(1))
        .collect();
    clip(plain.trim(), most)
}

/// The name of a target.
pub fn name(outcome: &Outcome) -> String {
    line(&outcome.name, NAME)
}

/// A number of things, as in `1 attempt`, `2 attempts`.
pub fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Milliseconds, exact to the microsecond.
pub fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Whole milliseconds.
pub fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A duration for people, three digits of it: `0.4ms`, `12ms`, `4.21s`, `2m5s`, `3h20m`.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match duration.as_micros() {
        0 => "0ms".to_owned(),
        micros if micros < 10_000 => {
            let text = format!("{}.{}", micros / 1000, micros % 1000 / 100);
            format!("{}ms", if text == "0.0" { "0.1" } else { text.trim_end_matches(".0") })
        }
        micros if micros < 1_000_000 => format!("{}ms", micros / 1000),
        micros if micros < 60_000_000 => {
            let text = format!("{}.{:02}", seconds, micros % 1_000_000 / 10_000);
            format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
        }
        _ if seconds < 3600 => units(seconds / 60, 'm', seconds % 60, 's'),
        _ => units(seconds / 3600, 'h', seconds % 3600 / 60, 'm'),
    }
}

fn units(large: u64, large_unit: char, small: u64, small_unit: char) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

/// Where the time of a look went: `dns 1ms, connect 2ms, tls 20ms, first byte 4.9s, total 5s`.
pub fn phases(timings: &Timings) -> String {
    let parts = [
        ("dns", timings.dns),
        ("connect", timings.connect),
        ("tls", timings.tls),
        ("first byte", timings.first_byte),
        ("total", Some(timings.total)),
    ];
    let shown: Vec<_> = parts
        .iter()
        .filter_map(|(name, took)| took.map(|took| format!("{name} {}", short(took))))
        .collect();
    shown.join(", ")
}

/// Whole days a certificate is still valid at a moment; negative once it has ended.
pub fn days_left(certificate: &Certificate, at: Timestamp) -> i64 {
    certificate.not_after_unix.saturating_sub(at.as_second()).div_euclid(24 * 60 * 60)
}

/// The moment on the wall clock, so long after the start of a run, to the millisecond.
pub fn moment(start: Timestamp, after: Duration) -> Timestamp {
    let at = start.checked_add(after).unwrap_or(Timestamp::MAX);
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// An attempt on one line: `#3 at 2.1s: status_mismatch, 503 Service Unavailable (dns 1ms, …)`.
pub fn attempt(attempt: &Attempt) -> String {
    attempt_after(attempt, None)
}

/// The same after another one: of what failed in the same way only the reason is told.
pub fn attempt_after(attempt: &Attempt, before: Option<&Attempt>) -> String {
    let is_same =
        attempt.fault.is_some() && before.is_some_and(|before| before.fault == attempt.fault);
    let mut said = match (&attempt.fault, attempt.status) {
        (Some(fault), _) if is_same => format!("{} again", fault.reason),
        (Some(fault), _) => format!("{}, {}", fault.reason, line(&fault.detail, SENTENCE)),
        (None, Some(status)) => format!("good, {status}"),
        (None, None) => "good".to_owned(),
    };
    let version = attempt.version.as_deref().map(|found| format!("version {}", line(found, NAME)));
    let note = attempt.note.as_deref().filter(|_| !is_same).map(|note| line(note, SENTENCE));
    let cut = attempt.cut.then(|| "cut short".to_owned());
    for more in [version, note, cut].into_iter().flatten() {
        said.push_str(", ");
        said.push_str(&more);
    }
    let phases = phases(&attempt.timings);
    format!("#{} at {}: {said} ({phases})", attempt.number, short(attempt.started))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (micros, shown) in [
            (0, "0ms"),
            (40, "0.1ms"),
            (400, "0.4ms"),
            (2_000, "2ms"),
            (2_460, "2.4ms"),
            (12_999, "12ms"),
            (999_999, "999ms"),
            (1_000_000, "1s"),
            (4_219_000, "4.21s"),
            (59_990_000, "59.99s"),
            (60_000_000, "1m"),
            (125_400_000, "2m5s"),
            (3_600_000_000, "1h"),
            (12_060_000_000, "3h21m"),
        ] {
            assert_eq!(short(Duration::from_micros(micros)), shown);
        }
        assert!(short(Duration::MAX).contains('h'));
    }

    #[test]
    fn a_line_is_one_and_short() {
        assert_eq!(line(" a\n::error::b\u{1b}[31m\u{0} ", 100), "a ::error::b [31m");
        assert_eq!(line(&"é".repeat(100_000), 3), "ééé… (cut)");
        launchway_base::redact::register("correct-horse-battery");
        assert_eq!(line("x correct-horse-battery", 10), "x ***");
    }

    #[test]
    fn days_are_whole_and_do_not_overflow() {
        let at = Timestamp::from_second(1_000_000).unwrap();
        let ends = |after| Certificate { subject: String::new(), not_after_unix: after };
        assert_eq!(days_left(&ends(1_000_000 + 86_400 * 3 - 1), at), 2);
        assert_eq!(days_left(&ends(1_000_000 - 1), at), -1);
        assert!(days_left(&ends(i64::MIN), at) < 0 && days_left(&ends(i64::MAX), at) > 0);
    }

    #[test]
    fn moments_keep_to_the_calendar() {
        let start = "2026-11-21T23:59:59.9Z".parse().unwrap();
        assert_eq!(
            moment(start, Duration::from_micros(123_456)).to_string(),
            "2026-11-22T00:00:00.023Z"
        );
        assert_eq!(moment(start, Duration::MAX).as_second(), Timestamp::MAX.as_second());
    }

    #[test]
    fn phases_leave_out_what_did_not_happen() {
        let timings = Timings {
            connect: Some(Duration::from_millis(2)),
            total: Duration::from_secs(5),
            ..Timings::default()
        };
        assert_eq!(phases(&timings), "connect 2ms, total 5s");
    }
}

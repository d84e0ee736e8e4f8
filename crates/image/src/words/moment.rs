//! Dates written by a format of moment.js, in its English locale.

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Formats with a name of their own.
const LONG: [(&str, &str); 10] = [
    ("LTS", "h:mm:ss A"),
    ("LT", "h:mm A"),
    ("LLLL", "dddd, MMMM D, YYYY h:mm A"),
    ("LLL", "MMMM D, YYYY h:mm A"),
    ("LL", "MMMM D, YYYY"),
    ("L", "MM/DD/YYYY"),
    ("llll", "ddd, MMM D, YYYY h:mm A"),
    ("lll", "MMM D, YYYY h:mm A"),
    ("ll", "MMM D, YYYY"),
    ("l", "M/D/YYYY"),
];
/// What begins a token, the first that fits. Where one is a part of another the order is that of the
/// library.
const TOKENS: &[&str] = &[
    "Hmmss",
    "hmmss",
    "Hmm",
    "hmm",
    "Mo",
    "MMMM",
    "MMM",
    "MM",
    "M",
    "Do",
    "DDDo",
    "DDDD",
    "DDD",
    "DD",
    "D",
    "dddd",
    "ddd",
    "dd",
    "do",
    "d",
    "wo",
    "w|",
    "ww",
    "w",
    "Wo",
    "W|",
    "WW",
    "W",
    "Qo",
    "Q",
    "NNNNN",
    "NNNN",
    "NNN",
    "NN",
    "N",
    "YYYYYY",
    "YYYYY",
    "YYYY",
    "YY",
    "yyyy",
    "yyy",
    "yy",
    "yo",
    "y",
    "ggggg",
    "gggg",
    "gg",
    "GGGGG",
    "GGGG",
    "GG",
    "e",
    "E",
    "a",
    "A",
    "hh",
    "h",
    "HH",
    "H",
    "kk",
    "k",
    "mm",
    "m",
    "ss",
    "s",
    "SSSSSSSSS",
    "SSSSSSSS",
    "SSSSSSS",
    "SSSSSS",
    "SSSSS",
    "SSSS",
    "SSS",
    "SS",
    "S",
    "x",
    "X",
    "zz",
    "z",
    "ZZ",
    "Z",
];
/// How a date without a format is written.
const DEFAULT: &str = "YYYY-MM-DDTHH:mm:ssZ";
const DEFAULT_UTC: &str = "YYYY-MM-DDTHH:mm:ss[Z]";

/// Writes a moment in a time zone. A zone nobody knows is as good as UTC, without a name; an empty
/// format is that of ISO 8601.
pub fn format(at: Timestamp, zone: &str, format: &str) -> String {
    let known = time_zone(zone);
    let local = at.to_zoned(known.clone().unwrap_or(TimeZone::UTC));
    let format = match format {
        "" if local.offset().is_zero() && known.is_some() => DEFAULT_UTC,
        "" => DEFAULT,
        format => format,
    };
    let abbreviation = match &known {
        Some(zone) => zone.to_offset_info(at).abbreviation().to_owned(),
        None => String::new(),
    };
    let written = Written { local, abbreviation };
    let mut out = String::new();
    let expanded = expand(format);
    let mut rest = expanded.as_str();
    while let Some((piece, after)) = piece(rest) {
        match piece {
            Piece::Token(token) => written.token(token, &mut out),
            Piece::Text(text) => out.push_str(text),
        }
        rest = after;
    }
    out
}

/// Whether a name is one of a time zone.
pub fn is_time_zone(name: &str) -> bool {
    time_zone(name).is_some()
}

/// A zone by its name in any case, with `_` where there are slashes, too.
fn time_zone(name: &str) -> Option<TimeZone> {
    let zones = TimeZoneDatabase::bundled();
    let flat = |name: &str| name.to_lowercase().replace('/', "_");
    zones.get(name).ok().or_else(|| {
        let wanted = flat(name);
        let known = zones.available().find(|known| flat(known.as_str()) == wanted)?;
        zones.get(known.as_str()).ok()
    })
}

enum Piece<'a> {
    Token(&'static str),
    Text(&'a str),
}

/// The text in brackets at the start, brackets included: up to the last `]` before another `[`.
fn bracketed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let until = inner.find('[').unwrap_or(inner.len());
    let end = inner.get(..until)?.rfind(']')?;
    text.get(..end + 2)
}

/// Puts in the formats that have a name.
fn expand(format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let long = LONG.iter().find(|(name, _)| rest.starts_with(name));
        let escaped = rest.strip_prefix('\\').and_then(|behind| {
            let (name, _) = LONG.iter().find(|(name, _)| behind.starts_with(name))?;
            rest.get(..=name.len())
        });
        let step = match (bracketed(rest).or(escaped), long) {
            (Some(kept), _) => {
                out.push_str(kept);
                kept.len()
            }
            (None, Some((name, format))) => {
                out.push_str(format);
                name.len()
            }
            (None, None) => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(step..).unwrap_or_default();
    }
    out
}

/// The next token or text, and what is behind it.
fn piece(text: &str) -> Option<(Piece<'_>, &str)> {
    let first = text.chars().next()?;
    let split =
        |at: usize| (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    if let Some(kept) = bracketed(text) {
        let (_, after) = split(kept.len());
        // Brackets around nothing are kept.
        let inner = kept.strip_prefix('[').and_then(|kept| kept.strip_suffix(']'));
        return Some((Piece::Text(inner.filter(|inner| !inner.is_empty()).unwrap_or("")), after));
    }
    if let Some(behind) = text.strip_prefix('\\') {
        let length = match token(behind) {
            Some(token) => token.len(),
            None => {
                behind.chars().next().filter(|next| !ends_line(*next)).map_or(0, char::len_utf8)
            }
        };
        let (escaped, after) = split(1 + length);
        // A second backslash is no text, either.
        let plain = escaped.trim_start_matches('\\');
        return Some((Piece::Text(plain), after));
    }
    if let Some(token) = token(text) {
        let (_, after) = split(token.len());
        return Some((Piece::Token(token), after));
    }
    let (plain, after) = split(first.len_utf8());
    let plain = if ends_line(first) { "" } else { plain };
    Some((if plain == "Y" { Piece::Token("Y") } else { Piece::Text(plain) }, after))
}

fn token(text: &str) -> Option<&'static str> {
    TOKENS.iter().find(|token| text.starts_with(**token)).copied()
}

/// Line ends match nothing in the library's pattern and are dropped.
fn ends_line(sign: char) -> bool {
    matches!(sign, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

struct Written {
    local: Zoned,
    abbreviation: String,
}

impl Written {
    fn token(&self, token: &str, out: &mut String) {
        let date = self.local.date();
        let year = i64::from(date.year());
        let month = i64::from(date.month());
        let day = i64::from(date.day());
        let of_year = i64::from(date.day_of_year());
        let weekday = i64::from(date.weekday().to_sunday_zero_offset());
        let hour = i64::from(self.local.hour());
        let (minute, second) = (i64::from(self.local.minute()), i64::from(self.local.second()));
        let millis = i64::from(self.local.millisecond());
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        let hour24 = if hour == 0 { 24 } else { hour };
        let (week, week_year) = week_of(date, 0, 6);
        let (iso_week, iso_year) = week_of(date, 1, 4);
        let name = |names: &[&'static str], at: i64| {
            usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
        };
        let start =
            |name: &'static str, length: usize| name.get(..length).unwrap_or(name).to_owned();
        let text = match token {
            "Y" if year > 9999 => format!("+{year}"),
            "YYYYYY" => padded_with_sign(year, 6),
            "YYYYY" => padded(year, 5),
            "Y" | "YYYY" => padded(year, 4),
            "YY" => padded(year % 100, 2),
            "M" => month.to_string(),
            "Mo" => ordinal(month),
            "MM" => padded(month, 2),
            "MMM" => start(name(&MONTHS, month - 1), 3),
            "MMMM" => name(&MONTHS, month - 1).to_owned(),
            "D" => day.to_string(),
            "Do" => ordinal(day),
            "DD" => padded(day, 2),
            "DDD" => of_year.to_string(),
            "DDDo" => ordinal(of_year),
            "DDDD" => padded(of_year, 3),
            "d" | "e" => weekday.to_string(),
            "do" => ordinal(weekday),
            "dd" => start(name(&DAYS, weekday), 2),
            "ddd" => start(name(&DAYS, weekday), 3),
            "dddd" => name(&DAYS, weekday).to_owned(),
            "E" => date.weekday().to_monday_one_offset().to_string(),
            "w" => week.to_string(),
            "wo" => ordinal(week),
            "ww" => padded(week, 2),
            "W" => iso_week.to_string(),
            "Wo" => ordinal(iso_week),
            "WW" => padded(iso_week, 2),
            "gg" => padded(week_year % 100, 2),
            "gggg" => padded(week_year, 4),
            "ggggg" => padded(week_year, 5),
            "GG" => padded(iso_year % 100, 2),
            "GGGG" => padded(iso_year, 4),
            "GGGGG" => padded(iso_year, 5),
            "Q" => ((month + 2) / 3).to_string(),
            "Qo" => ordinal((month + 2) / 3),
            "N" | "NN" | "NNN" | "NNNNN" => if year > 0 { "AD" } else { "BC" }.to_owned(),
            "NNNN" => if year > 0 { "Anno Domini" } else { "Before Christ" }.to_owned(),
            "y" => era_year(year).to_string(),
            "yo" => ordinal(era_year(year)),
            "yy" => padded(era_year(year), 2),
            "yyy" => padded(era_year(year), 3),
            "yyyy" => padded(era_year(year), 4),
            "H" => hour.to_string(),
            "HH" => padded(hour, 2),
            "h" => hour12.to_string(),
            "hh" => padded(hour12, 2),
            "k" => hour24.to_string(),
            "kk" => padded(hour24, 2),
            "m" => minute.to_string(),
            "mm" => padded(minute, 2),
            "s" => second.to_string(),
            "ss" => padded(second, 2),
            "hmm" => format!("{hour12}{minute:02}"),
            "hmmss" => format!("{hour12}{minute:02}{second:02}"),
            "Hmm" => format!("{hour}{minute:02}"),
            "Hmmss" => format!("{hour}{minute:02}{second:02}"),
            "a" => if hour < 12 { "am" } else { "pm" }.to_owned(),
            "A" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            "X" => self.local.timestamp().as_millisecond().div_euclid(1000).to_string(),
            "x" => self.local.timestamp().as_millisecond().to_string(),
            "z" | "zz" => self.abbreviation.clone(),
            "Z" => self.offset(":"),
            "ZZ" => self.offset(""),
            _ if token.starts_with('S') => fraction(millis, token.len()),
            // `w|` and `W|` look like tokens and are none.
            other => other.to_owned(),
        };
        out.push_str(&text);
    }

    fn offset(&self, between: &str) -> String {
        let seconds = self.local.offset().seconds();
        let minutes = seconds.abs() / 60;
        let sign = if seconds < 0 { '-' } else { '+' };
        format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }
}

/// Tenths, hundredths and so on of a second: never more than is known, then zeros.
fn fraction(millis: i64, digits: usize) -> String {
    let known = format!("{millis:03}");
    format!("{known:0<9}").chars().take(digits).collect()
}

fn padded(number: i64, length: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{:0length$}", number.abs())
}

fn padded_with_sign(number: i64, length: usize) -> String {
    let sign = if number < 0 { "" } else { "+" };
    format!("{sign}{}", padded(number, length))
}

fn era_year(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100 / 10, number % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Week and its year, where weeks begin on `first` (0 is Sunday) and the first week of a year holds
/// January `7 + first - january`.
fn week_of(date: Date, first: i64, january: i64) -> (i64, i64) {
    let year = i64::from(date.year());
    let offset = week_offset(year, first, january);
    let week = (i64::from(date.day_of_year()) - offset - 1).div_euclid(7) + 1;
    let in_year = weeks(year, first, january);
    if week < 1 {
        (week + weeks(year - 1, first, january), year - 1)
    } else if week > in_year {
        (week - in_year, year + 1)
    } else {
        (week, year)
    }
}

fn weeks(year: i64, first: i64, january: i64) -> i64 {
    let days = if is_leap(year) { 366 } else { 365 };
    (days - week_offset(year, first, january) + week_offset(year + 1, first, january)) / 7
}

/// Days from the start of the year to the start of its first week.
fn week_offset(year: i64, first: i64, january: i64) -> i64 {
    let in_first_week = 7 + first - january;
    let day = i16::try_from(year)
        .ok()
        .and_then(|year| Date::new(year, 1, i8::try_from(in_first_week).ok()?).ok());
    let weekday = day.map_or(Weekday::Sunday, Date::weekday).to_sunday_zero_offset();
    -((7 + i64::from(weekday) - first) % 7) + in_first_week - 1
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What moment.js 2.30.1 with moment-timezone 0.6.2 wrote.
    #[derive(Deserialize)]
    struct Case {
        at: i64,
        zone: String,
        format: String,
        written: String,
    }

    #[test]
    fn as_the_library_writes() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("moment_cases.json")).unwrap();
        assert!(cases.len() > 400);
        let differing: Vec<_> = cases
            .iter()
            .map(|case| {
                let at = Timestamp::from_millisecond(case.at).unwrap();
                (case, format(at, &case.zone, &case.format))
            })
            .filter(|(case, written)| case.written != *written)
            .map(|(case, written)| {
                format!(
                    "{} {} `{}`: {} not {written}",
                    case.at, case.zone, case.format, case.written
                )
            })
            .collect();
        assert!(differing.is_empty(), "{differing:#?}");
    }

    #[test]
    fn any_text_is_a_format() {
        let at = Timestamp::from_second(1_772_600_767).unwrap();
        for text in ["[", "]", "\\", "[[]", "\u{1f680}\\\u{1f680}", "ü[ü]ü", "\n[a\nb]"] {
            let _ = format(at, "UTC", text);
        }
    }
}

//! Dates as moment formats them, in a time zone.

use std::fmt::Write as _;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

/// What an instant that is none is printed as.
const INVALID: &str = "Invalid date";
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

/// Tokens, longer ones first where one begins another. What is no token stands for itself.
const TOKENS: [&str; 71] = [
    "Hmmss", "Hmm", "hmmss", "hmm", "Mo", "MMMM", "MMM", "MM", "M", "Do", "DDDo", "DDDD", "DDD",
    "DD", "D", "dddd", "ddd", "dd", "do", "d", "wo", "w|", "ww", "w", "Wo", "W|", "WW", "W", "Qo",
    "Q", "NNNNN", "NNNN", "NNN", "NN", "N", "YYYYYY", "YYYYY", "YYYY", "YY", "Y", "yyyy", "yyy",
    "yy", "yo", "y", "ggggg", "gggg", "gg", "GGGGG", "GGGG", "GG", "e", "E", "a", "A", "hh", "h",
    "HH", "H", "kk", "k", "mm", "m", "ss", "s", "x", "X", "zz", "z", "ZZ", "Z",
];

/// A date as text, and what is to be warned of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The date.
    pub text: String,
    /// The time zone if it is not known: it was formatted in UTC, without the name of a zone.
    pub unknown_zone: Option<String>,
}

/// Formats an instant; `at` is `None` for one that could not be read. An empty format is ISO 8601.
///
/// Names of time zones are those of the tz database, in any case, `_` for `/` too. `None` for an empty
/// name.
pub fn format(at: Option<Timestamp>, format: &str, zone: &str) -> Option<Formatted> {
    if zone.is_empty() {
        return None;
    }
    let found = find_zone(zone);
    let unknown_zone = found.is_none().then(|| zone.to_owned());
    let Some(at) = at else { return Some(Formatted { text: INVALID.to_owned(), unknown_zone }) };
    let zoned = at.to_zoned(found.unwrap_or(TimeZone::UTC));
    let format = match format {
        "" if unknown_zone.is_none() && zoned.offset().is_zero() => "YYYY-MM-DDTHH:mm:ss[Z]",
        "" => "YYYY-MM-DDTHH:mm:ssZ",
        given => given,
    };
    let date = Date { zoned, has_zone: unknown_zone.is_none() };
    let mut text = String::new();
    date.write(&expand(format), &mut text);
    Some(Formatted { text, unknown_zone })
}

/// The instant a timestamp of an event means: RFC 3339, or seconds since 1970.
pub fn parse(timestamp: &str) -> Option<Timestamp> {
    timestamp.parse().ok()
}

fn find_zone(name: &str) -> Option<TimeZone> {
    let database = TimeZoneDatabase::bundled();
    if let Ok(zone) = database.get(name) {
        return Some(zone);
    }
    let plain = |name: &str| name.to_lowercase().replace('/', "_");
    let wanted = plain(name);
    let known = database.available().map(|known| known.to_string());
    let known = known.into_iter().find(|known| plain(known) == wanted)?;
    database.get(&known).ok()
}

/// Where a bracketed text ends: at the last `]` before another `[`.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let inside = inside.split('[').next()?;
    let end = inside.rfind(']')?;
    text.split_at_checked(end + 2)
}

/// The local formats, `L` and its kin, written out.
fn expand(format: &str) -> String {
    let (mut out, mut rest) = (String::new(), format);
    while let Some(c) = rest.chars().next() {
        if let Some((text, tail)) = bracketed(rest) {
            out.push_str(text);
            rest = tail;
            continue;
        }
        let (escaped, token) = match rest.strip_prefix('\\') {
            Some(token) => (true, token),
            None => (false, rest),
        };
        let lower = token.bytes().take_while(|byte| *byte == b'l').take(4).count();
        let known = ["LTS", "LT", "LLLL", "LLL", "LL", "L"].into_iter();
        let name = known.into_iter().find(|name| token.starts_with(name));
        let name = name.or(["l", "ll", "lll", "llll"].get(lower.wrapping_sub(1)).copied());
        let Some(name) = name else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        if escaped {
            out.push('\\');
        }
        out.push_str(if escaped { name } else { long_format(name) });
        rest = token.get(name.len()..).unwrap_or_default();
    }
    out
}

fn long_format(name: &str) -> &'static str {
    match name {
        "LTS" => "h:mm:ss A",
        "LT" => "h:mm A",
        "L" => "MM/DD/YYYY",
        "LL" => "MMMM D, YYYY",
        "LLL" => "MMMM D, YYYY h:mm A",
        "LLLL" => "dddd, MMMM D, YYYY h:mm A",
        "l" => "M/D/YYYY",
        "ll" => "MMM D, YYYY",
        "lll" => "MMM D, YYYY h:mm A",
        _ => "ddd, MMM D, YYYY h:mm A",
    }
}

struct Date {
    zoned: Zoned,
    has_zone: bool,
}

impl Date {
    fn write(&self, format: &str, out: &mut String) {
        let mut rest = format;
        while let Some(c) = rest.chars().next() {
            if let Some((text, tail)) = bracketed(rest) {
                let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
                out.push_str(inside.unwrap_or_default());
                rest = tail;
                continue;
            }
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            if c == '\\' && !after.is_empty() && !after.starts_with(is_line_end) {
                let length = token(after).or_else(|| after.chars().next().map(char::len_utf8));
                let (text, tail) = after.split_at_checked(length.unwrap_or(0)).unwrap_or_default();
                out.push_str(&text.replace('\\', ""));
                rest = tail;
                continue;
            }
            match token(rest) {
                Some(length) => {
                    let (token, tail) = rest.split_at_checked(length).unwrap_or_default();
                    self.token(token, out);
                    rest = tail;
                }
                None => {
                    // Line ends and lone backslashes are dropped.
                    if !is_line_end(c) && c != '\\' {
                        out.push(c);
                    }
                    rest = after;
                }
            }
        }
    }

    fn token(&self, token: &str, out: &mut String) {
        let date = &self.zoned;
        let year = i64::from(date.year());
        let (month, day) = (i64::from(date.month()), i64::from(date.day()));
        let (hour, minute, second) =
            (i64::from(date.hour()), i64::from(date.minute()), i64::from(date.second()));
        let millis = i64::from(date.millisecond());
        let week_day = i64::from(date.weekday().to_sunday_zero_offset());
        let iso_day = i64::from(date.weekday().to_monday_one_offset());
        let iso = date.date().iso_week_date();
        let (iso_year, iso_week) = (i64::from(iso.year()), i64::from(iso.week()));
        let year_day = i64::from(date.day_of_year());
        let quarter = (month + 2) / 3;
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let (week_year, week) = self.week();
        let name = |names: &[&'static str], index: i64, length: usize| {
            let name = usize::try_from(index).ok().and_then(|index| names.get(index).copied());
            name.map_or("", |name| name.get(..length.min(name.len())).unwrap_or(name))
        };
        let fill = |number: i64, width: usize| format!("{number:0width$}");
        let text = match token {
            "M" => month.to_string(),
            "MM" => fill(month, 2),
            "MMM" => name(&MONTHS, month - 1, 3).to_owned(),
            "MMMM" => name(&MONTHS, month - 1, 99).to_owned(),
            "Mo" => ordinal(month),
            "D" => day.to_string(),
            "DD" => fill(day, 2),
            "Do" => ordinal(day),
            "DDD" => year_day.to_string(),
            "DDDD" => fill(year_day, 3),
            "DDDo" => ordinal(year_day),
            "d" | "e" => week_day.to_string(),
            "do" => ordinal(week_day),
            "dd" => name(&DAYS, week_day, 2).to_owned(),
            "ddd" => name(&DAYS, week_day, 3).to_owned(),
            "dddd" => name(&DAYS, week_day, 99).to_owned(),
            "E" => iso_day.to_string(),
            "w" => week.to_string(),
            "ww" => fill(week, 2),
            "wo" => ordinal(week),
            "W" => iso_week.to_string(),
            "WW" => fill(iso_week, 2),
            "Wo" => ordinal(iso_week),
            "Q" => quarter.to_string(),
            "Qo" => ordinal(quarter),
            "NNNN" => "Anno Domini".to_owned(),
            "N" | "NN" | "NNN" | "NNNNN" => "AD".to_owned(),
            "y" => year.to_string(),
            "yo" => ordinal(year),
            "YY" => fill(year % 100, 2),
            "yy" => fill(year, 2),
            "yyy" => fill(year, 3),
            "Y" | "YYYY" | "yyyy" => fill(year, 4),
            "YYYYY" => fill(year, 5),
            "YYYYYY" => format!("+{year:06}"),
            "gg" => fill(week_year % 100, 2),
            "gggg" => fill(week_year, 4),
            "ggggg" => fill(week_year, 5),
            "GG" => fill(iso_year % 100, 2),
            "GGGG" => fill(iso_year, 4),
            "GGGGG" => fill(iso_year, 5),
            "H" => hour.to_string(),
            "HH" => fill(hour, 2),
            "h" => twelve.to_string(),
            "hh" => fill(twelve, 2),
            "k" => if hour == 0 { 24 } else { hour }.to_string(),
            "kk" => fill(if hour == 0 { 24 } else { hour }, 2),
            "hmm" => format!("{twelve}{minute:02}"),
            "hmmss" => format!("{twelve}{minute:02}{second:02}"),
            "Hmm" => format!("{hour}{minute:02}"),
            "Hmmss" => format!("{hour}{minute:02}{second:02}"),
            "m" => minute.to_string(),
            "mm" => fill(minute, 2),
            "s" => second.to_string(),
            "ss" => fill(second, 2),
            "a" => if hour < 12 { "am" } else { "pm" }.to_owned(),
            "A" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            "x" => date.timestamp().as_millisecond().to_string(),
            "X" => date.timestamp().as_second().to_string(),
            "z" | "zz" if self.has_zone => {
                let zone = date.time_zone().to_offset_info(date.timestamp());
                zone.abbreviation().to_owned()
            }
            "z" | "zz" => String::new(),
            "Z" => self.offset(":"),
            "ZZ" => self.offset(""),
            fraction if fraction.starts_with('S') => {
                let digits = format!("{millis:03}000000");
                digits.get(..fraction.len()).unwrap_or_default().to_owned()
            }
            other => other.to_owned(),
        };
        out.push_str(&text);
    }

    /// Distance from UTC: `+02:00`.
    fn offset(&self, separator: &str) -> String {
        let minutes = (f64::from(self.zoned.offset().seconds()) / 60.0).round();
        let sign = if minutes < 0.0 { '-' } else { '+' };
        let (hours, minutes) = ((minutes.abs() / 60.0).floor(), minutes.abs() % 60.0);
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = write!(out, "{sign}{hours:02}{separator}{minutes:02}");
        out
    }

    /// Year and week where weeks begin on Sunday and the first holds the first of January.
    fn week(&self) -> (i64, i64) {
        let year = i64::from(self.zoned.year());
        let day = i64::from(self.zoned.day_of_year());
        let first = i64::from(self.zoned.weekday().to_sunday_zero_offset()) - (day - 1);
        let first = first.rem_euclid(7);
        let week = (day + first - 1) / 7 + 1;
        let days = i64::from(self.zoned.days_in_year());
        // The last days belong to the first week of the next year, unless that begins with them done.
        let next = (first + days) % 7;
        if next > 0 && day > days - next { (year + 1, 1) } else { (year, week) }
    }
}

/// Length of the token a text begins with.
fn token(text: &str) -> Option<usize> {
    let fractions = text.bytes().take_while(|byte| *byte == b'S').take(9).count();
    if fractions > 0 {
        return Some(fractions);
    }
    TOKENS.iter().find(|token| text.starts_with(**token)).map(|t| t.len())
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn ordinal(number: i64) -> String {
    let ending = match (number / 10 % 10, number % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests;

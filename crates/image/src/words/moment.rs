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

    #[expect(clippy::too_many_lines, reason = "one line for each token")]
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
mod tests {
    use super::*;

    const ALL: &str = "YYYY|YY|Y|YYYYY|YYYYYY|y|yy|yyy|yyyy|yo|M|Mo|MM|MMM|MMMM|D|Do|DD|DDD|DDDo|DDDD|d|do|dd|ddd|dddd|e|E|w,wo|ww,W,Wo|WW,gg|gggg|ggggg|GG|GGGG|GGGGG|Q|Qo|N|NN|NNNN|NNNNN|H|HH|h|hh|k|kk|hmm|hmmss|Hmm|Hmmss|m|mm|s|ss|S|SS|SSS|SSSS|SSSSSSSSS|a|A|X|x|Z|ZZ|z|zz|L|LT|LTS|LL|LLL|LLLL|l|ll|lll|llll";

    #[test]
    fn dates_are_as_moment_formats_them() {
        let mut wrong = Vec::new();
        for (at, given, zone, expected) in [
            (
                "2026-01-02T03:04:05.678Z",
                ALL,
                "UTC",
                "2026|26|2026|02026|+002026|2026|2026|2026|2026|2026th|1|1st|01|Jan|January|2|2nd|02|2|2nd|002|5|5th|Fr|Fri|Friday|5|5|1,1st|01,1,1st|01,26|2026|02026|26|2026|02026|1|1st|AD|AD|Anno Domini|AD|3|03|3|03|3|03|304|30405|304|30405|4|04|5|05|6|67|678|6780|678000000|am|AM|1767323045|1767323045678|+00:00|+0000|UTC|UTC|01/02/2026|3:04 AM|3:04:05 AM|January 2, 2026|January 2, 2026 3:04 AM|Friday, January 2, 2026 3:04 AM|1/2/2026|Jan 2, 2026|Jan 2, 2026 3:04 AM|Fri, Jan 2, 2026 3:04 AM",
            ),
            (
                "2020-02-29T23:59:59.999Z",
                ALL,
                "UTC",
                "2020|20|2020|02020|+002020|2020|2020|2020|2020|2020th|2|2nd|02|Feb|February|29|29th|29|60|60th|060|6|6th|Sa|Sat|Saturday|6|6|9,9th|09,9,9th|09,20|2020|02020|20|2020|02020|1|1st|AD|AD|Anno Domini|AD|23|23|11|11|23|23|1159|115959|2359|235959|59|59|59|59|9|99|999|9990|999000000|pm|PM|1583020799|1583020799999|+00:00|+0000|UTC|UTC|02/29/2020|11:59 PM|11:59:59 PM|February 29, 2020|February 29, 2020 11:59 PM|Saturday, February 29, 2020 11:59 PM|2/29/2020|Feb 29, 2020|Feb 29, 2020 11:59 PM|Sat, Feb 29, 2020 11:59 PM",
            ),
            (
                "2021-01-03T00:00:00Z",
                ALL,
                "UTC",
                "2021|21|2021|02021|+002021|2021|2021|2021|2021|2021st|1|1st|01|Jan|January|3|3rd|03|3|3rd|003|0|0th|Su|Sun|Sunday|0|7|2,2nd|02,53,53rd|53,21|2021|02021|20|2020|02020|1|1st|AD|AD|Anno Domini|AD|0|00|12|12|24|24|1200|120000|000|00000|0|00|0|00|0|00|000|0000|000000000|am|AM|1609632000|1609632000000|+00:00|+0000|UTC|UTC|01/03/2021|12:00 AM|12:00:00 AM|January 3, 2021|January 3, 2021 12:00 AM|Sunday, January 3, 2021 12:00 AM|1/3/2021|Jan 3, 2021|Jan 3, 2021 12:00 AM|Sun, Jan 3, 2021 12:00 AM",
            ),
            (
                "2016-12-31T12:00:00Z",
                ALL,
                "UTC",
                "2016|16|2016|02016|+002016|2016|2016|2016|2016|2016th|12|12th|12|Dec|December|31|31st|31|366|366th|366|6|6th|Sa|Sat|Saturday|6|6|53,53rd|53,52,52nd|52,16|2016|02016|16|2016|02016|4|4th|AD|AD|Anno Domini|AD|12|12|12|12|12|12|1200|120000|1200|120000|0|00|0|00|0|00|000|0000|000000000|pm|PM|1483185600|1483185600000|+00:00|+0000|UTC|UTC|12/31/2016|12:00 PM|12:00:00 PM|December 31, 2016|December 31, 2016 12:00 PM|Saturday, December 31, 2016 12:00 PM|12/31/2016|Dec 31, 2016|Dec 31, 2016 12:00 PM|Sat, Dec 31, 2016 12:00 PM",
            ),
            (
                "2023-12-31T12:00:00Z",
                ALL,
                "UTC",
                "2023|23|2023|02023|+002023|2023|2023|2023|2023|2023rd|12|12th|12|Dec|December|31|31st|31|365|365th|365|0|0th|Su|Sun|Sunday|0|7|1,1st|01,52,52nd|52,24|2024|02024|23|2023|02023|4|4th|AD|AD|Anno Domini|AD|12|12|12|12|12|12|1200|120000|1200|120000|0|00|0|00|0|00|000|0000|000000000|pm|PM|1704024000|1704024000000|+00:00|+0000|UTC|UTC|12/31/2023|12:00 PM|12:00:00 PM|December 31, 2023|December 31, 2023 12:00 PM|Sunday, December 31, 2023 12:00 PM|12/31/2023|Dec 31, 2023|Dec 31, 2023 12:00 PM|Sun, Dec 31, 2023 12:00 PM",
            ),
            (
                "2024-12-29T12:00:00Z",
                ALL,
                "UTC",
                "2024|24|2024|02024|+002024|2024|2024|2024|2024|2024th|12|12th|12|Dec|December|29|29th|29|364|364th|364|0|0th|Su|Sun|Sunday|0|7|1,1st|01,52,52nd|52,25|2025|02025|24|2024|02024|4|4th|AD|AD|Anno Domini|AD|12|12|12|12|12|12|1200|120000|1200|120000|0|00|0|00|0|00|000|0000|000000000|pm|PM|1735473600|1735473600000|+00:00|+0000|UTC|UTC|12/29/2024|12:00 PM|12:00:00 PM|December 29, 2024|December 29, 2024 12:00 PM|Sunday, December 29, 2024 12:00 PM|12/29/2024|Dec 29, 2024|Dec 29, 2024 12:00 PM|Sun, Dec 29, 2024 12:00 PM",
            ),
            (
                "2026-03-29T01:00:00Z",
                ALL,
                "UTC",
                "2026|26|2026|02026|+002026|2026|2026|2026|2026|2026th|3|3rd|03|Mar|March|29|29th|29|88|88th|088|0|0th|Su|Sun|Sunday|0|7|14,14th|14,13,13th|13,26|2026|02026|26|2026|02026|1|1st|AD|AD|Anno Domini|AD|1|01|1|01|1|01|100|10000|100|10000|0|00|0|00|0|00|000|0000|000000000|am|AM|1774746000|1774746000000|+00:00|+0000|UTC|UTC|03/29/2026|1:00 AM|1:00:00 AM|March 29, 2026|March 29, 2026 1:00 AM|Sunday, March 29, 2026 1:00 AM|3/29/2026|Mar 29, 2026|Mar 29, 2026 1:00 AM|Sun, Mar 29, 2026 1:00 AM",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                ALL,
                "UTC",
                "2026|26|2026|02026|+002026|2026|2026|2026|2026|2026th|7|7th|07|Jul|July|4|4th|04|185|185th|185|6|6th|Sa|Sat|Saturday|6|6|27,27th|27,27,27th|27,26|2026|02026|26|2026|02026|3|3rd|AD|AD|Anno Domini|AD|13|13|1|01|13|13|111|11112|1311|131112|11|11|12|12|0|01|013|0130|013000000|pm|PM|1783170672|1783170672013|+00:00|+0000|UTC|UTC|07/04/2026|1:11 PM|1:11:12 PM|July 4, 2026|July 4, 2026 1:11 PM|Saturday, July 4, 2026 1:11 PM|7/4/2026|Jul 4, 2026|Jul 4, 2026 1:11 PM|Sat, Jul 4, 2026 1:11 PM",
            ),
            (
                "1999-12-31T23:59:00.1Z",
                ALL,
                "UTC",
                "1999|99|1999|01999|+001999|1999|1999|1999|1999|1999th|12|12th|12|Dec|December|31|31st|31|365|365th|365|5|5th|Fr|Fri|Friday|5|5|1,1st|01,52,52nd|52,00|2000|02000|99|1999|01999|4|4th|AD|AD|Anno Domini|AD|23|23|11|11|23|23|1159|115900|2359|235900|59|59|0|00|1|10|100|1000|100000000|pm|PM|946684740|946684740100|+00:00|+0000|UTC|UTC|12/31/1999|11:59 PM|11:59:00 PM|December 31, 1999|December 31, 1999 11:59 PM|Friday, December 31, 1999 11:59 PM|12/31/1999|Dec 31, 1999|Dec 31, 1999 11:59 PM|Fri, Dec 31, 1999 11:59 PM",
            ),
            (
                "2022-01-01T10:00:00Z",
                ALL,
                "UTC",
                "2022|22|2022|02022|+002022|2022|2022|2022|2022|2022nd|1|1st|01|Jan|January|1|1st|01|1|1st|001|6|6th|Sa|Sat|Saturday|6|6|1,1st|01,52,52nd|52,22|2022|02022|21|2021|02021|1|1st|AD|AD|Anno Domini|AD|10|10|10|10|10|10|1000|100000|1000|100000|0|00|0|00|0|00|000|0000|000000000|am|AM|1641031200|1641031200000|+00:00|+0000|UTC|UTC|01/01/2022|10:00 AM|10:00:00 AM|January 1, 2022|January 1, 2022 10:00 AM|Saturday, January 1, 2022 10:00 AM|1/1/2022|Jan 1, 2022|Jan 1, 2022 10:00 AM|Sat, Jan 1, 2022 10:00 AM",
            ),
            (
                "0987-05-06T07:08:09Z",
                ALL,
                "UTC",
                "0987|87|0987|00987|+000987|987|987|987|0987|987th|5|5th|05|May|May|6|6th|06|126|126th|126|0|0th|Su|Sun|Sunday|0|7|19,19th|19,18,18th|18,87|0987|00987|87|0987|00987|2|2nd|AD|AD|Anno Domini|AD|7|07|7|07|7|07|708|70809|708|70809|8|08|9|09|0|00|000|0000|000000000|am|AM|-31009625511|-31009625511000|+00:00|+0000|UTC|UTC|05/06/0987|7:08 AM|7:08:09 AM|May 6, 0987|May 6, 0987 7:08 AM|Sunday, May 6, 0987 7:08 AM|5/6/0987|May 6, 0987|May 6, 0987 7:08 AM|Sun, May 6, 0987 7:08 AM",
            ),
            (
                "2011-11-11T11:11:11Z",
                ALL,
                "UTC",
                "2011|11|2011|02011|+002011|2011|2011|2011|2011|2011th|11|11th|11|Nov|November|11|11th|11|315|315th|315|5|5th|Fr|Fri|Friday|5|5|46,46th|46,45,45th|45,11|2011|02011|11|2011|02011|4|4th|AD|AD|Anno Domini|AD|11|11|11|11|11|11|1111|111111|1111|111111|11|11|11|11|0|00|000|0000|000000000|am|AM|1321009871|1321009871000|+00:00|+0000|UTC|UTC|11/11/2011|11:11 AM|11:11:11 AM|November 11, 2011|November 11, 2011 11:11 AM|Friday, November 11, 2011 11:11 AM|11/11/2011|Nov 11, 2011|Nov 11, 2011 11:11 AM|Fri, Nov 11, 2011 11:11 AM",
            ),
            (
                "2013-03-13T12:12:12Z",
                ALL,
                "UTC",
                "2013|13|2013|02013|+002013|2013|2013|2013|2013|2013th|3|3rd|03|Mar|March|13|13th|13|72|72nd|072|3|3rd|We|Wed|Wednesday|3|3|11,11th|11,11,11th|11,13|2013|02013|13|2013|02013|1|1st|AD|AD|Anno Domini|AD|12|12|12|12|12|12|1212|121212|1212|121212|12|12|12|12|0|00|000|0000|000000000|pm|PM|1363176732|1363176732000|+00:00|+0000|UTC|UTC|03/13/2013|12:12 PM|12:12:12 PM|March 13, 2013|March 13, 2013 12:12 PM|Wednesday, March 13, 2013 12:12 PM|3/13/2013|Mar 13, 2013|Mar 13, 2013 12:12 PM|Wed, Mar 13, 2013 12:12 PM",
            ),
            (
                "2027-12-22T00:30:00Z",
                ALL,
                "UTC",
                "2027|27|2027|02027|+002027|2027|2027|2027|2027|2027th|12|12th|12|Dec|December|22|22nd|22|356|356th|356|3|3rd|We|Wed|Wednesday|3|3|52,52nd|52,51,51st|51,27|2027|02027|27|2027|02027|4|4th|AD|AD|Anno Domini|AD|0|00|12|12|24|24|1230|123000|030|03000|30|30|0|00|0|00|000|0000|000000000|am|AM|1829435400|1829435400000|+00:00|+0000|UTC|UTC|12/22/2027|12:30 AM|12:30:00 AM|December 22, 2027|December 22, 2027 12:30 AM|Wednesday, December 22, 2027 12:30 AM|12/22/2027|Dec 22, 2027|Dec 22, 2027 12:30 AM|Wed, Dec 22, 2027 12:30 AM",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Asia/Tokyo",
                "2026-07-04 22:11:12 +09:00 +0900 JST JST 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Asia/Tokyo",
                "2026-01-02 12:04:05 +09:00 +0900 JST JST",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "America/New_York",
                "2026-07-04 09:11:12 -04:00 -0400 EDT EDT 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "America/New_York",
                "2026-01-01 22:04:05 -05:00 -0500 EST EST",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "europe/london",
                "2026-07-04 14:11:12 +01:00 +0100 BST BST 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "europe/london",
                "2026-01-02 03:04:05 +00:00 +0000 GMT GMT",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Australia/Lord_Howe",
                "2026-07-04 23:41:12 +10:30 +1030 +1030 +1030 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Australia/Lord_Howe",
                "2026-01-02 14:04:05 +11:00 +1100 +11 +11",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "America_St_Johns",
                "2026-07-04 10:41:12 -02:30 -0230 NDT NDT 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "America_St_Johns",
                "2026-01-01 23:34:05 -03:30 -0330 NST NST",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Asia/Kathmandu",
                "2026-07-04 18:56:12 +05:45 +0545 +0545 +0545 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Asia/Kathmandu",
                "2026-01-02 08:49:05 +05:45 +0545 +0545 +0545",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Etc/GMT+12",
                "2026-07-04 01:11:12 -12:00 -1200 -12 -12 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Etc/GMT+12",
                "2026-01-01 15:04:05 -12:00 -1200 -12 -12",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "US/Pacific",
                "2026-07-04 06:11:12 -07:00 -0700 PDT PDT 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "US/Pacific",
                "2026-01-01 19:04:05 -08:00 -0800 PST PST",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "GMT",
                "2026-07-04 13:11:12 +00:00 +0000 GMT GMT 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "GMT",
                "2026-01-02 03:04:05 +00:00 +0000 GMT GMT",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "EST",
                "2026-07-04 08:11:12 -05:00 -0500 EST EST 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "EST",
                "2026-01-01 22:04:05 -05:00 -0500 EST EST",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Pacific/Kiritimati",
                "2026-07-05 03:11:12 +14:00 +1400 +14 +14 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Pacific/Kiritimati",
                "2026-01-02 17:04:05 +14:00 +1400 +14 +14",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "Nowhere/Land",
                "2026-07-04 13:11:12 +00:00 +0000   1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "Nowhere/Land",
                "2026-01-02 03:04:05 +00:00 +0000  ",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "CET",
                "2026-07-04 15:11:12 +02:00 +0200 CEST CEST 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "CET",
                "2026-01-02 04:04:05 +01:00 +0100 CET CET",
            ),
            (
                "2026-07-04T13:11:12.013Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz x",
                "America/Sao_Paulo",
                "2026-07-04 10:11:12 -03:00 -0300 -03 -03 1783170672013",
            ),
            (
                "2026-01-02T03:04:05.678Z",
                "YYYY-MM-DD HH:mm:ss Z ZZ z zz",
                "America/Sao_Paulo",
                "2026-01-02 00:04:05 -03:00 -0300 -03 -03",
            ),
            ("2026-01-02T03:04:05.678Z", "", "UTC", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.678Z", "[escaped] YYYY", "UTC", "escaped 2026"),
            ("2026-01-02T03:04:05.678Z", "[a [b] YYYY", "UTC", "[am b 2026"),
            ("2026-01-02T03:04:05.678Z", "[a] b]", "UTC", "a] b"),
            ("2026-01-02T03:04:05.678Z", "[YYYY", "UTC", "[2026"),
            ("2026-01-02T03:04:05.678Z", "YYYY]", "UTC", "2026]"),
            ("2026-01-02T03:04:05.678Z", "\\YYYY", "UTC", "YYYY"),
            ("2026-01-02T03:04:05.678Z", "\\[YYYY]", "UTC", "[2026]"),
            ("2026-01-02T03:04:05.678Z", "\\\\Y", "UTC", "2026"),
            ("2026-01-02T03:04:05.678Z", "\\", "UTC", ""),
            ("2026-01-02T03:04:05.678Z", "YYYYMMDD-HHmmss", "UTC", "20260102-030405"),
            (
                "2026-01-02T03:04:05.678Z",
                "dddd, MMMM Do YYYY, h:mm:ss a",
                "UTC",
                "Friday, January 2nd 2026, 3:04:05 am",
            ),
            ("2026-01-02T03:04:05.678Z", "w|", "UTC", "w|"),
            ("2026-01-02T03:04:05.678Z", "W|x", "UTC", "W|1767323045678"),
            ("2026-01-02T03:04:05.678Z", "YYY", "UTC", "262026"),
            ("2026-01-02T03:04:05.678Z", "ggg", "UTC", "26g"),
            ("2026-01-02T03:04:05.678Z", "g", "UTC", "g"),
            ("2026-01-02T03:04:05.678Z", "é YYYY ü", "UTC", "é 2026 ü"),
            ("2026-01-02T03:04:05.678Z", "YYYY\nMM", "UTC", "202601"),
            ("2026-01-02T03:04:05.678Z", "\r\nD", "UTC", "2"),
            ("2026-01-02T03:04:05.678Z", "[\n]", "UTC", "\n"),
            ("2026-01-02T03:04:05.678Z", "[LT] LT", "UTC", "LT 3:04 AM"),
            ("2026-01-02T03:04:05.678Z", "\\LT", "UTC", "LT"),
            ("2026-01-02T03:04:05.678Z", "[]", "UTC", ""),
            ("2026-01-02T03:04:05.678Z", "T", "UTC", "T"),
            ("2026-01-02T03:04:05.678Z", "nightly", "UTC", "nig3t1/2/20262026"),
            ("2026-01-02T03:04:05.678Z", "YYYY[-]MM", "UTC", "2026-01"),
            ("2026-01-02T03:04:05.678Z", "SSSSSSSSSS", "UTC", "6780000006"),
            ("2026-01-02T03:04:05.678Z", "lllll", "UTC", "Fri, Jan 2, 2026 3:04 AM1/2/2026"),
            (
                "2026-01-02T03:04:05.678Z",
                "LLLLL",
                "UTC",
                "Friday, January 2, 2026 3:04 AM01/02/2026",
            ),
            ("2026-01-02T03:04:05.678Z", "QQ", "UTC", "11"),
            ("2026-01-02T03:04:05.678Z", "NNNNNN", "UTC", "ADAD"),
            ("2026-01-02T03:04:05.678Z", "aA", "UTC", "amAM"),
            ("2026-01-02T03:04:05.678Z", "DDDDD", "UTC", "0022"),
            ("2026-01-02T03:04:05.678Z", "Mon", "UTC", "1stn"),
            ("2026-01-02T03:04:05.678Z", "[Mon]", "UTC", "Mon"),
            ("2026-01-02T03:04:05.678Z", "today", "UTC", "to5am2026"),
            ("2026-01-02T03:04:05.678Z", "YYYYMMDDTHHmmss[Z]", "UTC", "20260102T030405Z"),
            ("2026-01-02T03:04:05.678Z", "[x]Y[y]", "UTC", "x2026y"),
            ("2026-07-04T13:11:12.013Z", "", "Europe/Paris", "2026-07-04T15:11:12+02:00"),
            ("2026-01-02T03:04:05.678Z", "", "Europe/London", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.678Z", "", "Nowhere", "2026-01-02T03:04:05+00:00"),
            ("2026-03-29T00:59:59Z", "HH:mm z Z", "Europe/Paris", "01:59 CET +01:00"),
            ("2026-03-29T01:00:00Z", "HH:mm z Z", "Europe/Paris", "03:00 CEST +02:00"),
            ("2026-10-25T00:59:59Z", "HH:mm z Z", "Europe/Paris", "02:59 CEST +02:00"),
            ("2026-10-25T01:00:00Z", "HH:mm z Z", "Europe/Paris", "02:00 CET +01:00"),
        ] {
            let found = format(at.parse().ok(), given, zone).unwrap().text;
            if found != expected {
                wrong.push(format!("{at} {given:?} {zone}: {found:?} instead of {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_is_no_date_or_zone_is_told() {
        assert_eq!(format(None, "YYYY", "UTC").unwrap().text, INVALID);
        assert_eq!(format(parse("2026-01-02T03:04:05+02:00"), "HH", "UTC").unwrap().text, "01");
        assert_eq!(format(parse("1970-01-01T00:00:00Z"), "x", ""), None);
        let unknown = format(parse("1970-01-01T00:00:00Z"), "YYYY", "Mars").unwrap();
        assert_eq!(unknown.unknown_zone.as_deref(), Some("Mars"));
        assert_eq!(parse("yesterday"), None);
    }
}

//! What to do about a message, from what was found. No clock, no network.

use std::fmt;
use std::time::Duration;

use super::mark::{Mark, Wanted};
use super::order::{ended, stays};
use crate::status::Status;

/// How long what one run began is carried on by another.
const CARRIED_ON: Duration = Duration::from_hours(24);

/// A message of our own app that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// When it was posted, which is its name: seconds and microseconds, as in `1712345678.000100`.
    pub ts: String,
    /// What it says of itself.
    pub mark: Mark,
}

/// What to do about the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Post it.
    Post(Why),
    /// Update the one of this `ts`.
    Update(String, Why),
    /// Leave the one of this `ts` as it is.
    Keep(String, Why),
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is none of this key.
    None,
    /// The last one is of another run, and this is a beginning or a story of its own.
    AnotherRun,
    /// The last one is of another run and has ended.
    Ended,
    /// It is of this run.
    ThisRun,
    /// It is of this run and says more already.
    Stronger,
    /// Another run began it, and nobody ended it.
    CarriedOn,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "the channel has none of this key",
            Self::AnotherRun => "the last one of this key belongs to another run",
            Self::Ended => "the last one of this key is done",
            Self::ThisRun => "it is of this run",
            Self::Stronger => "it is of this run and tells of an end that counts more",
            Self::CarriedOn => "another run began it, and it is not done",
        })
    }
}

/// What to do about the line in the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Write it.
    Write,
    /// It is there, with this `ts`.
    There(String),
}

/// Decides about the message. `now` is the time since 1970; `found` may come in any order and hold
/// messages of other keys.
pub fn decide(found: &[Found], wanted: &Wanted, now: Duration) -> Move {
    let mut ours: Vec<&Found> = found
        .iter()
        .filter(|one| one.mark.id == wanted.key.id() && one.mark.line.is_empty())
        .collect();
    ours.sort_by_key(|one| time(&one.ts));
    let of_run: Vec<&Found> = ours.iter().copied().filter(|one| this_run(one, wanted)).collect();
    if let Some(one) = staying(&of_run) {
        return if stays(one.mark.said(), wanted.said()) {
            Move::Keep(one.ts.clone(), Why::Stronger)
        } else {
            Move::Update(one.ts.clone(), Why::ThisRun)
        };
    }
    let Some(last) = ours.last() else { return Move::Post(Why::None) };
    let begun = matches!(last.mark.status, Status::Started | Status::Waiting);
    let recent = now.saturating_sub(Duration::from_micros(time(&last.ts))) <= CARRIED_ON;
    match (ended(last.mark.status), begun && recent && wanted.status != Status::Started) {
        (true, _) => Move::Post(Why::Ended),
        (false, true) => Move::Update(last.ts.clone(), Why::CarriedOn),
        (false, false) => Move::Post(Why::AnotherRun),
    }
}

/// Whether a message is of the run of `wanted`. Outside a workflow nothing tells one run from the next
/// but that the last one is done.
fn this_run(one: &Found, wanted: &Wanted) -> bool {
    one.mark.run == wanted.run.id && !(wanted.run.id.is_empty() && ended(one.mark.status))
}

/// The message that stays, of those of one run in order of time: the oldest. All younger ones are one too
/// many, of jobs that did not see each other when they posted. Only where a message could no longer be
/// changed another one goes on from it.
fn staying<'a>(run: &[&'a Found]) -> Option<&'a Found> {
    let last = run.iter().rev().find(|one| !one.mark.after.is_empty());
    let after = last.map_or("", |one| one.mark.after.as_str());
    run.iter().find(|one| one.mark.after == after).copied()
}

/// Messages of the same key and run that are one too many beside the one of this `ts`, which stays.
pub(super) fn twins(found: &[Found], wanted: &Wanted, ts: &str) -> Vec<Found> {
    let younger = |one: &&Found| time(&one.ts) > time(ts) && this_run(one, wanted);
    fresh(found, &[], wanted).filter(younger).cloned().collect()
}

/// Decides about the line in the thread, from the lines that are there.
pub fn entry(lines: &[Found], wanted: &Wanted) -> Entry {
    let line = wanted.line();
    match lines.iter().find(|one| one.mark.line == line) {
        Some(one) => Entry::There(one.ts.clone()),
        None => Entry::Write,
    }
}

/// Of messages of the same key and run that were not `known` as such before ours, of this `ts`, was posted,
/// the one that stays; `after` is [`Mark::after`] of ours.
pub(super) fn rival<'a>(
    found: &'a [Found],
    known: &[Found],
    wanted: &Wanted,
    ts: &str,
    after: &str,
) -> Option<&'a Found> {
    let older = |one: &&Found| time(&one.ts) < time(ts) && one.mark.after == after;
    fresh(found, known, wanted).filter(older).min_by_key(|one| time(&one.ts))
}

/// Messages of the same key and run that were not there before, or not of this run.
pub(super) fn fresh<'a>(
    found: &'a [Found],
    known: &[Found],
    wanted: &Wanted,
) -> impl Iterator<Item = &'a Found> {
    found.iter().filter(move |one| {
        one.mark.id == wanted.key.id()
            && one.mark.run == wanted.run.id
            && one.mark.line.is_empty()
            && known.iter().all(|before| before.ts != one.ts || before.mark.run != one.mark.run)
    })
}

/// Microseconds since 1970; 0 where `ts` is none.
pub(super) fn time(ts: &str) -> u64 {
    let (seconds, micros) = ts.split_once('.').unwrap_or((ts, ""));
    let micros = format!("{micros:0<6}");
    seconds
        .parse::<u64>()
        .ok()
        .and_then(|seconds| {
            seconds.checked_mul(1_000_000)?.checked_add(micros.get(..6)?.parse().ok()?)
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::mark::{Key, Run};
    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_100_001);

    fn wanted(run: &str, status: Status) -> Wanted {
        let run = Run { id: run.into(), attempt: 1, ..Run::default() };
        Wanted { key: Key::parse("deploy").unwrap(), run, status, words: String::new() }
    }

    /// A message some seconds old.
    fn found(age: u64, key: &str, run: &str, status: Status) -> Found {
        let ts = format!("{}.000100", NOW.as_secs() - age);
        let mark = Mark {
            id: Key::parse(key).unwrap().id().to_owned(),
            run: run.into(),
            attempt: 1,
            status,
            ..Mark::default()
        };
        Found { ts, mark }
    }

    #[test]
    fn the_table() {
        use Status::{Cancelled, Failure, Neutral, Skipped, Started, Success, Waiting};
        const DAY: u64 = 24 * 3600;
        // What is there (age, key, run, status), what is wanted (run, status), age of the one to update, why.
        type Row = (
            &'static [(u64, &'static str, &'static str, Status)],
            (&'static str, Status),
            Option<u64>,
            Why,
        );
        let rows: &[Row] = &[
            (&[], ("1", Started), None, Why::None),
            (&[(9, "other", "1", Started)], ("1", Success), None, Why::None),
            (&[(9, "deploy", "1", Started)], ("1", Success), Some(9), Why::ThisRun),
            (&[(9, "deploy", "1", Started)], ("1", Started), Some(9), Why::ThisRun),
            (&[(9, "deploy", "1", Failure)], ("1", Started), Some(9), Why::Stronger),
            (&[(9, "deploy", "1", Success)], ("1", Success), Some(9), Why::ThisRun),
            (&[(9, "deploy", "1", Success)], ("1", Neutral), Some(9), Why::Stronger),
            (&[(9, "deploy", "1", Success)], ("1", Failure), Some(9), Why::ThisRun),
            (&[(9, "deploy", "1", Failure)], ("1", Success), Some(9), Why::Stronger),
            (&[(3 * DAY, "deploy", "1", Started)], ("1", Success), Some(3 * DAY), Why::ThisRun),
            (
                &[(5, "deploy", "2", Started), (9, "deploy", "1", Started)],
                ("1", Success),
                Some(9),
                Why::ThisRun,
            ),
            // Of several of one run the oldest stays.
            (
                &[(5, "deploy", "1", Started), (99, "deploy", "1", Success)],
                ("1", Failure),
                Some(99),
                Why::ThisRun,
            ),
            (
                &[(99, "deploy", "1", Failure), (5, "deploy", "1", Started)],
                ("1", Success),
                Some(99),
                Why::Stronger,
            ),
            (&[(9, "deploy", "1", Success)], ("2", Started), None, Why::Ended),
            (&[(9, "deploy", "1", Skipped)], ("2", Success), None, Why::Ended),
            (&[(9, "deploy", "1", Cancelled)], ("2", Neutral), None, Why::Ended),
            (&[(9, "deploy", "1", Started)], ("2", Started), None, Why::AnotherRun),
            (&[(9, "deploy", "1", Neutral)], ("2", Neutral), None, Why::AnotherRun),
            (&[(9, "deploy", "1", Started)], ("2", Success), Some(9), Why::CarriedOn),
            (&[(9, "deploy", "1", Waiting)], ("2", Failure), Some(9), Why::CarriedOn),
            (&[(9, "deploy", "1", Started)], ("2", Waiting), Some(9), Why::CarriedOn),
            (&[(DAY + 9, "deploy", "1", Started)], ("2", Success), None, Why::AnotherRun),
            (
                &[(5, "deploy", "1", Failure), (9, "deploy", "0", Started)],
                ("2", Success),
                None,
                Why::Ended,
            ),
            (&[(9, "deploy", "", Started)], ("", Success), Some(9), Why::ThisRun),
            (&[(9, "deploy", "", Success)], ("", Success), None, Why::Ended),
        ];
        for (there, (run, status), age, why) in rows {
            let there: Vec<_> = there
                .iter()
                .map(|(age, key, run, status)| found(*age, key, run, *status))
                .collect();
            let expected = match age {
                Some(age) => {
                    let ts = format!("{}.000100", NOW.as_secs() - age);
                    let keep = *why == Why::Stronger;
                    if keep { Move::Keep(ts, *why) } else { Move::Update(ts, *why) }
                }
                None => Move::Post(*why),
            };
            assert_eq!(
                decide(&there, &wanted(run, *status), NOW),
                expected,
                "{there:?} {run} {status}"
            );
        }
    }

    #[test]
    fn a_line_of_a_thread_is_no_message_and_is_written_once() {
        let wanted = wanted("1", Status::Started);
        let mut line = found(9, "deploy", "1", Status::Started);
        line.mark.line = wanted.line();
        assert_eq!(decide(std::slice::from_ref(&line), &wanted, NOW), Move::Post(Why::None));
        assert_eq!(entry(std::slice::from_ref(&line), &wanted), Entry::There(line.ts.clone()));
        line.mark.line = "another".into();
        assert_eq!(entry(&[line], &wanted), Entry::Write);
    }

    #[test]
    fn of_two_at_the_same_moment_the_older_stays() {
        let wanted = wanted("1", Status::Started);
        let [old, first, second, late] =
            [90, 9, 8, 2].map(|age| found(age, "deploy", "1", Status::Started));
        let all = [
            late.clone(),
            second.clone(),
            first.clone(),
            old.clone(),
            found(20, "deploy", "2", Status::Started),
        ];
        let known = [old];
        assert_eq!(rival(&all, &known, &wanted, &late.ts, ""), Some(&first));
        assert_eq!(rival(&all, &known, &wanted, &second.ts, ""), Some(&first));
        assert_eq!(rival(&all, &known, &wanted, &first.ts, ""), None);
    }

    #[test]
    fn times_compare_as_numbers() {
        assert!(time("1700000000.000100") < time("1700000000.000200"));
        assert!(time("999999999.9") < time("1700000000.0"));
        assert_eq!(time("1.5"), 1_500_000);
        for odd in ["", "x", "1.x", "99999999999999999999.1", "1.😀😀"] {
            assert_eq!(time(odd), 0, "{odd}");
        }
    }
}

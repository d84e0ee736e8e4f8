//! What became of each target, and the attempts that tell it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::attempt::{Attempt, Certificate, Fault};
use crate::reason::Reason;

/// The most attempts that are kept of a target.
const MOST: usize = 1000;
/// The most attempts that are kept of all targets together.
const MOST_OF_ALL: usize = 10_000;
/// The most columns of a [`Trace`]; an even number.
const COLUMNS: usize = 40;

/// What a target is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did what was asked of it.
    Healthy,
    /// It did not, or not within the deadline.
    Unhealthy,
    /// The run was told to end before it was known.
    Interrupted,
}

impl Verdict {
    /// Its word, as reports have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What became of one target.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What its user calls it; without a name as `shown`.
    pub name: String,
    /// The target itself, without password.
    pub shown: String,
    /// Its kind, such as `http` or `postgres`.
    pub kind: &'static str,
    /// What it is found to be.
    pub verdict: Verdict,
    /// Why it is not healthy: of its last attempt that failed; `None` when it is healthy, or nothing
    /// failed.
    pub reason: Option<Reason>,
    /// Why the verdict is what it is, in words: one line, lowercase.
    pub words: String,
    /// Its attempts.
    pub attempts: Attempts,
    /// From the start of the run to the verdict.
    pub elapsed: Duration,
    /// From the start of the run to the end of the first of the successes that made it healthy.
    pub time_to_healthy: Option<Duration>,
}

impl Outcome {
    /// Whether it is healthy.
    pub fn is_healthy(&self) -> bool {
        self.verdict == Verdict::Healthy
    }

    /// What to look at, also in a run with `invert`. There is none when all that failed is a look that
    /// a signal cut short.
    pub fn hint(&self, invert: bool) -> Option<&'static str> {
        let last = self.attempts.last();
        let is_cut = self.attempts.failed() == 1 && last.is_some_and(|last| last.cut);
        let tells = self.verdict != Verdict::Interrupted || !is_cut;
        let reason = self.reason.filter(|_| tells && !self.is_healthy())?;
        Some(match reason {
            Reason::StatusMismatch if invert => {
                "look whether the service was stopped, and what else answers at this address"
            }
            reason => reason.hint(),
        })
    }

    /// The status of the last attempt that was not cut short, where it had one.
    pub fn status(&self) -> Option<u16> {
        let whole = self.attempts.kept().rev().find(|attempt| !attempt.cut);
        whole.or(self.attempts.last()).and_then(|last| last.status)
    }

    /// The version that was found last.
    pub fn version(&self) -> Option<&str> {
        self.attempts.newest(|attempt| attempt.version.as_deref())
    }

    /// The certificate that was seen last.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.attempts.newest(|attempt| attempt.certificate.as_ref())
    }

    /// The proxy of the last attempt that went through one.
    pub fn proxy(&self) -> Option<&str> {
        self.attempts.newest(|attempt| attempt.proxy.as_deref())
    }
}

/// The attempts at one target. However long a run is, only so many are kept whole, from its beginning and
/// its end; all are counted, and all are in the [`Trace`].
#[derive(Clone, Debug)]
pub struct Attempts {
    first: Vec<Attempt>,
    last: VecDeque<Attempt>,
    most_first: usize,
    most_last: usize,
    total: u64,
    successes: u64,
    relapses: u64,
    requests: u64,
    slowest: Duration,
    last_fault: Option<Fault>,
    trace: Trace,
}

impl Default for Attempts {
    fn default() -> Self {
        Self::keeping(MOST)
    }
}

impl Attempts {
    /// No looks yet, of a run with so many targets: what they keep together has a bound.
    pub fn among(targets: usize) -> Self {
        Self::keeping((MOST_OF_ALL / targets.max(1)).clamp(10, MOST))
    }

    /// No looks yet; of those to come so many are kept, at least two.
    pub fn keeping(most: usize) -> Self {
        let most_first = (most / 10).max(1);
        Self {
            first: Vec::new(),
            last: VecDeque::new(),
            most_first,
            most_last: most.saturating_sub(most_first).max(1),
            total: 0,
            successes: 0,
            relapses: 0,
            requests: 0,
            slowest: Duration::ZERO,
            last_fault: None,
            trace: Trace::default(),
        }
    }

    /// Adds the next one.
    pub fn push(&mut self, attempt: Attempt) {
        self.total += 1;
        self.requests = self.requests.saturating_add(attempt.requests.into());
        if let Some(fault) = &attempt.fault {
            self.relapses += u64::from(self.last().is_some_and(Attempt::is_success));
            self.last_fault = Some(fault.clone());
        } else {
            self.successes += 1;
            self.slowest = self.slowest.max(attempt.timings.total);
        }
        self.trace.push(attempt.timings.total, attempt.is_success());
        if self.first.len() < self.most_first {
            self.first.push(attempt);
            return;
        }
        if self.last.len() == self.most_last {
            self.last.pop_front();
        }
        self.last.push_back(attempt);
    }

    /// Those that are kept, the oldest first. Their numbers show where some are left out.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.first.iter().chain(&self.last)
    }

    /// The newest.
    pub fn last(&self) -> Option<&Attempt> {
        self.last.back().or(self.first.last())
    }

    /// What the newest look that knows it says.
    pub fn newest<'a, T: 'a>(&'a self, of: impl Fn(&'a Attempt) -> Option<T>) -> Option<T> {
        self.kept().rev().find_map(of)
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many of them were as expected.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// How many of them failed.
    pub fn failed(&self) -> u64 {
        self.total - self.successes
    }

    /// How often a failure came right after a success.
    pub fn relapses(&self) -> u64 {
        self.relapses
    }

    /// How many requests all of them sent.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How many are not kept; they follow the first ones.
    pub fn left_out(&self) -> u64 {
        let kept = self.first.len() + self.last.len();
        self.total - u64::try_from(kept).unwrap_or(self.total)
    }

    /// Why the last one that failed did.
    pub fn last_fault(&self) -> Option<&Fault> {
        self.last_fault.as_ref()
    }

    /// How long half of the kept successes took at most; `None` when there is none.
    pub fn median(&self) -> Option<Duration> {
        let successes = self.kept().filter(|attempt| attempt.is_success());
        let mut times: Vec<_> = successes.map(|attempt| attempt.timings.total).collect();
        times.sort_unstable();
        times.get(times.len().saturating_sub(1) / 2).copied()
    }

    /// How long the slowest success of all took; `None` when there is none.
    pub fn slowest(&self) -> Option<Duration> {
        (self.successes > 0).then_some(self.slowest)
    }

    /// All of them, drawn together.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl FromIterator<Attempt> for Attempts {
    fn from_iter<I: IntoIterator<Item = Attempt>>(attempts: I) -> Self {
        let mut all = Self::default();
        attempts.into_iter().for_each(|attempt| all.push(attempt));
        all
    }
}

/// The course of all attempts in at most forty columns. Each stands for as many attempts as the
/// others, but for the last, which may stand for fewer.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    columns: Vec<Column>,
    /// As power of two.
    each: u32,
}

/// Some attempts in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// How many succeeded.
    pub good: u64,
    /// How many failed.
    pub failed: u64,
    /// How long the slowest success took.
    pub slowest: Duration,
}

impl Trace {
    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many attempts a column stands for.
    pub fn each(&self) -> u64 {
        1_u64.checked_shl(self.each).unwrap_or(u64::MAX)
    }

    fn push(&mut self, took: Duration, is_success: bool) {
        let each = self.each();
        if self.columns.last().is_none_or(|last| last.good + last.failed >= each) {
            if self.columns.len() == COLUMNS {
                self.halve();
            }
            // Halving may have left the last column of both halves full.
            if self.columns.last().is_none_or(|last| last.good + last.failed >= self.each()) {
                self.columns.push(Column::default());
            }
        }
        if let Some(last) = self.columns.last_mut() {
            if is_success {
                last.good += 1;
                last.slowest = last.slowest.max(took);
            } else {
                last.failed += 1;
            }
        }
    }

    fn halve(&mut self) {
        let merged = self.columns.chunks(2).map(|pair| {
            pair.iter().fold(Column::default(), |sum, one| Column {
                good: sum.good + one.good,
                failed: sum.failed + one.failed,
                slowest: sum.slowest.max(one.slowest),
            })
        });
        self.columns = merged.collect();
        self.each += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Timings;
    use crate::reason::Reason;

    fn attempt(number: u64, failed: bool) -> Attempt {
        let took = Duration::from_millis(number);
        Attempt {
            number,
            started: Duration::from_millis(number * 100),
            ended: Duration::from_millis(number * 100) + took,
            timings: Timings { total: took, ..Timings::default() },
            address: None,
            proxy: None,
            requests: 1,
            status: Some(200),
            version: None,
            certificate: None,
            note: None,
            fault: failed.then(|| Fault::new(Reason::Reset, format!("fault {number}"))),
            cut: false,
        }
    }

    #[test]
    fn a_long_run_keeps_both_ends_and_counts_all() {
        let mut all = Attempts::keeping(8);
        (1..=100).for_each(|number| all.push(attempt(number, number % 10 == 0)));
        let numbers: Vec<_> = all.kept().map(|one| one.number).collect();
        assert_eq!(numbers, [1, 94, 95, 96, 97, 98, 99, 100]);
        assert_eq!((all.total(), all.successes(), all.failed()), (100, 90, 10));
        assert_eq!((all.relapses(), all.requests(), all.left_out()), (10, 100, 92));
        assert_eq!(all.last_fault().unwrap().detail, "fault 100");
        assert_eq!(all.slowest(), Some(Duration::from_millis(99)));
        assert_eq!(all.median(), Some(Duration::from_millis(96)));
        assert_eq!(all.last().unwrap().number, 100);
    }

    #[test]
    fn nothing_yet_is_nothing() {
        let all = Attempts::among(0);
        assert!(all.last().is_none() && all.last_fault().is_none());
        assert_eq!((all.median(), all.slowest(), all.left_out()), (None, None, 0));
        assert!(all.trace().columns().is_empty());
    }

    #[test]
    fn failures_have_no_latency() {
        let all: Attempts = [attempt(1, true)].into_iter().collect();
        assert_eq!((all.median(), all.slowest()), (None, None));
    }

    #[test]
    fn many_targets_keep_less_each() {
        let size = |targets| {
            let mut all = Attempts::among(targets);
            (1..=2000).for_each(|number| all.push(attempt(number, false)));
            all.kept().count()
        };
        assert_eq!([1, 20, 200, 1000].map(size), [1000, 500, 50, 10]);
    }

    #[test]
    fn the_trace_loses_no_look_and_stays_narrow() {
        let mut all = Attempts::keeping(2);
        for number in 1..=10_000_u64 {
            all.push(attempt(number, number == 777));
            let trace = all.trace();
            let count: u64 = trace.columns().iter().map(|one| one.good + one.failed).sum();
            assert_eq!(count, number);
            assert!(trace.columns().len() <= COLUMNS);
            let (last, full) = trace.columns().split_last().unwrap();
            assert!(full.iter().all(|one| one.good + one.failed == trace.each()));
            assert!(last.good + last.failed <= trace.each());
        }
        let columns = all.trace().columns();
        assert!(columns.len() >= COLUMNS / 2);
        assert_eq!(columns.iter().map(|one| one.failed).sum::<u64>(), 1);
        assert_eq!(columns.last().unwrap().slowest, Duration::from_secs(10));
    }
}

//! The verdict: a pure function of the looks that were made, and of the time.
//!
//! [`next`] says what comes after a history: one more look, or the verdict. It sees no clock and no
//! network, and chance only as a number; a run keeps the [`Standing`] that [`next`] folds a history
//! into, so that a day of looks takes no more memory than one.

mod invert;
mod policy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tables;
mod words;

use std::time::Duration;

pub use invert::invert;
pub use policy::{Backoff, Mode, Policy, PolicyError, SLACK, Wanted};

use crate::attempt::Attempt;
use crate::reason::Reason;

/// A look that would have less time than this is not started.
pub const SHORTEST_LOOK: Duration = Duration::from_millis(5);

/// How long before the deadline the last look begins when the pause would lead past it.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// The last look may come so many times sooner than the interval has it; else a long interval would
/// leave much of the time unused.
const HURRY: u32 = 5;

/// What the judge knows of one look. Times count from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it ended.
    pub ended: Duration,
    /// Why it failed, and whether waiting does not mend that; `None` is a success.
    pub fault: Option<(Reason, bool)>,
    /// Whether the total deadline took it before its own time was up, or this machine stood still
    /// meanwhile: that says nothing about the target.
    pub cut: bool,
}

impl From<&Attempt> for Seen {
    fn from(attempt: &Attempt) -> Self {
        Self {
            ended: attempt.ended,
            fault: attempt.fault.as_ref().map(|fault| (fault.reason, fault.is_final)),
            cut: attempt.cut,
        }
    }
}

/// What comes after a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// One more look.
    Look {
        /// When, counted from the start of the run; never before now.
        at: Duration,
    },
    /// The verdict is yes.
    Healthy {
        /// When the successes that count began.
        since: Duration,
    },
    /// The verdict is no.
    Unhealthy {
        /// Why.
        why: Why,
    },
}

/// What made an end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one look that was to be made failed.
    Once,
    /// As many failures as were allowed.
    Failures,
    /// A fault that waiting does not mend.
    Final,
    /// The total deadline.
    Deadline,
    /// A signal, or another target.
    Interrupted,
}

/// Why a target is not healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What made an end of it.
    pub end: End,
    /// The reason of the last failure that the deadline did not cut short, else of the one it did;
    /// when nothing failed, [`Reason::ResponseTimeout`].
    pub reason: Reason,
    /// Whether a look failed at all.
    pub failed: bool,
    /// What ended it and how far it got: `not healthy within the deadline of 2m; 2 of 3 successes in a row`.
    pub words: String,
}

/// Successes in a row, without a gap in which nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Streak {
    since: Duration,
    last: Duration,
    count: u64,
}

/// What a history comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    looks: u64,
    failures: u64,
    failures_in_a_row: u64,
    streak: Option<Streak>,
    /// Time between looks, gaps left out.
    observed: Duration,
    last_ended: Duration,
    /// Of the last failure that was not cut short.
    reason: Option<Reason>,
    /// Of the last look, if it was cut short.
    cut: Option<Reason>,
    /// Whether nobody looked for a while before the last look, which was cut short.
    gap: bool,
    ends: bool,
}

impl Standing {
    /// Adds a look.
    pub fn add(&mut self, seen: &Seen, policy: &Policy) {
        let between = seen.ended.saturating_sub(self.last_ended);
        // Longer than planned means that nobody looked: the machine slept, or was starved.
        let limit = policy.pause(self.failures_in_a_row) + policy.request_timeout + SLACK;
        let is_watched = self.looks > 0 && between <= limit;
        let goes_on = is_watched && !self.gap;
        if is_watched {
            self.observed += between;
        }
        self.looks += 1;
        self.last_ended = self.last_ended.max(seen.ended);
        match seen.fault {
            Some((reason, _)) if seen.cut => {
                self.cut = Some(reason);
                self.gap = !goes_on;
                return;
            }
            Some((reason, is_final)) => {
                self.failures += 1;
                self.failures_in_a_row += 1;
                self.streak = None;
                self.reason = Some(reason);
                self.ends |= policy.ends_at(reason, is_final);
            }
            None => {
                self.failures_in_a_row = 0;
                self.streak = match self.streak {
                    Some(streak) if goes_on => {
                        Some(Streak { last: self.last_ended, count: streak.count + 1, ..streak })
                    }
                    _ => Some(Streak { since: self.last_ended, last: self.last_ended, count: 1 }),
                };
            }
        }
        self.cut = None;
        self.gap = false;
    }

    /// What comes next. `dice`, from 0 to 1, is the chance that shortens the pause.
    pub fn next(&self, policy: &Policy, now: Duration, dice: f64) -> Next {
        if let Some(since) = self.healthy_since(policy) {
            return Next::Healthy { since };
        }
        if self.ends {
            return self.unhealthy(policy, End::Final);
        }
        if policy.mode == Mode::Once && self.looks > 0 && self.cut.is_none() {
            return self.unhealthy(policy, End::Once);
        }
        let failures = match policy.mode {
            Mode::Watch => self.failures,
            Mode::Wait | Mode::Once => self.failures_in_a_row,
        };
        if policy.failure_threshold.is_some_and(|most| failures >= most) {
            return self.unhealthy(policy, End::Failures);
        }
        let planned = self.planned(policy, dice).max(now);
        if planned + SHORTEST_LOOK <= policy.timeout {
            return Next::Look { at: planned };
        }
        // What is left of the time is worth one look more, shortly before its end.
        let left = policy.timeout.saturating_sub(now);
        let room = policy.request_timeout.min(LAST_LOOK).min(left / 4);
        let last = policy.timeout.saturating_sub(room);
        // Successes are counted an interval apart; where one is enough, it may come sooner.
        let is_enough = policy.success_threshold == 1 && policy.stable_for.is_zero();
        let pause = if is_enough { policy.interval / HURRY } else { policy.interval };
        let soonest = self.last_ended + pause;
        if self.looks > 0 && room >= SHORTEST_LOOK && last >= soonest {
            return Next::Look { at: last };
        }
        self.unhealthy(policy, End::Deadline)
    }

    /// The end that comes from outside, `by` something such as `interrupted by SIGTERM`.
    pub fn interrupted(&self, policy: &Policy, by: &str) -> Why {
        let mut why = self.why(policy, End::Interrupted);
        why.words = words::joined(&[by.to_owned(), why.words]);
        why
    }

    /// When the successes began, if they are enough.
    fn healthy_since(&self, policy: &Policy) -> Option<Duration> {
        let streak = self.streak.filter(|_| self.failures_in_a_row == 0 && self.cut.is_none())?;
        let lasts = match policy.mode {
            Mode::Wait => streak.last.saturating_sub(streak.since) >= policy.stable_for,
            Mode::Watch => self.observed >= policy.bake_time,
            Mode::Once => true,
        };
        (lasts && !self.ends && streak.count >= policy.success_threshold).then_some(streak.since)
    }

    /// When the next look is to be.
    fn planned(&self, policy: &Policy, dice: f64) -> Duration {
        if self.looks == 0 {
            return policy.initial_delay;
        }
        let dice = if dice.is_nan() { 0.0 } else { dice.clamp(0.0, 1.0) };
        let shorter = 1.0 - policy.jitter * dice;
        let pause =
            policy.pause(self.failures_in_a_row).mul_f64(shorter).max(policy::SHORTEST_INTERVAL);
        // The look that can complete it comes right when the time is full.
        let left = match (policy.mode, self.streak) {
            (Mode::Wait, Some(streak)) if streak.count + 1 >= policy.success_threshold => {
                (streak.since + policy.stable_for).saturating_sub(self.last_ended)
            }
            (Mode::Watch, _) => policy.bake_time.saturating_sub(self.observed),
            _ => Duration::ZERO,
        };
        self.last_ended + if left.is_zero() { pause } else { pause.min(left) }
    }

    fn unhealthy(&self, policy: &Policy, end: End) -> Next {
        Next::Unhealthy { why: self.why(policy, end) }
    }

    fn why(&self, policy: &Policy, end: End) -> Why {
        let reason = self.reason.or(self.cut);
        Why {
            end,
            reason: reason.unwrap_or(Reason::ResponseTimeout),
            failed: reason.is_some(),
            words: words::of(self, policy, end),
        }
    }
}

/// What comes after a history. `dice`, from 0 to 1, is the chance that shortens a pause.
pub fn next(history: &[Seen], policy: &Policy, now: Duration, dice: f64) -> Next {
    let mut standing = Standing::default();
    for seen in history {
        standing.add(seen, policy);
    }
    standing.next(policy, now, dice)
}

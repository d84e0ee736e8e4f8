//! What it takes to be healthy, checked before anything runs.

use std::time::Duration;

use launchway_base::{Fault, Kind, show_duration};

pub use crate::inputs::{Backoff, Mode};
use crate::reason::Reason;

/// The longest time any input may name: longer than any job of a runner lasts.
const LONGEST: Duration = Duration::from_hours(24 * 35);

/// The shortest pause between two looks; less is a load test.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// The shortest total deadline in which a look has a chance.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);

/// How much later than planned a look may come, beyond its own time, and still continue what was
/// seen before: more means that the machine slept or starved.
pub const SLACK: Duration = Duration::from_secs(1);

/// What was asked for, as given. `None` is not given.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What the run is for.
    pub mode: Mode,
    /// Watch: how long.
    pub bake_time: Option<Duration>,
    /// The total deadline.
    pub timeout: Option<Duration>,
    /// The most one look takes.
    pub request_timeout: Option<Duration>,
    /// The pause between two looks.
    pub interval: Option<Duration>,
    /// How many percent of a pause chance may take away; 10 unless given.
    pub jitter: Option<u8>,
    /// How pauses grow.
    pub backoff: Backoff,
    /// To where they grow.
    pub max_interval: Option<Duration>,
    /// The pause before the first look.
    pub initial_delay: Option<Duration>,
    /// So many successes in a row.
    pub success_threshold: Option<u32>,
    /// So many failures end it: in a row, or in all when watching.
    pub failure_threshold: Option<u32>,
    /// Wait: healthy for so long.
    pub stable_for: Option<Duration>,
    /// Whether faults that waiting does not mend end it.
    pub fail_fast: Option<bool>,
    /// Reasons that never do.
    pub retry_on: Vec<Reason>,
    /// Whether a target that is down is what is wanted.
    pub invert: bool,
}

/// What it takes to be healthy. Complete and free of contradictions; times are spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What the run is for.
    pub mode: Mode,
    /// Watch: how long; else zero.
    pub bake_time: Duration,
    /// The total deadline, from the start.
    pub timeout: Duration,
    /// The most one look takes.
    pub request_timeout: Duration,
    /// The pause between two looks.
    pub interval: Duration,
    /// The part of a pause that chance may take away, 0 to 1.
    pub jitter: f64,
    /// How pauses grow.
    pub backoff: Backoff,
    /// To where they grow; never less than `interval`.
    pub max_interval: Duration,
    /// The pause before the first look.
    pub initial_delay: Duration,
    /// So many successes in a row, at least 1.
    pub success_threshold: u64,
    /// So many failures end it: in a row, or in all when watching. `None` is never.
    pub failure_threshold: Option<u64>,
    /// Wait: healthy for so long.
    pub stable_for: Duration,
    /// Whether faults that waiting does not mend end it.
    pub fail_fast: bool,
    /// Reasons that never do.
    pub retry_on: Vec<Reason>,
    /// Whether a target that is down is what is wanted.
    pub invert: bool,
}

/// Why what was asked for cannot be done, or can never be healthy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// Zero, or close to it.
    #[error("`{input}` is {}, and at least {} is needed", show_duration(*given), show_duration(*least))]
    TooShort {
        /// The input.
        input: &'static str,
        /// What it is.
        given: Duration,
        /// What it would have to be.
        least: Duration,
    },
    /// More than any job lasts.
    #[error("`{input}` is {}, and more than {} is longer than any job lasts", show_duration(*given), show_duration(LONGEST))]
    TooLong {
        /// The input.
        input: &'static str,
        /// What it is.
        given: Duration,
    },
    /// A threshold of nothing.
    #[error("`{0}` is 0, and at least 1 is needed")]
    Zero(&'static str),
    /// The cap is under what it caps.
    #[error("`max-interval` is {}, less than `interval`, {}", show_duration(*max), show_duration(*interval))]
    CapTooLow {
        /// The cap.
        max: Duration,
        /// What it caps.
        interval: Duration,
    },
    /// What must pass takes longer than there is.
    #[error("{what} {}, and `timeout` is {}: it could never be healthy", show_duration(*needed), show_duration(*timeout))]
    NeverInTime {
        /// What needs the time, with its verb.
        what: String,
        /// How long that is.
        needed: Duration,
        /// What there is.
        timeout: Duration,
    },
    /// An input of another mode.
    #[error("`{input}` goes with `mode: {mode}` only")]
    OtherMode {
        /// The input.
        input: &'static str,
        /// Its mode.
        mode: &'static str,
    },
    /// Several looks wanted of the mode that makes one.
    #[error("`{0}` is more than 1, and `mode: once` looks once")]
    OnlyOnce(&'static str),
    /// Watch without saying how long.
    #[error("`mode: watch` needs `bake-time`")]
    NoBakeTime,
}

impl Fault for PolicyError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NeverInTime { .. } => "raise `timeout`, or ask for less".to_owned(),
            Self::NoBakeTime => {
                "name how long it has to stay healthy, such as `bake-time: 5m`".to_owned()
            }
            Self::OtherMode { input, mode } => {
                format!("leave `{input}` out, or set `mode: {mode}`")
            }
            Self::OnlyOnce(_) => "leave it out, or set `mode: wait`".to_owned(),
            _ => return None,
        })
    }
}

impl Policy {
    /// Completes and checks what was asked for.
    pub fn new(wanted: Wanted) -> Result<Self, PolicyError> {
        use PolicyError as E;
        let none = Duration::ZERO;
        let tiny = Duration::from_millis(1);
        let span = |input, given: Option<Duration>, otherwise, least| match given {
            Some(given) if given < least => Err(E::TooShort { input, given, least }),
            Some(given) if given > LONGEST => Err(E::TooLong { input, given }),
            given => Ok(given.unwrap_or(otherwise)),
        };
        let count = |input, given| match given {
            Some(0) => Err(E::Zero(input)),
            given => Ok(given.map(u64::from)),
        };
        let mode = wanted.mode;
        let bake_time = span("bake-time", wanted.bake_time, none, tiny)?;
        match (mode, wanted.bake_time) {
            (Mode::Watch, None) => return Err(E::NoBakeTime),
            (Mode::Wait | Mode::Once, Some(_)) => {
                return Err(E::OtherMode { input: "bake-time", mode: "watch" });
            }
            _ => {}
        }
        let stable_for = span("stable-for", wanted.stable_for, none, none)?;
        if mode != Mode::Wait && !stable_for.is_zero() {
            return Err(E::OtherMode { input: "stable-for", mode: "wait" });
        }
        let initial_delay = span("initial-delay", wanted.initial_delay, none, none)?;
        let seconds = Duration::from_secs;
        let request_timeout = span("request-timeout", wanted.request_timeout, seconds(5), tiny)?;
        let interval = span("interval", wanted.interval, seconds(1), SHORTEST_INTERVAL)?;
        let max_interval = span("max-interval", wanted.max_interval, seconds(30), tiny)?;
        if wanted.max_interval.is_some() && max_interval < interval {
            return Err(E::CapTooLow { max: max_interval, interval });
        }
        let jitter = f64::from(wanted.jitter.unwrap_or(10).min(100)) / 100.0;
        let success_threshold = count("success-threshold", wanted.success_threshold)?.unwrap_or(1);
        let failure_threshold = count("failure-threshold", wanted.failure_threshold)?
            .or((mode == Mode::Watch).then_some(1));
        if mode == Mode::Once {
            for (input, given) in [
                ("success-threshold", Some(success_threshold)),
                ("failure-threshold", failure_threshold),
            ] {
                if given.is_some_and(|given| given > 1) {
                    return Err(E::OnlyOnce(input));
                }
            }
        }
        // Room for the first and the last look, and for one more after a failure that is allowed.
        let usual = match mode {
            Mode::Watch => initial_delay + bake_time + request_timeout * 2 + interval + SLACK,
            Mode::Wait | Mode::Once => seconds(120),
        };
        let timeout = span("timeout", wanted.timeout, usual, SHORTEST_TIMEOUT)?;
        let policy = Self {
            mode,
            bake_time,
            timeout,
            request_timeout,
            interval,
            jitter,
            backoff: wanted.backoff,
            max_interval: max_interval.max(interval),
            initial_delay,
            success_threshold,
            failure_threshold,
            stable_for,
            fail_fast: wanted.fail_fast.unwrap_or(true),
            retry_on: wanted.retry_on,
            invert: wanted.invert,
        };
        policy.can_pass()?;
        Ok(policy)
    }

    /// Refuses what even a target that is always healthy could not reach.
    fn can_pass(&self) -> Result<(), PolicyError> {
        let pauses = u32::try_from(self.success_threshold - 1).unwrap_or(u32::MAX);
        let looking = self.interval.saturating_mul(pauses);
        let lasts = self.stable_for.max(self.bake_time);
        let (what, needed) = if self.initial_delay >= self.timeout {
            ("`initial-delay` is".to_owned(), self.initial_delay)
        } else if lasts > looking {
            let name = if self.mode == Mode::Watch { "bake-time" } else { "stable-for" };
            let after = if self.initial_delay.is_zero() { "" } else { "`initial-delay` and " };
            let verb = if after.is_empty() { "is" } else { "are" };
            (format!("{after}`{name}` {verb}"), self.initial_delay + lasts)
        } else {
            let count = self.success_threshold;
            (
                format!("{count} successes, `interval` apart, take at least"),
                self.initial_delay.saturating_add(looking),
            )
        };
        if needed >= self.timeout {
            return Err(PolicyError::NeverInTime { what, needed, timeout: self.timeout });
        }
        Ok(())
    }

    /// The pause after so many failures in a row, before chance shortens it.
    pub fn pause(&self, failures: u64) -> Duration {
        match self.backoff {
            Backoff::Constant => self.interval,
            Backoff::Exponential => {
                let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
                let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
                self.interval.saturating_mul(factor).min(self.max_interval)
            }
        }
    }

    /// Whether a fault ends it at once.
    pub fn ends_at(&self, reason: Reason, is_final: bool) -> bool {
        is_final && self.fail_fast && !self.retry_on.contains(&reason)
    }
}

//! One total deadline per command; every request is bounded by what is left of it.

use std::time::{Duration, Instant};

/// A point in time after which nothing new is started.
/// The default is none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadline {
    at: Option<Instant>,
}

impl Deadline {
    /// The deadline `total` from now. A span too long to add means no deadline.
    pub fn after(total: Duration) -> Self {
        Self { at: Instant::now().checked_add(total) }
    }

    /// No deadline at all: only each request's own timeout holds.
    pub const fn none() -> Self {
        Self { at: None }
    }

    /// What is left, `None` without a deadline; zero once it has passed.
    pub fn remaining(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether the time is up.
    pub fn is_over(&self) -> bool {
        self.remaining().is_some_and(|left| left.is_zero())
    }

    /// The shorter of `wanted` and what is left.
    pub fn bound(&self, wanted: Duration) -> Duration {
        self.remaining().map_or(wanted, |left| left.min(wanted))
    }

    /// Whether a wait of `wanted` ends before the deadline.
    pub fn allows(&self, wanted: Duration) -> bool {
        self.remaining().is_none_or(|left| wanted < left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_bounded_by_what_is_left() {
        let deadline = Deadline::after(Duration::from_secs(5));
        assert!(deadline.bound(Duration::from_mins(1)) <= Duration::from_secs(5));
        assert_eq!(deadline.bound(Duration::from_secs(1)), Duration::from_secs(1));
        assert!(!deadline.allows(Duration::from_secs(6)));
        assert!(!deadline.is_over());
        assert!(Deadline::after(Duration::ZERO).is_over());
    }

    #[test]
    fn none_and_overflow_never_end() {
        for deadline in [Deadline::none(), Deadline::after(Duration::MAX)] {
            assert!(!deadline.is_over());
            assert_eq!(deadline.bound(Duration::MAX), Duration::MAX);
        }
    }
}

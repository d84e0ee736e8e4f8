//! When a request is sent again, and after how long: a table without a clock.

use std::time::Duration;

/// Whether a request changes anything at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Only reads: safe to send again.
    Read,
    /// Changes something: sent again only when nothing was done.
    Write,
}

/// How one attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No connection: the request never left.
    NotSent,
    /// The connection broke or the time was up after the request left; what the server did is
    /// unknown.
    Unknown,
    /// An answer.
    Answered {
        /// Its status code.
        status: u16,
        /// How long the server asks to wait.
        wait: Option<Duration>,
        /// Whether the body says that a secondary rate limit was hit.
        limited: bool,
    },
}

/// Attempts in all, the first included.
pub const ATTEMPTS: u32 = 5;
/// The longest wait a server may ask for; the command's deadline may allow less.
pub const CAP: Duration = Duration::from_mins(5);
/// What GitHub asks for after a secondary limit that names no time.
const LIMITED: Duration = Duration::from_mins(1);
const FIRST: Duration = Duration::from_millis(250);

/// The wait before the next attempt, `None` when there is none. `attempt` is the number of
/// attempts made, from 1.
pub fn delay(intent: Intent, attempt: u32, outcome: Outcome) -> Option<Duration> {
    use Intent::Read;
    use Outcome::{Answered, NotSent, Unknown};

    if attempt >= ATTEMPTS {
        return None;
    }
    let backoff = FIRST * 2_u32.pow(attempt.saturating_sub(1).min(8));
    let wait = match (outcome, intent) {
        // The server said it did nothing.
        (Answered { status: 403 | 429 | 503, wait: Some(wait), .. }, _) => wait.max(backoff),
        (Answered { status: 403 | 429, limited: true, .. }, _) => LIMITED.max(backoff),
        (Answered { status: 429, .. } | NotSent, _)
        | (Answered { status: 408 | 500 | 502..=599, .. } | Unknown, Read) => backoff,
        (Answered { .. } | Unknown, _) => return None,
    };
    (wait <= CAP).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::{Intent, Intent::*, Outcome, Outcome::*, delay};
    use std::time::Duration;

    fn answered(status: u16, wait: Option<u64>, limited: bool) -> Outcome {
        Answered { status, wait: wait.map(Duration::from_secs), limited }
    }

    #[test]
    fn the_table() {
        let first: &[(Intent, Outcome, Option<u64>)] = &[
            (Read, answered(200, None, false), None),
            (Read, answered(404, None, false), None),
            (Read, answered(403, None, false), None),
            (Read, answered(500, None, false), Some(250)),
            (Read, answered(501, None, false), None),
            (Read, answered(502, None, false), Some(250)),
            (Read, answered(503, None, false), Some(250)),
            (Read, answered(503, Some(3), false), Some(3000)),
            (Read, answered(429, None, false), Some(250)),
            (Read, answered(429, Some(7), false), Some(7000)),
            (Read, answered(408, None, false), Some(250)),
            (Read, NotSent, Some(250)),
            (Read, Unknown, Some(250)),
            (Write, answered(500, None, false), None),
            (Write, answered(500, Some(1), false), None),
            (Write, answered(502, None, false), None),
            (Write, answered(503, None, false), None),
            (Write, answered(504, Some(1), false), None),
            (Write, answered(503, Some(3), false), Some(3000)),
            (Write, answered(429, None, false), Some(250)),
            (Write, answered(429, Some(2), false), Some(2000)),
            (Write, answered(403, Some(2), false), Some(2000)),
            (Write, answered(403, None, true), Some(60_000)),
            (Write, answered(403, None, false), None),
            (Write, answered(422, Some(1), false), None),
            (Write, Unknown, None),
            (Write, NotSent, Some(250)),
            // Nobody waits an hour inside a job.
            (Read, answered(429, Some(3600), false), None),
            (Write, answered(403, Some(3600), true), None),
            // `Retry-After: 0` is no licence to hammer.
            (Write, answered(429, Some(0), false), Some(250)),
        ];
        for (intent, outcome, millis) in first {
            let got = delay(*intent, 1, *outcome);
            assert_eq!(got, millis.map(Duration::from_millis), "{intent:?} {outcome:?}");
        }
    }

    #[test]
    fn waits_double_and_end() {
        let waits: Vec<_> = (1..=6).map(|n| delay(Read, n, Unknown)).collect();
        let millis = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [millis(250), millis(500), millis(1000), millis(2000), None, None]);
    }
}

//! What follows from what happened to a message: a table without clock and network.

use std::str::FromStr;
use std::time::Duration;

use crate::inputs::OnAmbiguous;

/// How often a message is sent again at most, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often it is sent again.
    pub count: u32,
    /// Whether the waits are short.
    pub rapid: bool,
}

impl Retries {
    /// The most that may be asked for.
    const MOST: u32 = 100;
    /// `RAPID`.
    const RAPID: Self = Self { count: 10, rapid: true };

    /// The wait before the next attempt when nobody says how long; `attempts` were made, from 1.
    fn wait(self, attempts: u32) -> Duration {
        let (first, longest) = if self.rapid { (50, 500) } else { (500, 8000) };
        let millis = u64::from(2_u32.pow(attempts.saturating_sub(1).min(10))) * first;
        Duration::from_millis(millis.min(longest))
    }
}

impl FromStr for Retries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("rapid") {
            return Ok(Self::RAPID);
        }
        let count = text.parse().ok().filter(|count| *count <= Self::MOST);
        count.map(|count| Self { count, rapid: false }).ok_or_else(|| {
            format!(
                "`{}` is neither a number from 0 to {} nor `RAPID`",
                text.escape_debug(),
                Self::MOST
            )
        })
    }
}

/// How a request is to be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether the request has the same effect however often it arrives.
    pub idempotent: bool,
    /// What to do when it may have arrived and is not idempotent.
    pub on_ambiguous: OnAmbiguous,
    /// How often it is sent again at most.
    pub retries: Retries,
}

/// What happened to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// There was no connection: it surely did not arrive.
    NotSent {
        /// Why.
        why: String,
    },
    /// It may have arrived: no answer, or one that does not say.
    Unknown {
        /// What was seen.
        why: String,
    },
    /// It was taken.
    Accepted,
    /// A rate limit was hit: it was not taken.
    Limited {
        /// How long to wait, where that is said.
        wait: Option<Duration>,
    },
    /// It was not taken, and may be later.
    NotDone {
        /// The word of the server for it.
        word: String,
        /// How long to wait, where that is said.
        wait: Option<Duration>,
    },
    /// It was not taken and never will be.
    Refused {
        /// The word of the server for it.
        word: String,
    },
}

/// What to do then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing more: it was taken.
    Done,
    /// Send it again.
    Retry {
        /// After this wait, which fits into the time left.
        after: Duration,
    },
    /// Stop: it may have arrived.
    Ambiguous,
    /// Stop: it was refused.
    Refused {
        /// The word of the server for it.
        word: String,
    },
    /// Stop: it did not arrive, and was sent as often as it may be.
    Exhausted,
    /// Stop: it did not arrive, and no time is left for what would have to be waited.
    OutOfTime {
        /// How long would have to be waited.
        wait: Duration,
    },
}

/// Decides. `attempts` is how often it was sent, from 1; `left` the time until the deadline.
pub fn decide(terms: &Terms, attempts: u32, left: Duration, seen: &Seen) -> Decision {
    let backoff = terms.retries.wait(attempts);
    let wait = match seen {
        Seen::Accepted => return Decision::Done,
        Seen::Refused { word } => return Decision::Refused { word: word.clone() },
        Seen::NotSent { .. } => backoff,
        // A wait of nothing is no licence to hammer.
        Seen::Limited { wait } | Seen::NotDone { wait, .. } => {
            wait.map_or(backoff, |wait| wait.max(Duration::from_millis(100)))
        }
        Seen::Unknown { .. } => {
            let again = terms.idempotent || terms.on_ambiguous == OnAmbiguous::Retry;
            if !again || attempts > terms.retries.count || backoff >= left {
                return Decision::Ambiguous;
            }
            return Decision::Retry { after: backoff };
        }
    };
    if attempts > terms.retries.count {
        Decision::Exhausted
    } else if wait >= left {
        Decision::OutOfTime { wait }
    } else {
        Decision::Retry { after: wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(idempotent: bool, on_ambiguous: OnAmbiguous, retries: &str) -> Terms {
        Terms { idempotent, on_ambiguous, retries: retries.parse().unwrap() }
    }

    #[test]
    fn the_table() {
        use OnAmbiguous::{Fail, Retry};
        let secs = Duration::from_secs;
        let after = |millis| Decision::Retry { after: Duration::from_millis(millis) };
        let unknown = Seen::Unknown { why: String::new() };
        let unsent = Seen::NotSent { why: String::new() };
        let limited = |wait: Option<u64>| Seen::Limited { wait: wait.map(secs) };
        let later = |wait: Option<u64>| Seen::NotDone { word: "w".into(), wait: wait.map(secs) };
        let refused = Seen::Refused { word: "no".into() };
        let cases = [
            (terms(false, Fail, "5"), 1, 60, Seen::Accepted, Decision::Done),
            (terms(false, Fail, "0"), 9, 0, Seen::Accepted, Decision::Done),
            (terms(true, Retry, "5"), 1, 60, refused, Decision::Refused { word: "no".into() }),
            (terms(false, Fail, "5"), 1, 60, unsent.clone(), after(500)),
            (terms(false, Fail, "5"), 5, 60, unsent.clone(), after(8000)),
            (terms(false, Fail, "5"), 6, 60, unsent.clone(), Decision::Exhausted),
            (terms(false, Fail, "0"), 1, 60, unsent.clone(), Decision::Exhausted),
            (
                terms(false, Fail, "5"),
                3,
                2,
                unsent,
                Decision::OutOfTime { wait: Duration::from_secs(2) },
            ),
            (terms(false, Fail, "5"), 1, 60, unknown.clone(), Decision::Ambiguous),
            (terms(false, Retry, "5"), 1, 60, unknown.clone(), after(500)),
            (terms(false, Retry, "0"), 1, 60, unknown.clone(), Decision::Ambiguous),
            (terms(true, Fail, "5"), 2, 60, unknown.clone(), after(1000)),
            (terms(true, Fail, "5"), 6, 60, unknown.clone(), Decision::Ambiguous),
            (terms(true, Fail, "5"), 1, 0, unknown, Decision::Ambiguous),
            (terms(false, Fail, "5"), 1, 60, limited(Some(5)), after(5000)),
            (terms(false, Fail, "5"), 1, 60, limited(Some(0)), after(100)),
            (terms(false, Fail, "5"), 2, 60, limited(None), after(1000)),
            (
                terms(false, Fail, "5"),
                1,
                60,
                limited(Some(60)),
                Decision::OutOfTime { wait: secs(60) },
            ),
            (terms(false, Fail, "0"), 1, 60, limited(Some(1)), Decision::Exhausted),
            (terms(false, Fail, "5"), 1, 60, later(None), after(500)),
            (terms(false, Fail, "5"), 1, 60, later(Some(2)), after(2000)),
            (terms(false, Fail, "RAPID"), 1, 60, later(None), after(50)),
            (terms(false, Fail, "rapid"), 10, 60, later(None), after(500)),
            (terms(false, Fail, "RAPID"), 11, 60, later(None), Decision::Exhausted),
        ];
        for (terms, attempts, left, seen, expected) in cases {
            let got = decide(&terms, attempts, secs(left), &seen);
            assert_eq!(got, expected, "{terms:?}, {attempts}, {left}, {seen:?}");
        }
    }

    #[test]
    fn retries_are_a_number_or_a_word() {
        assert_eq!("0".parse(), Ok(Retries { count: 0, rapid: false }));
        assert_eq!(" RAPID ".parse(), Ok(Retries::RAPID));
        for bad in ["", "-1", "101", "fast", "5.0"] {
            assert!(bad.parse::<Retries>().unwrap_err().contains("RAPID"), "{bad}");
        }
    }
}

//! One message that lives: a `key` names what a message is about. Who tells of it again updates the
//! message there is, and adds a line to its thread.
//!
//! A message carries its key as message metadata, which people do not see, so that nothing has to be
//! kept between jobs: it is looked for in the channel. What counts as the message there is, is
//! decided by [`decide()`]:
//!
//! - Within one run, all jobs and all attempts share one message, whatever it says by then.
//! - Another run begins a message of its own. Only where it goes on with what another run began
//!   and nobody ended, within a day, it carries on that one: a release that starts in one workflow
//!   and ends in the next is one message.
//! - What it shows of several jobs that end in any order is decided by [`stays()`].
//!
//! Exactly once comes first. Where the channel cannot be read, nothing is posted, and the failure
//! says what is missing. A post whose fate is unknown is looked for before it is repeated. Two jobs
//! that post at the same moment see each other afterwards: the older message stays and is updated,
//! the younger one goes, and its lines move to the thread of the older one. Who finds one too many
//! later, as of a job that was killed then, puts it away in the same manner. Slack has no way to update a message only if it still says what was read: so who
//! updates looks once more, and mends what a lesser word was written over meanwhile.

mod channel;
mod decide;
mod entry;
mod find;
mod live;
mod mark;
mod order;
mod web;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod lost_tests;
#[cfg(test)]
mod model;

use std::future::Future;
use std::time::Duration;

use launchway_base::{Deadline, Failure};
use serde_json::Value;

pub use channel::{Address, address};
pub use decide::{Entry, Found, Move, Why, decide, entry};
pub use entry::line;
pub use live::{How, Lived, Plan, body, look, send};
pub use mark::{EVENT, Key, Mark, Run, Wanted};
pub use order::{Said, stays};
pub use web::Web;

/// The Web API, as far as a living message needs it. One call is one request as far as Slack can
/// tell: what surely was not taken, such as one answered with 429, is repeated behind it; what may
/// have been taken is not.
pub trait Api {
    /// Calls `method` with `body`, an object whose values are plain ones for methods that only read.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn call(&self, method: &str, body: &Value) -> impl Future<Output = Result<Value, Trouble>>;

    /// When everything has to be done.
    fn deadline(&self) -> Deadline;

    /// The time since 1970, by Slack's clock: that of a runner may be wrong by hours.
    fn now(&self) -> Duration;

    /// Waits that long.
    fn pause(&self, time: Duration) -> impl Future<Output = ()>;
}

/// Why a call did not do what it was to.
#[derive(Debug)]
pub enum Trouble {
    /// Slack says no, and nothing has changed.
    Refused {
        /// Slack's word, such as `message_not_found`.
        word: String,
        /// What it means and what to do.
        failure: Failure,
    },
    /// It may have been taken.
    Unknown(Failure),
    /// It was not taken.
    Failed(Failure),
}

impl Trouble {
    /// Slack's word, where it said one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Refused { word, .. } => Some(word),
            Self::Unknown(_) | Self::Failed(_) => None,
        }
    }

    /// What to end with.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Refused { failure, .. } | Self::Unknown(failure) | Self::Failed(failure) => {
                failure
            }
        }
    }

    /// The same with another hint.
    fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Refused { word, failure } => {
                Self::Refused { word, failure: failure.with_hint(hint) }
            }
            Self::Unknown(failure) => Self::Unknown(failure.with_hint(hint)),
            Self::Failed(failure) => Self::Failed(failure.with_hint(hint)),
        }
    }
}

//! The run: every target looked at by a task of its own until there is a verdict, the deadline or a
//! signal.
//!
//! Targets do not wait for each other. When one is found unhealthy for good the others go on to their
//! own verdict, which the deadline bounds, so that one run tells all there is to mend; but a watch ends
//! at once, since what comes after it is to be taken back.

mod follow;
#[cfg(test)]
mod tests;
mod voice;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use launchway_base::Failure;
use launchway_runtime::Console;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::attempt::{Fault, Observation};
use crate::clock::Clock;
use crate::inputs::Mode;
use crate::judge::Policy;
use crate::outcome::{Outcome, Verdict};
use crate::probe::{Gives, Means};
use crate::target::Target;

/// Compares what was seen with what is expected: the fault, if any, and the version that was found.
pub type Check = dyn Fn(&Observation, Gives) -> (Option<Fault>, Option<String>) + Send + Sync;

/// What all targets of a run share.
pub struct Shared {
    /// What it takes to be healthy.
    pub policy: Policy,
    /// What probes may use.
    pub means: Means,
    /// What is expected.
    pub check: Box<Check>,
    /// The clock all spans are counted on.
    pub clock: Clock,
    /// Where changes are said.
    pub console: Arc<Console>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What ends a run before every target has its verdict.
#[derive(Clone, Debug)]
enum Stop {
    /// A signal of this name.
    Signal(&'static str),
    /// A target of this name, which is not healthy.
    Target(Arc<str>),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(name) => write!(f, "interrupted by {name}"),
            Self::Target(name) => write!(f, "ended since `{name}` is not healthy"),
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    /// What became of each target, in the order given.
    pub outcomes: Vec<Outcome>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Looks at all targets until there is a verdict on each, or `signal` gives the name of a signal.
/// Takes no longer than the policy's timeout and a fraction of a second.
///
/// # Errors
/// A task broke, which is a bug.
pub async fn run(
    targets: Vec<Target>,
    shared: Shared,
    signal: impl Future<Output = &'static str>,
) -> Result<Ended, Failure> {
    let count = targets.len();
    let shared = Arc::new(shared);
    let is_watch = shared.policy.mode == Mode::Watch;
    let (stop, stopped) = watch::channel(None);
    let mut tasks = JoinSet::new();
    for (index, target) in targets.into_iter().enumerate() {
        let follower = follow::Follower::new(target, count, Arc::clone(&shared), stopped.clone());
        tasks.spawn(async move { (index, follower.follow().await) });
    }
    drop(stopped);
    let mut outcomes: Vec<Option<Outcome>> = (0..count).map(|_| None).collect();
    let mut signal = std::pin::pin!(signal);
    let mut is_signalled = false;
    // The first cause is the one that is told; nobody is left to be told when all are done.
    let end = |by: Stop| {
        stop.send_if_modified(|cause| {
            let is_first = cause.is_none();
            cause.get_or_insert(by);
            is_first
        })
    };
    loop {
        let done = tokio::select! {
            biased;
            name = &mut signal, if !is_signalled => {
                is_signalled = true;
                end(Stop::Signal(name));
                continue;
            }
            done = tasks.join_next() => done,
        };
        match done {
            None => break,
            Some(Ok((index, outcome))) => {
                if is_watch && outcome.verdict == Verdict::Unhealthy {
                    end(Stop::Target(outcome.name.as_str().into()));
                }
                if let Some(place) = outcomes.get_mut(index) {
                    *place = Some(outcome);
                }
            }
            Some(Err(error)) => {
                return Err(Failure::internal("a look at a target broke").caused_by(error));
            }
        }
    }
    Ok(Ended { outcomes: outcomes.into_iter().flatten().collect(), elapsed: shared.clock.now() })
}

//! The run: every target looked at by a task of its own until there is a verdict, the deadline or a
//! signal.
//!
//! Targets do not wait for each other and do not end each other: when one is found unhealthy for
//! good, the others go on to their own verdict, which the deadline bounds, so that one run tells all
//! there is to mend.

mod follow;
pub mod signals;
#[cfg(test)]
mod tests;
mod voice;

use std::sync::Arc;
use std::time::Duration;

use launchway_base::Failure;
use launchway_runtime::Console;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::attempt::{Fault, Observation};
use crate::clock::Clock;
use crate::judge::Policy;
use crate::outcome::Outcome;
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

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("policy", &self.policy).finish_non_exhaustive()
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
    let (stop, stopped) = watch::channel(None);
    let mut tasks = JoinSet::new();
    for (index, target) in targets.into_iter().enumerate() {
        let follower = follow::Follower::new(target, count, Arc::clone(&shared), stopped.clone());
        tasks.spawn(async move { (index, follower.follow().await) });
    }
    drop(stopped);
    let mut outcomes: Vec<Option<Outcome>> = (0..count).map(|_| None).collect();
    let mut signal = std::pin::pin!(signal);
    let mut is_stopping = false;
    loop {
        let done = tokio::select! {
            biased;
            name = &mut signal, if !is_stopping => {
                is_stopping = true;
                // Nobody is left to be told when all are done.
                let _told = stop.send(Some(name));
                continue;
            }
            done = tasks.join_next() => done,
        };
        match done {
            None => break,
            Some(Ok((index, outcome))) => {
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

//! One target, followed to its verdict.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::voice::Voice;
use super::{Shared, Stop};
use crate::attempt::{Attempt, Fault, Observation, Timings};
use crate::judge::{self, Next, SLACK, Seen, Standing, Why};
use crate::outcome::{Attempts, Outcome, Verdict};
use crate::reason::Reason;
use crate::target::Target;

/// How long past its time a look is waited for that promised to end by then, and compared past the deadline.
const GRACE: Duration = Duration::from_millis(100);

/// How much before the deadline a look that failed there may end: timers count milliseconds.
const TICK: Duration = Duration::from_millis(2);

/// Follows one target.
pub(super) struct Follower {
    target: Target,
    shared: Arc<Shared>,
    stopped: watch::Receiver<Option<Stop>>,
    standing: Standing,
    attempts: Attempts,
    /// The last failure that the deadline did not cut short, in words.
    uncut: Option<String>,
    voice: Voice,
}

impl Follower {
    pub(super) fn new(
        target: Target,
        targets: usize,
        shared: Arc<Shared>,
        stopped: watch::Receiver<Option<Stop>>,
    ) -> Self {
        let voice = Voice::new(&target.name, targets, Arc::clone(&shared.console));
        let attempts = Attempts::among(targets);
        let standing = Standing::default();
        Self { target, shared, stopped, standing, attempts, uncut: None, voice }
    }

    /// Looks until there is a verdict.
    pub(super) async fn follow(mut self) -> Outcome {
        let shared = Arc::clone(&self.shared);
        let (policy, clock) = (&shared.policy, &shared.clock);
        let chance = RandomState::new();
        loop {
            let at = match self.standing.next(policy, clock.now(), dice(&chance, &self.attempts)) {
                Next::Look { at } => at,
                Next::Healthy { since } => {
                    return self.outcome(Verdict::Healthy, None, Some(since));
                }
                Next::Unhealthy { why } => {
                    return self.outcome(Verdict::Unhealthy, Some(why), None);
                }
            };
            let mut stopped = self.stopped.clone();
            tokio::select! {
                biased;
                by = told(&mut stopped) => return self.interrupted(&by),
                () = clock.sleep_until(at) => {}
            }
            let started = clock.now();
            let attempt = tokio::select! {
                biased;
                by = told(&mut stopped) => {
                    // After a signal people want to know what was going on; what another target ended
                    // might as well have gone well.
                    if matches!(by, Stop::Signal(_)) {
                        let took = clock.now().saturating_sub(started);
                        let seen = unfinished(took, "no answer yet");
                        self.add(self.judged(started, seen, true));
                    }
                    return self.interrupted(&by);
                }
                observation = self.look(started) => self.judged(started, observation, false),
            };
            self.add(attempt);
        }
    }

    /// One look, which is over in time whatever the probe does.
    async fn look(&self, started: Duration) -> Observation {
        let (policy, clock) = (&self.shared.policy, &self.shared.clock);
        let until = (started + policy.request_timeout).min(policy.timeout);
        tokio::select! {
            biased;
            observation = self.target.probe.look(&self.shared.means, clock.instant(until)) => {
                observation
            }
            () = clock.sleep_until(until + GRACE) => unfinished(
                clock.now().saturating_sub(started),
                "the look did not end in time",
            ),
        }
    }

    /// Holds a look against the expectations.
    fn judged(&self, started: Duration, observation: Observation, interrupted: bool) -> Attempt {
        let (policy, clock) = (&self.shared.policy, &self.shared.clock);
        // Comparing takes time, too: where many targets answer right before the deadline, what has not had its
        // turn by then is not compared long after it.
        let is_late = clock.now() > policy.timeout + GRACE;
        let (fault, version) = if is_late {
            let late =
                || Fault::new(Reason::ResponseTimeout, "the deadline came before it was compared");
            (Some(observation.fault.clone().unwrap_or_else(late)), None)
        } else {
            (self.shared.check)(&observation, self.target.probe.gives())
        };
        let ended = clock.now();
        let at_deadline =
            started + policy.request_timeout > policy.timeout && ended + TICK >= policy.timeout;
        // Far longer than any look may last: the machine slept, or this program was starved, and
        // what was to come in time may have come.
        let stood_still = ended > started + policy.request_timeout + SLACK
            && fault.as_ref().is_some_and(|fault| {
                matches!(fault.reason, Reason::Latency | Reason::ResponseTimeout)
                    || observation.response.is_none()
            });
        let fault = fault.map(|mut fault| {
            if stood_still {
                fault.is_final = false;
                fault.detail.push_str("; this machine or program stood still meanwhile");
            }
            fault
        });
        let cut = fault.is_some() && (at_deadline || is_late || interrupted || stood_still);
        let mut note = observation.note;
        let fault = if policy.invert {
            if let Some(fault) = &fault {
                note.get_or_insert_with(|| format!("{} ({})", fault.detail, fault.reason));
            }
            judge::invert(fault, cut)
        } else {
            fault
        };
        Attempt {
            number: self.attempts.total() + 1,
            started,
            ended,
            timings: observation.timings,
            address: observation.address,
            proxy: observation.proxy,
            requests: observation.requests,
            status: observation.response.as_ref().and_then(|response| response.status),
            version,
            certificate: observation.certificate,
            note,
            fault,
            cut,
        }
    }

    fn add(&mut self, attempt: Attempt) {
        self.standing.add(&Seen::from(&attempt), &self.shared.policy);
        if let Some(fault) = attempt.fault.as_ref().filter(|_| !attempt.cut) {
            self.uncut = Some(fault.detail.clone());
        }
        self.voice.say(&attempt);
        self.attempts.push(attempt);
    }

    fn interrupted(self, by: &Stop) -> Outcome {
        let why = self.standing.interrupted(&self.shared.policy, &by.to_string());
        self.outcome(Verdict::Interrupted, Some(why), None)
    }

    fn outcome(self, verdict: Verdict, why: Option<Why>, since: Option<Duration>) -> Outcome {
        let detail = why.as_ref().and_then(|_| {
            let last = self.attempts.last_fault().map(|fault| fault.detail.clone());
            self.uncut.or(last)
        });
        let reason = why
            .as_ref()
            .filter(|why| why.failed || verdict == Verdict::Unhealthy)
            .map(|why| why.reason);
        // What ended it comes first: the detail may be long, and then it is cut where it is shown.
        let words = [why.map(|why| why.words), detail];
        let said: Vec<_> = words.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        Outcome {
            shown: self.target.probe.shown(),
            name: self.target.name,
            kind: self.target.kind,
            verdict,
            reason,
            words: said.join(": "),
            attempts: self.attempts,
            elapsed: self.shared.clock.now(),
            time_to_healthy: since,
        }
    }
}

/// A look without an end.
fn unfinished(took: Duration, words: &str) -> Observation {
    let timings = Timings { total: took, ..Timings::default() };
    Observation::failed(timings, Fault::new(Reason::ResponseTimeout, words))
}

/// Waits for what ends the run, in words.
async fn told(stopped: &mut watch::Receiver<Option<Stop>>) -> Stop {
    let told = stopped.wait_for(Option::is_some).await.ok().and_then(|by| by.clone());
    match told {
        Some(by) => by,
        // Nobody can tell any more.
        None => std::future::pending().await,
    }
}

/// A number from 0 to 1 that others cannot guess.
fn dice(chance: &RandomState, attempts: &Attempts) -> f64 {
    let mut hasher = chance.build_hasher();
    hasher.write_u64(attempts.total());
    let bits = u32::try_from(hasher.finish() >> 32).unwrap_or(u32::MAX);
    f64::from(bits) / f64::from(u32::MAX)
}

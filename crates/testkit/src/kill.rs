//! Killing the program under test at one of its writes.
//!
//! ```no_run
//! # use launchway_testkit::{FakeGitHub, FakeRegistry, FakeRunner, KillSwitch, Moment};
//! # let (github, registry) = (FakeGitHub::start(), FakeRegistry::start());
//! let switch = KillSwitch::at(3, Moment::After);
//! github.kill_switch(&switch);
//! registry.kill_switch(&switch);
//! let run = FakeRunner::new("checkout").kill_switch(&switch);
//! ```

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::record;
use crate::server::{Incoming, Outgoing};

/// A killer that never comes to it must not hang the test.
const PATIENCE: Duration = Duration::from_secs(10);

/// On which side of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it was done.
    Before,
    /// It was done, but nobody was told.
    After,
}

/// Counts the writes of all fakes that share it and kills the program at one of them, on behalf of
/// the [`FakeRunner`](crate::FakeRunner) that runs it.
#[derive(Clone, Debug, Default)]
pub struct KillSwitch(Arc<(Mutex<Inner>, Condvar)>);

#[derive(Debug, Default)]
struct Inner {
    at: Option<(usize, Moment)>,
    lines: Vec<String>,
    wanted: bool,
    done: bool,
}

impl KillSwitch {
    /// Kills nothing and only counts.
    pub fn never() -> Self {
        Self::default()
    }

    /// Kills at the n-th write, counted from 1.
    pub fn at(write: usize, moment: Moment) -> Self {
        let switch = Self::default();
        switch.lock().at = Some((write, moment));
        switch
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The writes there were, in the order they came, as lines like `POST /repos/a/b/pulls`. The one
    /// that killed is the last.
    pub fn writes(&self) -> Vec<String> {
        self.lock().lines.clone()
    }

    /// Whether it killed.
    pub fn has_struck(&self) -> bool {
        self.lock().done
    }

    /// For who runs the program: whether it is to be killed now.
    pub(crate) fn is_wanted(&self) -> bool {
        let inner = self.lock();
        inner.wanted && !inner.done
    }

    /// For who runs the program: it is dead.
    pub(crate) fn confirm(&self) {
        self.lock().done = true;
        self.0.1.notify_all();
    }

    fn count(&self, incoming: &Incoming) -> Option<Moment> {
        let body = String::from_utf8_lossy(&incoming.body);
        if !record::is_write(&incoming.method, &incoming.path, &body) {
            return None;
        }
        self.count_write(incoming)
    }

    /// For a fake that knows itself what is a write.
    pub(crate) fn count_write(&self, incoming: &Incoming) -> Option<Moment> {
        let body = String::from_utf8_lossy(&incoming.body);
        let mut inner = self.lock();
        if inner.done {
            return None;
        }
        inner.lines.push(record::line(&incoming.method, &incoming.path, &body));
        let (at, moment) = inner.at?;
        (inner.lines.len() == at).then_some(moment)
    }

    pub(crate) fn strike(&self) {
        let mut inner = self.lock();
        inner.wanted = true;
        let (inner, timeout) = self
            .0
            .1
            .wait_timeout_while(inner, PATIENCE, |inner| !inner.done)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        assert!(!timeout.timed_out(), "no runner has this kill switch");
        drop(inner);
    }

    /// Serves a request unless the program dies of it.
    pub(crate) fn guard(
        switch: Option<Self>,
        incoming: Incoming,
        serve: impl FnOnce(Incoming) -> Outgoing,
    ) -> Outgoing {
        let Some(switch) = switch else { return serve(incoming) };
        match switch.count(&incoming) {
            None => serve(incoming),
            Some(moment) => {
                if moment == Moment::After {
                    serve(incoming);
                }
                switch.strike();
                Outgoing::Cut
            }
        }
    }
}

//! The run's own clock: spans since its start. The time of day, which people and other programs set,
//! is for the report only.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Tells how long the run has lasted. It never runs backwards.
pub trait Elapsed: Debug + Send + Sync {
    /// Time since the start.
    fn elapsed(&self) -> Duration;
}

/// The clock of a run.
#[derive(Clone, Debug)]
pub struct Clock {
    elapsed: Arc<dyn Elapsed>,
    began: SystemTime,
}

impl Clock {
    /// A clock that starts now and counts the time for which the machine sleeps, where the system
    /// tells (Linux).
    pub fn start() -> Self {
        Self::of(Machine::start())
    }

    /// A clock on another source, for tests.
    pub fn of(elapsed: impl Elapsed + 'static) -> Self {
        Self { elapsed: Arc::new(elapsed), began: SystemTime::now() }
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        self.elapsed.elapsed()
    }

    /// The time of day at the start.
    pub fn began(&self) -> SystemTime {
        self.began
    }

    /// The point on the runtime's clock at which this one will show `at`; now when that is past.
    pub fn instant(&self, at: Duration) -> Instant {
        Instant::now() + at.saturating_sub(self.now())
    }

    /// Waits until this clock shows `at`. The runtime's timers stand still while the machine sleeps,
    /// so a long wait looks at the clock now and then.
    pub async fn sleep_until(&self, at: Duration) {
        loop {
            let left = at.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }
}

/// How long a wait goes without looking at the clock.
const NAP: Duration = Duration::from_secs(1);

/// The runtime's own clock, which tests can stop and turn.
#[derive(Debug)]
pub struct Runtime(Instant);

impl Runtime {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Elapsed for Runtime {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The machine's clock since it was booted. Where there is none, or a sandbox forbids it, the one that
/// stands still while the machine sleeps.
#[derive(Debug)]
struct Machine {
    booted: Option<Duration>,
    started: std::time::Instant,
}

impl Machine {
    fn start() -> Self {
        Self { booted: since_boot(), started: std::time::Instant::now() }
    }
}

impl Elapsed for Machine {
    fn elapsed(&self) -> Duration {
        match (self.booted, since_boot()) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => self.started.elapsed(),
        }
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Option<Duration> {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).ok().map(Duration::from)
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Moves only when told.
    #[derive(Debug, Default)]
    struct Turned(Arc<Mutex<Duration>>);

    impl Elapsed for Turned {
        fn elapsed(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn the_machines_clock_goes_forward() {
        let clock = Clock::start();
        let first = clock.now();
        std::thread::sleep(Duration::from_millis(20));
        let passed = clock.now().saturating_sub(first);
        assert!(passed >= Duration::from_millis(20) && passed < Duration::from_secs(10));
        let unbooted = Machine { booted: None, started: std::time::Instant::now() };
        std::thread::sleep(Duration::from_millis(5));
        assert!(unbooted.elapsed() >= Duration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_slept_is_noticed() {
        let hand = Arc::new(Mutex::new(Duration::ZERO));
        let clock = Clock::of(Turned(Arc::clone(&hand)));
        let started = Instant::now();
        let jump = async {
            tokio::time::sleep(Duration::from_millis(2500)).await;
            *hand.lock().unwrap() = Duration::from_hours(1);
        };
        tokio::join!(clock.sleep_until(Duration::from_mins(10)), jump);
        assert!(started.elapsed() <= Duration::from_millis(3001), "{:?}", started.elapsed());
        assert!(clock.instant(Duration::from_mins(5)) <= Instant::now());
    }
}

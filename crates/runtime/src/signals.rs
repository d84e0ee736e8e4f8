//! Signals that end a run: the first one in order, a second one at once.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

/// The signals that end a run, caught from here on.
#[derive(Debug)]
pub struct Signals {
    first: Option<oneshot::Receiver<&'static str>>,
}

impl Signals {
    /// Catches them from now on, to the end of the process: the first is told by [`Signals::first`],
    /// a second one ends the process at once, even while the report is written or a log that nobody
    /// reads stands in the way.
    pub fn catch() -> Self {
        let (tell, first) = oneshot::channel();
        let (ready, caught) = mpsc::channel();
        // A thread of its own: the one of the run may be busy. Where there is none to be had, a
        // signal does what it does to any program.
        let watching = thread::Builder::new().spawn(move || watch(&ready, tell));
        let first = watching.is_ok().then_some(first);
        let _caught = caught.recv();
        Self { first }
    }

    /// Waits for the first and gives its name.
    pub async fn first(self) -> &'static str {
        if let Some(first) = self.first
            && let Ok(name) = first.await
        {
            return name;
        }
        std::future::pending().await
    }
}

/// Ends the process at the second signal.
fn watch(ready: &mpsc::Sender<()>, tell: oneshot::Sender<&'static str>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let (_, number) = runtime.block_on(async {
        let mut signals = caught::all();
        // Gone only when nobody waits.
        let _told = ready.send(());
        let (name, _) = any(&mut signals).await;
        let _told = tell.send(name);
        any(&mut signals).await
    });
    end(128 + number);
}

async fn any(signals: &mut [caught::Caught]) -> (&'static str, i32) {
    if signals.is_empty() {
        return std::future::pending().await;
    }
    let waiting = signals.iter_mut().map(|one| Box::pin(one.wait()));
    futures_util::future::select_all(waiting).await.0
}

#[expect(clippy::exit, reason = "whoever says it twice means at once")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}

#[cfg(unix)]
mod caught {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// One signal.
    #[derive(Debug)]
    pub(super) struct Caught {
        name: &'static str,
        number: i32,
        signal: Signal,
    }

    pub(super) fn all() -> Vec<Caught> {
        let kinds = [
            ("SIGTERM", SignalKind::terminate()),
            ("SIGINT", SignalKind::interrupt()),
            ("SIGHUP", SignalKind::hangup()),
        ];
        let ignored = ignored();
        kinds
            .into_iter()
            // What was ignored when the program started, as under `nohup`, stays so.
            .filter(|(_, kind)| ignored >> (kind.as_raw_value() - 1) & 1 == 0)
            .filter_map(|(name, kind)| {
                let number = kind.as_raw_value();
                Some(Caught { name, number, signal: signal(kind).ok()? })
            })
            .collect()
    }

    /// The signals this process ignores, as bits; none where the system does not tell.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    impl Caught {
        pub(super) async fn wait(&mut self) -> (&'static str, i32) {
            match self.signal.recv().await {
                Some(()) => (self.name, self.number),
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(windows)]
mod caught {
    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

    /// One event of the console.
    #[derive(Debug)]
    pub(super) enum Caught {
        C(CtrlC),
        Break(CtrlBreak),
        Close(CtrlClose),
    }

    pub(super) fn all() -> Vec<Caught> {
        let events = [
            ctrl_c().map(Caught::C),
            ctrl_break().map(Caught::Break),
            ctrl_close().map(Caught::Close),
        ];
        events.into_iter().flatten().collect()
    }

    impl Caught {
        pub(super) async fn wait(&mut self) -> (&'static str, i32) {
            let (name, number, told) = match self {
                Self::C(event) => ("ctrl-c", 2, event.recv().await),
                Self::Break(event) => ("ctrl-break", 21, event.recv().await),
                Self::Close(event) => ("the closing of its window", 15, event.recv().await),
            };
            match told {
                Some(()) => (name, number),
                None => std::future::pending().await,
            }
        }
    }
}

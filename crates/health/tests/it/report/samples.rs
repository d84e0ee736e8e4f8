//! Runs as they could have been.

use std::time::Duration;

use launchway_health::attempt::{Attempt, Certificate, Fault, Timings};
use launchway_health::inputs::Mode;
use launchway_health::outcome::{Attempts, Outcome, Verdict};
use launchway_health::reason::Reason;
use launchway_health::report::{Report, Run};

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn run(mode: Mode) -> Run {
    Run {
        mode,
        invert: false,
        insecure: false,
        started: "2026-11-21T12:00:00.25Z".parse().unwrap(),
        elapsed: ms(4321),
    }
}

pub(super) fn report<'a>(run: &'a Run, outcomes: &'a [Outcome]) -> Report<'a> {
    Report { run, outcomes }
}

/// The attempt of this number, a second after the one before.
pub(super) fn good(number: u64, took: u64) -> Attempt {
    Attempt {
        number,
        started: ms((number - 1) * 1000),
        ended: ms((number - 1) * 1000 + took),
        timings: Timings {
            dns: Some(Duration::from_micros(1500)),
            connect: Some(ms(2)),
            tls: None,
            first_byte: Some(ms(took / 2)),
            total: ms(took),
        },
        address: Some("127.0.0.1:8080".parse().unwrap()),
        proxy: None,
        requests: 1,
        status: Some(200),
        version: Some("1.2.3".to_owned()),
        certificate: None,
        note: None,
        fault: None,
        cut: false,
    }
}

pub(super) fn bad(number: u64, reason: Reason, detail: &str) -> Attempt {
    Attempt {
        status: None,
        version: None,
        fault: Some(Fault::new(reason, detail)),
        timings: Timings { total: ms(3), ..Timings::default() },
        ended: ms((number - 1) * 1000 + 3),
        ..good(number, 3)
    }
}

pub(super) fn until(attempt: Attempt, not_after_unix: i64) -> Attempt {
    let certificate = Certificate { subject: "shop.example".to_owned(), not_after_unix };
    Attempt { certificate: Some(certificate), ..attempt }
}

/// A target that became healthy at its last attempt, or did not.
pub(super) fn outcome(name: &str, attempts: impl IntoIterator<Item = Attempt>) -> Outcome {
    let attempts: Attempts = attempts.into_iter().collect();
    let last = attempts.last().cloned();
    let fault = last.as_ref().and_then(|last| last.fault.clone());
    let is_healthy = last.is_some() && fault.is_none();
    let ended = last.map(|last| last.ended).unwrap_or_default();
    Outcome {
        name: name.to_owned(),
        shown: format!("http://{name}.example/"),
        kind: "http",
        verdict: if is_healthy { Verdict::Healthy } else { Verdict::Unhealthy },
        reason: fault.as_ref().map(|fault| fault.reason),
        words: fault.map(|_| "the deadline of 2m passed".to_owned()).unwrap_or_default(),
        attempts,
        elapsed: ended,
        time_to_healthy: is_healthy.then_some(ended),
    }
}

pub(super) fn interrupted(name: &str) -> Outcome {
    Outcome {
        verdict: Verdict::Interrupted,
        words: "interrupted by SIGTERM".to_owned(),
        ..outcome(name, [])
    }
}

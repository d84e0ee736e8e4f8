//! The program from inputs to exit code: read and check everything, look, report.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use launchway_base::Failure;
use launchway_runtime::{Session, files};

use crate::clock::Clock;
use crate::inputs::{Inputs, Mode};
use crate::judge::{Policy, Wanted};
use crate::net::{Net, Settings};
use crate::probe::Means;
use crate::report::files::Places;
use crate::report::{self, Report, Run};
use crate::run::signals::Signals;
use crate::run::{self, Check, Shared};
use crate::target::{self, Target};

/// The most bytes of a file with targets.
const LARGEST_LIST: u64 = 1024 * 1024;

/// Does what the inputs say. Answers the exit code: 0 when all targets are healthy, else 1.
///
/// # Errors
/// Bad input, found before anything is looked at or written.
pub fn main(session: &Session, inputs: &Inputs) -> Result<u8, Failure> {
    let policy = policy(inputs)?;
    let targets = targets(inputs)?;
    let means = means(session, inputs)?;
    let check: Box<Check> = Box::new(|seen, _| (seen.fault.clone(), None));
    let places = Places::prepare(
        inputs.report_file.as_deref(),
        inputs.junit_file.as_deref(),
        session.env(),
    )?;
    let clock = Clock::start();
    let started = Timestamp::try_from(clock.began()).unwrap_or_default();
    let console = Arc::clone(session.console());
    let shared = Shared { policy, means, check, clock, console };
    let ended = launchway_http::block_on(async {
        let signals = Signals::catch();
        run::run(targets, shared, signals.first()).await
    })??;
    let run = Run {
        mode: inputs.mode,
        invert: inputs.invert,
        insecure: inputs.insecure,
        started,
        elapsed: ended.elapsed,
    };
    report::finish(session, &Report { run: &run, outcomes: &ended.outcomes }, &places)
}

/// What it takes to be healthy.
fn policy(inputs: &Inputs) -> Result<Policy, Failure> {
    let is_watch = inputs.mode == Mode::Watch;
    let wanted = Wanted {
        mode: inputs.mode,
        bake_time: inputs.bake_time,
        timeout: inputs.timeout,
        request_timeout: Some(inputs.request_timeout),
        interval: Some(inputs.interval),
        jitter: Some(inputs.jitter),
        backoff: inputs.backoff,
        max_interval: Some(inputs.max_interval.max(inputs.interval)),
        initial_delay: Some(inputs.initial_delay),
        success_threshold: Some(inputs.success_threshold),
        failure_threshold: inputs.failure_threshold,
        stable_for: Some(inputs.stable_for).filter(|span| !(is_watch && span.is_zero())),
        fail_fast: Some(inputs.fail_fast),
        retry_on: inputs.retry_on.clone(),
        invert: inputs.invert,
    };
    Ok(Policy::new(wanted)?)
}

/// The targets of all inputs that name some.
fn targets(inputs: &Inputs) -> Result<Vec<Target>, Failure> {
    let listed = match &inputs.url_file {
        Some(path) => files::read_text(Path::new(path), LARGEST_LIST)?,
        None => String::new(),
    };
    let given = inputs.url.iter().chain(&inputs.targets).flat_map(|lines| lines.lines());
    let listed = listed.lines().filter(|line| !line.trim_start().starts_with('#'));
    target::parse_all(given.chain(listed))
}

/// What probes may use.
fn means(session: &Session, inputs: &Inputs) -> Result<Means, Failure> {
    Ok(Means {
        net: Net::new(Settings::read(inputs)?)?,
        max_body_bytes: inputs.max_body_bytes,
        body_matters: false,
        hidden_env: session.hidden_from_children(&[]),
    })
}

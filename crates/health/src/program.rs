//! The program from inputs to exit code: read and check everything, look, report.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use launchway_base::Failure;
use launchway_runtime::{Session, Signals, files};

use crate::clock::Clock;
use crate::descriptors;
use crate::expect::{self, Expectations};
use crate::inputs::Inputs;
use crate::judge::{Policy, Wanted};
use crate::net::{Net, Settings};
use crate::probe::Means;
use crate::probe::http::RequestSpec;
use crate::report::files::Places;
use crate::report::{self, Report, Run};
use crate::run::{self, Check, Shared};
use crate::target::{self, Target};

/// `max-interval` when it is not given: then a longer `interval` does not contradict it.
const USUAL_CAP: Duration = Duration::from_secs(30);

/// What a command cannot do without, also where the password of a target, such as `local`, is a word in it.
const NEEDED: &[&str] =
    &["PATH", "Path", "PATHEXT", "SystemRoot", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"];

/// The most bytes of a file with targets.
const LARGEST_LIST: u64 = 1024 * 1024;

/// Does what the inputs say. Answers the exit code: 0 when all targets are healthy, else 1.
///
/// # Errors
/// Bad input, found before anything is looked at or written.
pub(crate) fn main(session: &Session, inputs: &Inputs) -> Result<u8, Failure> {
    // From here on the deadline runs.
    let clock = Clock::start();
    let policy = policy(inputs)?;
    let targets = targets(inputs)?;
    descriptors::allow(targets.len());
    let expectations = Expectations::parse(&expect::Wanted::from(inputs))?;
    let gives: Vec<_> = targets.iter().map(|target| target.probe.gives()).collect();
    expectations.fits(&gives)?;
    let means = means(session, inputs, expectations.body_matters())?;
    let check: Box<Check> =
        Box::new(move |seen, gives| expectations.check(seen, gives, Timestamp::now().as_second()));
    let places = Places::prepare(
        inputs.report_file.as_deref(),
        inputs.junit_file.as_deref(),
        session.env(),
    )?;
    let started = Timestamp::try_from(clock.began()).unwrap_or_default();
    let console = Arc::clone(session.console());
    let shared = Shared { policy, means, check, clock, console };
    let signals = Signals::catch();
    let ended = launchway_http::block_on(run::run(targets, shared, signals.first()))??;
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
    let wanted = Wanted {
        mode: inputs.mode,
        bake_time: inputs.bake_time,
        timeout: inputs.timeout,
        request_timeout: Some(inputs.request_timeout),
        interval: Some(inputs.interval),
        jitter: Some(inputs.jitter),
        backoff: inputs.backoff,
        max_interval: Some(inputs.max_interval).filter(|most| *most != USUAL_CAP),
        initial_delay: Some(inputs.initial_delay),
        success_threshold: Some(inputs.success_threshold),
        failure_threshold: inputs.failure_threshold,
        stable_for: Some(inputs.stable_for),
        fail_fast: Some(inputs.fail_fast),
        retry_on: inputs.retry_on.clone(),
        invert: inputs.invert,
    };
    Ok(Policy::new(wanted)?)
}

/// The targets of all inputs that name some.
fn targets(inputs: &Inputs) -> Result<Vec<Target>, Failure> {
    let named = inputs.positional.iter().chain(&inputs.url).chain(&inputs.targets);
    let given = named.flat_map(|lines| lines.lines());
    let mut files = String::new();
    for (name, path) in [("url-file", &inputs.url_file), ("targets-file", &inputs.targets_file)] {
        if let Some(path) = path {
            files.push_str(&read_text(name, path, LARGEST_LIST)?);
            files.push('\n');
        }
    }
    let listed = files.lines().filter(|line| !line.trim_start().starts_with('#'));
    target::parse_all(given.chain(listed))
}

/// What probes may use.
fn means(session: &Session, inputs: &Inputs, body_matters: bool) -> Result<Means, Failure> {
    Ok(Means {
        net: Net::new(Settings::read(inputs)?)?,
        request: request(inputs)?,
        max_body_bytes: inputs.max_body_bytes,
        body_matters,
        hidden_env: session.hidden_from_children(NEEDED),
    })
}

/// What is asked of `http` targets.
fn request(inputs: &Inputs) -> Result<RequestSpec, Failure> {
    let mut headers = inputs.headers.clone();
    if let Some(path) = &inputs.headers_file {
        headers.push(read_text("headers-file", path, files::INPUT_LIMIT)?);
    }
    let body = match (&inputs.body, &inputs.body_file) {
        (Some(text), _) => text.as_str().as_bytes().to_vec(),
        (None, Some(path)) => files::read_bytes(Path::new(path), files::INPUT_LIMIT)
            .map_err(|failure| failure.while_doing("`body-file`"))?,
        (None, None) => Vec::new(),
    };
    RequestSpec::parse(&inputs.method, &headers, body, inputs.follow_redirects)
}

/// Reads a file that an input names.
fn read_text(input: &str, path: &str, limit: u64) -> Result<String, Failure> {
    files::read_text(Path::new(path), limit)
        .map_err(|failure| failure.while_doing(&format!("`{input}`")))
}

//! The report of a run: pure over its outcomes, but for [`files`] and [`finish`], which hand it out.

pub mod annotations;
pub mod files;
pub mod json;
pub mod junit;
pub mod sparkline;
pub mod summary;
pub mod text;
pub mod words;

use std::time::Duration;

use jiff::Timestamp;
use launchway_base::Failure;
use launchway_runtime::{Annotation, Level, Session};

use crate::inputs::Mode;
use crate::outcome::{Outcome, Verdict};
use crate::outputs::Outputs;
use files::Places;

/// What the targets of a run have in common.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// What was asked of them.
    pub mode: Mode,
    /// Whether a target that fails is the healthy one.
    pub invert: bool,
    /// Whether any certificate was taken.
    pub insecure: bool,
    /// When it started, by the clock on the wall.
    pub started: Timestamp,
    /// How long it took, on our own clock.
    pub elapsed: Duration,
}

/// A run that is over.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What the targets have in common.
    pub run: &'a Run,
    /// What became of each, in the order given.
    pub outcomes: &'a [Outcome],
}

impl<'a> Report<'a> {
    /// What is found of all together: unhealthy if one is, interrupted if one is not known.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.outcomes.iter().any(|one| one.verdict == verdict);
        if any(Verdict::Unhealthy) {
            Verdict::Unhealthy
        } else if any(Verdict::Interrupted) {
            Verdict::Interrupted
        } else {
            Verdict::Healthy
        }
    }

    /// Those that are healthy.
    pub fn healthy(&self) -> impl Iterator<Item = &'a Outcome> {
        self.outcomes.iter().filter(|one| one.is_healthy())
    }

    /// Those that are not, in the order given.
    pub fn others(&self) -> impl Iterator<Item = &'a Outcome> {
        self.outcomes.iter().filter(|one| !one.is_healthy())
    }

    /// Those that are to blame, in the order given: the unhealthy ones, and only without any those
    /// that were interrupted.
    pub fn culprits(&self) -> impl Iterator<Item = &'a Outcome> {
        let verdict = self.verdict();
        self.others().filter(move |one| one.verdict == verdict)
    }

    /// How many attempts there were at all targets.
    pub fn attempts(&self) -> u64 {
        self.outcomes.iter().map(|one| one.attempts.total()).sum()
    }

    /// `3 of 4 targets are healthy`.
    pub fn headline(&self) -> String {
        let all = self.outcomes.len();
        let healthy = self.healthy().count();
        match (healthy, all) {
            (1, 1) => "the target is healthy".to_owned(),
            (0, 1) if self.verdict() == Verdict::Interrupted => {
                "interrupted before the target was known to be healthy".to_owned()
            }
            (0, 1) => "the target is not healthy".to_owned(),
            _ if healthy == all => format!("all {all} targets are healthy"),
            (1, _) => format!("1 of {all} targets is healthy"),
            _ => format!("{healthy} of {all} targets are healthy"),
        }
    }

    /// The outputs, with the path of the report.
    pub fn outputs(&self, report: Option<&str>) -> Outputs {
        let telling = self.culprits().next().or(self.outcomes.first());
        let is_healthy = self.verdict() == Verdict::Healthy;
        let latest = self.outcomes.iter().filter_map(|one| one.time_to_healthy).max();
        let text = |value: Option<String>| Some(value.unwrap_or_default());
        Outputs {
            healthy: Some(is_healthy.to_string()),
            attempts: Some(self.attempts().to_string()),
            elapsed_ms: Some(words::whole_millis(self.run.elapsed).to_string()),
            time_to_healthy_ms: text(
                latest.filter(|_| is_healthy).map(|took| words::whole_millis(took).to_string()),
            ),
            status: text(telling.and_then(Outcome::status).map(|status| status.to_string())),
            reason: text(
                telling
                    .filter(|one| !one.is_healthy())
                    .and_then(|one| one.reason)
                    .map(|reason| reason.to_string()),
            ),
            report: text(report.map(str::to_owned)),
        }
    }
}

/// Hands a report out, each part of it even where another cannot be: files, log, annotations,
/// summary, outputs. Answers the exit code: 0 when all targets are healthy, else 1.
///
/// # Errors
/// All are healthy, but a part could not be written.
pub fn finish(session: &Session, report: &Report<'_>, places: &Places) -> Result<u8, Failure> {
    let (json, junit) = (places.write_json(report), places.write_junit(report));
    for line in text::lines(report) {
        session.say(&line);
    }
    for annotation in annotations::of(report) {
        // The lines above are all there is to see of an error where there is no page of a run.
        if session.console().is_runner() || annotation.level != Level::Error {
            session.annotate(&annotation);
        }
    }
    let outputs = report.outputs(places.report().filter(|_| json.is_ok()));
    let parts =
        [json, junit, session.summarize(&summary::of(report)), session.write_outputs(&outputs)];
    let is_healthy = report.verdict() == Verdict::Healthy;
    let mut failures: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
    let last = if is_healthy { failures.pop() } else { None };
    for failure in failures {
        session.console().annotate_last(&Annotation::of(&failure, session.info().name));
    }
    last.map_or_else(|| Ok(u8::from(!is_healthy)), Err)
}

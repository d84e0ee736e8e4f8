//! What the page of a run says: an error per target that is not healthy, and what to beware of.

use launchway_runtime::{Annotation, Level};

use super::{Report, words};
use crate::inputs::Mode;
use crate::outcome::{Outcome, Verdict};
use crate::reason::Reason;

/// The most errors. A runner shows ten, of which two are left for what else goes wrong.
const ERRORS: usize = 8;
/// The most warnings of one sort.
const WARNINGS: usize = 3;
/// A certificate that ends within so many days is worth a warning.
pub const SOON: i64 = 14;

/// All annotations of a report, errors first.
pub fn of(report: &Report<'_>) -> Vec<Annotation> {
    let mut all = few(report.culprits().map(|one| error(one, report)), ERRORS, |rest| {
        let names: Vec<_> = report.culprits().skip(ERRORS - 1).take(20).map(words::name).collect();
        let message = format!("and {rest} more are not healthy: {}", names.join(", "));
        Annotation::new(Level::Error, message).titled("more targets are not healthy")
    });
    if report.run.insecure {
        let message = "certificates were not checked (`insecure`): what answered may be anybody";
        all.push(Annotation::new(Level::Warning, message).titled("certificates are not checked"));
    }
    all.extend(warnings(report.outcomes.iter().filter_map(|one| flapping(one, report.run.mode))));
    all.extend(warnings(report.outcomes.iter().filter_map(|one| ends_soon(one, report))));
    all
}

fn error(outcome: &Outcome, report: &Report<'_>) -> Annotation {
    let name = words::name(outcome);
    let title = match (outcome.verdict, outcome.reason) {
        (Verdict::Interrupted, _) => format!("{name}: interrupted"),
        (_, Some(reason)) => format!("{name} is not healthy: {reason}"),
        (_, None) => format!("{name} is not healthy"),
    };
    // A log shows the message without its title.
    let reason = outcome.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let words = words::line(&outcome.words, words::SENTENCE);
    let mut lines = vec![format!("{name}: {words}{reason}")];
    if outcome.shown != outcome.name {
        lines.push(format!("target: {}", words::line(&outcome.shown, words::NAME)));
    }
    lines.extend(last_fault(outcome).map(|last| format!("last: {last}")));
    lines.extend(outcome.hint(report.run.invert).map(|hint| format!("hint: {hint}")));
    Annotation::new(Level::Error, lines.join("\n")).titled(title)
}

/// What the last failure said, unless the words already do.
pub(super) fn last_fault(outcome: &Outcome) -> Option<String> {
    let fault = outcome.attempts.last_fault().filter(|_| !outcome.is_healthy())?;
    let is_told = fault.detail.is_empty() || outcome.words.contains(&fault.detail);
    (!is_told).then(|| words::line(&fault.detail, words::SENTENCE))
}

fn flapping(outcome: &Outcome, mode: Mode) -> Option<Annotation> {
    let attempts = &outcome.attempts;
    let name = words::name(outcome);
    let message = match mode {
        Mode::Watch if outcome.is_healthy() && attempts.failed() > 0 => {
            format!(
                "`{name}`: {} of {} failed",
                attempts.failed(),
                words::count(attempts.total(), "attempt")
            )
        }
        Mode::Wait if attempts.relapses() > 0 => {
            format!(
                "`{name}` failed again after it had answered well, {}",
                times(attempts.relapses())
            )
        }
        _ => return None,
    };
    Some(Annotation::new(Level::Warning, message).titled(format!("{name} is not steady")))
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn ends_soon(outcome: &Outcome, report: &Report<'_>) -> Option<Annotation> {
    if outcome.reason == Some(Reason::TlsExpired) {
        return None;
    }
    let certificate = outcome.certificate()?;
    let days = words::days_left(certificate, words::moment(report.run.started, outcome.elapsed));
    let name = words::name(outcome);
    let when = match days {
        ..0 => "has ended".to_owned(),
        0 => "ends within a day".to_owned(),
        1 => "ends in 1 day".to_owned(),
        2..=SOON => format!("ends in {days} days"),
        _ => return None,
    };
    let message = format!(
        "the certificate of `{name}` ({}) {when}",
        words::line(&certificate.subject, words::NAME)
    );
    Some(Annotation::new(Level::Warning, message).titled("a certificate ends soon"))
}

fn warnings(all: impl Iterator<Item = Annotation>) -> Vec<Annotation> {
    few(all, WARNINGS, |rest| {
        Annotation::new(
            Level::Warning,
            format!("the same holds for {rest} more targets, see the report"),
        )
    })
}

/// All of them, or the first and one that tells of the rest: `most` together.
fn few(
    all: impl Iterator<Item = Annotation>,
    most: usize,
    rest: impl FnOnce(usize) -> Annotation,
) -> Vec<Annotation> {
    let mut all: Vec<_> = all.collect();
    if all.len() > most {
        let left = all.len() - (most - 1);
        all.truncate(most - 1);
        all.push(rest(left));
    }
    all
}

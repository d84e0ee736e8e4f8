//! The last lines of the log.

use super::annotations::last_fault;
use super::{Report, words};
use crate::inputs::Mode;
use crate::outcome::Outcome;
use crate::reason::Reason;

/// The widest a column of names gets.
const WIDEST: usize = 32;
/// The most characters of what was seen; annotations, summary and report hold more.
const SEEN: usize = 300;
/// A look that takes longer is worth telling where the time went.
const SLOW: std::time::Duration = std::time::Duration::from_secs(1);

/// A line per target, more where it is not healthy, and one for all.
pub fn lines(report: &Report<'_>) -> Vec<String> {
    let width = |text: &str| text.chars().count();
    let names: Vec<_> = report.outcomes.iter().map(words::name).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or_default().min(WIDEST);
    let verdicts = report.outcomes.iter().map(|one| one.verdict.as_str().len());
    let verdict_width = verdicts.max().unwrap_or_default();
    let mut lines = Vec::new();
    let mut hinted = Vec::new();
    for (outcome, name) in report.outcomes.iter().zip(&names) {
        let pad = " ".repeat(widest.saturating_sub(width(name)));
        let verdict = outcome.verdict.as_str();
        lines.push(format!(
            "{verdict:verdict_width$}  {name}{pad}  {}",
            said(outcome, report.run.mode)
        ));
        let mut more = |text: String| lines.push(format!("{:verdict_width$}  {text}", ""));
        if !outcome.is_healthy() {
            if outcome.shown != outcome.name {
                more(words::line(&outcome.shown, words::SENTENCE));
            }
            if let Some(last) = last_fault(outcome) {
                more(format!("last: {last}"));
            }
        }
        if let Some(phases) = where_time_went(outcome) {
            more(phases);
        }
        if let Some(hint) = outcome.hint(report.run.invert).filter(|hint| !hinted.contains(hint)) {
            hinted.push(hint);
            more(format!("hint: {hint}"));
        }
    }
    if report.outcomes.len() > 1 {
        lines.push(format!("{}, after {}", report.headline(), words::short(report.run.elapsed)));
    }
    lines
}

/// `503, 12 attempts in 4.21s, median 12ms, slowest 80ms`, and why.
fn said(outcome: &Outcome, mode: Mode) -> String {
    let attempts = &outcome.attempts;
    let mut parts = Vec::new();
    if outcome.is_healthy() {
        parts.extend(outcome.status().map(|status| status.to_string()));
        parts.extend(
            outcome
                .version()
                .map(|version| format!("version {}", words::line(version, words::NAME))),
        );
    }
    let count = words::count(attempts.total(), "attempt");
    parts.push(match outcome.time_to_healthy.filter(|_| outcome.is_healthy()) {
        Some(took) if mode != Mode::Watch => format!("after {} ({count})", words::short(took)),
        _ => format!("{count} in {}", words::short(outcome.elapsed)),
    });
    if let Some((median, slowest)) = attempts.median().zip(attempts.slowest()) {
        parts.push(if attempts.total() - attempts.failed() == 1 {
            format!("took {}", words::short(slowest))
        } else {
            format!("median {}, slowest {}", words::short(median), words::short(slowest))
        });
    }
    parts.extend(
        outcome
            .proxy()
            .map(|proxy| format!("through the proxy {}", words::line(proxy, words::NAME))),
    );
    let line = parts.join(", ");
    if outcome.is_healthy() {
        return line;
    }
    let reason = outcome.reason.map(|reason| format!("{reason}: ")).unwrap_or_default();
    format!("{reason}{} ({line})", words::line(&outcome.words, SEEN))
}

/// The phases of the last look, where they say something.
pub(super) fn where_time_went(outcome: &Outcome) -> Option<String> {
    use Reason::{ConnectTimeout, Latency, ResponseTimeout};
    let timings = outcome.attempts.last()?.timings;
    let is_about_time = !outcome.is_healthy()
        && matches!(outcome.reason, Some(Latency | ResponseTimeout | ConnectTimeout));
    (is_about_time || timings.total >= SLOW)
        .then(|| format!("time of the last look: {}", words::phases(&timings)))
}

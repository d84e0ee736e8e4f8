//! The job summary: a table of the targets, the course of each as a sparkline, and what to look at.

use launchway_runtime::{Markdown, Summary};

use super::{Report, annotations, sparkline, text, words};
use crate::outcome::{Outcome, Verdict};
use crate::reason::Reason;

/// The most rows of the table.
const ROWS: usize = 50;
/// The most targets that are told of under one reason.
const TOLD: usize = 5;

const COLUMNS: [&str; 7] =
    ["Target", "Verdict", "Attempts", "Healthy after", "Answer", "Median / slowest", "Course"];

/// The summary of a report.
pub fn of(report: &Report<'_>) -> Summary {
    let mark = match report.verdict() {
        Verdict::Healthy => "✅",
        Verdict::Unhealthy => "❌",
        Verdict::Interrupted => "⚠️",
    };
    let mut summary = Summary::new().heading(3, format!("{mark} Health: {}", report.headline()));
    let rows = report.others().chain(report.healthy()).take(ROWS);
    summary = summary.table(&COLUMNS, rows.map(row));
    let left = report.outcomes.len().saturating_sub(ROWS);
    if left > 0 {
        let healthy = report.healthy().count().min(left);
        summary = summary.paragraph(format!(
            "and {} ({healthy} healthy); all are in the report",
            words::count(u64::try_from(left).unwrap_or(u64::MAX), "more target")
        ));
    }
    if report.outcomes.iter().any(|one| one.attempts.total() > 1) {
        summary = summary.paragraph(legend(report));
    }
    summary.append(reasons(report))
}

fn legend(report: &Report<'_>) -> String {
    let mut parts = vec!["Course: time of each attempt, a full block is the slowest".to_owned()];
    let columns = || report.outcomes.iter().flat_map(|one| one.attempts.trace().columns());
    if columns().any(|column| column.good == 0) {
        parts.push(format!("{} failed", sparkline::FAILED));
    }
    if columns().any(|column| column.good > 0 && column.failed > 0) {
        parts.push(format!("{} failed in part", sparkline::MIXED));
    }
    parts.join("; ")
}

fn row(outcome: &Outcome) -> Vec<Markdown> {
    let dash = || Markdown::raw("–");
    let attempts = &outcome.attempts;
    let verdict = match (outcome.verdict, outcome.reason) {
        (Verdict::Unhealthy, Some(reason)) => {
            Markdown::raw("❌ ").and(Markdown::code(reason.as_str()))
        }
        (Verdict::Unhealthy, None) => Markdown::raw("❌ unhealthy"),
        (Verdict::Interrupted, _) => Markdown::raw("⚠️ interrupted"),
        (Verdict::Healthy, _) => Markdown::raw("✅ healthy"),
    };
    let count = match attempts.failed() {
        0 => attempts.total().to_string(),
        failed => format!("{} ({failed} failed)", attempts.total()),
    };
    let answer: Vec<_> = [
        outcome.status().map(|status| Markdown::text(&status.to_string())),
        outcome.version().map(|version| Markdown::code(&words::line(version, words::NAME))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let course = Markdown::code(&sparkline::draw(attempts.trace()));
    let scale = sparkline::scale(attempts.trace());
    vec![
        Markdown::code(&words::name(outcome)),
        verdict,
        Markdown::from(count),
        outcome.time_to_healthy.map_or_else(dash, |took| Markdown::from(words::short(took))),
        if answer.is_empty() { dash() } else { Markdown::join(answer, ", ") },
        attempts.median().zip(attempts.slowest()).map_or_else(dash, |(median, slowest)| {
            Markdown::from(format!("{} / {}", words::short(median), words::short(slowest)))
        }),
        match (course.is_empty(), scale.is_empty()) {
            (true, _) => dash(),
            (_, true) => course,
            _ => course.and(Markdown::raw(" ")).and(scale),
        },
    ]
}

/// For each reason there is, who has it, what was seen and what to look at.
fn reasons(report: &Report<'_>) -> Summary {
    let mut there: Vec<Option<Reason>> = Vec::new();
    for outcome in report.others() {
        if !there.contains(&outcome.reason) {
            there.push(outcome.reason);
        }
    }
    there.into_iter().fold(Summary::new(), |summary, reason| {
        let alike: Vec<_> = report.others().filter(|one| one.reason == reason).collect();
        let mut items: Vec<_> = alike.iter().take(TOLD).map(|one| told(one)).collect();
        let more = alike.len().saturating_sub(TOLD);
        if more > 0 {
            items.push(Markdown::from(format!("and {more} more")));
        }
        let title = match reason {
            Some(reason) => {
                let title = Markdown::code(reason.as_str());
                match alike.iter().find_map(|one| one.hint(report.run.invert)) {
                    Some(hint) => title.and(Markdown::raw(": ")).and(Markdown::raw(hint)),
                    None => title,
                }
            }
            None => Markdown::raw("not healthy"),
        };
        summary.paragraph(title).list(items)
    })
}

fn told(outcome: &Outcome) -> Markdown {
    let mut said = Markdown::code(&words::name(outcome))
        .and(Markdown::raw(": "))
        .and(words::line(&outcome.words, words::SENTENCE));
    if let Some(last) = annotations::last_fault(outcome) {
        said = said.and(Markdown::raw("; last: ")).and(last);
    }
    if let Some(proxy) = outcome.proxy() {
        let proxy = Markdown::code(&words::line(proxy, words::NAME));
        said = said.and(Markdown::raw("; through the proxy ")).and(proxy);
    }
    if let Some(phases) = text::where_time_went(outcome) {
        said = said.and(Markdown::raw("; ")).and(phases);
    }
    said
}

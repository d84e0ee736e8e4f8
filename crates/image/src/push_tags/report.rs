//! What is said: lines, table, outputs. Pure.

use launchway_base::Failure;
use launchway_runtime::{Markdown, Summary};

use super::plan::{Plan, Step};
use crate::moves::Undone;
use crate::outputs::Outputs;
use crate::planned::{self, Planned};
use crate::record::{Change, Record};
use crate::references;

/// How many tags the table of a summary shows.
const ROWS: usize = 1_000;
/// How many refusals a message names.
const NAMED: usize = 5;

/// A line of the log for each tag.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let copies = plan.copies.iter().map(|to| format!("{to}: gets the image first"));
    let steps = plan.steps.iter().map(|step| match &step.before {
        Some(before) if *before != plan.image.digest => {
            format!("{}: {} (holds {before})", step.target, step.why())
        }
        _ => format!("{}: {}", step.target, step.why()),
    });
    copies.chain(steps).collect()
}

/// The failure of a guard, `None` when it lets everything through.
pub(super) fn refusal(plan: &Plan) -> Option<Failure> {
    let refused: Vec<&Step> = plan.refused().collect();
    if refused.is_empty() {
        return None;
    }
    let named: Vec<String> = refused
        .iter()
        .take(NAMED)
        .map(|step| {
            let holds = step.before.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("`{}` holds {holds}, not {}: {}", step.target, plan.image.digest, step.why())
        })
        .collect();
    let more = refused.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Some(Failure::rejected(format!("{}{more}; nothing was written", named.join("; "))).with_hint(
        "give the build another version; where the tag may move, say so with `immutable`",
    ))
}

/// What a run changed, for its record.
pub(super) fn changes(plan: &Plan) -> Vec<Change> {
    let written = plan.steps.iter().filter(|step| step.is_write());
    written
        .map(|step| Change {
            tag: step.target.text.clone(),
            digest: plan.image.digest.to_string(),
            previous: step.before.as_ref().map(ToString::to_string),
            from: (step.target.repository != plan.image.repository).then(|| plan.image.to_string()),
        })
        .collect()
}

/// What a run that failed left changed, for its record.
pub(super) fn remaining(plan: &Plan, undone: &Undone) -> Vec<Change> {
    let ours = plan.image.digest.to_string();
    let left = |change: &Change| {
        let found = undone.left.iter().find(|left| left.target.text == change.tag);
        found.is_some_and(|left| left.now.as_ref().is_none_or(|now| now.to_string() == ours))
    };
    changes(plan).into_iter().filter(left).collect()
}

/// The outputs of a run that changed `own`, with the record of all there is to take back.
pub(super) fn outputs(plan: &Plan, own: &Record, whole: &Record) -> Outputs {
    Outputs {
        digest: Some(plan.image.digest.to_string()),
        changed: Some(own.changed()),
        previous: Some(own.previous()),
        record: Some(whole.to_json()),
        plan: Some(json(plan)),
    }
}

/// The plan as JSON.
pub(super) fn json(plan: &Plan) -> String {
    planned::to_json(plan.steps.iter().map(|step| Planned {
        tag: &step.target.text,
        action: step.action(),
        before: step.before.as_ref(),
        after: if step.is_write() { Some(&plan.image.digest) } else { step.before.as_ref() },
        reason: step.why(),
    }))
}

/// The summary: a table of the tags.
pub(super) fn summary(plan: &Plan, dry_run: bool) -> Summary {
    let is_refused = plan.refused().next().is_some();
    let is_done = !dry_run && !is_refused;
    let title = match (is_refused, dry_run) {
        (true, false) => "No tag was put",
        (true, true) => "No tag would be put",
        (false, true) => "Tags that would be put",
        (false, false) => "Tags",
    };
    let short = |text: &str| Markdown::code(text);
    let rows = plan.steps.iter().take(ROWS).map(|step| {
        let before =
            step.before.as_ref().map_or_else(|| Markdown::raw("–"), |before| short(before.short()));
        let after = match (&step.before, step.is_write()) {
            (Some(before), false) => short(before.short()),
            _ => short(plan.image.digest.short()),
        };
        let why = if is_done { step.outcome() } else { step.why() };
        vec![Markdown::code(&step.target.text), before, after, Markdown::text(why)]
    });
    let mut summary = Summary::new()
        .heading(3, title)
        .paragraph(Markdown::raw("Image ").and(Markdown::code(&plan.image.to_string())))
        .table(&["Tag", "Before", "After", "Why"], rows);
    if plan.steps.len() > ROWS {
        summary = summary.paragraph(references::in_the_log(plan.steps.len() - ROWS));
    }
    summary
}

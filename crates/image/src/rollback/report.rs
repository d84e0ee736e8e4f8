//! What is said: lines, table, outputs. Pure.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_registry::Digest;
use launchway_runtime::{Markdown, Summary};

use super::plan::{Act, Plan, Step};
use crate::outputs::Outputs;
use crate::planned::{self, Planned};
use crate::promote::named;
use crate::record::{Change, Record};
use crate::references::Target;

/// How many tags the table of a summary shows.
const ROWS: usize = 1_000;

fn why(step: &Step) -> &'static str {
    match &step.act {
        Act::Keep if step.seen.wish.is_done => "taken back already",
        Act::Keep => "holds already what it held before",
        Act::Put(_) => "taken back",
        Act::Delete => "did not exist before, deleted",
    }
}

fn after(step: &Step) -> Option<&Digest> {
    match &step.act {
        Act::Keep => step.seen.now.as_ref(),
        Act::Put(manifest) => Some(&manifest.digest),
        Act::Delete => None,
    }
}

/// A line of the log for each tag.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let text =
        |digest: Option<&Digest>| digest.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let lines = plan.steps.iter().map(|step| {
        let (target, now) = (&step.seen.wish.target, step.seen.now.as_ref());
        match step.act {
            Act::Keep => format!("{target}: {} ({})", why(step), text(now)),
            _ => format!("{target}: {} → {}, {}", text(now), text(after(step)), why(step)),
        }
    });
    lines.collect()
}

/// What a rollback changes, for its record. A tag that is deleted is in no record: it holds
/// nothing that could be taken back.
pub(super) fn changes(plan: &Plan) -> Vec<Change> {
    let puts = plan.steps.iter().filter_map(|step| match &step.act {
        Act::Put(manifest) => Some(Change {
            tag: step.seen.wish.target.text.clone(),
            digest: manifest.digest.to_string(),
            previous: step.seen.now.as_ref().map(ToString::to_string),
            from: None,
        }),
        Act::Keep | Act::Delete => None,
    });
    puts.collect()
}

/// The outputs of a run; `left` names the tags that were not taken back after all.
pub(super) fn outputs(plan: &Plan, record: &Record, left: &[Target]) -> Outputs {
    let digests = plan.steps.iter().filter_map(after).map(Digest::as_str);
    let changed: Vec<&Step> = plan
        .steps
        .iter()
        .filter(|step| step.act != Act::Keep && !left.contains(&step.seen.wish.target))
        .collect();
    let tags = changed.iter().map(|step| step.seen.wish.target.text.as_str());
    let previous: BTreeMap<_, _> =
        changed.iter().map(|step| (&step.seen.wish.target.text, now(step))).collect();
    Outputs {
        digest: Some(digests.collect::<Vec<_>>().join("\n")),
        changed: Some(tags.collect::<Vec<_>>().join("\n")),
        previous: serde_json::to_string(&previous).ok(),
        record: Some(record.to_json()),
        plan: Some(json(plan)),
    }
}

/// The plan as JSON.
pub(super) fn json(plan: &Plan) -> String {
    planned::to_json(plan.steps.iter().map(|step| Planned {
        tag: &step.seen.wish.target.text,
        action: match step.act {
            Act::Keep => "keep",
            Act::Put(_) => "write",
            Act::Delete => "delete",
        },
        before: step.seen.now.as_ref(),
        after: after(step),
        reason: why(step),
    }))
}

fn now(step: &Step) -> Option<&str> {
    step.seen.now.as_ref().map(Digest::as_str)
}

/// The summary: a table of the tags.
pub(super) fn summary(plan: &Plan, dry_run: bool) -> Summary {
    let title = if dry_run { "Tags that would be taken back" } else { "Rolled back" };
    let code = |digest: Option<&Digest>| {
        digest.map_or_else(|| Markdown::raw("–"), |digest| Markdown::code(digest.short()))
    };
    let rows = plan.steps.iter().take(ROWS).map(|step| {
        vec![
            Markdown::code(&step.seen.wish.target.text),
            code(step.seen.now.as_ref()),
            code(after(step)),
            Markdown::text(why(step)),
        ]
    });
    let summary = Summary::new().heading(3, title);
    let summary = summary.table(&["Tag", "Before", "After", "Why"], rows);
    match plan.steps.len().saturating_sub(ROWS) {
        0 => summary,
        more => summary.paragraph(format!("{more} more tags are in the log.")),
    }
}

/// The failure of a rollback that could not delete what did not exist before.
pub(super) fn left(left: &[(Target, String)]) -> Failure {
    let said = left.iter().map(|(target, why)| format!("`{target}` ({why})"));
    let said = named(said.collect()).unwrap_or_default();
    Failure::partial(format!(
        "did not exist before and could not be deleted: {said}; everything else was taken back"
    ))
    .with_hint(
        "delete the tag by the means of the registry; deleting its digest would take all tags of it along",
    )
}

//! What is said: lines, table, outputs. Pure.

use std::collections::BTreeMap;

use launchway_base::{Failure, Kind};
use launchway_registry::Digest;
use launchway_runtime::{Markdown, Summary};

use super::Stuck;
use super::plan::{Act, Plan, Step};
use crate::outputs::Outputs;
use crate::planned::{self, Planned};
use crate::promote::named;
use crate::record::{Change, Record};
use crate::references::{self, Target};

/// How many tags the table of a summary shows.
const ROWS: usize = 1_000;

fn why(step: &Step) -> &'static str {
    match &step.act {
        Act::Keep if step.seen.wish.is_done => "taken back already",
        Act::Keep => "holds already what it held before",
        Act::Put(_) => "to be taken back",
        Act::Delete => "did not exist before: to be deleted",
    }
}

/// The same when the run is over.
fn outcome(step: &Step, is_left: bool) -> &'static str {
    match &step.act {
        Act::Keep => why(step),
        Act::Put(_) => "taken back",
        Act::Delete if is_left => "did not exist before, still there",
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

/// The summary: a table of the tags. `left` names those that were not taken back after all; `None`
/// of a dry run.
pub(super) fn summary(plan: &Plan, left: Option<&[Target]>) -> Summary {
    let title = if left.is_none() { "Tags that would be taken back" } else { "Rolled back" };
    let code = |digest: Option<&Digest>| {
        digest.map_or_else(|| Markdown::raw("–"), |digest| Markdown::code(digest.short()))
    };
    let rows = plan.steps.iter().take(ROWS).map(|step| {
        let is_left = left.is_some_and(|left| left.contains(&step.seen.wish.target));
        let after = if is_left { step.seen.now.as_ref() } else { after(step) };
        let why = if left.is_none() { why(step) } else { outcome(step, is_left) };
        vec![
            Markdown::code(&step.seen.wish.target.text),
            code(step.seen.now.as_ref()),
            code(after),
            Markdown::text(why),
        ]
    });
    let summary = Summary::new().heading(3, title);
    let summary = summary.table(&["Tag", "Before", "After", "Why"], rows);
    match plan.steps.len().saturating_sub(ROWS) {
        0 => summary,
        more => summary.paragraph(references::in_the_log(more)),
    }
}

/// The failure of a rollback that could not delete what did not exist before, and took `others`
/// back. Exit 4 only where another run may complete it.
pub(super) fn left(left: &[(Target, Stuck)], others: usize) -> Failure {
    let said = left.iter().map(|(target, stuck)| format!("`{target}` ({})", stuck.why()));
    let said = named(said.collect()).unwrap_or_default();
    let others = match others {
        0 => String::new(),
        1 => "; one other tag was taken back".to_owned(),
        others => format!("; {others} other tags were taken back"),
    };
    let may_go = left.iter().filter(|(_, stuck)| matches!(stuck, Stuck::ForNow(_))).count();
    let (kind, first) = match may_go {
        0 => (Kind::Remote, "running again does not help: "),
        all if all == left.len() => (Kind::Partial, "run again; if it is still there then, "),
        _ => (Kind::Partial, "run again for what the registry did not refuse; for the rest, "),
    };
    Failure::new(kind, format!("did not exist before and could not be deleted: {said}{others}"))
        .with_hint(format!(
            "{first}delete the tag by the means of the registry, with a login that may; deleting its digest would take all tags of it along"
        ))
}

//! What is said: lines, table, what to run to go back. Pure.

use std::path::Path;

use launchway_registry::Digest;
use launchway_runtime::{Markdown, Summary};

use super::plan::{Plan, Step};
use crate::moves::Undone;
use crate::outputs::Outputs;
use crate::planned::{self, Planned};
use crate::record::{Change, Record};

/// How many images the table of a summary shows.
const ROWS: usize = 1_000;
/// The longest record that stands in a command to copy.
const LONGEST_COMMAND: usize = 4_000;

/// A line of the log for each copy and each image.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let copies = plan.copies.iter().map(|copy| {
        let manifests = copy.parts.len();
        let blobs = copy.blobs().len();
        format!(
            "{} gets {manifests} manifests and {blobs} blobs ({} bytes) of {}",
            copy.to,
            copy.bytes(),
            copy.from
        )
    });
    let steps = plan.steps.iter().map(|step| {
        let (pair, digest) = (&step.seen.pair, &step.seen.manifest.digest);
        let line = format!("{} → {}: {digest}, {}", pair.from.text, pair.to, step.why());
        match &step.seen.before {
            Some(before) if before != digest => format!("{line} (holds {before})"),
            _ => line,
        }
    });
    copies.chain(steps).collect()
}

/// What a run changes, for its record.
pub(super) fn changes(plan: &Plan) -> Vec<Change> {
    plan.writes().map(change).collect()
}

/// What a step changes.
pub(super) fn change(step: &Step) -> Change {
    Change {
        tag: step.seen.pair.to.text.clone(),
        digest: step.seen.manifest.digest.to_string(),
        previous: step.seen.before.as_ref().map(ToString::to_string),
        from: Some(step.seen.pair.from.text.clone()),
    }
}

/// What a run that failed left changed, for its record.
pub(super) fn remaining(plan: &Plan, undone: &Undone) -> Vec<Change> {
    let is_left = |change: &Change| {
        let left = undone.left.iter().find(|left| left.target.text == change.tag);
        left.is_some_and(|left| {
            left.now.as_ref().is_none_or(|now: &Digest| now.as_str() == change.digest)
        })
    };
    changes(plan).into_iter().filter(is_left).collect()
}

/// The digests of the images, one per line.
pub(super) fn digests(plan: &Plan) -> String {
    let digests = plan.steps.iter().map(|step| step.seen.manifest.digest.as_str());
    digests.collect::<Vec<_>>().join("\n")
}

/// The outputs of a run that changed `own`, with the record of all there is to take back.
pub(super) fn outputs(plan: &Plan, own: &Record, whole: &Record) -> Outputs {
    Outputs {
        digest: Some(digests(plan)),
        changed: Some(own.changed()),
        previous: Some(own.previous()),
        record: Some(whole.to_json()),
        plan: Some(json(plan)),
    }
}

/// The plan as JSON.
pub(super) fn json(plan: &Plan) -> String {
    planned::to_json(plan.steps.iter().map(|step| {
        let (digest, before) = (&step.seen.manifest.digest, step.seen.before.as_ref());
        Planned {
            tag: &step.seen.pair.to.text,
            action: step.action(),
            before,
            after: if step.is_write() { Some(digest) } else { before },
            reason: step.why(),
        }
    }))
}

/// The summary: a table of the images, and the way back.
pub(super) fn summary(plan: &Plan, dry_run: bool) -> Summary {
    let title = if dry_run { "Images that would be promoted" } else { "Promoted" };
    let rows = plan.steps.iter().take(ROWS).map(|step| {
        let before = step.seen.before.as_ref();
        vec![
            Markdown::code(&step.seen.pair.to.text),
            Markdown::code(&step.seen.pair.from.text),
            Markdown::code(step.seen.manifest.digest.short()),
            before.map_or_else(|| Markdown::raw("–"), |before| Markdown::code(before.short())),
            Markdown::text(if dry_run { step.why() } else { step.outcome() }),
        ]
    });
    let head = ["To", "From", "Digest", "Before", "Why"];
    let summary = Summary::new().heading(3, title).table(&head, rows);
    match plan.steps.len().saturating_sub(ROWS) {
        0 => summary,
        1 => summary.paragraph("One more image is in the log."),
        more => summary.paragraph(format!("{more} more images are in the log.")),
    }
}

/// What to run to go back; `None` when nothing was changed.
pub(crate) fn way_back(record: &Record, file: Option<&Path>, in_registry: bool) -> Option<String> {
    if record.changes.is_empty() {
        return None;
    }
    let program = "launchway-image rollback";
    if in_registry {
        let tags = record.changes.iter().map(|change| format!(" --tag {}", change.tag));
        return Some(format!("{program}{}", tags.collect::<String>()));
    }
    let json = record.to_json();
    Some(match file {
        Some(file) => format!("{program} --record-file {}", quoted(&file.display().to_string())),
        None if json.len() <= LONGEST_COMMAND => format!("{program} --record {}", quoted(&json)),
        None => format!("{program} --record-file FILE # with the output `record` in it"),
    })
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_a_command_to_copy() {
        let change = Change {
            tag: "r.io/a:prod".to_owned(),
            digest: "sha256:aa".to_owned(),
            previous: None,
            from: None,
        };
        let mut record = Record {
            schema: crate::record::SCHEMA.to_owned(),
            verb: "promote".to_owned(),
            at: "2026-11-21T12:00:00Z".to_owned(),
            by: Some("o'brien".to_owned()),
            run: None,
            changes: vec![change],
        };
        let back = |record: &Record, file: Option<&str>, referrer| {
            way_back(record, file.map(Path::new), referrer).unwrap_or_default()
        };
        assert!(back(&record, None, false).contains(r#""by":"o'\''brien""#));
        assert_eq!(
            back(&record, Some("a b.json"), false),
            "launchway-image rollback --record-file 'a b.json'"
        );
        assert_eq!(back(&record, None, true), "launchway-image rollback --tag r.io/a:prod");
        record.changes.clear();
        assert_eq!(back(&record, None, false), "");
    }
}

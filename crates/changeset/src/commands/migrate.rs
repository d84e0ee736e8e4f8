//! `migrate`: from version 2 of the peer to today's meaning, with the same next plan where a
//! configuration can keep it.

use launchway_base::{Failure, Location};
use launchway_runtime::{Annotation, Level};
use launchway_versioning::{Difference, Migration, PlannedVersion, migration, observe_migration};
use serde_json::json;

use crate::context::Context;

pub(crate) fn migrate(context: &Context<'_>) -> Result<u8, Failure> {
    let (dry_run, as_json) = (context.args.is_on("dryRun"), context.args.is_on("json"));
    if as_json {
        context.session.stdout_is_a_document();
    }
    let input = observe_migration(&context.cwd, &context.git(&context.cwd))?;
    let migration = migration(&input)?;
    say(context, &migration);
    if as_json {
        let document = json!({ "version": 1, "migration": migration });
        context.session.document(&format!("{document:#}\n"));
    }
    if dry_run {
        context.session.say("\nDry run: nothing was written.");
        return Ok(0);
    }
    let changes = migration.changes();
    changes.apply(&input.workspace.root)?;
    context.session.say(if changes.is_empty() {
        "\nThe configuration stays as it is."
    } else {
        "\n`.changeset/config.json` is written; review and commit it."
    });
    Ok(0)
}

fn say(context: &Context<'_>, migration: &Migration) {
    let session = context.session;
    if migration.differences.is_empty() {
        session.say("The next `version` releases the same as under version 2.");
    } else {
        session.say("What the next `version` does, under version 2 and now:");
    }
    for difference in &migration.differences {
        session.say(&line(difference));
    }
    if !migration.config_edits.is_empty() {
        session.say("\nConfiguration:");
    }
    for edit in &migration.config_edits {
        session.say(&format!("  {} = {}: {}", edit.key, edit.value, edit.why));
    }
    for note in &migration.notes {
        let mut annotation = Annotation::new(Level::Notice, note.text.clone());
        if let Some(file) = &note.file {
            annotation =
                annotation.at(Location { file: file.clone(), line: note.line, column: None });
        }
        session.annotate(&annotation);
    }
}

fn line(difference: &Difference) -> String {
    let show = |planned: &Option<PlannedVersion>| {
        planned.as_ref().map_or_else(
            || "no release".to_owned(),
            |planned| format!("{} ({})", planned.version, planned.bump),
        )
    };
    let (old, now) = (show(&difference.before), show(&difference.after));
    let mut text = if difference.kept {
        format!("  {}: {old}, kept by the configuration below", difference.package)
    } else {
        format!("  {}: {old} became {now}", difference.package)
    };
    if let Some(reason) = &difference.reason {
        text.push_str(&format!("\n      {reason}"));
    }
    if let Some(remedy) = &difference.remedy {
        text.push_str(&format!("\n      {remedy}"));
    }
    text
}

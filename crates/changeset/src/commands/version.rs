//! `version`: changesets become versions and changelogs.

use std::path::Path;

use launchway_base::Failure;
use launchway_changesets::PreMode;
use launchway_versioning::{
    CommitMessages, Prepared, Repository, SnapshotRequest, VersionOptions, apply,
    commit_messages_within, prepare,
};

use crate::context::Context;
use crate::report;

pub(crate) fn version(context: &Context<'_>) -> Result<u8, Failure> {
    let args = &context.args;
    let (dry_run, json) = (args.is_on("dryRun"), args.is_on("json"));
    if json {
        context.session.stdout_is_a_document();
    }
    let mut repository = context.repository()?;
    at_the_root(context, &repository)?;
    let options = VersionOptions {
        ignore: args.list("ignore"),
        snapshot: args.is_on("snapshot").then(|| SnapshotRequest { tag: args.text("snapshot") }),
        snapshot_template: args.text("snapshotPrereleaseTemplate"),
        now_millis: jiff::Timestamp::now().as_millisecond(),
    };
    let git = context.git(&context.cwd);
    let prepared = prepare(&mut repository, &options, &git, &context.generator_context())?;
    let Some(prepared) = prepared else {
        return nothing(context, &repository, json);
    };
    let is_snapshot = options.snapshot.is_some();
    let message = if is_snapshot || dry_run {
        None
    } else {
        commit_messages_within(
            &repository,
            CommitMessages::Version(&prepared.plan),
            &context.generator_context(),
        )?
    };
    say(context, &repository, &prepared, is_snapshot);
    if json {
        context.session.document(&report::json(&prepared));
    }
    if dry_run {
        context.session.say("\nDry run: nothing was written.");
        return Ok(0);
    }
    let applied = apply(&repository, &prepared, context.generator_context().deadline)?;
    for warning in &applied.warnings {
        context.session.warn(warning);
    }
    match message {
        None if applied.touched.is_empty() => context.session.say(
            "\nNo file changed: the changesets name only packages that are not released; see `ignore` and `privatePackages` in `.changeset/config.json`.",
        ),
        None => context.session.say("\nFiles are updated; review and commit them."),
        Some(message) => {
            let git = git.in_dir(&repository.workspace.root);
            git.stage(&applied.touched)?;
            git.commit(&message)?;
            context.session.say("\nFiles are updated and committed.");
        }
    }
    Ok(0)
}

/// Without changesets the peer fails, so that a pipeline does not go on; a repository may choose not
/// to.
fn nothing(context: &Context<'_>, repository: &Repository, json: bool) -> Result<u8, Failure> {
    let failure = Failure::rejected("no unreleased changesets found");
    if !repository.config.own.nothing_to_version_succeeds {
        return Err(failure.with_hint(
            "add one with `launchway-changeset add`; to let `version` end well without, write \
             `\"launchway\": { \"nothingToVersion\": \"succeed\" }` in `.changeset/config.json`",
        ));
    }
    if json {
        context.session.document(&report::empty_json());
    }
    context.session.say("No unreleased changesets: nothing to do.");
    Ok(0)
}

/// The peer looks for changesets where it is called, so elsewhere than at the root it finds none.
fn at_the_root(context: &Context<'_>, repository: &Repository) -> Result<(), Failure> {
    let root = &repository.workspace.root;
    let same = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    };
    if same(&context.cwd, root) {
        return Ok(());
    }
    Err(Failure::input(format!("`{}` has no `.changeset` folder", context.cwd.display()))
        .with_hint(format!(
            "run `version` in `{}`, or add `--cwd` with that folder",
            root.display()
        )))
}

fn say(context: &Context<'_>, repository: &Repository, prepared: &Prepared, is_snapshot: bool) {
    let session = context.session;
    report::complaints(session, &prepared.plan);
    if let Some(pre) = prepared.plan.pre.as_ref().filter(|pre| pre.mode == PreMode::Pre) {
        session.warn(&format!(
            "in pre mode: versions end in `-{}.N`; for a normal release, undo this and run \
             `launchway-changeset pre exit` first",
            pre.tag
        ));
    }
    if !is_snapshot && !repository.pre_migration.is_empty() {
        session.say("`.changeset/pre.json` is moved to the layout of version 3.");
    }
    session.say(&report::tree(&prepared.plan, true));
    if context.args.is_on("dryRun") {
        session.say(&report::files(&prepared.edits.changes));
    }
}

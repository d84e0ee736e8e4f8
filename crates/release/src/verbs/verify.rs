//! `verify`: whether what releases promised is there. Changes nothing.

use std::time::Duration;

use clap::Args;
use launchway_base::{Failure, parse_duration};
use launchway_publish::{PackageManager, choose_manager};
use launchway_runtime::{Markdown, Session, Summary};
use launchway_workspace::Workspace;

use crate::history::{self, Scope, Written};
use crate::inputs::Place;
use crate::observe::runner;
use crate::record::Publisher;
use crate::verify::{self, Expected, Unkept, Verified};
use crate::world::World;

/// The inputs of `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyInputs {
    /// Where it works and as whom.
    #[command(flatten)]
    pub place: Place,

    /// Which releases.
    #[command(flatten)]
    pub scope: Scope,

    /// How long is waited for lists and registries that lag behind.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub wait: Duration,
}

/// Looks everything up.
pub async fn main(session: &Session, inputs: &VerifyInputs) -> Result<(), Failure> {
    let world = World::observe(session, &inputs.place)?;
    world.github()?;
    let workspace = launchway_versioning::discover(&world.dir)?;
    let written = history::read(session, &world, &workspace, &inputs.scope)?;
    let manager = manager(session, &world, &workspace, &written).await?;
    let verified =
        look(session, &world, &workspace, manager.as_deref(), &written, inputs.wait).await?;
    session.summarize(&summary(&verified))?;
    if verified.missing.is_empty() {
        return Ok(());
    }
    Err(Failure::rejected(lines(&verified))
        .with_hint("`launchway-release repair` makes what is missing; a tag at the wrong commit has to be moved or deleted by hand"))
}

/// The package manager, where a registry has to be asked.
pub(super) async fn manager(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    written: &[Written],
) -> Result<Option<Box<dyn PackageManager>>, Failure> {
    let is_public = |one: &&Written| !one.promise.private && one.publish != Publisher::Nobody;
    if written.iter().find(is_public).is_none() {
        return Ok(None);
    }
    let manager = choose_manager(workspace, runner(session, world)).await;
    if written.iter().any(|one| one.promise.registry.is_some()) {
        return Ok(Some(manager?));
    }
    // A script may publish without one.
    Ok(manager.ok())
}

/// Looks the promises up and says what was found.
pub(super) async fn look(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    written: &[Written],
    wait: Duration,
) -> Result<Verified, Failure> {
    let group = session.group("Verify");
    let gone = written
        .iter()
        .filter(|one| one.promise.registry.is_some() && one.promise.package(workspace).is_none());
    for one in gone {
        session.notice(&format!(
            "no registry is asked for {}: the package is not in the workspace any more",
            one.promise.label()
        ));
    }
    let expected: Vec<Expected> =
        written.iter().map(|one| Expected::of(&one.promise, &one.blob)).collect();
    let verified = verify::verify(session, world, workspace, manager, &expected, wait).await?;
    session.say(&format!("there: {}", verified.counts()));
    drop(group);
    Ok(verified)
}

/// What is missing, for the failure.
pub(super) fn lines(verified: &Verified) -> String {
    let lines: Vec<String> = verified.missing.iter().map(Unkept::line).collect();
    format!("not everything that was promised is there:\n{}", lines.join("\n"))
}

/// What was found, for the summary.
pub(super) fn summary(verified: &Verified) -> Summary {
    let summary = Summary::new()
        .heading(2, if verified.missing.is_empty() { "Verified" } else { "Not verified" });
    summary
        .paragraph(Markdown::text("There: ").and(Markdown::text(&verified.counts())).and("."))
        .table(&["Missing", "Why"], verified.rows())
}

//! `complete`: tags and Releases of versions that were staged and are live by now.

use clap::Args;
use launchway_base::Failure;
use launchway_publish::{PackageManager, StageCommands, StagedItem};
use launchway_runtime::{Session, Summary};
use launchway_workspace::Workspace;

use super::repair::{self, RepairInputs};
use super::verify::manager;
use crate::history::{self, Scope, Written};
use crate::inputs::Place;
use crate::observe::runner;
use crate::plan::with_code;
use crate::registry::{self, Answer};
use crate::world::World;

/// The inputs of `complete`.
#[derive(Clone, Debug, Args)]
pub struct CompleteInputs {
    /// Where it works and as whom.
    #[command(flatten)]
    pub place: Place,

    /// Which releases.
    #[command(flatten)]
    pub scope: Scope,

    /// Push tags with git instead of the API.
    #[arg(long)]
    pub push_with_git_cli: bool,

    /// Say what there is to do and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Where a promised version is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whereabouts {
    /// Public.
    Live,
    /// It waits for approval.
    Waits(String),
    /// Nowhere: it was rejected, or never staged.
    Gone,
    /// Not public; whether it waits could not be asked.
    Unknown(String),
}

/// Completes what is live, says what waits, and fails for what is gone.
pub async fn main(session: &Session, inputs: &CompleteInputs) -> Result<(), Failure> {
    let world = World::observe(session, &inputs.place)?;
    world.github()?;
    let workspace = launchway_versioning::discover(&world.dir)?;
    let written = history::read(session, &world, &workspace, &inputs.scope)?;
    let manager = manager(session, &world, &workspace, &written).await?;
    let commands = StageCommands::new(runner(session, &world));
    let (mut live, mut lines, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for one in written {
        let label = one.promise.label();
        match place(&workspace, manager.as_deref(), &commands, &one).await? {
            Whereabouts::Live => live.push(one),
            Whereabouts::Waits(id) => lines.push(format!("{label} waits for approval as `{id}`")),
            Whereabouts::Unknown(why) => lines.push(format!(
                "{label} is not public yet; whether it still waits could not be asked: {why}"
            )),
            Whereabouts::Gone => gone.push(format!(
                "{label} is neither public nor waiting: it was rejected, or never staged. Nothing is tagged"
            )),
        }
    }
    for line in lines.iter().chain(&gone) {
        session.say(line);
    }
    if !lines.is_empty() || !gone.is_empty() {
        let all = lines.iter().chain(&gone).map(|line| with_code(line));
        session.summarize(&Summary::new().heading(2, "Staged versions").list(all))?;
    }
    let repair = RepairInputs {
        place: inputs.place.clone(),
        scope: inputs.scope.clone(),
        release_mode: None,
        push_with_git_cli: inputs.push_with_git_cli,
        dry_run: inputs.dry_run,
    };
    if !live.is_empty() {
        repair::make(session, &world, &workspace, manager.as_deref(), &live, &repair).await?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    Err(Failure::rejected(gone.join("\n")).with_hint(
        "release the next version, or publish again from the commit that promised it: a rejected number can be staged once more",
    ))
}

/// Where a promised version is. What is not promised to a registry counts as live.
async fn place(
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    commands: &StageCommands,
    one: &Written,
) -> Result<Whereabouts, Failure> {
    let package = one.promise.registry.as_ref().and_then(|_| one.promise.package(workspace));
    let (Some(package), Some(manager)) = (package, manager) else { return Ok(Whereabouts::Live) };
    let asked = [(package, one.promise.version.as_str())];
    match registry::ask(manager, workspace, &asked).await.pop() {
        Some(Answer::Missing | Answer::Unheard) if package.ecosystem.id() == "npm" => {}
        Some(Answer::Silent(why)) => return Ok(Whereabouts::Unknown(why)),
        Some(Answer::Missing | Answer::Unheard) => return Ok(Whereabouts::Gone),
        Some(Answer::There) | None => return Ok(Whereabouts::Live),
    }
    let is_it = |item: &StagedItem| item.version == one.promise.version;
    Ok(match commands.list(workspace, package).await? {
        Ok(items) => match items.into_iter().find(is_it) {
            Some(item) => Whereabouts::Waits(item.id),
            // It may have been approved just now.
            None => match registry::ask(manager, workspace, &asked).await.pop() {
                Some(Answer::There) => Whereabouts::Live,
                _ => Whereabouts::Gone,
            },
        },
        Err(error) => Whereabouts::Unknown(error.to_string()),
    })
}

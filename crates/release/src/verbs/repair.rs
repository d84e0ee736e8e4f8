//! `repair`: makes what releases promised and what is missing, and nothing else.

use std::time::Duration;

use clap::Args;
use launchway_base::{Failure, Kind};
use launchway_publish::PackageManager;
use launchway_runtime::{Session, Summary};
use launchway_workspace::Workspace;

use super::verify::{lines, look, manager, summary};
use crate::apply::{TagOutcome, publish, tags};
use crate::extras::Extras;
use crate::history::{self, Scope, Written};
use crate::inputs::{Place, ReleaseMode};
use crate::ledger;
use crate::observe::Found;
use crate::plan::{PublishPlan, TagWish, Tagging, with_code};
use crate::record::Publisher;
use crate::registry::{self, Answer};
use crate::verify::{Expected, PATIENCE, missing_assets};
use crate::world::World;

/// The inputs of `repair`.
#[derive(Clone, Debug, Args)]
pub struct RepairInputs {
    /// Where it works and as whom.
    #[command(flatten)]
    pub place: Place,

    /// Which releases.
    #[command(flatten)]
    pub scope: Scope,

    /// `publish` also publishes promised versions that are in no registry, when the checkout is at
    /// the commit that promised them.
    #[arg(long, value_enum)]
    pub release_mode: Option<ReleaseMode>,

    /// Push tags with git instead of the API.
    #[arg(long)]
    pub push_with_git_cli: bool,

    /// Say what is missing and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// What can be done about files that a published Release lacks.
async fn files(
    world: &World,
    workspace: &Workspace,
    one: &Written,
    tag: &str,
) -> Result<Option<Step>, Failure> {
    if missing_assets(world, &Expected::of(&one.promise, &one.blob)).await?.is_empty() {
        return Ok(None);
    }
    if !one.promise.is_current(workspace) {
        return Ok(Some(Step::Stuck(format!(
            "files of Release `{tag}` are missing, and the checkout is of another version; check out the tag and build them"
        ))));
    }
    Ok(Some(Step::Files(TagWish {
        tag: tag.to_owned(),
        package: Some(one.promise.name.clone()),
        version: Some(one.promise.version.clone()),
        commit: one.commit.clone(),
    })))
}

/// One missing thing that can be made, or the reason why it cannot.
enum Step {
    /// The tag, with or without its Release.
    Tag(TagWish, bool),
    /// Files of a Release that is there.
    Files(TagWish),
    /// The version, then the rest.
    Publish(String),
    /// It cannot be made: the next thing to do.
    Stuck(String),
}

/// Makes what is missing.
pub async fn main(session: &Session, inputs: &RepairInputs) -> Result<(), Failure> {
    let world = World::observe(session, &inputs.place)?;
    world.github()?;
    let workspace = launchway_versioning::discover(&world.dir)?;
    let written = history::read(session, &world, &workspace, &inputs.scope)?;
    let manager = manager(session, &world, &workspace, &written).await?;
    make(session, &world, &workspace, manager.as_deref(), &written, inputs).await
}

/// Makes what is missing of these promises.
pub(super) async fn make(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    written: &[Written],
    inputs: &RepairInputs,
) -> Result<(), Failure> {
    let steps = steps(world, workspace, manager, written, inputs).await?;
    let group = session.group(if inputs.dry_run { "Plan (dry run)" } else { "Plan" });
    let said: Vec<String> = steps.iter().map(Step::line).collect();
    if steps.is_empty() {
        session.say("nothing to repair: everything that was promised is there");
    }
    for line in &said {
        session.say(line);
    }
    drop(group);
    let plan = Summary::new()
        .heading(2, if steps.is_empty() { "Nothing to repair" } else { "Repair" })
        .list(said.iter().map(|line| with_code(line)));
    if inputs.dry_run || steps.is_empty() {
        return session.summarize(&plan);
    }
    let outcomes = apply(session, world, workspace, &steps, written, inputs).await?;
    // What cannot be made will not appear, however long is waited.
    let is_stuck = steps.iter().any(|step| matches!(step, Step::Stuck(_)));
    let patience = match (outcomes.is_empty(), is_stuck) {
        (true, _) => Duration::ZERO,
        (false, true) => PATIENCE / 12,
        (false, false) => PATIENCE,
    };
    let verified = look(session, world, workspace, manager, written, patience).await?;
    session.summarize(&plan)?;
    session.summarize(&summary(&verified))?;
    if verified.missing.is_empty() {
        return Ok(());
    }
    let mut text = lines(&verified);
    for step in &steps {
        if let Step::Stuck(_) = step {
            text = format!("{text}\n{}", step.line());
        }
    }
    for outcome in &outcomes {
        if let crate::apply::State::Failed(why) = &outcome.tag {
            text = format!("{text}\ntag `{}` could not be made: {why}", outcome.wish.tag);
        } else if let crate::apply::State::Failed(why) = &outcome.release {
            text = format!("{text}\nRelease `{}` could not be made: {why}", outcome.wish.tag);
        }
    }
    let kind = if outcomes.is_empty() { Kind::Rejected } else { Kind::Partial };
    Err(Failure::new(kind, text)
        .with_hint("once the cause is gone, run it again: what is there stays"))
}

impl Step {
    fn line(&self) -> String {
        match self {
            Self::Tag(wish, release) => {
                let what = if *release { "tag and Release" } else { "tag" };
                let at = wish.commit.as_deref().unwrap_or("the commit of this run");
                format!("make {what} `{}` at {at}, where they are missing", wish.tag)
            }
            Self::Files(wish) => format!("upload the files that Release `{}` lacks", wish.tag),
            Self::Publish(label) => format!("publish {label}, then tag it"),
            Self::Stuck(why) => format!("cannot be repaired: {why}"),
        }
    }
}

/// What is missing and can be made, and what cannot.
async fn steps(
    world: &World,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    written: &[Written],
    inputs: &RepairInputs,
) -> Result<Vec<Step>, Failure> {
    let tags: Vec<String> = written.iter().filter_map(|one| one.promise.tag.clone()).collect();
    let states = ledger::look(world, workspace, &tags).await?;
    let mut steps = Vec::new();
    for one in written {
        let promise = &one.promise;
        let state = promise.tag.as_ref().and_then(|tag| states.get(tag)).cloned();
        let state = state.unwrap_or_default();
        let has_tag = state.commit.is_some() || promise.tag.is_none();
        if has_tag && !is_in_registry_or_not_promised(one, workspace, manager).await {
            steps.push(unpublished(world, workspace, one, inputs));
            continue;
        }
        let Some(tag) = &promise.tag else { continue };
        if let (Some(commit), true) = (&state.commit, state.file.as_ref() != Some(&one.blob)) {
            steps.push(Step::Stuck(format!(
                "tag `{tag}` is at {commit}, which is no commit of this release; move or delete it by hand"
            )));
            continue;
        }
        if has_tag && (state.release.is_some() || !promise.release) {
            if state.release.is_some() {
                steps.extend(files(world, workspace, one, tag).await?);
            }
            continue;
        }
        if !has_tag && !may_be_tagged(one, workspace, manager).await {
            steps.push(unpublished(world, workspace, one, inputs));
            continue;
        }
        let Some(commit) = state.commit.clone().or_else(|| one.commit.clone()) else {
            steps.push(Step::Stuck(format!(
                "the commit that promised `{tag}` is not in the checkout; check out with `fetch-depth: 0`"
            )));
            continue;
        };
        let wish = TagWish {
            tag: tag.clone(),
            package: Some(promise.name.clone()),
            version: Some(promise.version.clone()),
            commit: Some(commit),
        };
        steps.push(Step::Tag(wish, promise.release));
    }
    Ok(steps)
}

async fn is_in_registry_or_not_promised(
    one: &Written,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
) -> bool {
    one.promise.registry.is_none() || is_there(one, workspace, manager).await != Some(false)
}

/// Whether the version is in its registry; `None` when that cannot be known.
async fn is_there(
    one: &Written,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
) -> Option<bool> {
    let package = one.promise.package(workspace)?;
    let asked = [(package, one.promise.version.as_str())];
    match registry::ask(manager?, workspace, &asked).await.pop()? {
        Answer::There => Some(true),
        Answer::Unheard if one.publish == Publisher::Script => None,
        Answer::Missing | Answer::Unheard => Some(false),
        Answer::Silent(_) => None,
    }
}

/// Whether a version without a tag may get one: it is known to be published, or nobody publishes it.
async fn may_be_tagged(
    one: &Written,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
) -> bool {
    match one.publish {
        _ if one.promise.private => true,
        Publisher::Nobody => true,
        Publisher::Registry => is_there(one, workspace, manager).await == Some(true),
        // The script's registry may be another one: only a clear no counts.
        Publisher::Script => is_there(one, workspace, manager).await != Some(false),
    }
}

/// What can be done for a version that is in no registry.
fn unpublished(world: &World, workspace: &Workspace, one: &Written, inputs: &RepairInputs) -> Step {
    let label = one.promise.label();
    let is_here = one.commit.as_deref() == Some(world.sha.as_str());
    if inputs.release_mode == Some(ReleaseMode::Publish)
        && is_here
        && one.promise.is_current(workspace)
    {
        return Step::Publish(one.promise.name.clone());
    }
    let commit = one.commit.as_deref().unwrap_or("the commit that promised it");
    Step::Stuck(format!(
        "{label} is not known to be in its registry; re-run the job of {commit}, or check that commit out and run `repair --release-mode publish`"
    ))
}

async fn apply(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    steps: &[Step],
    written: &[Written],
    inputs: &RepairInputs,
) -> Result<Vec<TagOutcome>, Failure> {
    let title = launchway_versioning::observe_settings(&world.dir)?.config.own.release_title;
    let promises = || written.iter().map(|one| &one.promise);
    let tagging = |releases: bool| Tagging {
        tags: true,
        releases,
        push_with_git_cli: inputs.push_with_git_cli,
        extras: Extras { title: title.clone(), ..Extras::promised(promises()) },
    };
    let mut outcomes = Vec::new();
    for releases in [true, false] {
        let wishes: Vec<TagWish> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Tag(wish, release) if *release == releases => Some(wish.clone()),
                Step::Files(wish) if releases => Some(wish.clone()),
                _ => None,
            })
            .collect();
        if !wishes.is_empty() {
            let group = session.group("Tags and Releases");
            let tagging = tagging(releases);
            outcomes.extend(tags::ensure(session, world, workspace, &tagging, wishes).await);
            drop(group);
        }
    }
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Publish(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    if !names.is_empty() {
        let found = Found::for_publishing(session, world).await?;
        let packages = found.snapshot.unpublished.iter();
        let packages = packages.filter(|entry| names.contains(&entry.name())).cloned().collect();
        let plan = PublishPlan { packages, unfinished: Vec::new(), after: tagging(true) };
        let done = publish::ourselves(session, world, &found, &plan).await?;
        outcomes.extend(done.tags);
        if let Some(failure) = done.failure {
            return Err(failure);
        }
    }
    Ok(outcomes)
}

//! `run`: the version pull request, or publishing and what follows.

use launchway_base::Failure;
use launchway_github::TokenKind;
use launchway_runtime::Session;

use crate::apply::again::{self, Moved};
use crate::apply::version::{self, Ended};
use crate::apply::{Applied, aftermath, follow, publish};
use crate::inputs::Inputs;
use crate::observe::{self, Found};
use crate::plan::{Plan, decide};
use crate::report::{self, Facts};
use crate::world::World;

/// Does what the inputs say.
pub async fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let mut world = World::observe(session, &inputs.place())?;
    let mut starts_left = again::TIMES;
    while let Some(moved) = once(session, inputs, &world, starts_left).await? {
        world = again::start(session, world, &moved)?;
        starts_left = starts_left.saturating_sub(1);
    }
    Ok(())
}

/// Does what the inputs say at one commit; tells when the base has moved on to another.
async fn once(
    session: &Session,
    inputs: &Inputs,
    world: &World,
    starts_left: usize,
) -> Result<Option<Moved>, Failure> {
    let found = observe::observe(session, inputs, world).await?;
    let mut plan = decide(&found.snapshot)?;
    if starts_left < again::TIMES && !matches!(plan, Plan::Version(_)) {
        plan = again::not_ours(world);
    }
    say(session, &found, &plan, inputs.dry_run);
    let mut facts = Facts {
        token: TokenKind::None,
        dry_run: inputs.dry_run,
        repo_url: world.repo_url(),
        sha: world.sha.clone(),
    };
    // What can be said is said, whatever comes: a later step may depend on it.
    let mut applied = Applied::default();
    if !inputs.dry_run {
        if let (Some(github), false) = (&world.github, matches!(plan, Plan::Nothing { .. })) {
            facts.token = github.token_kind().await.unwrap_or(TokenKind::Unknown);
        }
        applied = match apply(session, world, &found, &plan, (facts.token, starts_left)).await {
            Ok(applied) => applied,
            Err(failure) => {
                session.write_outputs(&report::outputs(
                    &found.snapshot,
                    &plan,
                    &Applied::default(),
                    &found.repository.workspace,
                ))?;
                return Err(failure);
            }
        };
    }
    if applied.moved.is_some() {
        return Ok(applied.moved);
    }
    let is_ours = starts_left == again::TIMES;
    if !inputs.dry_run
        && is_ours
        && let Some(tagging) = found.snapshot.following()
    {
        follow::all(session, world, &found, &tagging, &mut applied).await;
    }
    if !inputs.dry_run && applied.failure.is_none() {
        let checks = inputs.verify.unwrap_or(true);
        aftermath::check(session, world, &found, &plan, &mut applied, checks).await;
    }
    let workspace = &found.repository.workspace;
    session.write_outputs(&report::outputs(&found.snapshot, &plan, &applied, workspace))?;
    session.summarize(&report::summary(&found.snapshot, &plan, &applied, &facts))?;
    match applied.failure {
        Some(failure) => Err(failure),
        None => Ok(None),
    }
}

async fn apply(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &Plan,
    (token, starts_left): (TokenKind, usize),
) -> Result<Applied, Failure> {
    match plan {
        Plan::Version(plan) => {
            let before = publish::leftovers(session, world, found, plan).await;
            Ok(match version::apply(session, world, found, plan, token, starts_left).await? {
                Ended::Done(pull) => Applied { pull: Some(pull), ..before },
                Ended::Moved(moved) => Applied { moved: Some(moved), ..Applied::default() },
            })
        }
        Plan::Script(plan) => publish::script(session, world, found, plan).await,
        Plan::Publish(plan) => publish::ourselves(session, world, found, plan).await,
        Plan::Tag(plan) => publish::tag_only(session, world, found, plan).await,
        Plan::Nothing { .. } => Ok(Applied::default()),
    }
}

/// Prints the plan. A dry run prints the same, and the JSON.
fn say(session: &Session, found: &Found, plan: &Plan, dry_run: bool) {
    let _group = session.group(if dry_run { "Plan (dry run)" } else { "Plan" });
    let snapshot = &found.snapshot;
    if snapshot.pending.is_empty() && !snapshot.empty.is_empty() {
        session.say(&format!(
            "all changesets are empty ({}): they release nothing, so the run goes on as if there were none",
            snapshot.empty.join(", ")
        ));
    }
    for line in plan.lines() {
        session.say(&line);
    }
    if dry_run {
        session.say(&plan.to_json());
    }
}

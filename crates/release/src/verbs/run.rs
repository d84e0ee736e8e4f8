//! `run`: the version pull request, or publishing and what follows.

use launchway_base::Failure;
use launchway_github::TokenKind;
use launchway_runtime::Session;

use crate::apply::{Applied, publish, version};
use crate::inputs::Inputs;
use crate::observe::{self, Found};
use crate::plan::{Plan, decide};
use crate::report::{self, Facts};
use crate::world::World;

/// Does what the inputs say.
pub async fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let world = World::observe(session, &inputs.place())?;
    let found = observe::observe(session, inputs, &world).await?;
    let plan = decide(&found.snapshot)?;
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
        applied = match apply(session, &world, &found, &plan, facts.token).await {
            Ok(applied) => applied,
            Err(failure) => {
                session.write_outputs(&report::outputs(
                    &found.snapshot,
                    &plan,
                    &Applied::default(),
                ))?;
                return Err(failure);
            }
        };
    }
    session.write_outputs(&report::outputs(&found.snapshot, &plan, &applied))?;
    session.summarize(&report::summary(&found.snapshot, &plan, &applied, &facts))?;
    match applied.failure {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

async fn apply(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &Plan,
    token: TokenKind,
) -> Result<Applied, Failure> {
    match plan {
        Plan::Version(plan) => {
            let pull = version::apply(session, world, found, plan, token).await?;
            Ok(Applied { pull: Some(pull), ..Applied::default() })
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

//! Looking up what a run did: green means done.

use std::collections::BTreeMap;
use std::time::Duration;

use launchway_base::{Failure, Kind};
use launchway_runtime::Session;

use super::{Applied, Done, State, TagOutcome};
use crate::observe::Found;
use crate::plan::Plan;
use crate::verify::{self, Expected, Right, Unkept, Verified};
use crate::world::World;

/// Looks up everything the run made or found, and what was promised; what is missing becomes the
/// run's failure. Without `checks` it is only said what a script left out.
pub async fn check(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &Plan,
    applied: &mut Applied,
    checks: bool,
) {
    if !checks {
        for one in &applied.unkept {
            session.warn(&one.line());
        }
        return;
    }
    let expected = expected(world, found, plan, applied);
    if expected.is_empty() && applied.unkept.is_empty() {
        return;
    }
    let group = session.group("Verify");
    let patience = if has_done_something(applied) { verify::PATIENCE } else { Duration::ZERO };
    let (workspace, manager) = (&found.repository.workspace, found.manager.as_deref());
    let looked = verify::verify(session, world, workspace, manager, &expected, patience).await;
    let mut verified = match looked {
        Ok(verified) => verified,
        Err(failure) => {
            drop(group);
            applied.failure = Some(unseen(applied, &failure));
            return;
        }
    };
    session.say(&format!("there: {}", verified.counts()));
    verified.missing.splice(0..0, applied.unkept.iter().cloned());
    for one in &verified.missing {
        session.say(&format!("missing: {}", one.line()));
    }
    drop(group);
    applied.failure = failure(applied, &verified);
    applied.verified = Some(verified);
}

/// What must be there after the run.
fn expected(world: &World, found: &Found, plan: &Plan, applied: &Applied) -> Vec<Expected> {
    let blobs: BTreeMap<&str, &str> = found
        .ledger
        .iter()
        .flat_map(|ledger| {
            let tags = ledger.promises.iter().filter_map(|promise| promise.tag.as_deref());
            tags.map(|tag| (tag, ledger.blob.as_str()))
        })
        .collect();
    let tagged = applied.tags.iter().filter(|outcome| !outcome.tag.is_failed()).map(|outcome| {
        let right = match blobs.get(outcome.wish.tag.as_str()) {
            Some(blob) => Right::Record((*blob).to_owned()),
            None => commit_of(outcome, &world.sha),
        };
        Expected {
            package: outcome.wish.package.clone(),
            version: outcome.wish.version.clone(),
            tag: (outcome.tag != State::NotWanted).then(|| outcome.wish.tag.clone()),
            right,
            release: matches!(outcome.release, State::Made(_) | State::There(_)),
            assets: match outcome.release {
                State::Made(_) | State::There(_) => {
                    found.snapshot.extras.assets_of(outcome.wish.package.as_deref())
                }
                _ => Vec::new(),
            },
            registry: false,
        }
    });
    let mut expected: Vec<Expected> = tagged.collect();
    if matches!(plan, Plan::Publish(_)) {
        for published in &applied.published {
            expected.push(Expected {
                package: Some(published.name.clone()),
                version: Some(published.version.clone()),
                registry: true,
                ..Expected::default()
            });
        }
    }
    // A tag that names something else can only be told of.
    let astray = found.snapshot.unfinished.iter().filter(|other| other.is_astray);
    if let Some(ledger) = &found.ledger {
        let told = astray.filter_map(|other| other.promise.as_ref());
        expected.extend(told.map(|promise| Expected {
            release: false,
            assets: Vec::new(),
            registry: false,
            ..Expected::of(promise, &ledger.blob)
        }));
    }
    expected
}

/// Where a tag must be that no record promised: where this run made or found it.
fn commit_of(outcome: &TagOutcome, run: &str) -> Right {
    match &outcome.tag {
        // It was told about already, and belongs to whoever made it.
        State::Elsewhere(_) => Right::Any,
        _ => Right::Commit(outcome.wish.commit_or(run).to_owned()),
    }
}

fn has_done_something(applied: &Applied) -> bool {
    let is_made = |state: &State| matches!(state, State::Made(_));
    let pull = applied.pull.as_ref();
    !applied.published.is_empty()
        || applied.tags.iter().any(|outcome| is_made(&outcome.tag) || is_made(&outcome.release))
        || pull.is_some_and(|pull| matches!(pull.pull, Done::Made | Done::Updated))
}

const HINT: &str = "run this job again, or `launchway-release repair`: what is there stays, what is missing is made. A tag at the wrong commit has to be moved or deleted by hand";

fn failure(applied: &Applied, verified: &Verified) -> Option<Failure> {
    if verified.missing.is_empty() {
        return None;
    }
    let kind = if has_done_something(applied) { Kind::Partial } else { Kind::Rejected };
    let lines: Vec<String> = verified.missing.iter().map(Unkept::line).collect();
    let text = format!("not everything that was promised is there:\n{}", lines.join("\n"));
    Some(Failure::new(kind, text).with_hint(HINT))
}

/// The failure of a run that could not look.
fn unseen(applied: &Applied, failure: &Failure) -> Failure {
    let kind = if has_done_something(applied) { Kind::Partial } else { failure.kind() };
    let mut lines = vec![format!("what was done could not be looked up: {}", failure.chain())];
    lines.extend(applied.unkept.iter().map(Unkept::line));
    let text = lines.join("\n");
    Failure::new(kind, text).with_hint(failure.hint().unwrap_or(HINT).to_owned())
}

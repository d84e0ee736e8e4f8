//! Promotion by digest: observed, guarded, copied, moved together or not at all, read back, and
//! recorded.
//!
//! The record is written before the tags move. A run that is killed in between leaves a record of
//! what did not happen, from which `rollback` has nothing to do; the other way round it would leave
//! a tag nobody knows the way back of.

pub mod attach;
mod inputs;
mod known;
mod observe;
mod pairs;
mod plan;
pub(crate) mod report;

use std::collections::BTreeSet;
use std::time::Duration;

use launchway_base::Failure;
use launchway_registry::copy::Along;
use launchway_registry::{Digest, Registry, Repository};
use launchway_runtime::{Session, Summary};

pub use inputs::{Inputs, RecordKind};
pub use pairs::{Pair, Source};
pub use plan::{Plan, Seen, Step};

pub(crate) use observe::whole;
pub(crate) use pairs::lines;
pub(crate) use plan::named;

use known::Known;

use crate::artifacts;
use crate::moves::{self, Hands, Move};
use crate::outputs::Outputs;
use crate::record::{self, Record};

/// The verb in its record.
const VERB: &str = "promote";
/// How long putting back may take when the time of the command is up.
const GRACE: Duration = Duration::from_mins(1);

/// Promotes.
///
/// # Errors
/// A source does not hold the digest it must; a tag that never moves holds another one; a registry
/// refuses or cannot be reached; something could not be put back.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let pairs = pairs::read(&inputs)?;
    record::check_writable(inputs.record_file.as_deref())?;
    let registry = inputs.place.registry(session)?;
    if !inputs.dry_run {
        registry.expect_writes(pairs.iter().map(|pair| &pair.to.repository));
    }
    let images = observe::images(&registry, pairs).await?;
    let plan = Plan::new(images, &inputs.immutable)?;
    let along = Along { referrers: inputs.referrers };
    let copies = observe::copies(&registry, &plan, along).await?;
    for warning in copies.iter().flat_map(|copy| &copy.warnings) {
        session.warn(warning);
    }
    let plan = plan.with_copies(copies);
    {
        let _group = session.group("Promotion");
        for line in report::lines(&plan) {
            session.say(&line);
        }
    }
    if inputs.dry_run {
        session.summarize(&report::summary(&plan, true))?;
        let digest = Some(report::digests(&plan));
        let outputs = Outputs { digest, plan: Some(report::json(&plan)), ..Outputs::default() };
        session.write_outputs(&outputs.within_budget(session))?;
        session.say("dry run: nothing was written");
        return Ok(());
    }
    let done = carry_out(session, &registry, &inputs, &plan).await?;
    finish(session, &inputs, &plan, &done)
}

/// What a run did.
struct Done {
    /// What it changed itself.
    own: Record,
    /// How the tags came to hold what they hold, with what earlier attempts changed.
    shown: Option<Record>,
}

/// Copies, records and moves.
async fn carry_out(
    session: &Session,
    registry: &Registry,
    inputs: &Inputs,
    plan: &Plan,
) -> Result<Done, Failure> {
    for repository in plan.tried() {
        registry.check_push(repository).await.map_err(|error| {
            Failure::from(error)
                .while_doing(&format!("nothing was promoted: cannot write to {repository}"))
        })?;
    }
    for copy in &plan.copies {
        let copied = registry.copy(copy).await.map_err(|error| {
            Failure::from(error).while_doing(&format!("cannot copy {} to {}", copy.from, copy.to))
        })?;
        session.say(&format!("copied to {}: {copied}", copy.to));
    }
    let moves = plan.writes().map(|step| Move {
        target: step.seen.pair.to.clone(),
        before: step.seen.before.clone(),
        manifest: step.seen.manifest.clone(),
    });
    let moves: Vec<Move> = moves.collect();
    if !plan.copies.is_empty() {
        moves::unmoved(registry, moves.iter()).await?;
    }
    let own = Record::new(session, VERB, report::changes(plan));
    let known = Known::new(registry, inputs);
    if own.changes.is_empty() {
        return Ok(Done { shown: known.of_all(session, plan).await?, own });
    }
    let whole = known.with_earlier(session, plan, &own).await?;
    let whole = Record { changes: whole, ..own.clone() };
    if let Some(path) = &inputs.record_file {
        whole.write(path)?;
    }
    let attached = match inputs.record {
        RecordKind::Referrer => attach_to_all(registry, plan, &whole).await?,
        RecordKind::Output => Vec::new(),
    };
    let back = inputs.place.registry_within(session, inputs.place.timeout.saturating_add(GRACE))?;
    let hands = Hands { registry, back: &back };
    let Err(undone) = moves::apply(&hands, &[moves]).await else {
        return Ok(Done { own, shown: Some(whole) });
    };
    let left = report::remaining(plan, &undone);
    if left.is_empty() {
        // It tells of what is not so. Where nothing can be deleted it stays: what the tag holds
        // has another record.
        for (repository, digest) in &attached {
            if let Err(error) = back.delete_manifest(repository, &digest.into()).await {
                tracing::info!("the record stays: {error}");
            }
        }
    }
    let whole = whole.without(&own.changes, &left);
    let own = Record { changes: left, ..own };
    let told =
        inputs.record_file.as_ref().map_or(Ok(()), |path| whole.write(path)).and_then(|()| {
            session.write_outputs(&report::outputs(plan, &own, &whole).within_budget(session))
        });
    if let Err(failure) = told {
        session.warn(&failure.chain());
    }
    Err(undone.into_failure())
}

/// Attaches the record to each image; gives what was attached.
async fn attach_to_all(
    registry: &Registry,
    plan: &Plan,
    record: &Record,
) -> Result<Vec<(Repository, Digest)>, Failure> {
    let mut done = BTreeSet::new();
    let mut attached = Vec::new();
    for step in plan.writes() {
        let (target, manifest) = (&step.seen.pair.to, &step.seen.manifest);
        if !done.insert((&target.repository, &manifest.digest)) {
            continue;
        }
        // A run that was killed has left its record, and a second one is no more true.
        let newest = attach::newest(registry, target, &manifest.digest).await?;
        let is_ours = newest.is_some_and(|(known, _)| {
            known.verb == VERB
                && known.run.is_some()
                && known.run == record.run
                && known.changes == record.changes
        });
        if !is_ours {
            let now = jiff::Timestamp::now();
            let repository = &target.repository;
            let digest = attach::attach(registry, repository, manifest, record, now).await;
            let digest = digest.map_err(|failure| {
                failure.while_doing(&format!("cannot attach the record to {target}"))
            })?;
            attached.push((repository.clone(), digest));
        }
    }
    Ok(attached)
}

fn finish(session: &Session, inputs: &Inputs, plan: &Plan, done: &Done) -> Result<(), Failure> {
    let shown = done.shown.as_ref().unwrap_or(&done.own);
    if let Some(path) = &inputs.record_file {
        shown.write(path)?;
    }
    session.write_outputs(&report::outputs(plan, &done.own, shown).within_budget(session))?;
    let back = report::way_back(
        shown,
        inputs.record_file.as_deref(),
        inputs.record == RecordKind::Referrer,
    );
    let mut summary = report::summary(plan, false);
    if let Some(back) = &back {
        summary = summary.append(Summary::new().paragraph("To roll back:").code("sh", back));
    }
    session.summarize(&summary)?;
    let images =
        plan.steps.iter().map(|step| (&step.seen.pair.to.repository, &step.seen.manifest.digest));
    // The tags have moved, whatever becomes of this.
    if let Err(failure) = artifacts::announce(session, images) {
        session.warn(&failure.chain());
    }
    session.say(&match done.own.changes.len() {
        0 => "every tag holds its image already".to_owned(),
        1 => "one image was promoted".to_owned(),
        count => format!("{count} images were promoted"),
    });
    if let Some(back) = back {
        session.say(&format!("to roll back: {back}"));
    }
    Ok(())
}

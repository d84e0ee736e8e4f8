//! What a run before this one recorded: of a run that was killed the way back must not be lost.

use launchway_base::Failure;
use launchway_registry::Registry;

use super::plan::{Plan, Step};
use super::{Inputs, RecordKind, VERB, attach, report};
use crate::record::{Change, Record};

/// The record by which every tag came to hold what it holds, when nothing is left to do.
pub(super) async fn of_all(
    registry: &Registry,
    inputs: &Inputs,
    plan: &Plan,
) -> Result<Option<Record>, Failure> {
    let Some(step) = plan.steps.first() else { return Ok(None) };
    let found = of_step(registry, inputs, step).await?;
    Ok(found.filter(|record| plan.steps.iter().all(|step| change(record, step).is_some())))
}

/// All this run changes, in the order of the input: with what an earlier attempt of it had changed
/// before it was killed.
pub(super) async fn with_earlier(
    registry: &Registry,
    inputs: &Inputs,
    plan: &Plan,
    own: &Record,
) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        if step.is_write() {
            changes.push(report::change(step));
        } else if own.run.is_some()
            && let Some(record) = of_step(registry, inputs, step).await?
            && record.run == own.run
        {
            changes.extend(change(&record, step));
        }
    }
    Ok(changes)
}

/// From the file first, then from the registry.
async fn of_step(
    registry: &Registry,
    inputs: &Inputs,
    step: &Step,
) -> Result<Option<Record>, Failure> {
    let is_promotion = |record: &Record| record.verb == VERB && change(record, step).is_some();
    let file = inputs.record_file.as_deref().filter(|path| path.exists());
    let told = file.and_then(|path| Record::read(path).ok()).filter(&is_promotion);
    if told.is_some() || inputs.record != RecordKind::Referrer {
        return Ok(told);
    }
    let digest = &step.seen.manifest.digest;
    let newest = attach::newest(registry, &step.seen.pair.to, digest).await?;
    Ok(newest.map(|(record, _)| record).filter(is_promotion))
}

fn change(record: &Record, step: &Step) -> Option<Change> {
    attach::change_of(record, &step.seen.pair.to, &step.seen.manifest.digest)
}

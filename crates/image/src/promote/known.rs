//! What a run before this one recorded: of a run that was killed the way back must not be lost.

use launchway_base::Failure;
use launchway_registry::Registry;

use super::plan::{Plan, Step};
use super::{Inputs, RecordKind, VERB, attach, report};
use crate::record::{Change, Record};

/// The record of the run that left nothing to do: every tag it moved holds what it says. Others
/// held their image before it.
pub(super) async fn of_all(
    registry: &Registry,
    inputs: &Inputs,
    plan: &Plan,
) -> Result<Option<Record>, Failure> {
    for step in &plan.steps {
        if let Some(record) = of_step(registry, inputs, step).await? {
            let is_so = |one: &Change| plan.steps.iter().any(|step| is_of(one, step));
            return Ok(Some(record).filter(|record| record.changes.iter().all(is_so)));
        }
    }
    Ok(None)
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

fn is_of(change: &Change, step: &Step) -> bool {
    change.tag == step.seen.pair.to.text && change.digest == step.seen.manifest.digest.as_str()
}

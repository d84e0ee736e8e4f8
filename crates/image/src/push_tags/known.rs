//! What a run before this one recorded: neither one that was killed nor its rerun may lose the way
//! back.

use std::collections::HashMap;
use std::path::Path;

use super::VERB;
use super::plan::{Plan, Step};
use crate::record::{Change, Record};

/// What `own` changes, with what an attempt before it recorded in the file: one of the same run, or
/// any that left nothing to do.
pub(super) fn with_earlier(file: Option<&Path>, plan: &Plan, own: &Record) -> Record {
    let file = file.filter(|path| path.exists());
    let told = file.and_then(|path| Record::read(path).ok()).filter(|told| told.verb == VERB);
    let Some(told) = told else { return own.clone() };
    let held: HashMap<&str, &Step> =
        plan.steps.iter().map(|step| (step.target.text.as_str(), step)).collect();
    let is_so = |change: &Change| {
        held.get(change.tag.as_str()).is_some_and(|step| !step.is_write())
            && change.digest == plan.image.digest.as_str()
    };
    if own.changes.is_empty() {
        let is_whole = !told.changes.is_empty() && told.changes.iter().all(is_so);
        return if is_whole { told } else { own.clone() };
    }
    if own.run.is_none() || told.run != own.run {
        return own.clone();
    }
    let earlier = told.changes.iter().filter(|change| is_so(change));
    let all: HashMap<&str, &Change> =
        earlier.chain(&own.changes).map(|change| (change.tag.as_str(), change)).collect();
    let in_order = plan.steps.iter().filter_map(|step| all.get(step.target.text.as_str()));
    Record { changes: in_order.map(|change| (*change).clone()).collect(), ..own.clone() }
}

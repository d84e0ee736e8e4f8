//! What a run before this one recorded: neither one that was killed nor its rerun may lose the way
//! back.

use std::collections::HashMap;

use super::VERB;
use super::plan::{Plan, Step};
use crate::record::{Change, Record};

/// What `own` changes, with what an attempt before it recorded in the file; and how many changes
/// are of that one.
///
/// What an attempt recorded is taken over where its tag holds what the record says and this run
/// wants: even if it is of a run long ago, what it says of the time before is the way back. Only a
/// run that is known to be another one has a record of its own.
pub(super) fn with_earlier(told: Option<Record>, plan: &Plan, own: &Record) -> (Record, usize) {
    let Some(told) = told.filter(|told| told.verb == VERB) else { return (own.clone(), 0) };
    let held: HashMap<&str, &Step> =
        plan.steps.iter().map(|step| (step.target.text.as_str(), step)).collect();
    let is_so = |change: &&Change| {
        held.get(change.tag.as_str()).is_some_and(|step| !step.is_write())
            && change.digest == plan.image.digest.as_str()
    };
    let earlier: Vec<&Change> = told.changes.iter().filter(is_so).collect();
    if own.changes.is_empty() && earlier.len() == told.changes.len() && !earlier.is_empty() {
        let count = earlier.len();
        return (told, count);
    }
    if !own.may_continue(&told) {
        return (own.clone(), 0);
    }
    let count = earlier.len();
    let all: HashMap<&str, &Change> = earlier
        .into_iter()
        .chain(&own.changes)
        .map(|change| (change.tag.as_str(), change))
        .collect();
    let in_order = plan.steps.iter().filter_map(|step| all.get(step.target.text.as_str()));
    let changes = in_order.map(|change| (*change).clone()).collect();
    (Record { changes, ..own.clone() }, count)
}

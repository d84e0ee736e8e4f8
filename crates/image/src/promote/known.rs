//! What a run before this one recorded: of a run that was killed the way back must not be lost.
//!
//! What it recorded is taken over where its tag holds what the record says and this run wants: even
//! if it is of a run long ago, what it says of the time before is the way back. Only a run that is
//! known to be another one has a record of its own.

use std::borrow::Cow;
use std::collections::HashMap;

use launchway_base::Failure;
use launchway_registry::{Reference, Registry, Repository, Tag};
use launchway_runtime::Session;

use super::plan::{Plan, Step};
use super::{Inputs, RecordKind, VERB, attach, report};
use crate::record::{self, Change, Record};

type ByTag = HashMap<(Repository, Tag), Change>;

/// Where records of earlier runs are: in the file first, then in the registry.
pub(super) struct Known<'a> {
    registry: &'a Registry,
    in_registry: bool,
    /// The record of the file, and its changes by their tags.
    file: Option<(Record, ByTag)>,
    name: String,
}

impl<'a> Known<'a> {
    /// Reads the file.
    pub(super) fn new(registry: &'a Registry, inputs: &Inputs) -> Self {
        let file = inputs.record_file.as_deref();
        let told = file.and_then(Record::told).filter(|told| told.verb == VERB);
        let by_tag = |record: &Record| -> ByTag {
            let changes = record.changes.iter();
            let named = changes.filter_map(|change| {
                let reference: Reference = change.tag.parse().ok()?;
                Some(((reference.repository, reference.tag?), change.clone()))
            });
            named.collect()
        };
        Self {
            registry,
            in_registry: inputs.record == RecordKind::Referrer,
            file: told.map(|told| {
                let changes = by_tag(&told);
                (told, changes)
            }),
            name: file.map_or_else(|| "the registry".to_owned(), |path| path.display().to_string()),
        }
    }

    /// The record of the run that left nothing to do: every tag it moved holds what it says. Others
    /// held their image before it.
    pub(super) async fn of_all(
        &self,
        session: &Session,
        plan: &Plan,
    ) -> Result<Option<Record>, Failure> {
        for step in &plan.steps {
            if let Some((record, _)) = self.of_step(step).await? {
                let goals: HashMap<&str, &str> = plan.steps.iter().map(goal).collect();
                let is_so =
                    |one: &Change| goals.get(one.tag.as_str()) == Some(&one.digest.as_str());
                let found =
                    Some(record.into_owned()).filter(|record| record.changes.iter().all(is_so));
                if let Some(record) = &found {
                    session.say(&record::taken_over(record.changes.len(), &self.name));
                }
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// All this run changes, in the order of the input: with what an earlier attempt of it had
    /// changed before it was killed.
    pub(super) async fn with_earlier(
        &self,
        session: &Session,
        plan: &Plan,
        own: &Record,
    ) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::with_capacity(plan.steps.len());
        let mut earlier = 0;
        for step in &plan.steps {
            if step.is_write() {
                changes.push(report::change(step));
            } else if let Some((record, change)) = self.of_step(step).await?
                && own.may_continue(&record)
            {
                changes.push(change);
                earlier += 1;
            }
        }
        if earlier > 0 {
            session.say(&record::taken_over(earlier, &self.name));
        }
        Ok(changes)
    }

    async fn of_step(&self, step: &Step) -> Result<Option<(Cow<'_, Record>, Change)>, Failure> {
        let (target, digest) = (&step.seen.pair.to, &step.seen.manifest.digest);
        if let Some((record, changes)) = &self.file
            && let Some(change) = changes.get(&(target.repository.clone(), target.tag.clone()))
            && change.digest == digest.as_str()
        {
            return Ok(Some((Cow::Borrowed(record), change.clone())));
        }
        if !self.in_registry {
            return Ok(None);
        }
        let newest = attach::newest(self.registry, target, digest).await?;
        let newest = newest.filter(|(record, _)| record.verb == VERB);
        Ok(newest.map(|(record, change)| (Cow::Owned(record), change)))
    }
}

fn goal(step: &Step) -> (&str, &str) {
    (&step.seen.pair.to.text, step.seen.manifest.digest.as_str())
}

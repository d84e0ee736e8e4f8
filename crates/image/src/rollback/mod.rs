//! Back to what was before, from the record of a promotion or push.

mod observe;
mod plan;
mod report;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, stream};
use launchway_base::{Failure, Location};
use launchway_registry::{Registry, RegistryError, Which};
use launchway_runtime::{Session, files};

pub use plan::{Act, Held, Plan, Seen, Step, Wish};

use crate::moves::{self, AT_ONCE, Hands, Move};
use crate::outputs::Outputs;
use crate::place::Place;
use crate::promote::{attach, lines};
use crate::record::{self, Change, Record};
use crate::references;

/// The verb in its record.
pub(crate) const VERB: &str = "rollback";
/// How long putting back may take when the time of the command is up.
const GRACE: Duration = Duration::from_mins(1);

/// The inputs of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Record of what is taken back: the output `record` of `promote` or `push-tags`.
    #[arg(long, value_name = "JSON")]
    pub record: Option<String>,

    /// File to read `record` from, as `record-file` of `promote` or `push-tags` wrote it.
    #[arg(long, value_name = "FILE")]
    pub record_file: Option<PathBuf>,

    /// Tags to take back, `REGISTRY/NAME:TAG`, one per line. With a record: only these of it.
    /// Without one: the newest record that `promote` kept in the registry with
    /// `record: referrer`.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,

    /// Put back what was before even where the tag holds something else than the record says.
    #[arg(long)]
    pub force: bool,

    /// File to write the record of the rollback to.
    #[arg(long, value_name = "FILE")]
    pub new_record_file: Option<PathBuf>,

    /// Print what would be done and write nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// How registries are reached.
    #[command(flatten)]
    pub place: Place,
}

/// Takes back.
///
/// # Errors
/// A tag holds something else than the record says, or what it held is gone (exit 1); a registry
/// refuses or cannot be reached, or deletes no tags (exit 3); a tag that is too much could not be
/// deleted this time (exit 4).
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let file = inputs.record_file.as_deref();
    let given =
        files::text_or_file("record", inputs.record.as_deref(), file).map_err(|failure| {
            references::hinted(
                failure,
                "name the file that `record-file` of `promote` or `push-tags` wrote",
            )
        })?;
    let targets = references::named_targets("tag", &lines(&inputs.tag))?;
    let record = given.as_deref().map(Record::parse).transpose().map_err(|failure| match file {
        Some(file) => failure.at(Location::file(file.display().to_string())),
        None => failure,
    })?;
    if record.is_none() && targets.is_empty() {
        return Err(Failure::input("neither `record`, `record-file` nor `tag` is given")
            .with_hint("give the record of the promotion, or the tag whose newest record is in the registry"));
    }
    record::check_writable(inputs.new_record_file.as_deref())?;
    let registry = inputs.place.registry(session)?;
    let in_registry = record.is_none();
    let wishes = match &record {
        Some(record) => plan::wishes(record, &targets)?,
        None => observe::newest(&registry, &targets, inputs.force).await?,
    };
    if !inputs.dry_run {
        registry.expect_writes(wishes.iter().map(|wish| &wish.target.repository));
    }
    let plan = Plan::new(observe::held(&registry, wishes).await?, inputs.force)?;
    {
        let _group = session.group("Rollback");
        for line in report::lines(&plan) {
            session.say(&line);
        }
    }
    if inputs.dry_run {
        session.summarize(&report::summary(&plan, None))?;
        let outputs = Outputs { plan: Some(report::json(&plan)), ..Outputs::default() };
        session.write_outputs(&outputs.within_budget(session))?;
        session.say("dry run: nothing was written");
        return Ok(());
    }
    let changes = report::changes(&plan);
    let record = Record::new(session, VERB, changes);
    if let Some(path) = &inputs.new_record_file {
        record.write(path)?;
    }
    if in_registry {
        attach_to_all(&registry, &plan, &record).await?;
    }
    let done = carry_out(session, &registry, &inputs, &plan).await;
    let (record, left) = match &done {
        Ok(left) => (record, left.iter().map(|(target, _)| target.clone()).collect()),
        Err((_, stuck)) => {
            // What was put back is as before; what is stuck holds what the record says.
            let changes = only(&record.changes, stuck);
            let is_stuck =
                |target: &references::Target| stuck.iter().any(|(other, _)| other == target);
            let all = plan.steps.iter().map(|step| step.seen.wish.target.clone());
            (Record { changes, ..record }, all.filter(|target| !is_stuck(target)).collect())
        }
    };
    if let Some(path) = &inputs.new_record_file {
        record.write(path)?;
    }
    let names: Vec<_> = left;
    session.write_outputs(&report::outputs(&plan, &record, &names).within_budget(session))?;
    let left = done.map_err(|(failure, _)| failure)?;
    session.summarize(&report::summary(&plan, Some(&names)))?;
    let count = plan.steps.iter().filter(|step| step.act != Act::Keep).count();
    if !left.is_empty() {
        return Err(report::left(&left, count.saturating_sub(left.len())));
    }
    session.say(&match count {
        0 if plan.steps.is_empty() => {
            "the record tells of no change: there is nothing to take back".to_owned()
        }
        0 => "everything holds already what it held before".to_owned(),
        1 => "one tag was taken back".to_owned(),
        count => format!("{count} tags were taken back"),
    });
    Ok(())
}

/// Why a tag is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stuck {
    /// The registry refuses to delete it, and will refuse again.
    ForGood(String),
    /// Anything else.
    ForNow(String),
}

impl Stuck {
    fn why(&self) -> &str {
        match self {
            Self::ForGood(why) | Self::ForNow(why) => why,
        }
    }
}

type Left = Vec<(references::Target, Stuck)>;

/// Moves back, then deletes; gives the tags that could not be deleted, and why. A failure comes
/// with the tags that were changed nevertheless.
async fn carry_out(
    session: &Session,
    registry: &Registry,
    inputs: &Inputs,
    plan: &Plan,
) -> Result<Left, (Failure, Left)> {
    let nothing = |failure| (failure, Left::new());
    let back = inputs
        .place
        .registry_within(session, inputs.place.timeout.saturating_add(GRACE))
        .map_err(nothing)?;
    let moves = plan.steps.iter().filter_map(|step| match &step.act {
        Act::Put(manifest) => Some(Move {
            target: step.seen.wish.target.clone(),
            before: step.seen.now.clone(),
            manifest: manifest.clone(),
        }),
        _ => None,
    });
    let hands = Hands { registry, back: &back };
    if let Err(undone) = moves::apply(&hands, &[moves.collect()]).await {
        let left = undone
            .left
            .iter()
            .map(|left| (left.target.clone(), Stuck::ForNow(left.why.clone())))
            .collect();
        return Err((undone.into_failure(), left));
    }
    let gone = plan.steps.iter().filter(|step| step.act == Act::Delete);
    let mut images = BTreeMap::new();
    for (repository, digest) in gone.clone().filter_map(|step| {
        step.seen.now.as_ref().map(|now| (&step.seen.wish.target.repository, now))
    }) {
        if let Entry::Vacant(place) = images.entry((repository, digest))
            && let Ok(Some(manifest)) = registry.get_manifest(repository, &digest.into()).await
        {
            place.insert(manifest);
        }
    }
    let left = stream::iter(gone)
        .map(|step| async move {
            let why = delete(registry, &step.seen).await.err()?;
            Some((step.seen.wish.target.clone(), why))
        })
        .buffered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    for ((repository, _), manifest) in &images {
        moves::keep(registry, repository, manifest).await;
    }
    Ok(left)
}

/// Deletes a tag; never its digest, which would take all its tags along. Moving the others back took
/// its time: it is looked at once more.
async fn delete(registry: &Registry, seen: &Seen) -> Result<(), Stuck> {
    let target = &seen.wish.target;
    let which = Which::Tag(target.tag.clone());
    let name = format!("{}: ", target.repository.which(&which));
    let said = |error: RegistryError| {
        let chain = Failure::from(error).chain();
        chain.strip_prefix(&name).map_or_else(|| chain.clone(), str::to_owned)
    };
    let unknown = |error| Stuck::ForNow(said(error));
    let now = registry.head(&target.repository, &which).await.map_err(unknown)?;
    match now.map(|head| head.digest) {
        None => return Ok(()),
        now if now != seen.now => {
            return Err(Stuck::ForNow("somebody else moved it meanwhile".to_owned()));
        }
        Some(_) => {}
    }
    let asked = registry.delete_manifest(&target.repository, &which).await;
    match registry.head(&target.repository, &which).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(match asked {
            Ok(true) => Stuck::ForNow("it is still there after it was deleted".to_owned()),
            Ok(false) => Stuck::ForGood("the registry finds no tag to delete".to_owned()),
            Err(error) if is_final(&error) => Stuck::ForGood(said(error)),
            Err(error) => Stuck::ForNow(said(error)),
        }),
        Err(error) => Err(unknown(error)),
    }
}

/// Whether the same request would be refused again.
fn is_final(error: &RegistryError) -> bool {
    match error {
        RegistryError::Refused { status, .. } => {
            (400..500).contains(status) && !matches!(status, 408 | 409 | 423 | 425 | 429)
        }
        RegistryError::Unauthorized { .. }
        | RegistryError::Denied { .. }
        | RegistryError::Immutable { .. } => true,
        _ => false,
    }
}

/// The record of a rollback lies with what the tag holds then: a second one finds it and stops.
async fn attach_to_all(registry: &Registry, plan: &Plan, record: &Record) -> Result<(), Failure> {
    for step in &plan.steps {
        if let Act::Put(manifest) = &step.act {
            let target = &step.seen.wish.target;
            let newest = attach::newest(registry, target, &manifest.digest).await?;
            let is_there = newest.is_some_and(|(known, change)| {
                known.verb == VERB
                    && known.run.is_some()
                    && known.run == record.run
                    && record.changes.contains(&change)
            });
            if !is_there {
                let now = jiff::Timestamp::now();
                attach::attach(registry, &target.repository, manifest, record, now).await?;
            }
        }
    }
    Ok(())
}

fn only(changes: &[Change], remaining: &Left) -> Vec<Change> {
    let is_left = |change: &&Change| remaining.iter().any(|(target, _)| target.text == change.tag);
    changes.iter().filter(is_left).cloned().collect()
}

//! Tags put on a digest: observed, guarded, written together or not at all, and read back.

mod immutable;
pub(crate) mod observe;
mod plan;
mod report;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use launchway_base::Failure;
use launchway_registry::copy::Along;
use launchway_registry::{Manifest, Registry};
use launchway_runtime::Session;

pub use immutable::{Immutable, is_full_version};
pub use plan::{Act, Plan, Snapshot, Step};

use crate::moves::{self, Hands, Move};
use crate::outputs::Outputs;
use crate::place::Place;
use crate::record::Record;
use crate::{artifacts, references};

/// How long putting back may take when the time of the command is up.
const GRACE: Duration = Duration::from_mins(1);

/// The inputs of `push-tags`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Image to put the tags on: `REGISTRY/NAME@sha256:…`. It must be in the registry already.
    #[arg(long, value_name = "IMAGE")]
    pub image: String,

    /// Tags to put, one full reference (`REGISTRY/NAME:TAG`) per line: the output `tags` of
    /// image-tags as it is. They may be of several repositories and registries; where the image is
    /// not there yet, it is copied first.
    #[arg(long, value_name = "TAGS")]
    pub tags: Vec<String>,

    /// File to read `tags` from, for lists that are too long for an input.
    #[arg(long, value_name = "FILE")]
    pub tags_file: Option<PathBuf>,

    /// Which tags never move once they hold a digest. `versions`: full versions such as `1.2.3`,
    /// `v1.2.3-rc.1` or `api-1.2.3`. `all`: every tag. `none`: no tag. `/…/`: tags in which this
    /// regular expression finds something.
    #[arg(long, value_name = "WHICH", default_value = "versions")]
    pub immutable: Immutable,

    /// Print what would be done and write nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// File to write the record of the run to.
    #[arg(long, value_name = "FILE")]
    pub record_file: Option<PathBuf>,

    /// The registries.
    #[command(flatten)]
    pub place: Place,
}

/// Puts the tags.
///
/// # Errors
/// A tag that never moves holds another digest; a registry refuses or cannot be reached; something
/// could not be put back.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let image = references::image(&inputs.image)?;
    let targets = references::targets(&inputs.tags, inputs.tags_file.as_deref())?;
    if targets.is_empty() {
        return Err(Failure::input("`tags` names no tag").with_hint(
            "give the output `tags` of image-tags; where it may be empty, skip this step with `if:`",
        ));
    }
    let registry = inputs.place.registry(session)?;
    if !inputs.dry_run {
        let written: BTreeSet<_> = targets.iter().map(|target| &target.repository).collect();
        registry.expect_writes(written);
    }
    let (manifest, snapshot) = observe::observe(&registry, image, targets).await?;
    let plan = Plan::new(snapshot, &inputs.immutable)?;
    {
        let _group = session.group(&format!("Tags of {}", plan.image));
        for line in report::lines(&plan) {
            session.say(&line);
        }
    }
    if let Some(refusal) = report::refusal(&plan) {
        session.summarize(&report::summary(&plan, inputs.dry_run))?;
        return Err(refusal);
    }
    if inputs.dry_run {
        session.summarize(&report::summary(&plan, true))?;
        let digest = Some(plan.image.digest.to_string());
        session.write_outputs(&Outputs { digest, ..Outputs::default() })?;
        session.say("dry run: nothing was written");
        return Ok(());
    }
    copy(session, &registry, &plan, &manifest).await?;
    let back = inputs.place.registry_within(session, inputs.place.timeout.saturating_add(GRACE))?;
    let hands = Hands { registry: &registry, back: &back };
    match moves::apply(&hands, &rounds(&plan, &manifest)).await {
        Ok(()) => {}
        Err(undone) => {
            let left = report::remaining(&plan, &undone);
            hand_over(session, &inputs, &plan, &Record::new(session, "push-tags", left))?;
            return Err(undone.into_failure());
        }
    }
    let record = Record::new(session, "push-tags", report::changes(&plan));
    let count = record.changes.len();
    hand_over(session, &inputs, &plan, &record)?;
    session.summarize(&report::summary(&plan, false))?;
    let tagged = plan.steps.iter().map(|step| (&step.target.repository, &plan.image.digest));
    // The tags are put, whatever becomes of this.
    if let Err(failure) = artifacts::announce(session, tagged) {
        session.warn(&failure.chain());
    }
    session.say(&match count {
        0 => format!("every tag holds {} already", plan.image.digest),
        1 => format!("one tag was put on {}", plan.image.digest),
        count => format!("{count} tags were put on {}", plan.image.digest),
    });
    Ok(())
}

async fn copy(
    session: &Session,
    registry: &Registry,
    plan: &Plan,
    manifest: &Manifest,
) -> Result<(), Failure> {
    for to in &plan.copies {
        let from = &plan.image.repository;
        let along = Along { referrers: true };
        let failed = |error| {
            Failure::from(error).while_doing(&format!("cannot copy {} to {to}", plan.image))
        };
        let copy = registry.plan_copy(from, to, manifest, along).await.map_err(failed)?;
        for warning in &copy.warnings {
            session.warn(warning);
        }
        let copied = registry.copy(&copy).await.map_err(failed)?;
        session.say(&format!("copied to {to}: {copied}"));
    }
    Ok(())
}

fn rounds(plan: &Plan, manifest: &Manifest) -> [Vec<Move>; 2] {
    plan.rounds().map(|steps| {
        let moves = steps.into_iter().map(|step| Move {
            target: step.target.clone(),
            before: step.before.clone(),
            manifest: manifest.clone(),
        });
        moves.collect()
    })
}

/// Hands the record on: outputs first, then the file.
fn hand_over(
    session: &Session,
    inputs: &Inputs,
    plan: &Plan,
    record: &Record,
) -> Result<(), Failure> {
    session.write_outputs(&report::outputs(plan, record).within_budget(session))?;
    inputs.record_file.as_ref().map_or(Ok(()), |path| record.write(path))
}

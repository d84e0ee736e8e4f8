//! Tags put on a digest: observed, guarded, written together or not at all, and read back.

mod immutable;
mod known;
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
use launchway_runtime::{Session, Summary};

pub use immutable::{Immutable, is_full_version};
pub use plan::{Act, Plan, Snapshot, Step};

use crate::moves::{self, Hands, Move};
use crate::outputs::{Outputs, PushTagsOutputs, artifact};
use crate::place::Place;
use crate::promote::report::way_back;
use crate::record::{self, Record};
use crate::{artifacts, references};

/// The verb in its record.
const VERB: &str = "push-tags";
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
    record::check_writable(inputs.record_file.as_deref())?;
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
        let outputs = Outputs { digest, plan: Some(report::json(&plan)), ..Outputs::default() };
        session.write_outputs(&outputs.within_budget(session))?;
        session.say("dry run: nothing was written");
        return Ok(());
    }
    for repository in plan.tried() {
        registry.check_push(repository).await.map_err(|error| {
            Failure::from(error)
                .while_doing(&format!("no tag was put: cannot write to {repository}"))
        })?;
    }
    copy(session, &registry, &plan, &manifest).await?;
    let rounds = rounds(&plan, &manifest);
    if !plan.copies.is_empty() {
        moves::unmoved(&registry, rounds.iter().flatten()).await?;
    }
    let own = Record::new(session, VERB, report::changes(&plan));
    let file = inputs.record_file.as_deref();
    let (whole, earlier) = known::with_earlier(file.and_then(Record::told), &plan, &own);
    if let (Some(file), 1..) = (file, earlier) {
        session.say(&record::taken_over(earlier, &file.display().to_string()));
    }
    // Before a tag moves: a run that is killed must not take the way back along.
    write(&inputs, &whole)?;
    let back = inputs.place.registry_within(session, inputs.place.timeout.saturating_add(GRACE))?;
    let hands = Hands { registry: &registry, back: &back };
    if let Err(undone) = moves::apply(&hands, &rounds).await {
        let left = Record { changes: report::remaining(&plan, &undone), ..own.clone() };
        let whole = whole.without(&own.changes, &left.changes);
        let told = write(&inputs, &whole).and_then(|()| hand_over(session, &plan, &left, &whole));
        if let Err(failure) = told {
            session.warn(&failure.chain());
        }
        return Err(undone.into_failure());
    }
    let count = own.changes.len();
    let artifact = artifact(&plan.image, plan.steps.iter().map(|step| &step.target));
    let common = report::outputs(&plan, &own, &whole).within_budget(session);
    session.write_outputs(&PushTagsOutputs::new(common, artifact))?;
    let back = way_back(&whole, file, false);
    let mut summary = report::summary(&plan, false);
    if let Some(back) = &back {
        summary = summary.append(Summary::new().paragraph("To roll back:").code("sh", back));
    }
    session.summarize(&summary)?;
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
    if let Some(back) = back {
        session.say(&format!("to roll back: {back}"));
    }
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

fn write(inputs: &Inputs, record: &Record) -> Result<(), Failure> {
    inputs.record_file.as_ref().map_or(Ok(()), |path| record.write(path))
}

/// Hands on what this run changed, and the record of all there is to take back.
fn hand_over(session: &Session, plan: &Plan, own: &Record, whole: &Record) -> Result<(), Failure> {
    session.write_outputs(&report::outputs(plan, own, whole).within_budget(session))
}

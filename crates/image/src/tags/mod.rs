//! What `tags` computes: tags, labels, annotations and bake files, as docker/metadata-action does.
//!
//! [`inputs`] → [`request`] and [`observe`] (IO) → [`plan`] (pure) → [`apply`] and [`report`].

pub mod apply;
pub mod bake;
pub mod flavor;
pub mod git_context;
pub mod highest;
pub mod images;
pub mod inputs;
pub mod labels;
pub mod observe;
pub mod outputs;
pub mod package;
pub mod plan;
pub mod priority;
pub mod report;
pub mod request;
pub mod rule;
pub mod rules;
pub mod settings;
pub mod sight;
pub mod snapshot;
pub mod source;

use launchway_base::Failure;
use launchway_runtime::Session;

pub use inputs::{Floating, FloatingSource, Inputs};
pub use outputs::Outputs;

use crate::tags::apply::{How, say};
use crate::tags::plan::Plan;
use crate::tags::settings::Settings;
use crate::tags::snapshot::Snapshot;
use crate::tags::source::Source;

/// Does it.
///
/// # Errors
/// An input that cannot be read, a checkout that is asked for and cannot be read, outputs that
/// cannot be written. Then nothing is written.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let Made { plan, settings, .. } = make(session, &inputs).await?;
    let how = How {
        separators: request::separators(&inputs),
        target: inputs.bake_target.clone(),
        set_env: settings.set_output_env,
    };
    apply::write(session, &plan, &how)?;
    session.summarize(&report::summary(&plan))
}

/// What was computed, and from what.
pub(crate) struct Made {
    /// The tags and all that goes with them.
    pub(crate) plan: Plan,
    /// What versions were read from.
    pub(crate) source: Source,
    settings: Settings,
}

/// Computes, and says it in the log. Nothing is written.
///
/// # Errors
/// As for [`main`].
pub(crate) async fn make(session: &Session, inputs: &Inputs) -> Result<Made, Failure> {
    let settings = Settings::read(session.env())?;
    let (request, mut warnings) = request::read(inputs, &settings)?;
    let needs = request::needs(inputs);
    let (snapshot, seen) = observe::observe(session, inputs, &settings, needs).await?;
    warnings.extend(seen);
    say_context(session, &snapshot);
    // At once, so that a refusal below stands beside what led to it.
    for warning in &warnings {
        session.warn(warning);
    }
    let made = plan::lines(&snapshot, &request)?;
    let made = highest::settle(session, inputs, &snapshot, &request, made).await?;
    let plan = plan::plan(&snapshot, &request, made)?;
    for warning in &plan.warnings {
        session.warn(warning);
    }
    say_plan(session, &plan);
    Ok(Made { plan, source: snapshot.source, settings })
}

fn say_context(session: &Session, snapshot: &Snapshot) {
    let _group = session.group("Context");
    session.say(&format!("event: {}", snapshot.event_name));
    session.say(&format!("ref: {}", snapshot.reference));
    session.say(&format!("sha: {}", snapshot.sha));
}

fn say_plan(session: &Session, plan: &Plan) {
    let groups = [
        ("Tag rules", report::reasons(plan)),
        ("Version", vec![plan.version.clone()]),
        ("Tags", plan.tags.clone()),
        ("Labels", plan.labels.lines()),
        ("Annotations", plan.leveled.clone()),
        ("JSON", vec![report::pretty(&report::json(plan))]),
    ];
    for (title, lines) in groups {
        let _group = session.group(title);
        for line in &lines {
            say(session, line);
        }
    }
}

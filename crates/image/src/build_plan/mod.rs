//! What is built, where, under which names, and whether it is published: one step before the jobs that
//! build.
//!
//! [`plan`] decides (pure), [`crate::tags`] computes tags and labels, `report` says it.

pub mod inputs;
pub mod outputs;
pub mod plan;
pub mod platforms;
mod report;

use std::convert::Infallible;

use launchway_base::Failure;
use launchway_runtime::Session;
use launchway_runtime::inputs::Verbatim;
use serde_json::Value;

pub use inputs::Inputs;
pub use outputs::Outputs;

use self::inputs::joined;
use self::plan::{Facts, Followed, Plan};
use self::report::Decided;
use crate::tags::{self, FloatingSource, Made};

/// Plans.
///
/// # Errors
/// Inputs that cannot be meant, all at once; a checkout that is asked for and cannot be read; tags
/// that cannot be computed. Then there are no outputs.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let plan = plan::plan(&inputs, &facts(session)?)?;
    let made = if plan.is_idle {
        None
    } else {
        let wanted = wanted(&inputs, &plan, revision(session, &inputs)?);
        Some(tags::make(session, &wanted).await?)
    };
    let decided = Decided {
        plan: &plan,
        idle: idle(&inputs, made.as_ref()),
        tags: made.as_ref().map(|made| &made.plan),
    };
    {
        let _group = session.group("Build");
        decided.lines().iter().for_each(|line| session.say(line));
    }
    session.say(&decided.verdict());
    session.write_outputs(&decided.outputs())?;
    session.summarize(&decided.summary())
}

fn facts(session: &Session) -> Result<Facts, Failure> {
    let env = session.env();
    let text = |name: &str| Ok::<_, Failure>(env.read(name)?.unwrap_or_default().to_owned());
    let payload = tags::observe::payload(session)?;
    let is_private = payload.and_then(|payload| payload.get("/repository/private"));
    Ok(Facts {
        event: text("GITHUB_EVENT_NAME")?,
        reference: text("GITHUB_REF")?,
        repository: text("GITHUB_REPOSITORY")?,
        is_private: is_private == Some(&Value::Bool(true)),
        followed: payload.and_then(|payload| payload.get("/workflow_run")).map(followed),
    })
}

fn followed(run: &Value) -> Followed {
    let text = |name: &str| run.get(name).and_then(Value::as_str).map(str::to_owned);
    Followed {
        event: text("event").unwrap_or_default(),
        heads: ["head_sha", "head_branch"].into_iter().filter_map(text).collect(),
    }
}

/// The label for the commit that is built, where that is not the one of the run.
fn revision(session: &Session, inputs: &Inputs) -> Result<Option<String>, Failure> {
    if inputs.r#ref.is_none() {
        return Ok(None);
    }
    let head = tags::observe::git(session)?.head().map_err(|error| {
        let failure = Failure::from(error).while_doing("looking up the commit that `ref` names");
        crate::references::hinted(failure, "check out `ref` in a step before this one")
    })?;
    Ok(Some(format!("org.opencontainers.image.revision={head}")))
}

/// What tags and labels are computed from.
fn wanted(inputs: &Inputs, plan: &Plan, revision: Option<String>) -> tags::Inputs {
    let published = inputs.published_packages.clone();
    // What the caller says comes behind, so it holds.
    let labels = revision.into_iter().chain([joined(&inputs.labels)]);
    tags::Inputs {
        context: "workflow".to_owned(),
        images: vec![verbatim(&plan.images.join("\n"))],
        tags: vec![verbatim(&plan.rules)],
        flavor: inputs.flavor.clone(),
        labels: labels.map(|text| verbatim(&text)).collect(),
        annotations: Vec::new(),
        sep_tags: None,
        sep_labels: None,
        sep_annotations: None,
        bake_target: String::new(),
        github_token: inputs.github_token.clone(),
        published_packages: published.filter(|_| plan.package.is_some()),
        package: plan.package.clone(),
        floating: inputs.floating,
        floating_source: FloatingSource::Git,
        insecure_registry: Vec::new(),
        strict: false,
    }
}

fn verbatim(text: &str) -> Verbatim {
    let Ok::<_, Infallible>(text) = text.parse();
    text
}

/// Why there is nothing to build.
fn idle(inputs: &Inputs, made: Option<&Made>) -> Option<String> {
    let Some(made) = made else { return Some("`published-packages` names no package".to_owned()) };
    match &made.source.text {
        Err(why) if inputs.published_packages.is_some() => Some(why.clone()),
        _ if made.plan.tags.is_empty() => Some("no tag is given".to_owned()),
        _ => None,
    }
}

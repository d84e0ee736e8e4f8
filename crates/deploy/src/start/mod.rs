//! Begins a deployment: observe → plan (pure) → apply → report (pure).

mod inputs;
pub mod plan;
pub mod report;
pub mod subject;

use launchway_base::Failure;
use launchway_github::{DeploymentState, GitHub, NewDeploymentStatus, RepoId};
use launchway_runtime::Session;

pub use inputs::Inputs;
use plan::{Begin, Plan, Snapshot, Wish};

use crate::seen::History;
use crate::settle;
use crate::stamp::{Run, Stamp};
use crate::words;

launchway_runtime::outputs! {
    /// What `start` hands to the steps after it.
    pub struct Outputs {
        /// Id of the deployment; `deployment-finish` takes it.
        deployment_id => "deployment-id",
        /// Version that is deployed, also that of `artifact`.
        version => "version",
        /// Name of what is deployed, also that of `artifact`.
        artifact => "artifact",
        /// Digest of what is deployed, also that of `artifact`.
        digest => "digest",
        /// Commit that is deployed.
        sha => "sha",
        /// The last deployment of the environment that went well; empty when there is none.
        previous_deployment_id => "previous-deployment-id",
        /// Its version; empty when it does not say.
        previous_version => "previous-version",
        /// Name of what it deployed; empty when it does not say.
        previous_artifact => "previous-artifact",
        /// Digest of what it deployed; empty when it does not say.
        previous_digest => "previous-digest",
        /// Its commit.
        previous_sha => "previous-sha",
    }
}

/// Begins one.
///
/// # Errors
/// Bad input; GitHub refuses or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let wish = wish(session, &inputs)?;
    let (hub, repo) = inputs.place.hub(session, inputs.timeout)?;
    let snapshot = observe(&hub, &repo, &wish).await?;
    let plan = plan::plan(&wish, &snapshot);
    for line in report::lines(&wish, &plan, &snapshot) {
        session.say(&line);
    }
    if inputs.dry_run {
        session.say(&report::json(&wish, &plan));
        session.say("dry run: nothing was written");
        return Ok(());
    }
    let (id, sha) = apply(session, &hub, &repo, &wish, &snapshot, &plan).await?;
    session.write_outputs(&report::outputs(&wish, Some(id), Some(sha), &snapshot))?;
    session.summarize(&report::summary(&wish, id, &snapshot))?;
    session.say(&format!("deployment {id} is under way"));
    Ok(())
}

/// Reads and checks the inputs.
fn wish(session: &Session, inputs: &Inputs) -> Result<Wish, Failure> {
    let context = session.context();
    let run = Run::of_this(session, inputs.place.matrix.as_deref())?;
    let log_url = words::url("log-url", inputs.log_url.as_deref())?;
    let log_url = match &run {
        Some(run) if log_url.is_empty() => run.url.clone(),
        _ => log_url,
    };
    let reference = match inputs.r#ref.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(reference) => reference.to_owned(),
        None => head(session)?,
    };
    Ok(Wish {
        environment: words::environment(&inputs.environment)?.to_owned(),
        task: inputs.place.task()?,
        reference,
        description: inputs.description.clone(),
        actor: context.actor().ok().map(str::to_owned),
        log_url,
        environment_url: words::url("environment-url", inputs.environment_url.as_deref())?,
        production: inputs.production,
        transient: inputs.transient,
        stamp: Stamp { subject: subject::read(inputs)?, run },
    })
}

/// The commit of the run; of a pull request the one people see, not the merge GitHub made to test it.
fn head(session: &Session) -> Result<String, Failure> {
    let context = session.context();
    let is_pull = context.event_name().is_ok_and(|name| name.starts_with("pull_request"));
    if is_pull && let Ok(sha) = context.payload()?.text("/pull_request/head/sha") {
        return Ok(sha.to_owned());
    }
    Ok(context.sha()?.to_owned())
}

async fn observe(hub: &GitHub, repo: &RepoId, wish: &Wish) -> Result<Snapshot, Failure> {
    let history = History::read(hub, repo, &wish.environment, &wish.task).await?;
    let mut snapshot = Snapshot::default();
    if let Some(run) = &wish.stamp.run {
        let own = history.own(run, Some(&wish.stamp.subject)).await?;
        snapshot.own = own.filter(|own| !own.has_ended());
        snapshot.left_over = history.left_over(run).await?;
    }
    let before = snapshot.own.as_ref().map(|own| own.deployment.id);
    snapshot.previous = history.previous(before).await?;
    Ok(snapshot)
}

async fn apply(
    session: &Session,
    hub: &GitHub,
    repo: &RepoId,
    wish: &Wish,
    snapshot: &Snapshot,
    plan: &Plan,
) -> Result<(u64, String), Failure> {
    for id in &plan.lost {
        let status = NewDeploymentStatus {
            state: DeploymentState::Error,
            description: "the job ended without saying how it went".to_owned(),
            log_url: String::new(),
            environment_url: String::new(),
            auto_inactive: false,
        };
        settle::status(hub, repo, *id, &status).await?;
    }
    let (id, sha) = match &plan.begin {
        Begin::Create(new) => {
            let made = settle::create(hub, repo, new, &wish.stamp).await?;
            (made.id, made.sha)
        }
        Begin::Reuse(id) => {
            let sha = snapshot.own.as_ref().map(|own| own.deployment.sha.clone());
            (*id, sha.unwrap_or_default())
        }
    };
    // Whoever ends it must know it, even when the next request fails.
    let early = Outputs { deployment_id: Some(id.to_string()), ..Outputs::default() };
    session.write_outputs(&early)?;
    if let Some(status) = &plan.status {
        settle::status(hub, repo, id, status).await?;
    }
    Ok((id, sha))
}

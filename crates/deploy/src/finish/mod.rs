//! Ends a deployment: tell the outcome → observe → plan (pure) → apply → report.
//!
//! It is what runs when a job is cancelled, so it asks for as little as it can, and the first signal
//! does not end it.

mod inputs;
pub mod outcome;
pub mod plan;

use launchway_base::Failure;
use launchway_github::{GitHub, RepoId};
use launchway_runtime::{Markdown, Session, Signals, Summary};

pub use inputs::Inputs;
use outcome::{Outcome, Verdict};
use plan::{Snapshot, Step, Texts};

use crate::seen::{self, History, Seen};
use crate::settle;
use crate::stamp::Run;
use crate::start::report::served;
use crate::words;

launchway_runtime::outputs! {
    /// What `finish` hands to the steps after it.
    pub struct Outputs {
        /// How it went: `deployed`, `rolled-back`, `failed` or `cancelled`.
        outcome => "outcome",
        /// How it went in the words of `slack-notify`: `success`, `failure` or `cancelled`.
        status => "status",
        /// Whether the version that was to be deployed serves: `true` only when `outcome` is `deployed`.
        healthy => "healthy",
        /// Id of the deployment; empty when none was begun.
        deployment_id => "deployment-id",
        /// Where what was deployed can be seen.
        url => "url",
        /// What became of it in words, such as `rolled back to 1.3.9`.
        description => "description",
    }
}

/// Ends one.
///
/// # Errors
/// Bad input; GitHub refuses or cannot be reached; what was to be deployed does not serve, and the
/// job does not say so yet.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    // The runner of a cancelled job signals the step that runs, and kills it seconds later.
    let _signals = Signals::catch();
    // Whatever is wrong with the inputs, the deployment must not stay under way.
    let told = outcome::tell(
        inputs.status.as_deref(),
        inputs.steps.as_deref(),
        inputs.job_status.as_deref(),
    );
    let verdict = match &told {
        Ok(verdict) => *verdict,
        Err(_) => Verdict { outcome: Outcome::Failed, why: "nobody could tell how it went" },
    };
    session.say(&format!("{}: {}", verdict.outcome.word(), verdict.why));
    let mut outputs = Outputs {
        outcome: Some(verdict.outcome.word().to_owned()),
        status: Some(verdict.outcome.status().to_owned()),
        healthy: Some((verdict.outcome == Outcome::Deployed).to_string()),
        deployment_id: Some(String::new()),
        url: Some(String::new()),
        description: Some(verdict.why.to_owned()),
    };
    if !inputs.dry_run {
        // Before anything can go wrong: the steps after it run whatever becomes of it.
        session.write_outputs(&outputs)?;
    }
    let (texts, wrong) = match texts(session, &inputs) {
        Ok(texts) => (texts, None),
        Err(failure) => (Texts::default(), Some(failure)),
    };
    let (hub, repo) = inputs.place.hub(session, inputs.timeout)?;
    let Some(this) = find(session, &inputs, verdict.outcome, &hub, &repo).await? else {
        told?;
        without(session, verdict)?;
        return wrong.map_or(Ok(()), Err);
    };
    let (snapshot, unread) = observe(&hub, &repo, verdict.outcome, this).await;
    let mut steps = plan::plan(verdict, &snapshot, &texts);
    let id = snapshot.this.deployment.id;
    if inputs.dry_run {
        if verdict.outcome == Outcome::Deployed {
            let mut serving = serving(&hub, &repo, &snapshot.this).await?;
            serving.retain(|seen| seen.deployment.id != id);
            serving.push(snapshot.this);
            steps.extend(plan::relieve(serving));
        }
        session.say(&serde_json::json!({ "deployment": id, "statuses": steps }).to_string());
        session.say("dry run: nothing was written");
        return [wrong, unread].into_iter().flatten().next().map_or(told.map(|_| ()), Err);
    }
    outputs.deployment_id = Some(id.to_string());
    outputs.url = Some(plan::url(&snapshot.this, &texts));
    outputs.description = Some(plan::told(verdict, &snapshot));
    session.write_outputs(&outputs)?;
    if steps.is_empty() {
        session.say("it has ended like that already");
    }
    apply(session, &hub, &repo, &steps).await?;
    session.summarize(&summary(verdict, &snapshot))?;
    // Looked at after what was written: of two that end at once, the later one sees both.
    if matches!(verdict.outcome, Outcome::Deployed | Outcome::RolledBack) && unread.is_none() {
        let mut serving = serving(&hub, &repo, &snapshot.this).await?;
        if verdict.outcome == Outcome::Deployed
            && !steps.is_empty()
            && !serving.iter().any(|seen| seen.deployment.id == id)
        {
            // Written, and not shown yet.
            serving.push(snapshot.this.clone());
        }
        let newer = serving.first().filter(|seen| seen.deployment.id > id);
        if let Some(newer) = newer {
            session.warn(&format!(
                "deployment {} to {} has ended before this one, {id}, and is newer: what serves now is not known to be {}",
                newer.deployment.id,
                newer.deployment.environment,
                served(snapshot.previous.as_ref().unwrap_or(&snapshot.this))
            ));
        }
        apply(session, &hub, &repo, &plan::relieve(serving)).await?;
    }
    told?;
    if let Some(failure) = [wrong, unread].into_iter().flatten().next() {
        return Err(failure);
    }
    red(&inputs, verdict, &snapshot)
}

fn texts(session: &Session, inputs: &Inputs) -> Result<Texts, Failure> {
    // A run that cannot say where it is has no log to link to.
    let run_url = session.context().run_url().unwrap_or_default();
    let log_url = words::url("log-url", inputs.log_url.as_deref())?;
    Ok(Texts {
        description: inputs.description.clone().filter(|text| !text.trim().is_empty()),
        log_url: if log_url.is_empty() { run_url } else { log_url },
        environment_url: words::url("environment-url", inputs.environment_url.as_deref())?,
    })
}

/// The deployment to end: the one that is named, or the one this job has begun. One of it that has
/// ended otherwise is another: the same job ran before for it.
async fn find(
    session: &Session,
    inputs: &Inputs,
    outcome: Outcome,
    hub: &GitHub,
    repo: &RepoId,
) -> Result<Option<Seen>, Failure> {
    let named = inputs.deployment_id.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(text) = named {
        let id: u64 = text.parse().map_err(|_| {
            Failure::input(format!("`deployment-id`: `{}` is no id", text.escape_debug()))
                .with_hint("give the output `deployment-id` of `deployment-start`")
        })?;
        let doing = format!("cannot read deployment {id}");
        let found = hub.deployment(repo, id).await;
        let found = found.map_err(|error| Failure::from(error).while_doing(&doing))?;
        let Some(deployment) = found else {
            return Err(Failure::input(format!("{repo} has no deployment {id}"))
                .with_hint("give the output `deployment-id` of `deployment-start`"));
        };
        return seen::see(hub, repo, deployment).await.map(Some);
    }
    let environment = inputs.environment.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let run = Run::of_this(session, inputs.place.matrix.as_deref())?;
    let (Some(environment), Some(run)) = (environment, run) else {
        return Ok(None);
    };
    let task = inputs.place.task()?;
    let history = History::read(hub, repo, words::environment(environment)?, &task).await?;
    let own = history.own(&run, None).await?;
    Ok(own.filter(|own| !own.has_ended() || own.end() == Some(outcome.state())))
}

/// What the outcome makes matter: after anything but a rollback that is the deployment alone. That the
/// others cannot be read is told apart: it must not keep this one from its end.
async fn observe(
    hub: &GitHub,
    repo: &RepoId,
    outcome: Outcome,
    this: Seen,
) -> (Snapshot, Option<Failure>) {
    if outcome != Outcome::RolledBack {
        return (Snapshot { this, has_newer: false, previous: None }, None);
    }
    match others(hub, repo, &this).await {
        Ok((has_newer, previous)) => (Snapshot { this, has_newer, previous }, None),
        Err(failure) => (Snapshot { this, has_newer: false, previous: None }, Some(failure)),
    }
}

/// Whether a newer one went well, and the last one before it that did.
async fn others(hub: &GitHub, repo: &RepoId, this: &Seen) -> Result<(bool, Option<Seen>), Failure> {
    let deployment = &this.deployment;
    let history = History::read(hub, repo, &deployment.environment, &deployment.task).await?;
    let newer = history.newer_success(deployment.id).await?;
    Ok((newer.is_some(), history.previous(Some(deployment.id)).await?))
}

/// Those of the same task and environment that are said to serve now, newest first.
async fn serving(hub: &GitHub, repo: &RepoId, this: &Seen) -> Result<Vec<Seen>, Failure> {
    let deployment = &this.deployment;
    let history = History::read(hub, repo, &deployment.environment, &deployment.task).await?;
    history.serving().await
}

async fn apply(
    session: &Session,
    hub: &GitHub,
    repo: &RepoId,
    steps: &[Step],
) -> Result<(), Failure> {
    for step in steps {
        settle::status(hub, repo, step.deployment, &step.status).await?;
        session.say(&format!("deployment {}: {}", step.deployment, step.status.description));
    }
    Ok(())
}

/// The end of a deploy that began no deployment.
fn without(session: &Session, verdict: Verdict) -> Result<(), Failure> {
    if verdict.outcome == Outcome::Deployed {
        return Err(Failure::rejected("it was deployed, and no deployment says so").with_hint(
            "run `deployment-start` before, in the same job, and hand its `deployment-id` on",
        ));
    }
    session.notice("no deployment was begun, so none is ended");
    Ok(())
}

fn summary(verdict: Verdict, snapshot: &Snapshot) -> Summary {
    let title = match verdict.outcome {
        Outcome::Deployed => "Deployed",
        Outcome::RolledBack => "Rolled back",
        Outcome::Failed => "Not deployed",
        Outcome::Cancelled => "Deploy cancelled",
    };
    let row = vec![
        Markdown::text(&snapshot.this.deployment.environment),
        Markdown::code(&served(&snapshot.this)),
        Markdown::text(verdict.why),
        Markdown::code(&snapshot.this.deployment.id.to_string()),
    ];
    Summary::new().heading(3, title).table(&["Environment", "Version", "Why", "Deployment"], [row])
}

/// A job is green only when what was to be deployed serves. One that failed or was cancelled says so
/// itself.
fn red(inputs: &Inputs, verdict: Verdict, snapshot: &Snapshot) -> Result<(), Failure> {
    let job = inputs.job_status.as_deref().map_or("", str::trim);
    if verdict.outcome == Outcome::Deployed || matches!(job, "failure" | "cancelled") {
        return Ok(());
    }
    let (what, environment) = (served(&snapshot.this), &snapshot.this.deployment.environment);
    Err(Failure::rejected(format!("{what} does not serve in {environment}: {}", verdict.why))
        .with_hint("look at the log of the deploy and of the health check"))
}

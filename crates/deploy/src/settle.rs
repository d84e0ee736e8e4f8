//! Writes whose answer may be lost: looked at before they are sent again, so that nothing is there
//! twice.

use std::time::Duration;

use launchway_base::Failure;
use launchway_github::{
    ApiError, Deployment, DeploymentStatus, ErrorKind, GitHub, NewDeployment, NewDeploymentStatus,
    RepoId,
};

use crate::seen::History;
use crate::stamp::Stamp;

/// How often a write is sent at most.
const ATTEMPTS: u32 = 3;
/// The pause before the first look; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether the write may have been done, or may go better the next time.
fn is_open(error: &ApiError) -> bool {
    matches!(error.kind, ErrorKind::Server | ErrorKind::Transport(_))
}

/// Whether there is another attempt; waits for it.
async fn again(hub: &GitHub, attempt: u32, error: &ApiError) -> bool {
    let pause = PAUSE * 2_u32.pow(attempt - 1);
    if attempt >= ATTEMPTS || !is_open(error) || !hub.deadline().allows(pause) {
        return false;
    }
    tracing::info!("{error}; it is looked whether it was done");
    tokio::time::sleep(pause).await;
    true
}

/// Makes a deployment. When the answer is lost it is looked for by its stamp.
///
/// # Errors
/// GitHub refuses, cannot be reached, or makes none.
pub async fn create(
    hub: &GitHub,
    repo: &RepoId,
    new: &NewDeployment,
    stamp: &Stamp,
) -> Result<Deployment, Failure> {
    let mut attempt = 1;
    loop {
        let error = match hub.create_deployment(repo, new).await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        // Outside of a workflow nothing would tell it from that of somebody else.
        let Some(run) = &stamp.run else { return Err(refused(error, &new.reference)) };
        if !again(hub, attempt, &error).await {
            return Err(refused(error, &new.reference));
        }
        let history = History::read(hub, repo, &new.environment, &new.task).await?;
        let own = history.own(run, Some(&stamp.subject)).await?;
        if let Some(own) = own.filter(|own| !own.has_ended()) {
            return Ok(own.deployment);
        }
        attempt += 1;
    }
}

/// Gives a deployment a status. When the answer is lost, it is looked whether it has it.
///
/// # Errors
/// GitHub refuses or cannot be reached.
pub async fn status(
    hub: &GitHub,
    repo: &RepoId,
    id: u64,
    new: &NewDeploymentStatus,
) -> Result<(), Failure> {
    let is_it =
        |found: &DeploymentStatus| found.state == new.state && found.description == new.description;
    let mut attempt = 1;
    loop {
        let Err(error) = hub.create_deployment_status(repo, id, new).await else { return Ok(()) };
        if !again(hub, attempt, &error).await {
            let doing = format!("cannot say of deployment {id} that it is `{}`", word(new));
            return Err(Failure::from(error).while_doing(&doing));
        }
        let statuses = hub.deployment_statuses(repo, id).await.map_err(Failure::from)?;
        if statuses.unwrap_or_default().first().is_some_and(is_it) {
            return Ok(());
        }
        attempt += 1;
    }
}

fn word(new: &NewDeploymentStatus) -> String {
    let word = serde_json::to_value(new.state).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// A refusal to make a deployment, with what to do.
fn refused(error: ApiError, reference: &str) -> Failure {
    let hint = match &error.kind {
        ErrorKind::Conflict => Some(
            "nothing was begun; run again, and if it stays so look at what the ref's merge and checks say"
                .to_owned(),
        ),
        ErrorKind::Invalid { .. } | ErrorKind::Other | ErrorKind::NotFound
            if error.message.contains("No ref found") =>
        {
            Some(format!(
                "`{reference}` is no commit, branch or tag GitHub has; push it first, or give another `ref`"
            ))
        }
        _ => None,
    };
    let failure = Failure::from(error).while_doing("cannot begin the deployment");
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

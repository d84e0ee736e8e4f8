//! Which statuses say how it ended. Pure.

use launchway_github::{DeploymentState, NewDeploymentStatus};
use serde::Serialize;

use super::outcome::{Outcome, Verdict};
use crate::place::TASK;
use crate::seen::Seen;
use crate::start::report::served;
use crate::words;

/// What GitHub knows of a deployment that ends, as far as its outcome makes it matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The deployment.
    pub this: Seen,
    /// A newer one that went well.
    pub newer: Option<Seen>,
    /// The last one before it that went well.
    pub previous: Option<Seen>,
}

/// A status to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The deployment it is for.
    pub deployment: u64,
    /// The state that deployment must be in for it; `None` for any.
    #[serde(rename = "if")]
    pub only_if: Option<DeploymentState>,
    /// The status.
    pub status: NewDeploymentStatus,
}

/// What people are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// What they read; `None` for what can be told.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: String,
    /// Where it can be seen; empty for what was said before.
    pub environment_url: String,
}

/// Decides. What has the right state already is left alone.
pub fn plan(verdict: Verdict, snapshot: &Snapshot, texts: &Texts) -> Vec<Step> {
    use DeploymentState::{Error, Failure, Inactive, Success};
    let this = &snapshot.this;
    let id = this.deployment.id;
    let step = |state, auto_inactive| Step {
        deployment: id,
        only_if: None,
        status: status(verdict, state, auto_inactive, snapshot, texts),
    };
    let end = this.end();
    match verdict.outcome {
        Outcome::Deployed => {
            let mut steps = Vec::new();
            if end != Some(Success) {
                // GitHub's own way to say of earlier ones that they no longer serve does not ask for tasks.
                let alone = this.deployment.task == TASK && snapshot.newer.is_none();
                steps.push(step(Success, alone));
            }
            if let Some(newer) = &snapshot.newer {
                let text = format!("deployment {} has taken its place", newer.deployment.id);
                steps.push(other(id, Success, Inactive, &text, this));
            } else if let Some(previous) = &snapshot.previous
                && !previous.deployment.transient_environment
            {
                // In production, and of other tasks, GitHub leaves it to us.
                let text = format!("{} has taken its place", served(this));
                steps.push(other(previous.deployment.id, Success, Inactive, &text, previous));
            }
            steps
        }
        Outcome::RolledBack => {
            let mut steps = Vec::new();
            if end != Some(Failure) {
                steps.push(step(Failure, false));
            }
            if let Some(previous) = &snapshot.previous {
                let text = format!("serves again: {} was rolled back", served(this));
                steps.push(other(previous.deployment.id, Inactive, Success, &text, previous));
            }
            steps
        }
        Outcome::Failed if matches!(end, Some(Failure | Error)) => Vec::new(),
        Outcome::Failed => vec![step(Failure, false)],
        // Whoever cancels what has ended, ends nothing.
        Outcome::Cancelled if end.is_some() => Vec::new(),
        Outcome::Cancelled => vec![step(Error, false)],
    }
}

/// A status that says that something else has changed what a deployment is.
fn other(
    deployment: u64,
    from: DeploymentState,
    to: DeploymentState,
    text: &str,
    seen: &Seen,
) -> Step {
    let status = NewDeploymentStatus {
        state: to,
        description: words::description(text),
        log_url: String::new(),
        environment_url: seen.url().unwrap_or_default().to_owned(),
        auto_inactive: false,
    };
    Step { deployment, only_if: Some(from), status }
}

fn status(
    verdict: Verdict,
    state: DeploymentState,
    auto_inactive: bool,
    snapshot: &Snapshot,
    texts: &Texts,
) -> NewDeploymentStatus {
    let description = match &texts.description {
        Some(text) => words::description(text),
        None => words::description(&told(verdict, snapshot)),
    };
    NewDeploymentStatus {
        state,
        description,
        log_url: texts.log_url.clone(),
        environment_url: url(&snapshot.this, texts),
        auto_inactive,
    }
}

/// What became of it, in words.
pub fn told(verdict: Verdict, snapshot: &Snapshot) -> String {
    match (verdict.outcome, &snapshot.previous) {
        (Outcome::RolledBack, Some(previous)) => format!("rolled back to {}", served(previous)),
        (Outcome::RolledBack, None) => "rolled back".to_owned(),
        (Outcome::Deployed, _) => format!("{} serves", served(&snapshot.this)),
        (Outcome::Failed | Outcome::Cancelled, _) => verdict.why.to_owned(),
    }
}

/// Where it can be seen.
pub fn url(this: &Seen, texts: &Texts) -> String {
    if texts.environment_url.is_empty() {
        this.url().unwrap_or_default().to_owned()
    } else {
        texts.environment_url.clone()
    }
}

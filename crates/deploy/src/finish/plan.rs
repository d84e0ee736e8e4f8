//! Which statuses say how it ended. Pure.

use launchway_github::{DeploymentState, NewDeploymentStatus};
use serde::Serialize;

use super::outcome::{Outcome, Verdict};
use crate::seen::Seen;
use crate::start::report::served;
use crate::words;

/// What GitHub knows of a deployment that ends, as far as its outcome makes it matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The deployment.
    pub this: Seen,
    /// Whether a newer one went well; looked for when this one was rolled back.
    pub has_newer: bool,
    /// The last one before it that went well; looked for when this one was rolled back.
    pub previous: Option<Seen>,
}

/// A status to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The deployment it is for.
    pub deployment: u64,
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

/// How this one ends, and what serves again instead. What has the right state already is left alone.
pub fn plan(verdict: Verdict, snapshot: &Snapshot, texts: &Texts) -> Vec<Step> {
    use DeploymentState::{Error, Failure, Inactive, Success};
    let this = &snapshot.this;
    let step = |state| Step {
        deployment: this.deployment.id,
        status: status(verdict, state, snapshot, texts),
    };
    let end = this.end();
    match verdict.outcome {
        Outcome::Deployed if end == Some(Success) => Vec::new(),
        Outcome::Deployed => vec![step(Success)],
        Outcome::RolledBack => {
            let mut steps = Vec::new();
            if end != Some(Failure) {
                steps.push(step(Failure));
            }
            // Where a newer one went well, it is that which serves, as far as anybody knows.
            if let Some(previous) = &snapshot.previous
                && previous.state() == Some(Inactive)
                && !snapshot.has_newer
            {
                let text = format!("serves again: {} was rolled back", served(this));
                steps.push(other(previous, Success, &text));
            }
            steps
        }
        Outcome::Failed if matches!(end, Some(Failure | Error)) => Vec::new(),
        Outcome::Failed => vec![step(Failure)],
        // Whoever cancels what has ended, ends nothing.
        Outcome::Cancelled if end.is_some() => Vec::new(),
        Outcome::Cancelled => vec![step(Error)],
    }
}

/// Of all that are said to serve only the newest does. The oldest comes first, so that whoever is
/// killed on the way leaves none behind one that says so. What GitHub has for it,
/// `auto_inactive`, asks neither for tasks nor in production.
pub fn relieve(mut serving: Vec<Seen>) -> Vec<Step> {
    serving.sort_by_key(|seen| seen.deployment.id);
    let Some(newest) = serving.pop() else { return Vec::new() };
    let text = format!("{} has taken its place", served(&newest));
    serving.retain(|seen| !seen.deployment.transient_environment);
    serving.iter().map(|seen| other(seen, DeploymentState::Inactive, &text)).collect()
}

/// A status that says that something else has changed what a deployment is.
fn other(seen: &Seen, state: DeploymentState, text: &str) -> Step {
    let status = NewDeploymentStatus {
        state,
        description: words::description(text),
        log_url: String::new(),
        environment_url: seen.url().unwrap_or_default().to_owned(),
        auto_inactive: false,
    };
    Step { deployment: seen.deployment.id, status }
}

fn status(
    verdict: Verdict,
    state: DeploymentState,
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
        auto_inactive: false,
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

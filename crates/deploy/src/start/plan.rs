//! What to do so that the deployment has begun, once. Pure.

use launchway_github::{DeploymentState, NewDeployment, NewDeploymentStatus};

use crate::seen::Seen;
use crate::stamp::{Stamp, Subject};
use crate::words;

/// What the inputs ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Where to.
    pub environment: String,
    /// What it does.
    pub task: String,
    /// Commit, tag or branch.
    pub reference: String,
    /// What people read about it; `None` for what can be told.
    pub description: Option<String>,
    /// Who deploys.
    pub actor: Option<String>,
    /// Where its log is.
    pub log_url: String,
    /// Where it can be seen.
    pub environment_url: String,
    /// Whether users work with it.
    pub production: Option<bool>,
    /// Whether it goes away again.
    pub transient: bool,
    /// What is deployed, and by whom.
    pub stamp: Stamp,
}

/// What GitHub knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// What this job has begun already.
    pub own: Option<Seen>,
    /// What earlier attempts of this job have left without an end.
    pub left_over: Vec<Seen>,
    /// The last one that went well.
    pub previous: Option<Seen>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Deployments that nobody will end any more.
    pub lost: Vec<u64>,
    /// The deployment.
    pub begin: Begin,
    /// The status that it is under way; `None` when it has it.
    pub status: Option<NewDeploymentStatus>,
}

/// Where the deployment comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// Made.
    Create(Box<NewDeployment>),
    /// Made by a run of this step that was killed.
    Reuse(u64),
}

/// Decides.
pub fn plan(wish: &Wish, snapshot: &Snapshot) -> Plan {
    let lost = snapshot.left_over.iter().map(|seen| seen.deployment.id).collect();
    let own = snapshot.own.as_ref().filter(|own| !own.has_ended());
    let has_status = own.is_some_and(|own| own.state() == Some(DeploymentState::InProgress));
    let status = (!has_status).then(|| NewDeploymentStatus {
        state: DeploymentState::InProgress,
        description: description(wish),
        log_url: wish.log_url.clone(),
        environment_url: wish.environment_url.clone(),
        auto_inactive: false,
    });
    let begin = match own {
        Some(own) => Begin::Reuse(own.deployment.id),
        None => Begin::Create(Box::new(NewDeployment {
            reference: wish.reference.clone(),
            task: wish.task.clone(),
            environment: wish.environment.clone(),
            description: description(wish),
            payload: wish.stamp.payload(),
            transient_environment: wish.transient,
            production_environment: wish.production,
            // Whatever the branch lacks and whichever check is red: a workflow has decided to deploy this.
            auto_merge: false,
            required_contexts: Vec::new(),
        })),
    };
    Plan { lost, begin, status }
}

/// What is deployed, in a word: version, digest or ref.
pub fn name(subject: &Subject, reference: &str) -> String {
    let what = [&subject.version, &subject.digest];
    let what = what.into_iter().flatten().next();
    what.map_or_else(|| short(reference).to_owned(), |text| short(text).to_owned())
}

/// A digest or commit by its beginning, anything else as it is.
pub fn short(text: &str) -> &str {
    let hex = text.rsplit(':').next().unwrap_or_default();
    let is_hash = hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { text.get(..text.len() - hex.len() + 12).unwrap_or(text) } else { text }
}

fn description(wish: &Wish) -> String {
    let text = wish.description.clone().unwrap_or_else(|| {
        let name = name(&wish.stamp.subject, &wish.reference);
        match &wish.actor {
            Some(actor) => format!("{name} by {actor}"),
            None => name,
        }
    });
    words::description(&text)
}

//! What is said of a deployment that begins. Pure.

use launchway_runtime::{Markdown, Summary};
use serde_json::json;

use super::Outputs;
use super::plan::{Begin, Plan, Snapshot, Wish, name, short};
use crate::seen::Seen;

/// Lines of the log, the same with and without `dry-run`.
pub fn lines(wish: &Wish, plan: &Plan, snapshot: &Snapshot) -> Vec<String> {
    let mut lines: Vec<String> = plan
        .lost
        .iter()
        .map(|id| format!("deployment {id} was begun by an earlier attempt of this job that never ended it: it failed"))
        .collect();
    let what = name(&wish.stamp.subject, &wish.reference);
    lines.push(match &plan.begin {
        Begin::Create(_) => format!("{what} is deployed to {}", wish.environment),
        Begin::Reuse(id) => format!(
            "{what} is deployed to {}: deployment {id} was begun by this job already",
            wish.environment
        ),
    });
    lines.push(match &snapshot.previous {
        Some(seen) => format!("{} serves there: deployment {}", served(seen), seen.deployment.id),
        None => "nothing is known of what serves there: no deployment went well before".to_owned(),
    });
    lines
}

/// What a deployment brought, in a word.
pub fn served(seen: &Seen) -> String {
    name(&seen.subject(), &seen.deployment.sha)
}

/// The plan as JSON.
pub fn json(wish: &Wish, plan: &Plan) -> String {
    let begin = match &plan.begin {
        Begin::Create(new) => json!({ "create": new }),
        Begin::Reuse(id) => json!({ "reuse": id }),
    };
    json!({ "environment": wish.environment, "lost": plan.lost, "begin": begin, "status": plan.status })
        .to_string()
}

/// The summary.
pub fn summary(wish: &Wish, id: u64, snapshot: &Snapshot) -> Summary {
    let subject = &wish.stamp.subject;
    let code = |text: &Option<String>| {
        text.as_deref().map_or_else(|| Markdown::raw("–"), |text| Markdown::code(short(text)))
    };
    let before = snapshot.previous.as_ref().map(served);
    let row = vec![
        Markdown::text(&wish.environment),
        code(&subject.version),
        code(&subject.digest),
        code(&before),
        Markdown::code(&id.to_string()),
    ];
    Summary::new()
        .heading(3, "Deployment begun")
        .table(&["Environment", "Version", "Digest", "Before", "Deployment"], [row])
}

/// The outputs.
pub fn outputs(wish: &Wish, id: Option<u64>, sha: Option<String>, snapshot: &Snapshot) -> Outputs {
    let subject = wish.stamp.subject.clone();
    let previous = snapshot.previous.as_ref();
    let before = previous.map(Seen::subject).unwrap_or_default();
    // Written even when empty: a later step may tell "there is none" from "it did not run".
    let text = |text: Option<String>| Some(text.unwrap_or_default());
    Outputs {
        deployment_id: text(id.map(|id| id.to_string())),
        version: text(subject.version),
        artifact: text(subject.artifact),
        digest: text(subject.digest),
        sha: text(sha),
        previous_deployment_id: text(previous.map(|seen| seen.deployment.id.to_string())),
        previous_version: text(before.version),
        previous_artifact: text(before.artifact),
        previous_digest: text(before.digest),
        previous_sha: text(previous.map(|seen| seen.deployment.sha.clone())),
    }
}

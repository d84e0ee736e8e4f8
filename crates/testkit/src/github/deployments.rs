//! Deployments, their statuses and the environments they make.

use serde_json::{Value, json};

use super::plumbing;
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::State;

/// A deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its identifier.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// What was asked for.
    pub reference: String,
    /// What it does.
    pub task: String,
    /// Where to.
    pub environment: String,
    /// What people read.
    pub description: Option<String>,
    /// What its maker put into it.
    pub payload: Value,
    /// Whether the environment goes away again.
    pub transient: bool,
    /// Whether users work with it.
    pub production: bool,
    /// Oldest first.
    pub statuses: Vec<DeploymentStatus>,
    pub(crate) creator: String,
    pub(crate) created_at: String,
}

/// A status of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentStatus {
    pub(crate) id: u64,
    /// `error`, `failure`, `inactive`, `in_progress`, `queued`, `pending` or `success`.
    pub state: String,
    /// What people read.
    pub description: String,
    /// Where its log is.
    pub log_url: String,
    /// Where what was deployed can be seen.
    pub environment_url: String,
    pub(crate) creator: String,
    pub(crate) created_at: String,
}

impl Deployment {
    /// The states it went through, oldest first.
    pub fn states(&self) -> Vec<&str> {
        self.statuses.iter().map(|status| status.state.as_str()).collect()
    }

    /// How it is; empty without a status.
    pub fn state(&self) -> &str {
        self.statuses.last().map_or("", |status| status.state.as_str())
    }
}

const STATES: &[&str] =
    &["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", ["deployments"]) => list(context),
        ("POST", ["deployments"]) => create(context),
        ("GET", ["deployments", id]) => {
            context.read("deployments")?;
            let at = find(context, id)?;
            Ok(Reply::ok(shape(context, &context.repository().deployments[at])))
        }
        ("DELETE", ["deployments", id]) => delete(context, id),
        ("GET", ["deployments", id, "statuses"]) => {
            context.read("deployments")?;
            let deployment = &context.repository().deployments[find(context, id)?];
            let shapes = deployment.statuses.iter().rev();
            let shapes = shapes.map(|status| shape_status(context, deployment, status)).collect();
            Ok(context.page(shapes))
        }
        ("POST", ["deployments", id, "statuses"]) => create_status(context, id),
        ("GET", ["environments"]) => {
            context.read("actions")?;
            let all = context.repository().environments.values();
            let shapes = all.map(|one| shape_environment(context, one)).collect();
            Ok(context.page_in("environments", shapes))
        }
        ("GET", ["environments", name]) => {
            context.read("actions")?;
            let found = context.repository().environments.get(&name.to_lowercase());
            Ok(Reply::ok(shape_environment(context, found.ok_or_else(Failed::not_found)?)))
        }
        _ => Err(Failed::not_found()),
    }
}

fn find(context: &Context<'_>, id: &str) -> Result<usize, Failed> {
    let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
    let mut all = context.repository().deployments.iter();
    all.position(|one| one.id == id).ok_or_else(Failed::not_found)
}

fn list(context: &Context<'_>) -> Answer {
    context.read("deployments")?;
    let wanted = |name: &str, value: &str| {
        context.call.query.get(name).is_none_or(|text| text.eq_ignore_ascii_case(value))
    };
    let found = context.repository().deployments.iter().rev().filter(|one| {
        wanted("environment", &one.environment)
            && wanted("task", &one.task)
            && wanted("ref", &one.reference)
            && wanted("sha", &one.sha)
    });
    Ok(context.page(found.map(|one| shape(context, one)).collect()))
}

fn create(context: &mut Context<'_>) -> Answer {
    context.write("deployments")?;
    let call = context.call;
    let Some(reference) = call.text("ref").filter(|text| !text.is_empty()) else {
        return Err(Failed::invalid("Deployment", "ref", "missing_field"));
    };
    let Some(sha) = plumbing::resolve(&context.repository().dir, reference) else {
        return Err(Failed::unprocessable(&format!("No ref found for: {reference}")));
    };
    if call.text("description").is_some_and(|text| text.chars().count() > 140) {
        let message = "description is too long (maximum is 140 characters)";
        return Err(Failed::custom("Deployment", Some("description"), message));
    }
    let environment = call.text("environment").unwrap_or("production").to_owned();
    if environment.is_empty() || environment.chars().count() > 255 {
        return Err(Failed::invalid("Deployment", "environment", "invalid"));
    }
    if call.body["auto_merge"].as_bool() != Some(false) {
        let base = plumbing::resolve(
            &context.repository().dir,
            &format!("refs/heads/{}", context.repository().default_branch),
        );
        let behind = base.is_some_and(|base| {
            crate::git::try_text(
                &context.repository().dir,
                &["merge-base", "--is-ancestor", &base, &sha],
            )
            .is_none()
        });
        if behind {
            let base = &context.repository().default_branch;
            let message = format!("Auto-merged {base} into {reference} on deployment.");
            return Ok(Reply {
                status: 202,
                headers: Vec::new(),
                body: json!({ "message": message }),
            });
        }
    }
    let red = |status: &&super::state::Status| status.sha == sha && status.state != "success";
    if call.body["required_contexts"].as_array().is_none_or(|list| !list.is_empty())
        && context.repository().statuses.iter().any(|status| red(&status))
    {
        return Err(Failed::new(409, "Conflict: Commit status checks failed for the ref."));
    }
    let deployment = Deployment {
        id: context.state.id(),
        sha,
        reference: reference.to_owned(),
        task: call.text("task").unwrap_or("deploy").to_owned(),
        production: call.body["production_environment"]
            .as_bool()
            .unwrap_or(environment == "production"),
        environment,
        description: call.text("description").map(str::to_owned),
        // A payload that is an empty object comes back as an empty text.
        payload: match &call.body["payload"] {
            Value::Null => json!(""),
            Value::Object(map) if map.is_empty() => json!(""),
            payload => payload.clone(),
        },
        transient: call.body["transient_environment"].as_bool().unwrap_or(false),
        statuses: Vec::new(),
        creator: context.token.login.clone(),
        created_at: context.state.now(),
    };
    note_environment(context.state, &context.key, &deployment.environment);
    let answer = shape(context, &deployment);
    context.repository_mut().deployments.push(deployment);
    Ok(Reply::created(answer))
}

fn delete(context: &mut Context<'_>, id: &str) -> Answer {
    context.write("deployments")?;
    let at = find(context, id)?;
    let deployments = &mut context.repository_mut().deployments;
    if deployments.len() > 1 && deployments[at].state() != "inactive" {
        return Err(Failed::unprocessable(
            "We cannot delete an active deployment unless it is the only deployment in a given environment.",
        ));
    }
    deployments.remove(at);
    Ok(Reply::empty())
}

fn create_status(context: &mut Context<'_>, id: &str) -> Answer {
    context.write("deployments")?;
    let at = find(context, id)?;
    let call = context.call;
    let state = call.text("state").unwrap_or_default();
    if !STATES.contains(&state) {
        return Err(Failed::invalid("DeploymentStatus", "state", "inclusion"));
    }
    if call.text("description").is_some_and(|text| text.chars().count() > 140) {
        let message = "description is too long (maximum is 140 characters)";
        return Err(Failed::custom("DeploymentStatus", Some("description"), message));
    }
    for field in ["log_url", "target_url", "environment_url"] {
        let url = call.text(field).unwrap_or_default();
        if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
            let message = format!("{field} must use http(s) scheme");
            return Err(Failed::custom("DeploymentStatus", Some(field), &message));
        }
    }
    let text = |field: &str| call.text(field).unwrap_or_default().to_owned();
    let status = DeploymentStatus {
        id: context.state.id(),
        state: state.to_owned(),
        description: text("description"),
        log_url: if call.text("log_url").is_some() { text("log_url") } else { text("target_url") },
        environment_url: text("environment_url"),
        creator: context.token.login.clone(),
        created_at: context.state.now(),
    };
    if state == "success" && call.body["auto_inactive"].as_bool() != Some(false) {
        deactivate(context, at);
    }
    let answer = shape_status(context, &context.repository().deployments[at], &status);
    context.repository_mut().deployments[at].statuses.push(status);
    Ok(Reply::created(answer))
}

/// What `auto_inactive` does: earlier deployments of the same environment that serve, are not transient and
/// not of a production environment, serve no more.
fn deactivate(context: &mut Context<'_>, at: usize) {
    let this = context.repository().deployments[at].clone();
    let creator = context.token.login.clone();
    for other in 0..at {
        let one = &context.repository().deployments[other];
        if one.environment != this.environment
            || one.transient
            || one.production
            || one.state() != "success"
        {
            continue;
        }
        let status = DeploymentStatus {
            id: context.state.id(),
            state: "inactive".to_owned(),
            description: String::new(),
            log_url: String::new(),
            environment_url: String::new(),
            creator: creator.clone(),
            created_at: context.state.now(),
        };
        context.repository_mut().deployments[other].statuses.push(status);
    }
}

/// A deployment of another maker.
pub(crate) fn add(
    state: &mut State,
    key: &str,
    (environment, task): (&str, &str),
    sha: &str,
    payload: &Value,
    states: &[&str],
) -> u64 {
    let id = state.id();
    let statuses = states.iter().map(|name| DeploymentStatus {
        id: state.id(),
        state: (*name).to_owned(),
        description: String::new(),
        log_url: String::new(),
        environment_url: String::new(),
        creator: "octocat".to_owned(),
        created_at: state.now(),
    });
    let statuses = statuses.collect();
    let created_at = state.now();
    note_environment(state, key, environment);
    let deployment = Deployment {
        id,
        sha: sha.to_owned(),
        reference: sha.to_owned(),
        task: task.to_owned(),
        environment: environment.to_owned(),
        description: None,
        payload: payload.clone(),
        transient: false,
        production: environment == "production",
        statuses,
        creator: "octocat".to_owned(),
        created_at,
    };
    state.repositories.get_mut(key).expect("the repository is there").deployments.push(deployment);
    id
}

fn note_environment(state: &mut State, key: &str, name: &str) {
    let (id, now) = (state.id(), state.now());
    let repository = state.repositories.get_mut(key).expect("the repository is there");
    let known = &mut repository.environments;
    known.entry(name.to_lowercase()).or_insert_with(|| (id, name.to_owned(), now));
}

fn shape(context: &Context<'_>, deployment: &Deployment) -> Value {
    let repository = context.repository();
    let url = shapes::api(context.state, repository, &format!("/deployments/{}", deployment.id));
    json!({
        "id": deployment.id, "node_id": format!("DE_{}", deployment.id), "url": url,
        "statuses_url": format!("{url}/statuses"),
        "repository_url": shapes::api(context.state, repository, ""),
        "sha": deployment.sha, "ref": deployment.reference, "task": deployment.task,
        "payload": deployment.payload, "environment": deployment.environment,
        "original_environment": deployment.environment, "description": deployment.description,
        "transient_environment": deployment.transient, "production_environment": deployment.production,
        "creator": shapes::user(context.state, &deployment.creator),
        "created_at": deployment.created_at, "updated_at": deployment.created_at,
        "performed_via_github_app": null,
    })
}

fn shape_status(
    context: &Context<'_>,
    deployment: &Deployment,
    status: &DeploymentStatus,
) -> Value {
    let repository = context.repository();
    let base = shapes::api(context.state, repository, &format!("/deployments/{}", deployment.id));
    json!({
        "id": status.id, "node_id": format!("DS_{}", status.id), "state": status.state,
        "url": format!("{base}/statuses/{}", status.id), "deployment_url": base,
        "repository_url": shapes::api(context.state, repository, ""),
        "description": status.description, "environment": deployment.environment,
        "target_url": status.log_url, "log_url": status.log_url,
        "environment_url": status.environment_url,
        "creator": shapes::user(context.state, &status.creator),
        "created_at": status.created_at, "updated_at": status.created_at,
        "performed_via_github_app": null,
    })
}

fn shape_environment(context: &Context<'_>, (id, name, at): &(u64, String, String)) -> Value {
    let repository = context.repository();
    let tail = format!("/environments/{}", shapes::encode(name));
    json!({
        "id": id, "node_id": format!("EN_{id}"), "name": name,
        "url": shapes::api(context.state, repository, &tail),
        "html_url": shapes::html(repository, &format!("/deployments/activity_log?environments_filter={}", shapes::encode(name))),
        "created_at": at, "updated_at": at, "protection_rules": [], "deployment_branch_policy": null,
    })
}

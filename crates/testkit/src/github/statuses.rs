//! Commit statuses, check runs, workflow and repository dispatches.

use serde_json::{Value, json};

use super::TokenKind;
use super::plumbing;
use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Check, Dispatch, Status};

pub(crate) fn route(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("POST", ["statuses", sha]) => create_status(context, sha),
        ("GET", ["commits", reference, "statuses"]) => {
            let (_, shapes) = statuses(context, reference)?;
            Ok(context.page(shapes.into_iter().rev().collect()))
        }
        ("GET", ["commits", reference, "status"]) => combined(context, reference),
        ("POST", ["check-runs"]) => create_check(context),
        ("PATCH", ["check-runs", id]) => update_check(context, id),
        ("GET", ["check-runs", id]) => {
            context.read("checks")?;
            let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
            let check = context.repository().checks.iter().find(|check| check.id == id);
            Ok(Reply::ok(shape_check(context, check.ok_or_else(Failed::not_found)?)))
        }
        ("GET", ["commits", reference, "check-runs"]) => {
            context.read("checks")?;
            let sha = commit(context, reference)?;
            let name = context.call.query.get("check_name");
            let found =
                context.repository().checks.iter().filter(|check| {
                    check.sha == sha && name.is_none_or(|name| *name == check.name)
                });
            let shapes = found.map(|check| shape_check(context, check)).collect();
            Ok(context.page_in("check_runs", shapes))
        }
        ("POST", ["actions", "workflows", workflow, "dispatches"]) => dispatch(context, workflow),
        ("GET", ["actions", "workflows", workflow, "runs"]) => runs(context, workflow),
        ("GET", ["actions", "runs", run, "attempts", attempt, "jobs"]) => {
            super::jobs::of_attempt(context, run, attempt)
        }
        ("POST", ["dispatches"]) => {
            context.write("contents")?;
            let Some(event) = context.call.text("event_type").map(str::to_owned) else {
                return Err(Failed::unprocessable(
                    "Invalid request.\n\n\"event_type\" wasn't supplied.",
                ));
            };
            let inputs = context.call.body["client_payload"].clone();
            let dispatch = Dispatch { workflow: event, reference: String::new(), inputs };
            context.repository_mut().dispatches.push(dispatch);
            Ok(Reply::empty())
        }
        _ => Err(Failed::not_found()),
    }
}

fn commit(context: &Context<'_>, reference: &str) -> Result<String, Failed> {
    plumbing::resolve(&context.repository().dir, reference)
        .ok_or_else(|| Failed::unprocessable(&format!("No commit found for SHA: {reference}")))
}

fn create_status(context: &mut Context<'_>, sha: &str) -> Answer {
    context.write("statuses")?;
    let sha = commit(context, sha)?;
    let call = context.call;
    let state = call.text("state").unwrap_or_default();
    if !matches!(state, "error" | "failure" | "pending" | "success") {
        return Err(Failed::invalid("Status", "state", "invalid"));
    }
    if call.text("description").is_some_and(|text| text.chars().count() > 140) {
        let message = "description is too long (maximum is 140 characters)";
        return Err(Failed::custom("Status", Some("description"), message));
    }
    let status = Status {
        id: context.state.id(),
        sha,
        state: state.to_owned(),
        context: call.text("context").unwrap_or("default").to_owned(),
        description: call.text("description").map(str::to_owned),
        target_url: call.text("target_url").map(str::to_owned),
        creator: context.token.login.clone(),
        created_at: context.state.now(),
    };
    let shape = shape_status(context, &status);
    context.repository_mut().statuses.push(status);
    Ok(Reply::created(shape))
}

fn shape_status(context: &Context<'_>, status: &Status) -> Value {
    let tail = format!("/statuses/{}", status.sha);
    let creator = shapes::user(context.state, &status.creator);
    json!({
        "id": status.id, "node_id": format!("SC_{}", status.id), "state": status.state,
        "url": shapes::api(context.state, context.repository(), &tail),
        "avatar_url": creator["avatar_url"], "description": status.description,
        "target_url": status.target_url, "context": status.context, "creator": creator,
        "created_at": status.created_at, "updated_at": status.created_at,
    })
}

fn statuses(context: &Context<'_>, reference: &str) -> Result<(String, Vec<Value>), Failed> {
    context.read("statuses")?;
    let sha = commit(context, reference)?;
    let found = context.repository().statuses.iter().filter(|status| status.sha == sha);
    let shapes = found.map(|status| shape_status(context, status)).collect();
    Ok((sha, shapes))
}

fn combined(context: &Context<'_>, reference: &str) -> Answer {
    let (sha, shapes) = statuses(context, reference)?;
    let mut latest: Vec<Value> = Vec::new();
    for mut status in shapes {
        latest.retain(|other| other["context"] != status["context"]);
        // The combined form names no creator.
        status.as_object_mut().expect("an object").remove("creator");
        latest.push(status);
    }
    let any = |states: &[&str]| {
        latest.iter().any(|status| states.contains(&status["state"].as_str().unwrap_or_default()))
    };
    let state = if any(&["failure", "error"]) {
        "failure"
    } else if latest.is_empty() || any(&["pending"]) {
        "pending"
    } else {
        "success"
    };
    let repository = context.repository();
    let url = shapes::api(context.state, repository, &format!("/commits/{sha}"));
    Ok(Reply::ok(json!({
        "state": state, "sha": sha, "total_count": latest.len(), "statuses": latest,
        "repository": shapes::repository(context.state, repository),
        "commit_url": url, "url": format!("{url}/status"),
    })))
}

fn create_check(context: &mut Context<'_>) -> Answer {
    context.write("checks")?;
    if context.token.kind == TokenKind::Personal {
        return Err(Failed::new(403, "You must authenticate via a GitHub App."));
    }
    let call = context.call;
    let (Some(name), Some(sha)) = (call.text("name"), call.text("head_sha")) else {
        return Err(Failed::invalid("CheckRun", "head_sha", "missing_field"));
    };
    let sha = commit(context, sha)?;
    let now = context.state.now();
    let mut check = Check {
        id: context.state.id(),
        sha,
        name: name.to_owned(),
        status: "queued".into(),
        conclusion: None,
        output: Value::Null,
        details_url: None,
        external_id: None,
        started_at: now,
        completed_at: None,
    };
    fill(context, &mut check)?;
    let shape = shape_check(context, &check);
    context.repository_mut().checks.push(check);
    Ok(Reply::created(shape))
}

fn update_check(context: &mut Context<'_>, id: &str) -> Answer {
    context.write("checks")?;
    let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
    let mut checks = context.repository().checks.iter();
    let at = checks.position(|check| check.id == id).ok_or_else(Failed::not_found)?;
    let mut check = context.repository().checks[at].clone();
    fill(context, &mut check)?;
    let shape = shape_check(context, &check);
    context.repository_mut().checks[at] = check;
    Ok(Reply::ok(shape))
}

fn fill(context: &mut Context<'_>, check: &mut Check) -> Result<(), Failed> {
    let call = context.call;
    for (name, place) in [("name", &mut check.name), ("status", &mut check.status)] {
        if let Some(text) = call.text(name) {
            text.clone_into(place);
        }
    }
    if let Some(conclusion) = call.text("conclusion") {
        check.conclusion = Some(conclusion.to_owned());
        check.status = "completed".into();
    }
    if check.status == "completed" {
        if check.conclusion.is_none() {
            return Err(Failed::invalid("CheckRun", "conclusion", "missing_field"));
        }
        check.completed_at.get_or_insert_with(|| context.state.now());
    }
    if let Some(url) = call.text("details_url") {
        check.details_url = Some(url.to_owned());
    }
    if let Some(id) = call.text("external_id") {
        check.external_id = Some(id.to_owned());
    }
    let output = &call.body["output"];
    if output.is_object() {
        for field in ["summary", "text"] {
            if output[field].as_str().is_some_and(|text| text.chars().count() > 65_535) {
                let message = format!("{field} is too long (maximum is 65535 characters)");
                return Err(Failed::custom("CheckRun", Some(field), &message));
            }
        }
        check.output = output.clone();
    }
    Ok(())
}

fn shape_check(context: &Context<'_>, check: &Check) -> Value {
    let repository = context.repository();
    let url = shapes::api(context.state, repository, &format!("/check-runs/{}", check.id));
    let page = shapes::html(repository, &format!("/runs/{}", check.id));
    let annotations = check.output["annotations"].as_array().map_or(0, Vec::len);
    json!({
        "id": check.id, "node_id": format!("CR_{}", check.id), "head_sha": check.sha,
        "name": check.name, "status": check.status, "conclusion": check.conclusion,
        "external_id": check.external_id.clone().unwrap_or_default(), "url": url,
        "html_url": page, "details_url": check.details_url.clone().unwrap_or(page),
        "started_at": check.started_at, "completed_at": check.completed_at,
        "output": {
            "title": check.output["title"], "summary": check.output["summary"],
            "text": check.output["text"], "annotations_count": annotations,
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": { "id": 1 }, "app": null, "pull_requests": [],
    })
}

fn dispatch(context: &mut Context<'_>, workflow: &str) -> Answer {
    context.write("actions")?;
    let Some(reference) = context.call.text("ref").map(str::to_owned) else {
        return Err(Failed::unprocessable("Invalid request.\n\n\"ref\" wasn't supplied."));
    };
    if plumbing::resolve(&context.repository().dir, &reference).is_none() {
        return Err(Failed::unprocessable(&format!("No ref found for: {reference}")));
    }
    let inputs = context.call.body["inputs"].clone();
    if let Some(workflows) = &context.repository().workflows {
        let known = workflows.get(workflow).ok_or_else(Failed::not_found)?;
        let given = inputs.as_object().into_iter().flat_map(|inputs| inputs.keys());
        let unknown: Vec<_> = given.filter(|name| !known.contains(name)).cloned().collect();
        if !unknown.is_empty() {
            let message = format!("Unexpected inputs provided: {}", json!(unknown));
            return Err(Failed::unprocessable(&message));
        }
    }
    let dispatch = Dispatch { workflow: workflow.to_owned(), reference, inputs };
    context.repository_mut().dispatches.push(dispatch);
    Ok(Reply::empty())
}

/// Every dispatch became a run at once.
fn runs(context: &Context<'_>, workflow: &str) -> Answer {
    context.read("actions")?;
    let repository = context.repository();
    let wanted = |name: &str| context.call.query.get(name);
    if wanted("event").is_some_and(|event| event != "workflow_dispatch") {
        return Ok(context.page_in("workflow_runs", Vec::new()));
    }
    let found = repository.dispatches.iter().enumerate().rev().filter(|(_, dispatch)| {
        dispatch.workflow == workflow
            && wanted("branch").is_none_or(|branch| *branch == dispatch.reference)
    });
    let shapes = found.map(|(index, dispatch)| shape_run(context, index, dispatch)).collect();
    Ok(context.page_in("workflow_runs", shapes))
}

fn shape_run(context: &Context<'_>, index: usize, dispatch: &Dispatch) -> Value {
    let repository = context.repository();
    let id = 7000 + index;
    let url = shapes::api(context.state, repository, &format!("/actions/runs/{id}"));
    let own = shapes::repository(context.state, repository);
    let sha = plumbing::resolve(&repository.dir, &dispatch.reference).unwrap_or_default();
    let bot = shapes::user(context.state, "github-actions[bot]");
    json!({
        "id": id, "name": dispatch.workflow, "node_id": format!("WFR_{id}"),
        "check_suite_id": id, "check_suite_node_id": format!("CS_{id}"),
        "head_branch": dispatch.reference, "head_sha": sha,
        "path": format!(".github/workflows/{}", dispatch.workflow),
        "run_number": index + 1, "run_attempt": 1, "referenced_workflows": [],
        "event": "workflow_dispatch", "status": "queued", "conclusion": null, "workflow_id": 1,
        "url": url, "html_url": shapes::html(repository, &format!("/actions/runs/{id}")),
        "pull_requests": [], "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z", "actor": bot, "triggering_actor": bot,
        "run_started_at": "2026-01-01T00:00:00Z", "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"), "check_suite_url": format!("{url}/suite"),
        "artifacts_url": format!("{url}/artifacts"), "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"), "previous_attempt_url": null,
        "workflow_url": shapes::api(context.state, repository, "/actions/workflows/1"),
        "head_commit": null, "repository": own, "head_repository": own,
        "display_title": dispatch.workflow,
    })
}

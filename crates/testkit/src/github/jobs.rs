//! Jobs of workflow runs, as a test says they went.

use serde_json::{Value, json};

use super::route::{Answer, Context, Failed};
use super::shapes;
use super::state::Job;

/// `…/actions/runs/{run}/attempts/{attempt}/jobs`
pub(crate) fn of_attempt(context: &Context<'_>, run: &str, attempt: &str) -> Answer {
    context.read("actions")?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| Failed::not_found());
    let (run, attempt) = (number(run)?, number(attempt)?);
    let jobs = context.repository().jobs.iter().enumerate();
    let found: Vec<Value> = jobs
        .filter(|(_, job)| job.run == run && job.attempt == attempt)
        .map(|(index, job)| shape(context, index, job))
        .collect();
    if found.is_empty() {
        return Err(Failed::not_found());
    }
    Ok(context.page_in("jobs", found))
}

fn shape(context: &Context<'_>, index: usize, job: &Job) -> Value {
    let (state, repository) = (&context.state, context.repository());
    let id = 90_000 + index;
    let run = format!("/actions/runs/{}", job.run);
    let time = "2026-01-01T00:00:00Z";
    let over = |conclusion: &Option<String>| conclusion.as_ref().map(|_| time);
    let status = |conclusion: &Option<String>| match conclusion {
        Some(_) => "completed",
        None => "in_progress",
    };
    let steps = job.steps.iter().enumerate().map(|(at, (name, conclusion))| {
        json!({
            "name": name, "number": at + 1, "status": status(conclusion),
            "conclusion": conclusion, "started_at": time, "completed_at": over(conclusion),
        })
    });
    json!({
        "id": id, "run_id": job.run, "node_id": format!("CR_{id}"), "name": job.name,
        "run_attempt": job.attempt, "head_sha": "0".repeat(40), "head_branch": "main",
        "workflow_name": "CI", "status": status(&job.conclusion), "conclusion": job.conclusion,
        "run_url": shapes::api(state, repository, &run),
        "url": shapes::api(state, repository, &format!("/actions/jobs/{id}")),
        "check_run_url": shapes::api(state, repository, &format!("/check-runs/{id}")),
        "html_url": shapes::html(repository, &format!("{run}/job/{id}")),
        "created_at": time, "started_at": time, "completed_at": over(&job.conclusion),
        "labels": ["ubuntu-latest"], "runner_id": 1, "runner_name": job.runner,
        "runner_group_id": 1, "runner_group_name": "GitHub Actions",
        "steps": steps.collect::<Vec<_>>(),
    })
}

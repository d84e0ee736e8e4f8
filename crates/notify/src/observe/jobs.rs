//! The jobs that failed, with their pages and the step that did it, asked of GitHub.

use std::time::Duration;

use launchway_base::{Deadline, Failure};
use launchway_github::{GitHub, Job, RepoId, Settings};
use launchway_runtime::Session;

use super::event::Run;
use super::status;
use crate::facts::{Facts, Need};
use crate::inputs::Content;
use crate::line::one;
use crate::status::Status;
use crate::text::web;

/// Longer than this nobody waits for links; the message is worth more.
const TIME: Duration = Duration::from_secs(10);

const RIGHTS: &str = "give the job `permissions: { actions: read }`";

/// Puts names, links and failed steps into the needs, where something failed and there is a token.
/// What goes wrong is a warning.
pub(super) async fn add(
    session: &Session,
    content: &Content,
    deadline: Deadline,
    run: Option<Run>,
    facts: &mut Facts,
) {
    let bad = |status| matches!(status, Status::Failure | Status::Cancelled);
    let worth = bad(facts.status) || facts.needs.iter().any(|need| bad(need.result));
    let token = content.github_token.as_ref().filter(|token| !token.is_empty());
    let (Some(token), Some(run), true) = (token, run, worth) else { return };
    let share = deadline.remaining().map_or(TIME, |left| (left / 3).min(TIME));
    let asked = async {
        let id: RepoId = facts
            .repository
            .parse()
            .map_err(|_| Failure::input(format!("`{}` is no repository", facts.repository)))?;
        let event = session.context();
        let hub = GitHub::new(Settings {
            api_url: event.api_url()?,
            graphql_url: event.graphql_url()?,
            token: Some(token.clone()),
            deadline: Deadline::after(share),
        })?;
        let jobs = hub.jobs(&id, run.id, run.attempt).await?;
        jobs.ok_or_else(|| {
            Failure::remote(format!("GitHub shows no jobs of run {}", run.id)).with_hint(RIGHTS)
        })
    };
    match asked.await {
        Ok(jobs) => merge(&mut facts.needs, failed(&jobs, run.runner.as_deref())),
        Err(failure) => {
            let said = failure.chain();
            let hint = match failure.hint() {
                _ if said.contains("403") => Some(RIGHTS),
                hint => hint,
            };
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            session.warn(&format!("no links to failed jobs: {said}{hint}"));
        }
    }
}

/// The jobs that failed or were ended; of the job this program runs in only when a step of it
/// failed, because it is not over.
fn failed(jobs: &[Job], runner: Option<&str>) -> Vec<Need> {
    let read = |job: &Job| {
        let is = |conclusion: Option<&str>| status::concluded(conclusion.unwrap_or_default());
        let step = |wanted| job.steps.iter().find(|step| is(step.conclusion.as_deref()) == wanted);
        let broken = step(Status::Failure);
        let own =
            job.status == "in_progress" && runner.is_some() && job.runner_name.as_deref() == runner;
        let result = match is(job.conclusion.as_deref()) {
            ended @ (Status::Failure | Status::Cancelled) => ended,
            _ if own && broken.is_some() => Status::Failure,
            _ => return None,
        };
        let step = broken.or_else(|| step(Status::Cancelled));
        Some(Need {
            name: one(&job.name, 200),
            result,
            url: job.url.as_deref().and_then(web),
            failed_step: step.map(|step| one(&step.name, 200)).unwrap_or_default(),
        })
    };
    jobs.iter().filter_map(read).collect()
}

/// Puts what the API calls jobs in place of what the workflow calls needs. The API does not know
/// the ids of a workflow, only names: equal ones belong together, and so does `id (…)` of a matrix
/// and `id / …` of a called workflow. What then is left on both sides belongs together, too.
fn merge(needs: &mut Vec<Need>, mut jobs: Vec<Need>) {
    if needs.is_empty() {
        *needs = jobs;
        return;
    }
    let bad = |need: &Need| matches!(need.result, Status::Failure | Status::Cancelled);
    let mut merged: Vec<Need> = Vec::new();
    let mut left: Vec<usize> = Vec::new();
    for need in needs.iter() {
        let (mut own, others): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| bad(need) && belongs(&job.name, &need.name));
        jobs = others;
        if own.is_empty() {
            if bad(need) {
                left.push(merged.len());
            }
            own.push(need.clone());
        }
        merged.append(&mut own);
    }
    // Fewer jobs than needs: which is which is not to be guessed.
    if let Some(first) = left.first().filter(|_| jobs.len() >= left.len()) {
        let rest = merged.split_off(*first);
        merged.append(&mut jobs);
        let is_left = |(at, need): (usize, Need)| (!left.contains(&(first + at))).then_some(need);
        merged.extend(rest.into_iter().enumerate().filter_map(is_left));
    }
    *needs = merged;
}

fn belongs(job: &str, id: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if matches!(c, '-' | '_') { ' ' } else { c.to_ascii_lowercase() })
            .collect()
    };
    let (job, id) = (plain(job), plain(id));
    job.strip_prefix(&id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" (") || rest.starts_with(" / "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(name: &str, result: Status) -> Need {
        Need { name: name.to_owned(), result, ..Need::default() }
    }

    type Named<'a> = &'a [(&'a str, Status)];

    fn names(needs: &[Need]) -> Vec<String> {
        needs.iter().map(|need| format!("{} {}", need.name, need.result)).collect()
    }

    #[test]
    fn jobs_take_the_place_of_needs() {
        use Status::{Cancelled, Failure, Success};
        let rows: &[(Named<'_>, Named<'_>, &[&str])] = &[
            (&[], &[("a", Failure)], &["a failure"]),
            (
                &[("build", Success), ("unit-test", Failure), ("lint", Success)],
                &[("Unit Test (ubuntu, 1)", Failure), ("unit test (mac, 2)", Cancelled)],
                &[
                    "build success",
                    "Unit Test (ubuntu, 1) failure",
                    "unit test (mac, 2) cancelled",
                    "lint success",
                ],
            ),
            (&[("call", Failure)], &[("call / inner", Failure)], &["call / inner failure"]),
            // A matrix in a called workflow, and a called workflow in a called one.
            (
                &[("release_all", Failure), ("lint", Success)],
                &[
                    ("Release-all / build (linux, x64)", Failure),
                    ("release all / publish / npm", Cancelled),
                ],
                &[
                    "Release-all / build (linux, x64) failure",
                    "release all / publish / npm cancelled",
                    "lint success",
                ],
            ),
            // A matrix whose name is made of its values, next to a job that is found by its id.
            (
                &[("test", Failure), ("lint", Failure)],
                &[("Node 22 on linux", Failure), ("Node 24 on mac", Failure), ("Lint", Failure)],
                &["Node 22 on linux failure", "Node 24 on mac failure", "Lint failure"],
            ),
            // An id that another one begins with.
            (
                &[("build", Failure), ("build-docs", Failure)],
                &[("build-docs", Failure), ("build (1)", Failure)],
                &["build (1) failure", "build-docs failure"],
            ),
            // Another name: nobody else can be meant.
            (
                &[("build", Success), ("t", Failure)],
                &[("All the tests", Failure)],
                &["build success", "All the tests failure"],
            ),
            // Fewer jobs than needs: nothing is guessed.
            (&[("a", Failure), ("b", Failure)], &[("x", Failure)], &["a failure", "b failure"]),
            // A job that may fail is none of the needs.
            (&[("a", Failure)], &[("a", Failure), ("may fail", Failure)], &["a failure"]),
            (&[("test", Failure)], &[("testing", Failure), ("test", Failure)], &["test failure"]),
            (&[("a", Success)], &[("a", Failure)], &["a success"]),
        ];
        for (needs, jobs, expected) in rows {
            let read = |list: &[(&str, Status)]| -> Vec<Need> {
                list.iter().map(|(name, result)| need(name, *result)).collect()
            };
            let mut needs = read(needs);
            merge(&mut needs, read(jobs));
            assert_eq!(names(&needs), *expected);
        }
    }

    #[test]
    fn the_own_job_counts_once_a_step_failed() {
        let job = |runner: &str, step: &str| -> Job {
            serde_json::from_value(serde_json::json!({
                "id": 1, "name": runner, "status": "in_progress", "conclusion": null,
                "runner_name": runner, "html_url": "https://github.com/a/b/job/1",
                "steps": [
                    { "name": "one", "number": 1, "conclusion": "success" },
                    { "name": "two\nlines", "number": 2, "conclusion": step },
                    { "name": "three", "number": 3, "conclusion": null },
                ],
            }))
            .unwrap()
        };
        let jobs = [job("mine", "failure"), job("other", "failure"), job("fine", "success")];
        let seen = failed(&jobs, Some("mine"));
        assert_eq!(names(&seen), ["mine failure"]);
        assert_eq!(seen[0].failed_step, "two lines");
        assert_eq!(failed(&jobs, None), []);
        assert_eq!(failed(&jobs[2..], Some("fine")), []);
    }
}

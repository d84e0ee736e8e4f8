//! What act says of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// A run that ended.
#[derive(Debug, Default)]
pub struct Run {
    /// act's exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// What became of each job, by `workflow/job` and, of a called workflow,
    /// `workflow/job/called workflow/job`, as act names them. A job that was skipped is missing.
    pub jobs: BTreeMap<String, Job>,
    /// Each step that ran, in the order they ended.
    pub steps: Vec<Step>,
    /// `needs` as a last job sees it: results and outputs of the jobs of the calling workflow.
    pub needs: Value,
    /// Outputs of steps in order: the ids, outermost first, the name and the value.
    pub set: Vec<(Vec<String>, String, String)>,
    /// Annotations as `(level, message)`.
    pub annotations: Vec<(String, String)>,
    /// Summaries of steps, in order.
    pub summaries: Vec<String>,
    /// What was masked with `::add-mask::`.
    pub masks: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
    pub(super) lines: Vec<String>,
    pub(super) secrets: Vec<String>,
}

/// A job that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// `success` or `failure`; empty while it goes on, and always of a job that calls a workflow.
    pub result: String,
}

/// A step that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The job, as in [`Run::jobs`].
    pub job: String,
    /// Its name.
    pub name: String,
    /// Its id, after those of the composite actions it is in.
    pub id: Vec<String>,
    /// `success`, `failure` or `skipped`.
    pub result: String,
}

impl Run {
    /// Everything the jobs printed, masked as act masks it.
    pub fn log(&self) -> String {
        self.lines.concat()
    }

    /// Whether every job that ran ended well. act's own result of a called workflow is that of its
    /// last job; here one failed job makes the run red, as on GitHub.
    pub fn green(&self) -> bool {
        self.code == Some(0) && self.jobs.values().all(|job| job.result != "failure")
    }

    /// Panics with the log unless the run is green.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!(self.green(), "the run is red ({:?}): {:#?}\n{}", self.code, self.jobs, self.log());
        self.hides_secrets();
        self
    }

    /// Panics with the log unless the run is red.
    #[track_caller]
    pub fn failure(self) -> Self {
        assert!(!self.green(), "the run is green: {:#?}\n{}", self.jobs, self.log());
        self.hides_secrets();
        self
    }

    #[track_caller]
    fn hides_secrets(&self) {
        let log = self.log();
        for secret in self.secrets.iter().filter(|secret| secret.len() > 3) {
            assert!(!log.contains(secret.as_str()), "a secret stands in the log:\n{log}");
        }
    }

    /// An output of a job of the calling workflow; empty when there is none.
    pub fn output(&self, job: &str, name: &str) -> &str {
        self.needs[job]["outputs"][name].as_str().unwrap_or_default()
    }

    /// An output of the step with this id, of whatever job; empty when it was not set. After a called
    /// workflow that failed act runs no job that waits for it, so that [`Self::needs`] is missing.
    pub fn step_output(&self, id: &str, name: &str) -> &str {
        let mut set = self.set.iter().rev();
        let found =
            set.find(|(ids, own, _)| own == name && ids.first().is_some_and(|own| own == id));
        found.map_or("", |(_, _, value)| value)
    }

    /// Whether a job whose name ends so ran.
    pub fn ran(&self, job: &str) -> bool {
        self.jobs.keys().any(|name| name.ends_with(job))
    }

    /// The result of the step of this name; empty when none ran.
    pub fn step(&self, name: &str) -> &str {
        let step = self.steps.iter().rev().find(|step| step.name == name);
        step.map_or("", |step| &step.result)
    }
}

/// Reads act's JSON lines; what is no JSON stays as it is.
pub(super) fn read(out: &str, err: &str) -> Run {
    let mut run = Run::default();
    for line in out.lines().chain(err.lines()) {
        let Ok(entry) = serde_json::from_str::<Value>(line) else {
            run.lines.push(format!("{line}\n"));
            continue;
        };
        take(&mut run, &entry);
    }
    run
}

fn take(run: &mut Run, entry: &Value) {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let ids: Vec<String> = entry["stepID"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let (message, job) = (text("msg"), text("job").trim().to_owned());
    match text("command").as_str() {
        "add-mask" => run.masks.push(text("arg")),
        "set-output" => run.set.push((ids.clone(), text("name"), text("arg"))),
        "summary" => run.summaries.push(text("content")),
        level @ ("error" | "warning" | "notice") => {
            run.annotations.push((level.to_owned(), text("arg")));
        }
        _ => {}
    }
    if !job.is_empty() {
        let known = run.jobs.entry(job.clone()).or_default();
        if let Some(result) = entry["jobResult"].as_str() {
            result.clone_into(&mut known.result);
        }
    }
    if entry["stage"] == "Main"
        && let Some(result) = entry["stepResult"].as_str()
    {
        run.steps.push(Step { job, name: text("step"), id: ids, result: result.into() });
    }
    // What act says about itself at each expression it evaluates.
    if message.contains("get git re") || message.starts_with("LocalRepositoryCache") {
        return;
    }
    let line = format!("[{}] {}\n", text("job").trim(), message.trim_end());
    run.lines.push(line);
}

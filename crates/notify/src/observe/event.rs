//! The run and its event.

use launchway_runtime::{Payload, Session};
use serde_json::Value;

use super::{duration, status, texts};
use crate::facts::{Facts, Pull, Release};
use crate::line::{first, one};
use crate::status::Status;
use crate::text::web;

/// What the event tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The facts that are of the run and its event.
    pub(super) facts: Facts,
    /// The run that is told of.
    pub(super) run: Option<Run>,
}

/// A run of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Its id.
    pub(super) id: u64,
    /// The attempt, from 1.
    pub(super) attempt: u64,
    /// The runner this program is on, when the run is its own.
    pub(super) runner: Option<String>,
}

/// Reads what is there; nothing has to be. After another workflow, `about` says for the status that
/// one ended with whether it is told of, and not the own run.
pub(super) fn read(session: &Session, about: impl Fn(Status) -> bool) -> Seen {
    let nothing = Payload::default();
    let payload = if session.env().get("GITHUB_EVENT_PATH").is_some() {
        session.context().payload().unwrap_or_else(|failure| {
            session.warn(&format!("the message tells nothing of the event: {}", failure.chain()));
            &nothing
        })
    } else {
        &nothing
    };
    let mut seen = run(session);
    let event = Event { payload };
    seen.facts.take_commit(&event);
    match seen.facts.event.as_str() {
        "release" => seen.facts.take_release(&event),
        "workflow_run" => take_workflow_run(&mut seen, &event, about),
        "deployment" | "deployment_status" => seen.facts.take_deployment(&event),
        "merge_group" => seen.facts.take_group(&event),
        _ => seen.facts.take_pull(&event),
    }
    seen
}

/// What the variables of a runner tell.
fn run(session: &Session) -> Seen {
    let (env, context) = (session.env(), session.context());
    let text = |name: &str| env.get(name).map(|text| one(text, 255)).unwrap_or_default();
    let mut facts = Facts {
        repository: context.repository().map(|name| name.to_string()).unwrap_or_default(),
        server: context.server_url().unwrap_or_else(|_| "https://github.com".to_owned()),
        workflow: text("GITHUB_WORKFLOW"),
        job: text("GITHUB_JOB"),
        event: text("GITHUB_EVENT_NAME"),
        run_number: text("GITHUB_RUN_NUMBER"),
        run_attempt: context.run_attempt().unwrap_or(1),
        reference: context.ref_name().map(|name| one(name, 255)).unwrap_or_default(),
        sha: context.sha().unwrap_or_default().to_owned(),
        ..Facts::default()
    };
    // Who started this attempt may be another than who started the first.
    facts.actor = text("GITHUB_TRIGGERING_ACTOR");
    if facts.actor.is_empty() {
        facts.actor = text("GITHUB_ACTOR");
    }
    let id = context.run_id().ok();
    facts.run_id = id.map(|id| id.to_string()).unwrap_or_default();
    let run = id.map(|id| Run {
        id,
        attempt: facts.run_attempt,
        runner: Some(text("RUNNER_NAME")).filter(|name| !name.is_empty()),
    });
    facts.run_url = id.and_then(|id| facts.page(&format!("/actions/runs/{id}")));
    if facts.run_attempt > 1 {
        facts.run_url = facts
            .run_url
            .map(|url| format!("{url}/attempts/{attempt}", attempt = facts.run_attempt));
    }
    let is_tag = env.get("GITHUB_REF").is_some_and(|full| full.starts_with("refs/tags/"));
    if is_tag {
        facts.version.clone_from(&facts.reference);
    }
    facts.link();
    Seen { facts, run }
}

/// The payload; everything in it is from outside.
struct Event<'a> {
    payload: &'a Payload,
}

impl Event<'_> {
    fn text(&self, pointer: &str) -> Option<&str> {
        self.payload.get(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn line(&self, pointer: &str) -> Option<String> {
        self.text(pointer).map(|text| one(first(text), 255)).filter(|line| !line.is_empty())
    }

    fn number(&self, pointer: &str) -> Option<u64> {
        self.payload.get(pointer).and_then(Value::as_u64)
    }

    fn sha(&self, pointer: &str) -> Option<String> {
        let hex =
            |sha: &&str| matches!(sha.len(), 40 | 64) && sha.bytes().all(|b| b.is_ascii_hexdigit());
        self.text(pointer).filter(hex).map(str::to_lowercase)
    }
}

impl Facts {
    /// An address below the repository's.
    fn page(&self, rest: &str) -> Option<String> {
        if self.repository.is_empty() {
            return None;
        }
        web(&format!("{}/{}{rest}", self.server, self.repository))
    }

    /// Makes the links that follow from commit, branch and tag.
    fn link(&mut self) {
        self.commit_url = Some(&self.sha)
            .filter(|sha| !sha.is_empty())
            .and_then(|sha| self.page(&format!("/commit/{sha}")));
        let tree = percent_encoding::utf8_percent_encode(&self.reference, REFERENCE);
        self.reference_url = Some(&self.reference)
            .filter(|name| !name.is_empty() && !name.ends_with("/merge"))
            .and_then(|_| self.page(&format!("/tree/{tree}")));
    }

    fn take_commit(&mut self, event: &Event<'_>) {
        if let Some(title) = event.line("/head_commit/message") {
            self.commit_title = title;
        }
    }

    fn take_pull(&mut self, event: &Event<'_>) {
        let Some(number) = event.number("/pull_request/number") else { return };
        self.take_pull_of(number, event.line("/pull_request/title"));
        // The commit of the run is a merge nobody made; of a fork, the branch is not here.
        if let Some(sha) = event.sha("/pull_request/head/sha") {
            self.sha = sha;
        }
        let head = event.line("/pull_request/head/ref");
        let of_fork = event.text("/pull_request/head/repo/full_name")
            != event.text("/pull_request/base/repo/full_name");
        let label = if of_fork { event.line("/pull_request/head/label") } else { None };
        let in_fork = label.is_some();
        if let Some(name) = label.or(head) {
            self.reference = name;
        }
        self.link();
        if in_fork {
            self.reference_url = None;
        }
    }

    fn take_pull_of(&mut self, number: u64, title: Option<String>) {
        let url = self.page(&format!("/pull/{number}")).unwrap_or_default();
        self.pull = Some(Pull { number, title: title.unwrap_or_default(), url });
    }

    fn take_deployment(&mut self, event: &Event<'_>) {
        let of_status = event.line("/deployment_status/environment");
        let named = of_status.or_else(|| event.line("/deployment/environment"));
        self.environment = named.unwrap_or_default();
        self.environment_url = event.text("/deployment_status/environment_url").and_then(web);
    }

    /// What waits to be merged: `gh-readonly-queue/main/pr-12-<commit>` is of the pull request 12.
    fn take_group(&mut self, event: &Event<'_>) {
        if let Some(title) = event.line("/merge_group/head_commit/message") {
            self.commit_title = title;
        }
        let last = self.reference.rsplit('/').next().unwrap_or_default();
        let number = last.strip_prefix("pr-").and_then(|rest| rest.split('-').next()?.parse().ok());
        if let Some(number) = number {
            self.take_pull_of(number, None);
        }
        // The queue takes its branch away again.
        self.reference_url = None;
    }

    fn take_release(&mut self, event: &Event<'_>) {
        let Some(tag) = event.line("/release/tag_name") else { return };
        let notes = event.text("/release/body").unwrap_or_default();
        self.version.clone_from(&tag);
        self.release = Some(Release {
            name: event.line("/release/name").unwrap_or_default(),
            notes: texts::cut(notes.to_owned()),
            url: event.text("/release/html_url").and_then(web).unwrap_or_default(),
            tag,
        });
    }
}

/// After another workflow: its commit is what it is about, and where `about` says so its run.
fn take_workflow_run(seen: &mut Seen, event: &Event<'_>, about: impl Fn(Status) -> bool) {
    let at = |field: &str| format!("/workflow_run/{field}");
    let facts = &mut seen.facts;
    if let Some(title) = event.line(&at("head_commit/message")) {
        facts.commit_title = title;
    }
    if let Some(sha) = event.sha(&at("head_sha")) {
        facts.sha = sha;
    }
    let of_fork =
        event.text(&at("head_repository/full_name")) != event.text(&at("repository/full_name"));
    if let Some(branch) = event.line(&at("head_branch")) {
        let owner = event.line(&at("head_repository/owner/login")).filter(|_| of_fork);
        facts.reference = owner.map_or(branch.clone(), |owner| format!("{owner}:{branch}"));
    }
    facts.link();
    if of_fork {
        facts.reference_url = None;
    }
    if let Some(number) = event.number(&at("pull_requests/0/number")) {
        facts.take_pull_of(number, event.line(&at("display_title")));
    }
    let concluded = status::concluded(event.text(&at("conclusion")).unwrap_or_default());
    let Some(id) = event.number(&at("id")).filter(|_| about(concluded)) else { return };
    facts.status = concluded;
    let attempt = event.number(&at("run_attempt")).unwrap_or(1);
    seen.run = Some(Run { id, attempt, runner: None });
    facts.run_attempt = attempt;
    facts.run_id = id.to_string();
    facts.run_number = event.number(&at("run_number")).map(|n| n.to_string()).unwrap_or_default();
    facts.run_url = facts.page(&format!("/actions/runs/{id}"));
    facts.workflow = event.line(&at("name")).unwrap_or_default();
    if let Some(actor) =
        event.line(&at("triggering_actor/login")).or_else(|| event.line(&at("actor/login")))
    {
        facts.actor = actor;
    }
    facts.duration =
        duration::between(event.text(&at("run_started_at")), event.text(&at("updated_at")));
}

/// What stands as it is in the path of a branch.
const REFERENCE: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

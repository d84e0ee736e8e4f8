//! Which runs what happened in a repository starts: GitHub's rule, which act does not know.
//!
//! An event that a workflow makes with its `GITHUB_TOKEN` starts nothing, but for
//! `workflow_dispatch` and `repository_dispatch`. What an App or a person makes starts everything.

use launchway_testkit::FakeGitHub;
use serde_json::{Value, json};

/// A run that GitHub would start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The event's name.
    pub event: &'static str,
    /// The full ref it runs on.
    pub reference: String,
    /// For `workflow_dispatch`: the workflow's file.
    pub workflow: Option<String>,
    /// The payload.
    pub payload: Value,
}

impl Start {
    /// `event ref`, or `event file`: for one-line assertions.
    pub fn line(&self) -> String {
        let on = self.workflow.as_deref().unwrap_or(&self.reference);
        format!("{} {on}", self.event)
    }
}

/// What the requests so far start, in their order; `token` is the `GITHUB_TOKEN`.
pub fn starts(github: &FakeGitHub, token: &str) -> Vec<Start> {
    let mut found = Vec::new();
    for request in github.writes() {
        if !(200..300).contains(&request.status) {
            continue;
        }
        let body = request.json();
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let own = request.token() == Some(token);
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        match (request.method.as_str(), parts.get(3..).unwrap_or_default()) {
            ("POST", ["actions", "workflows", file, "dispatches"]) => {
                let reference = full(&text("ref"));
                found.push(Start {
                    event: "workflow_dispatch",
                    workflow: Some((*file).to_owned()),
                    payload: json!({
                        "ref": reference,
                        "inputs": body["inputs"],
                        "workflow": format!(".github/workflows/{file}"),
                    }),
                    reference,
                });
            }
            ("POST", ["dispatches"]) => found.push(Start {
                event: "repository_dispatch",
                reference: "refs/heads/main".into(),
                workflow: None,
                payload: json!({
                    "action": body["event_type"],
                    "client_payload": body["client_payload"],
                }),
            }),
            _ if own => {}
            ("POST", ["git", "refs"]) => found.push(Start {
                event: "push",
                reference: text("ref"),
                workflow: None,
                payload: json!({ "ref": text("ref"), "after": text("sha"), "created": true }),
            }),
            ("POST", ["releases"]) if body["draft"] != true => {
                found.push(released(&request.response_json()));
            }
            ("PATCH", ["releases", _]) if body["draft"] == false => {
                found.push(released(&request.response_json()));
            }
            ("POST", ["pulls"]) => {
                let answer = request.response_json();
                found.push(Start {
                    event: "pull_request",
                    reference: format!("refs/pull/{}/merge", answer["number"]),
                    workflow: None,
                    payload: json!({
                        "action": "opened",
                        "number": answer["number"],
                        "pull_request": answer,
                    }),
                });
            }
            _ => {}
        }
    }
    found
}

fn released(release: &Value) -> Start {
    let tag = release["tag_name"].as_str().unwrap_or_default();
    Start {
        event: "release",
        reference: format!("refs/tags/{tag}"),
        workflow: None,
        payload: json!({ "action": "published", "release": release }),
    }
}

fn full(reference: &str) -> String {
    if reference.starts_with("refs/") {
        reference.to_owned()
    } else if reference.starts_with('v') || reference.contains('@') {
        format!("refs/tags/{reference}")
    } else {
        format!("refs/heads/{reference}")
    }
}

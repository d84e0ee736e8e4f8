//! A deployment, from its start to its end.

use launchway_testkit::github::{RepoHandle, TokenKind};
use launchway_testkit::{FakeGitHub, FakeRunner, TestRepo};

use super::{Act, checkout, refused};

const TOKEN: &str = "ghs_deployer";
const WEAK: &str = "ghs_weak";
const URL: &str = "https://shop.example";

/// A GitHub with the repository, and the checkout of a job.
struct World {
    github: FakeGitHub,
    remote: RepoHandle,
    sha: String,
    repo: TestRepo,
}

impl World {
    fn new() -> Self {
        let github = FakeGitHub::start();
        github.add_token(TOKEN, TokenKind::Actions, &[("deployments", "write")]);
        github.add_token(WEAK, TokenKind::Actions, &[("contents", "write")]);
        let remote = github.add_repository("acme", "shop");
        let sha = remote.commit("main", "one", &[("a", Some("1"))]);
        Self { github, remote, sha, repo: checkout() }
    }

    fn runner(&self, token: &str) -> FakeRunner {
        FakeRunner::new(self.repo.path()).sha(&self.sha).token(token).api_url(self.github.url())
    }
}

pub(super) fn start(act: Act<'_>) {
    let world = World::new();
    let inputs = [("environment", "production"), ("version", "1.2.3"), ("environment-url", URL)];
    let run = act(&world.repo, &world.runner(TOKEN), &inputs).success();
    let made = world.remote.deployment(run.output("deployment-id").parse().unwrap());
    assert_eq!((made.environment.as_str(), &made.sha), ("production", &world.sha));
    assert_eq!(
        (made.states(), made.statuses[0].environment_url.as_str()),
        (vec!["in_progress"], URL)
    );
    assert_eq!((run.output("version"), run.output("sha")), ("1.2.3", &*world.sha));
    assert!(run.summary.contains("1.2.3"), "{}", run.summary);
    let another = [("environment", "staging"), ("version", "1.2.3")];
    refused(act(&world.repo, &world.runner(WEAK), &another), 3, "deployments");
    assert_eq!(world.remote.deployments().len(), 1);
}

pub(super) fn finish(act: Act<'_>) {
    let world = World::new();
    let place = ("production", "deploy");
    let payload = serde_json::json!({ "launchway": { "version": "1.2.3" } });
    let id = world.remote.add_deployment(place, &world.sha, &payload, &["in_progress"]);
    let text = id.to_string();
    let inputs = |status| [("deployment-id", text.as_str()), ("status", status)];
    refused(act(&world.repo, &world.runner(WEAK), &inputs("failed")), 3, "deployments");
    let all = [&inputs("deployed")[..], &[("environment-url", URL)]].concat();
    let run = act(&world.repo, &world.runner(TOKEN), &all).success();
    assert_eq!((run.output("outcome"), run.output("status")), ("deployed", "success"));
    assert_eq!((run.output("healthy"), run.output("url")), ("true", URL));
    let ended = world.remote.deployment(id);
    assert_eq!(ended.states(), ["in_progress", "success"]);
    assert_eq!(ended.statuses[1].environment_url, URL);
}

//! Authors and pull requests of a range: how many requests, and what happens when they fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use launchway_base::{Deadline, Fault as _, Secret};
use launchway_github::{AuthorKey, CommitPulls, ErrorKind, GitHub, RepoId, Settings};
use launchway_http::block_on;
use launchway_testkit::github::{FULL, FakeGitHub, RepoHandle, TokenKind as Who};
use launchway_testkit::{Fault, FaultRule};
use serde_json::json;

const ABSENT: &str = "1234567890123456789012345678901234567890";

struct Scene {
    fake: FakeGitHub,
    repository: RepoHandle,
    repo: RepoId,
}

impl Scene {
    /// A line of commits, each by the author its number gives.
    fn new(commits: usize, author: impl Fn(usize) -> String) -> Self {
        let fake = FakeGitHub::start();
        fake.add_token("ghs_actions", Who::Actions, FULL);
        let repository = fake.add_repository("acme", "tools");
        let mut stream = String::new();
        for n in 0..commits {
            let at = 1_700_000_000 + 60 * n;
            let person = format!("Somebody <{}> {at} +0000", author(n));
            write!(
                stream,
                "commit refs/heads/main\nauthor {person}\ncommitter {person}\ndata 2\nc\n"
            )
            .unwrap();
        }
        let mut child = Command::new("git")
            .args(["fast-import", "--quiet"])
            .current_dir(repository.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        Self { fake, repository, repo: "acme/tools".parse().unwrap() }
    }

    fn hub(&self) -> GitHub {
        GitHub::new(Settings {
            api_url: format!("{}/api/v3", self.fake.url()),
            graphql_url: format!("{}/api/graphql", self.fake.url()),
            token: Some(Secret::new("ghs_actions")),
            deadline: Deadline::after(Duration::from_mins(2)),
        })
        .unwrap()
    }

    fn ask(&self, shas: &[String]) -> Result<Vec<Option<CommitPulls>>, launchway_github::ApiError> {
        let hub = self.hub();
        block_on(hub.commit_pulls(&self.repo, shas)).unwrap()
    }

    fn refuse(&self, status: u16, body: serde_json::Value) {
        let fault = Fault::Status(status, Vec::new(), body);
        self.fake.fail(FaultRule::new(fault).method("POST").always());
    }
}

fn mail(login: &str) -> String {
    format!("{login}@users.noreply.github.com")
}

#[test]
fn a_range_of_500_commits_takes_few_requests() {
    let scene = Scene::new(10_000, |n| {
        mail(&format!("person-{}", if n < 9_600 { n % 90 } else { n % 300 }))
    });
    let shas = scene.repository.history("main");
    let (range, before) = (&shas[..500], &shas[500]);
    let brought: Vec<&str> = range[3..6].iter().rev().map(String::as_str).collect();
    let number =
        scene.repository.merged_before(("Feature", "dependabot[bot]"), &["bug", "a, b"], &brought);
    scene.fake.forget_requests();

    let hub = scene.hub();
    let (found, earlier) = block_on(async {
        let found = hub.commit_pulls(&scene.repo, range).await.unwrap();
        let people: HashSet<AuthorKey> =
            found.iter().flatten().filter_map(|commit| commit.author.clone()).collect();
        let people: Vec<AuthorKey> = people.into_iter().collect();
        (found, hub.earlier_commits(&scene.repo, before, &people).await.unwrap().unwrap())
    })
    .unwrap();

    assert_eq!(scene.fake.requests().len(), 12, "300 people");
    assert_eq!(found.len(), 500);
    for (sha, commit) in range.iter().zip(&found) {
        assert_eq!(sha, &commit.as_ref().unwrap().sha, "in the order asked");
    }
    assert_eq!(earlier.values().filter(|had| **had).count(), 90);
    assert_eq!(earlier.len(), 300);
    for (n, commit) in found.iter().flatten().enumerate() {
        assert_eq!(!commit.pulls.is_empty(), (3..6).contains(&n), "{n}");
    }
    let pull = &found[4].as_ref().unwrap().pulls[0];
    assert_eq!(pull.number, number);
    assert_eq!(pull.title, "Feature");
    assert_eq!((pull.author.as_deref(), pull.author_is_bot), (Some("dependabot[bot]"), true));
    assert_eq!(pull.labels, ["bug", "a, b"]);
    assert_eq!(pull.merge_commit.as_ref(), Some(&range[3]));
    assert_eq!(pull.base, "main");
    assert!(pull.merged_at.is_some());
}

#[test]
fn what_the_server_does_not_know_is_none() {
    let people = [mail("ada"), "nobody@example.org".to_owned(), mail("1+app[bot]")];
    let scene = Scene::new(3, |n| people[n].clone());
    let mut asked = scene.repository.history("main");
    asked.push(ABSENT.to_owned());
    asked.push("main\" ) { evil".to_owned());
    let tree = scene.repository.sha("main").unwrap();
    asked.push(tree[..7].to_owned());
    let found = scene.ask(&asked).unwrap();
    let logins: Vec<_> =
        found.iter().map(|commit| commit.as_ref().map(|commit| commit.login.as_deref())).collect();
    assert_eq!(logins, [Some(Some("app[bot]")), Some(None), Some(Some("ada")), None, None, None]);
    assert_eq!(found[0].as_ref().unwrap().authored_at, "2023-11-14T22:15:20Z");

    let people: Vec<AuthorKey> =
        found.iter().flatten().filter_map(|commit| commit.author.clone()).collect();
    assert_eq!(people.len(), 2, "an app and a person");
    let ask = |at: &str| {
        let hub = scene.hub();
        block_on(async { hub.earlier_commits(&scene.repo, at, &people).await }).unwrap().unwrap()
    };
    let had = |at: &str| -> Vec<bool> {
        let had = ask(at).unwrap();
        people.iter().map(|one| had[one]).collect()
    };
    assert_eq!(had(&asked[0]), [true, true]);
    assert_eq!(had(&asked[1]), [false, true]);
    assert_eq!(ask(ABSENT), None);
    assert_eq!(ask("HEAD"), None);
    scene.fake.forget_requests();
    assert!(scene.ask(&[]).unwrap().is_empty());
    assert!(scene.fake.requests().is_empty());
}

#[test]
fn a_request_that_takes_too_long_is_asked_in_halves() {
    let scene = Scene::new(100, |_| mail("ada"));
    let shas = scene.repository.history("main");
    let late = json!({ "data": null, "errors": [{ "message":
        "Something went wrong while executing your query. This may be the result of a timeout." }] });
    for (status, body) in [
        (502, json!({ "message": "Server Error" })),
        (504, json!({ "message": "We couldn't respond to your request in time." })),
        (200, late),
        (
            200,
            json!({ "data": { "repository": null }, "errors": [{
            "type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded.",
        }] }),
        ),
    ] {
        scene.fake.forget_requests();
        scene.fake.fail(FaultRule::new(Fault::Status(status, Vec::new(), body)).method("POST"));
        let found = scene.ask(&shas).unwrap();
        assert!(found.iter().zip(&shas).all(|(one, sha)| one.as_ref().unwrap().sha == *sha));
        assert_eq!(scene.fake.requests().len(), 4, "{status}: 60 in halves, 40 at once");
    }
    // A server in trouble is not asked for ever.
    scene.fake.forget_requests();
    scene.refuse(502, json!({ "message": "Server Error" }));
    let error = scene.ask(&shas[..60]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Server);
    assert_eq!(scene.fake.requests().len(), 8, "60, 30, 15, then 7 and its repetitions");
}

#[test]
fn a_cut_connection_is_no_end() {
    let scene = Scene::new(20, |_| mail("ada"));
    let shas = scene.repository.history("main");
    scene.fake.fail(FaultRule::new(Fault::CutConnection).method("POST"));
    assert_eq!(scene.ask(&shas).unwrap().iter().flatten().count(), 20);
}

#[test]
fn a_limit_is_waited_for_when_it_is_short() {
    let scene = Scene::new(2, |_| mail("ada"));
    let shas = scene.repository.history("main");
    scene.fake.fail(FaultRule::new(Fault::SecondaryLimit(Some(1))).method("POST"));
    assert_eq!(scene.ask(&shas).unwrap().iter().flatten().count(), 2);
    assert_eq!(scene.fake.requests().len(), 2);

    scene.refuse(
        200,
        json!({ "errors": [{
        "type": "RATE_LIMITED", "message": "API rate limit exceeded for installation ID 1.",
    }] }),
    );
    let error = scene.ask(&shas).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RateLimited { .. }));
    assert!(error.hint().unwrap().contains("run again"));
}

#[test]
fn a_refusal_says_what_to_do() {
    let scene = Scene::new(2, |_| mail("ada"));
    let shas = scene.repository.history("main");
    for (kind, message, hint) in [
        (
            "FORBIDDEN",
            "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
            "Configure SSO",
        ),
        (
            "FORBIDDEN",
            "Resource not accessible by integration",
            "`contents: read` and `pull-requests: read`",
        ),
        ("FORBIDDEN", "Resource not accessible by personal access token", "`pull-requests: read`"),
        (
            "INSUFFICIENT_SCOPES",
            "Your token has not been granted the required scopes to execute this query.",
            "lacks one of the scopes",
        ),
        (
            "NOT_FOUND",
            "Could not resolve to a Repository with the name 'acme/tools'.",
            "may see the repository",
        ),
    ] {
        // Beside data, as GitHub answers where some fields may be seen and others not.
        let path = if kind == "NOT_FOUND" {
            json!(["repository"])
        } else {
            json!(["repository", "a0", "associatedPullRequests"])
        };
        let partial = json!({ "data": { "repository": { "a0": null } }, "errors": [{
            "type": kind, "path": path, "message": message,
        }] });
        let fault = Fault::Status(200, Vec::new(), partial);
        scene.fake.fail(FaultRule::new(fault).method("POST"));
        let error = scene.ask(&shas).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
    }
}

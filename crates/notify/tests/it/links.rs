//! Links to the jobs that failed, asked of GitHub.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

use std::time::{Duration, Instant};

use launchway_base::{Deadline, Secret};
use launchway_http::block_on;
use launchway_notify::facts::Facts;
use launchway_notify::inputs::Content;
use launchway_notify::observe::observe;
use launchway_notify::status::Status;
use launchway_runtime::{Environment, ProgramInfo, Session};
use launchway_testkit::github::{FULL, FakeGitHub, Job, TokenKind};
use launchway_testkit::{Fault, FaultRule};

/// The facts of the run 7 at its attempt 2, and what was said.
fn facts(github: &FakeGitHub, content: &Content, within: Duration) -> (Facts, String) {
    let said = tempfile::NamedTempFile::new().unwrap();
    let env = Environment::from_pairs([
        ("GITHUB_API_URL", github.url()),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "7"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("RUNNER_NAME", "runner 1"),
        ("GITHUB_TOKEN", "ghs_not_asked_for"),
    ]);
    let session = Session::with_writers(
        ProgramInfo::new("test"),
        env,
        Box::new(std::io::sink()),
        Box::new(said.reopen().unwrap()),
    );
    let seen = block_on(observe(&session, content, Deadline::after(within))).unwrap().unwrap();
    (seen.facts, std::fs::read_to_string(said.path()).unwrap())
}

fn content(token: Option<&str>, needs: &str) -> Content {
    Content {
        needs: Some(needs.parse().unwrap()),
        github_token: token.map(Secret::new),
        ..Content::default()
    }
}

fn github() -> FakeGitHub {
    let github = FakeGitHub::start();
    github.add_token("ghs_actions", TokenKind::Actions, FULL);
    github.add_token("ghs_reader", TokenKind::Actions, &[("contents", "read")]);
    let repository = github.add_repository("acme", "shop");
    let ended = |attempt, name: &str, conclusion: &str, step: &str| Job {
        run: 7,
        attempt,
        name: name.to_owned(),
        conclusion: Some(conclusion.to_owned()),
        runner: None,
        steps: vec![
            ("checkout".to_owned(), Some("success".to_owned())),
            (step.to_owned(), Some(conclusion.to_owned())),
        ],
    };
    repository
        .add_job(ended(1, "build", "failure", "of another attempt"))
        .add_job(ended(2, "build", "success", "make"))
        .add_job(ended(2, "test (1, <b>)", "failure", "cargo\ntest"))
        .add_job(ended(2, "test (2, x)", "timed_out", "slow"))
        .add_job(Job {
            run: 7,
            attempt: 2,
            name: "notify".to_owned(),
            conclusion: None,
            runner: Some("runner 1".to_owned()),
            steps: vec![("notify".to_owned(), None)],
        });
    github
}

const NEEDS: &str = r#"{"build":{"result":"success"},"test":{"result":"failure"}}"#;
const TIME: Duration = Duration::from_secs(30);

#[test]
fn failed_jobs_are_found_with_step_and_page() {
    let github = github();
    let (facts, said) = facts(&github, &content(Some("ghs_actions"), NEEDS), TIME);
    let needs: Vec<_> = facts
        .needs
        .iter()
        .map(|need| format!("{} {} {}", need.name, need.result, need.failed_step))
        .collect();
    assert_eq!(
        needs,
        ["build success ", "test (1, <b>) failure cargo test", "test (2, x) failure slow"]
    );
    assert!(facts.needs[1].url.as_ref().unwrap().contains("/actions/runs/7/job/"), "{facts:?}");
    assert_eq!((said.as_str(), github.requests().len()), ("", 1));
    assert!(!github.token_hosts().contains_key("ghs_not_asked_for"));
}

#[test]
fn nothing_is_asked_without_a_token_or_a_failure() {
    let github = github();
    let fine = r#"{"build":{"result":"success"},"docs":{"result":"skipped"}}"#;
    for content in [content(None, NEEDS), content(Some("ghs_actions"), fine)] {
        facts(&github, &content, TIME);
    }
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn without_an_answer_the_message_goes_on() {
    let github = github();
    github.repository("acme", "shop").set_private(true);
    let (kept, said) = facts(&github, &content(Some("ghs_reader"), NEEDS), TIME);
    assert_eq!(kept.status, Status::Failure);
    let names: Vec<_> = kept.needs.iter().map(|need| need.name.as_str()).collect();
    assert_eq!(names, ["build", "test"]);
    assert!(said.contains("no links to failed jobs") && said.contains("actions: read"), "{said}");

    for fault in [
        Fault::Status(200, Vec::new(), serde_json::json!({ "jobs": "none" })),
        Fault::Status(404, Vec::new(), serde_json::json!({ "message": "Not Found" })),
        Fault::SecondaryLimit(Some(3600)),
        Fault::Slow(Duration::from_secs(20)),
    ] {
        github.heal();
        github.fail(FaultRule::new(fault.clone()).always());
        let began = Instant::now();
        let (kept, said) =
            facts(&github, &content(Some("ghs_actions"), NEEDS), Duration::from_secs(6));
        assert_eq!(kept.needs.len(), 2, "{fault:?}");
        assert!(said.contains("no links to failed jobs"), "{fault:?}: {said}");
        assert!(began.elapsed() < Duration::from_secs(5), "{fault:?}: {:?}", began.elapsed());
    }
}

#[test]
fn the_own_job_is_named_once_a_step_of_it_failed() {
    let github = github();
    github.repository("acme", "shop").add_job(Job {
        run: 7,
        attempt: 2,
        name: "ship".to_owned(),
        conclusion: None,
        runner: Some("runner 1".to_owned()),
        steps: vec![("deploy".to_owned(), Some("failure".to_owned())), ("notify".to_owned(), None)],
    });
    let content = Content {
        status: Some(Status::Failure),
        needs: None,
        ..content(Some("ghs_actions"), "{}")
    };
    let (facts, _) = facts(&github, &content, TIME);
    let own = facts.needs.iter().find(|need| need.name == "ship").unwrap();
    assert_eq!((own.result, own.failed_step.as_str()), (Status::Failure, "deploy"));
}

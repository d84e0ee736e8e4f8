//! The jobs of a run, against the stateful fake.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

use std::time::Duration;

use launchway_base::{Deadline, Fault as _, Secret};
use launchway_github::{GitHub, RepoId, Settings};
use launchway_http::block_on;
use launchway_testkit::github::{FULL, FakeGitHub, Job, TokenKind};

fn hub(fake: &FakeGitHub, token: &str) -> GitHub {
    GitHub::new(Settings {
        api_url: fake.url().to_owned(),
        graphql_url: fake.graphql_url(),
        token: Some(Secret::new(token)),
        deadline: Deadline::after(Duration::from_mins(1)),
    })
    .unwrap()
}

#[test]
fn all_pages_of_an_attempt_are_read() {
    let fake = FakeGitHub::start();
    fake.add_token("ghs_actions", TokenKind::Actions, FULL);
    fake.add_token("ghs_reader", TokenKind::Actions, &[("contents", "read")]);
    let repository = fake.add_repository("acme", "tools");
    for number in 0..250 {
        let name = format!("job {number}");
        repository.add_job(Job { run: 7, attempt: 2, name, ..Job::default() });
    }
    repository.add_job(Job {
        run: 7,
        attempt: 1,
        name: "test (1)".to_owned(),
        conclusion: Some("failure".to_owned()),
        runner: Some("GitHub Actions 3".to_owned()),
        steps: vec![
            ("checkout".to_owned(), Some("success".to_owned())),
            ("cargo test".to_owned(), Some("failure".to_owned())),
            ("notify".to_owned(), None),
        ],
    });
    let repo: RepoId = "acme/tools".parse().unwrap();
    block_on(async {
        let github = hub(&fake, "ghs_actions");
        let jobs = github.jobs(&repo, 7, 2).await.unwrap().unwrap();
        let names: Vec<_> = jobs.iter().map(|job| job.name.clone()).collect();
        assert_eq!(names, (0..250).map(|number| format!("job {number}")).collect::<Vec<_>>());
        assert_eq!(fake.requests().len(), 3);
        assert_eq!((jobs[0].status.as_str(), jobs[0].conclusion.as_deref()), ("in_progress", None));

        let jobs = github.jobs(&repo, 7, 1).await.unwrap().unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].conclusion.as_deref(), Some("failure"));
        assert_eq!(jobs[0].runner_name.as_deref(), Some("GitHub Actions 3"));
        assert!(jobs[0].url.as_ref().unwrap().contains("/actions/runs/7/job/"));
        let steps: Vec<_> = jobs[0].steps.iter().map(|step| step.conclusion.as_deref()).collect();
        assert_eq!(steps, [Some("success"), Some("failure"), None]);

        assert_eq!(github.jobs(&repo, 8, 1).await.unwrap(), None);
        repository.set_private(true);
        let refused = hub(&fake, "ghs_reader").jobs(&repo, 7, 1).await.unwrap_err();
        assert!(refused.hint().unwrap().contains("actions: read"), "{refused:?}");
    })
    .unwrap();
}

//! Whether a service serves; programs for the steps of a job.

use launchway_testkit::target::{Act as Answer, Target};
use launchway_testkit::{FakeRunner, Scrubbed};

use super::{Act, checkout, refused};

pub(super) fn health(act: Act<'_>) {
    let repo = checkout();
    let target = Target::start(Answer::ok("{\"version\":\"1.2.3\"}"));
    let url = target.url("/health");
    let expects = |version| [("url", url.as_str()), ("mode", "once"), ("expected-json", version)];
    let runner = FakeRunner::new(repo.path());
    let run = act(&repo, &runner, &expects("/version=1.2.3")).success();
    assert_eq!(run.output("healthy"), "true");
    assert_eq!(target.count(), 1);
    let run = act(&repo, &runner, &expects("/version=9.9.9"));
    assert_eq!(run.output("healthy"), "false");
    refused(run, 1, "1.2.3");
}

pub(super) fn setup(act: Act<'_>) {
    let repo = checkout();
    // Else it is gone with the job.
    let runner = FakeRunner::new(repo.path()).env("RUNNER_TEMP", &repo.path().to_string_lossy());
    let run = act(&repo, &runner, &[("programs", "health\nnotify")]).success();
    assert_eq!(run.path_written, [run.output("path")]);
    for program in ["launchway-health", "launchway-notify"] {
        let path = std::path::Path::new(run.output("path")).join(program);
        let said = Scrubbed::new(path).arg("--version").run().success().stdout;
        assert!(said.starts_with(program), "{said}");
    }
    let run = act(&repo, &runner, &[("programs", "nonesuch")]);
    refused(run, 2, "nonesuch");
}

//! Inputs longer than a variable of Linux, given by the file that their twins name.

use launchway_e2e::{at, needed, programs};
use launchway_testkit::target::{Act, Target};
use launchway_testkit::{FakeRunner, StepRun, TestRepo};

/// More than the 128 KiB that a variable holds.
const LONG: usize = 160 * 1024;

/// Lines that number themselves, and this one last.
fn list(line: impl Fn(usize) -> String, last: &str) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= LONG {
            break;
        }
        text.push_str(&line(number));
        text.push_str("\r\n");
    }
    text + last
}

/// Runs an action in a checkout with the file `long`.
fn run(name: &str, long: &str, inputs: &[(&str, &str)]) -> Option<StepRun> {
    let programs = needed("the programs of this tree", programs())?;
    let repo = TestRepo::with_files(&[
        ("package.json", r#"{"name":"app","version":"1.0.0"}"#),
        (".changeset/config.json", "{}"),
    ]);
    repo.write("long", long).write("b.txt", "b").commit("feat: what stands outside");
    let runner = FakeRunner::new(repo.path())
        .reference("refs/heads/main")
        .env("LAUNCHWAY_PATH", &programs.to_string_lossy());
    Some(runner.run_action(at("actions").join(name), inputs))
}

#[test]
fn labels_of_an_image() {
    let long = list(|n| format!("org.example.n{n}=x"), "org.example.last=yes");
    let inputs = [("images", "ghcr.io/acme/api"), ("labels-file", "long")];
    let Some(run) = run("image-tags", &long, &inputs) else { return };
    let run = run.success();
    assert!(run.output("labels").contains("org.example.last=yes"), "{}", run.log);
}

#[test]
fn addresses_of_a_health_check() {
    let target = Target::start(Act::ok("fine"));
    let url = target.url("/").replace("127.0.0.1", "last.example");
    let long = list(|n| format!("n{n}.example:*:192.0.2.1"), "last.example:*:127.0.0.1");
    let inputs = [("url", url.as_str()), ("mode", "once"), ("resolve-file", "long")];
    let Some(run) = run("health-check", &long, &inputs) else { return };
    run.success();
}

#[test]
fn jobs_of_a_message() {
    let jobs: Vec<_> = (0..9000).map(|n| format!(r#""job{n}":{{"result":"success"}}"#)).collect();
    let long = format!(r#"{{{},"broken":{{"result":"failure"}}}}"#, jobs.join(","));
    assert!(long.len() > LONG);
    let inputs = [
        ("webhook", "https://hooks.example/x"),
        ("template", "ci"),
        ("needs-file", "long"),
        ("dry-run", "true"),
    ];
    let Some(run) = run("webhook-notify", &long, &inputs) else { return };
    let run = run.success();
    assert!(run.log.contains("broken"), "{}", run.log);
}

#[test]
fn what_is_deployed() {
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(LONG));
    let inputs = [("environment", "production"), ("artifact-file", "long"), ("dry-run", "true")];
    let Some(run) = run("deployment-start", &long, &inputs) else { return };
    // A name so long is refused, which shows that it came.
    let run = run.exits(2);
    assert!(run.log.contains("`artifact` is no single line of at most 1000 bytes"), "{}", run.log);
}

#[test]
fn paths_of_a_changelog() {
    let long = list(|n| format!("packages/p{n}/**"), "b.txt");
    let inputs =
        [("preset", "keepachangelog"), ("include-path-file", "long"), ("allow-empty-path", "true")];
    let Some(run) = run("changelog", &long, &inputs) else { return };
    let run = run.success();
    assert!(run.output("content").to_lowercase().contains("what stands outside"), "{}", run.log);
}

#[test]
fn paths_that_affect_nothing() {
    let long = list(|n| format!("docs/p{n}/**"), "long\r\nb.txt");
    let Some(run) =
        run("changeset-affected", &long, &[("since", "HEAD~1"), ("ignore-file", "long")])
    else {
        return;
    };
    assert_eq!(run.success().output("any"), "false");
}

#[test]
fn tags_of_a_release() {
    let long = list(|n| format!("p{n}-v{{major}}"), "v{nothing}");
    let inputs = [("floating-tags-file", "long"), ("dry-run", "true")];
    let Some(run) = run("release", &long, &inputs) else { return };
    assert_ne!(run.exit_code, 0, "{}", run.log);
    assert!(run.log.contains("nothing"), "{}", run.log);
}

#[test]
fn a_file_that_is_not_there_is_the_action_s_first_error() {
    let inputs = [("url", "http://192.0.2.1"), ("expected-json-file", "none.txt")];
    let Some(run) = run("health-check", "", &inputs) else { return };
    let run = run.exits(2);
    assert!(run.log.contains("`expected-json-file`"), "{}", run.log);
    assert!(run.log.contains("there is no file `none.txt`"), "{}", run.log);
}

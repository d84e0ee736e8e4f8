//! What the program leaves behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use launchway_testkit::Scrubbed;
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use launchway_testkit::target::{Act, BlackHole, Reply, Script, Target};
use serde_json::Value;

use super::schema;
use crate::checker::{MARGIN, PROGRAM};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs it in a folder, whose `temp` is the runner's.
fn step(folder: &Path, inputs: &[(&str, &str)]) -> StepRun {
    let temp = folder.join("temp");
    fs::create_dir_all(&temp).unwrap();
    let runner = FakeRunner::new(folder)
        .sha("5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b")
        .env("RUNNER_TEMP", text(&temp));
    runner.run_program(PROGRAM, &[], How::Json, inputs)
}

fn read_json(path: impl AsRef<Path>) -> Value {
    let report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    schema::hold(&report);
    report
}

fn read_junit(path: &Path) -> (usize, Vec<(String, String)>) {
    let xml = fs::read_to_string(path).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let cases = document.descendants().filter(|one| one.has_tag_name("testcase")).count();
    let wrong = document
        .descendants()
        .filter(|one| one.has_tag_name("failure") || one.has_tag_name("error"))
        .map(|one| (one.tag_name().name().to_owned(), one.attribute("type").unwrap().to_owned()))
        .collect();
    (cases, wrong)
}

#[test]
fn a_target_that_comes_up_is_told_of_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let late = Reply::new(200).json(&serde_json::json!({"version": "1.2.3"}));
    let starting = || Act::status(503);
    let target = Target::start(vec![starting(), starting(), starting(), Act::from(late)]);
    let url = format!("shop={}", target.url("/health"));
    let run = step(
        folder.path(),
        &[
            ("url", &url),
            ("interval", "50ms"),
            ("expected-version", "1.2.3"),
            ("junit-file", "reports/junit.xml"),
        ],
    )
    .success();
    let output = |name| run.output(name).to_owned();
    assert_eq!((output("healthy"), output("reason")), ("true".into(), String::new()));
    assert_eq!((output("attempts"), output("status")), ("4".into(), "200".into()));
    let path = output("report");
    assert_eq!(Path::new(&path).parent(), Some(folder.path().join("temp").as_path()));
    let report = read_json(&path);
    let shop = &report["targets"][0];
    let reasons: Vec<_> =
        shop["attempts"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    let mismatch = Value::from("status_mismatch");
    assert_eq!(reasons, [&mismatch, &mismatch, &mismatch, &Value::Null]);
    assert_eq!((&shop["name"], &shop["version"]), (&"shop".into(), &"1.2.3".into()));
    assert_eq!(shop["address"], target.address().to_string());
    let timings = &shop["attempts"][3]["timingsMs"];
    let part = |name: &str| timings[name].as_f64().unwrap();
    assert!(part("connect") + part("firstByte") <= part("total") + 0.01, "{timings}");
    let millis = |name| output(name).parse::<f64>().unwrap();
    assert!((shop["timeToHealthyMs"].as_f64().unwrap() - millis("time-to-healthy-ms")).abs() < 1.0);
    assert!(millis("time-to-healthy-ms") <= millis("elapsed-ms"));
    assert!(run.summary.contains("| `shop` | ✅ healthy | 4 (3 failed) |"), "{}", run.summary);
    assert!(run.summary.contains("`×××█`"), "{}", run.summary);
    assert!(run.annotations.is_empty(), "{:?}", run.annotations);
    assert_eq!(read_junit(&folder.path().join("reports/junit.xml")), (1, Vec::new()));
}

#[test]
fn the_first_that_is_not_healthy_gives_status_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::paths([("/ok", Act::status(204)), ("/busy", Act::status(503))]);
    let target = Target::start(script);
    let urls =
        format!("a={}\nb={}\nc={}", target.url("/ok"), target.url("/busy"), target.url("/none"));
    let inputs = [("url", &*urls), ("mode", "once"), ("junit-file", "j.xml")];
    let run = step(folder.path(), &inputs).exits(1);
    assert_eq!(run.output("healthy"), "false");
    assert_eq!(run.output("attempts"), "3");
    assert_eq!((run.output("status"), run.output("reason")), ("503", "status_mismatch"));
    assert_eq!(run.output("time-to-healthy-ms"), "");
    let failure = ("failure".to_owned(), "status_mismatch".to_owned());
    assert_eq!(read_junit(&folder.path().join("j.xml")), (3, vec![failure.clone(), failure]));
    let titles: Vec<_> = run.annotations.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["b is not healthy: status_mismatch", "c is not healthy: status_mismatch"]);
    let first = run.annotations[0].message.as_str();
    assert!(first.contains("503") && first.contains("hint: "), "{first}");
    assert!(run.log.contains("1 of 3 targets is healthy"), "{}", run.log);
}

#[test]
fn a_place_that_cannot_be_written_is_bad_input_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "mine").unwrap();
    let target = Target::start(200);
    let url = target.url("/");
    for input in ["report-file", "junit-file"] {
        let run = step(folder.path(), &[("url", &url), (input, "file/report")]).exits(2);
        let message = run.messages("error")[0];
        assert!(message.contains(input) && message.contains("file/report"), "{message}");
        assert!(run.outputs.is_empty(), "{:?}", run.outputs);
    }
    assert_eq!((target.count(), target.connections().len()), (0, 0));
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "mine");
}

#[test]
fn outside_of_a_workflow_nothing_is_written_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::start(503);
    let run = Scrubbed::new(PROGRAM)
        .dir(folder.path())
        .args(["--mode", "once", "--url", &target.url("/")])
        .run()
        .exits(1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(run.all().matches("hint: ").count(), 1, "{}", run.all());
}

#[test]
fn a_body_that_would_act_is_only_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut body =
        b"\n::error::forged\r\n##[set-output name=a]b ]]></failure> \x1b[31m\0 | `x` ".to_vec();
    body.extend("::add-mask::e\n🦀".repeat(20_000).bytes());
    body.extend([0xff; 1000]);
    let target = Target::start(Act::from(Reply::new(500).body(body)));
    let inputs = [("url", &*target.url("/")), ("mode", "once"), ("junit-file", "j.xml")];
    let run = step(folder.path(), &inputs).exits(1);
    read_json(run.output("report"));
    read_junit(&folder.path().join("j.xml"));
    assert_eq!(run.annotations.len(), 1, "{:?}", run.annotations);
    assert!(run.annotations[0].title.ends_with("is not healthy: status_mismatch"));
    assert!(run.masks.is_empty() && !run.raw_log.contains('\u{1b}'));
    // Within a command of ours the older form is text.
    let mut others = run.raw_log.lines().filter(|line| !line.starts_with("::error title="));
    assert!(!others.any(|line| line.contains("##[set-output")), "{}", run.raw_log);
    assert_eq!(run.summary.lines().filter(|line| line.starts_with("| ")).count(), 3);
    assert!(run.summary.len() < 4000, "{}", run.summary.len());
}

#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_leaves_its_report() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let folder = tempfile::tempdir().unwrap();
    let (up, hole) = (Target::start(200), BlackHole::open());
    let down = Target::start(503);
    let (json, xml) = (folder.path().join("r/health.json"), folder.path().join("r/junit.xml"));
    let outputs = folder.path().join("outputs");
    fs::write(&outputs, "").unwrap();
    let mut child = Scrubbed::new(PROGRAM)
        .args(["--interval", "20ms", "--timeout", "1m"])
        .args(["--url", &format!("up={}", up.url("/"))])
        .args(["--url", &format!("down={}", down.url("/"))])
        .args(["--url", &format!("hole={}", hole.url("/"))])
        .args(["--report-file", text(&json), "--junit-file", text(&xml)])
        .env("GITHUB_OUTPUT", &outputs)
        .command()
        .spawn()
        .unwrap();
    let patience = Instant::now();
    while down.count() < 3 && patience.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = Instant::now();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let status = child.wait().unwrap();
    assert!(told.elapsed() < MARGIN, "{:?}", told.elapsed());
    assert_eq!(status.code(), Some(1));
    let report = read_json(&json);
    let verdict = |index: usize| report["targets"][index]["verdict"].as_str().unwrap().to_owned();
    assert_eq!([0, 1, 2].map(verdict), ["healthy", "interrupted", "interrupted"]);
    assert!(report["targets"][1]["attempts"].as_array().unwrap().len() >= 2);
    assert_eq!(report["verdict"], "interrupted");
    let error = ("error".to_owned(), "interrupted".to_owned());
    assert_eq!(read_junit(&xml), (3, vec![error.clone(), error]));
    let outputs = fs::read_to_string(&outputs).unwrap();
    assert!(outputs.contains("healthy<<") && outputs.contains("\nfalse\n"), "{outputs}");
    assert!(outputs.contains("\nstatus_mismatch\n"), "{outputs}");
}

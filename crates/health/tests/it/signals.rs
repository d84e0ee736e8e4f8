//! Signals in the middle of a look: the run ends at once, and what it saw is told.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use launchway_testkit::Scrubbed;
use launchway_testkit::target::{Act, Target};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::checker::{MARGIN, MEASURED, PROGRAM};

/// A run under way, whose look hangs.
struct Hanging {
    child: Child,
    dir: TempDir,
    _target: Target,
}

impl Hanging {
    /// Starts the program through this command line, to which its own is added.
    fn start(prefix: &[&str], report: &str, more: &[&str]) -> Self {
        let target = Target::start(Act::Silent);
        let dir = TempDir::with_prefix("launchway-health-").unwrap();
        let path = |name: &str| dir.path().join(name);
        // Who runs the tests may ignore signals, as `nohup` and the jobs of a script do, and would
        // hand that down.
        let heeding: &[&str] =
            if cfg!(target_os = "linux") { &["env", "--default-signal=HUP,INT,TERM"] } else { &[] };
        let words = [heeding, prefix, &[PROGRAM]].concat();
        let mut command: Command = Scrubbed::new(words[0]).args(&words[1..]).dir(&dir).command();
        command
            .args(["--url", &format!("shop={}", target.url("/")), "--request-timeout", "60s"])
            .args(["--report-file", report, "--junit-file", "junit.xml"])
            .args(more)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", path("summary.md"))
            .env("GITHUB_OUTPUT", path("output"))
            .stdin(Stdio::null())
            .stdout(fs::File::create(path("log")).unwrap())
            .stderr(fs::File::create(path("log2")).unwrap());
        let child = command.spawn().unwrap();
        let began = Instant::now();
        while target.count() == 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not ask");
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { child, dir, _target: target }
    }

    fn tell(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// The exit code, or the signal that killed it as a shell counts them, and when that was.
    fn ends(&mut self, within: Duration) -> Option<(i32, Duration)> {
        let began = Instant::now();
        // Looks are counted, not time: the machine may stand still for a while.
        for _ in 0..within.as_millis() {
            if let Some(status) = self.child.try_wait().unwrap() {
                let signal = std::os::unix::process::ExitStatusExt::signal(&status);
                return Some((status.code().or(signal).unwrap(), began.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_ends_it_at_once_with_everything_written() {
    for (signal, name) in
        [(Signal::SIGTERM, "SIGTERM"), (Signal::SIGINT, "SIGINT"), (Signal::SIGHUP, "SIGHUP")]
    {
        let mut late = Vec::new();
        loop {
            let mut run = Hanging::start(&[], "report.json", &[]);
            run.tell(signal);
            let (code, took) = run.ends(Duration::from_secs(10)).expect("a signal ends it");
            assert_eq!(code, 1, "{}", run.read("log"));
            let report: Value = serde_json::from_str(&run.read("report.json")).unwrap();
            let target = &report["targets"][0];
            assert_eq!(
                (&report["verdict"], &target["verdict"]),
                (&"interrupted".into(), &"interrupted".into())
            );
            // The look that hung is in it: it says what the target was doing.
            assert_eq!(target["reason"], "response_timeout", "{report}");
            assert_eq!(target["total"]["attempts"], 1, "{report}");
            let words = target["words"].as_str().unwrap();
            assert!(words.starts_with(&format!("interrupted by {name}: no answer yet")), "{words}");
            for file in ["log", "summary.md", "junit.xml"] {
                assert!(run.read(file).contains("interrupted"), "{file}: {}", run.read(file));
            }
            assert!(run.read("output").contains("false"), "{}", run.read("output"));
            if took <= MARGIN {
                break;
            }
            late.push(took);
            assert!(late.len() < MEASURED, "{name}: took {late:?}");
        }
    }
}

#[test]
fn many_targets_and_pauses_end_as_well() {
    let others: Vec<_> = (0..50).map(|n| format!("--url=n{n}=tcp://127.0.0.1:1")).collect();
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    let slow = ["--interval", "30s", "--url", "exec:sleep 60"];
    let mut run = Hanging::start(&[], "report.json", &[&others[..], &slow].concat());
    std::thread::sleep(Duration::from_millis(1500));
    run.tell(Signal::SIGTERM);
    let (code, took) = run.ends(Duration::from_secs(10)).expect("a signal ends it");
    assert_eq!(code, 1, "{}", run.read("log"));
    assert!(took < Duration::from_secs(2), "{took:?}");
    let report: Value = serde_json::from_str(&run.read("report.json")).unwrap();
    assert_eq!(report["targets"].as_array().unwrap().len(), 52);
    for target in report["targets"].as_array().unwrap() {
        assert_eq!(target["verdict"], "interrupted", "{target}");
    }
}

#[test]
fn before_the_first_look() {
    let target = Target::start(Act::Silent);
    let dir = TempDir::new().unwrap();
    let report = dir.path().join("report.json");
    let mut child = Scrubbed::new(PROGRAM)
        .args(["--url", &target.url("/"), "--initial-delay", "60s", "--report-file"])
        .arg(&report)
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_signals(child.id());
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let words = report["targets"][0]["words"].as_str().unwrap();
    assert_eq!(words, "interrupted by SIGTERM; before the first look");
    assert_eq!(report["targets"][0]["reason"], Value::Null);
    assert_eq!(target.count(), 0);
}

/// Waits until the program catches signals.
fn wait_for_signals(id: u32) {
    let began = Instant::now();
    let status = format!("/proc/{id}/status");
    if !Path::new(&status).exists() {
        std::thread::sleep(Duration::from_secs(1));
        return;
    }
    loop {
        let text = fs::read_to_string(&status).unwrap();
        let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(mask.trim(), 16).unwrap() >> (Signal::SIGTERM as i32 - 1) & 1 == 1 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it catches no signals");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_second_one_ends_it_even_while_the_report_is_written() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    // A pipe that nobody reads: writing the report there takes for ever.
    Scrubbed::new("mkfifo").arg(&pipe).run().success();
    let mut run = Hanging::start(&[], pipe.to_str().unwrap(), &[]);
    run.tell(Signal::SIGTERM);
    assert_eq!(run.ends(Duration::from_millis(500)), None, "{}", run.read("log"));
    run.tell(Signal::SIGTERM);
    let (code, _) = run.ends(Duration::from_secs(10)).expect("the second one ends it");
    assert_eq!(code, 128 + 15);
}

/// A run that has its verdict and hands its report to a pipe that nobody reads, told to end this often.
fn told_after_the_verdict(signals: usize) -> (i32, Hanging, TempDir) {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    Scrubbed::new("mkfifo").arg(&pipe).run().success();
    let mut run = Hanging::start(&[], pipe.to_str().unwrap(), &["--timeout", "500ms"]);
    std::thread::sleep(Duration::from_secs(1));
    for _ in 0..signals {
        run.tell(Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(100));
    }
    let (code, _) = run.ends(Duration::from_secs(10)).unwrap();
    (code, run, folder)
}

#[test]
fn one_after_the_verdict_leaves_time_for_the_report_and_a_second_none() {
    let (code, run, _folder) = told_after_the_verdict(1);
    assert_eq!(code, 1, "{}", run.read("log"));
    assert!(run.read("log").contains("nobody reads it"), "{}", run.read("log"));
    assert!(run.read("junit.xml").contains("response_timeout"));
    assert!(run.read("output").contains("false"));
    // On a machine that stands still in between, the second one comes after the time for the report.
    let codes: Vec<i32> = (0..3).map(|_| told_after_the_verdict(2).0).collect();
    assert!(codes.contains(&(128 + 2)), "{codes:?}");
}

#[test]
fn one_that_was_ignored_at_the_start_stays_so() {
    let nohup = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"];
    let mut run = Hanging::start(&nohup, "report.json", &[]);
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    run.tell(Signal::SIGHUP);
    assert_eq!(run.ends(Duration::from_millis(300)), None, "{}", run.read("log"));
    run.tell(Signal::SIGTERM);
    let (code, _) = run.ends(Duration::from_secs(10)).expect("SIGTERM ends it");
    assert_eq!(code, 1);
    assert!(run.read("report.json").contains("interrupted by SIGTERM"));
}

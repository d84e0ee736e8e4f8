//! Real databases, and scripted ones for what the real ones do too quickly or not at all.

mod mariadb;
mod mysql;
mod postgres;
mod redis;
mod scripted;

use std::thread::sleep;
use std::time::{Duration, Instant};

use launchway_testkit::{Finished, Scrubbed};
use serde_json::Value;
use tempfile::TempDir;

use crate::check::program;

/// The program while it runs.
pub(crate) struct Running {
    thread: std::thread::JoinHandle<Finished>,
    dir: TempDir,
}

/// Starts the program with these arguments.
pub(crate) fn start(args: &[&str]) -> Running {
    let dir = TempDir::with_prefix("launchway-health-").unwrap();
    let program: Scrubbed =
        program().args(args).arg("--report-file").arg(dir.path().join("report.json"));
    let thread = std::thread::spawn(move || program.run());
    Running { thread, dir }
}

impl Running {
    /// Waits until it has ended. Returns how, and its report.
    pub(crate) fn end(self) -> (Finished, Value) {
        let run = self.thread.join().unwrap();
        let report = std::fs::read(self.dir.path().join("report.json")).unwrap();
        (run, serde_json::from_slice(&report).unwrap())
    }
}

/// The reasons of all attempts at the first target, without repetitions; a success is "".
pub(crate) fn story(report: &Value) -> Vec<String> {
    let attempts = report["targets"][0]["attempts"].as_array().unwrap();
    let mut story: Vec<String> = attempts
        .iter()
        .map(|attempt| attempt["reason"].as_str().unwrap_or_default().to_owned())
        .collect();
    story.dedup();
    story
}

/// Lets the program see what is for a while.
pub(crate) fn a_moment() {
    sleep(Duration::from_millis(400));
}

/// Waits for something that takes a moment.
#[track_caller]
pub(crate) fn until(is_done: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_done() {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not come to that");
        sleep(Duration::from_millis(10));
    }
}

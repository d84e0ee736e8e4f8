//! Real databases, and scripted ones for what the real ones do too quickly or not at all.

mod mariadb;
mod mysql;
mod postgres;
mod redis;
mod scripted;

use std::fs::File;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::check::program;

/// The program while it runs.
pub(crate) struct Running {
    child: Child,
    dir: TempDir,
}

/// How it ended, and what it said.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    said: String,
}

impl Ended {
    pub(crate) fn all(&self) -> &str {
        &self.said
    }
}

/// Starts the program with these arguments.
pub(crate) fn start(args: &[&str]) -> Running {
    let dir = TempDir::with_prefix("launchway-health-").unwrap();
    let log = File::create(dir.path().join("log")).unwrap();
    let program = program().args(args).arg("--report-file").arg(dir.path().join("report.json"));
    let child = program.command().stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    Running { child, dir }
}

impl Running {
    fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    /// Waits until the program has said this.
    #[track_caller]
    pub(crate) fn until_it_says(&self, words: &str) {
        until(|| self.said().contains(words));
    }

    /// Waits until it has ended. Returns how, and its report.
    pub(crate) fn end(mut self) -> (Ended, Value) {
        let code = self.child.wait().unwrap().code();
        let report = std::fs::read(self.dir.path().join("report.json")).unwrap();
        (Ended { code, said: self.said() }, serde_json::from_slice(&report).unwrap())
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

/// Waits for something that takes a moment.
#[track_caller]
pub(crate) fn until(is_done: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_done() {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not come to that");
        sleep(Duration::from_millis(10));
    }
}

//! One run of the program and the report it wrote.

use std::path::Path;
use std::time::Duration;

use launchway_testkit::{Finished, Scrubbed};
use serde_json::Value;
use tempfile::TempDir;

/// A run that has ended.
pub(crate) struct Checked {
    pub(crate) run: Finished,
    pub(crate) report: Value,
}

/// The program, to be given more arguments and variables, without the machine's proxies.
pub(crate) fn program() -> Scrubbed {
    Scrubbed::new(env!("CARGO_BIN_EXE_launchway-health")).timeout(Duration::from_secs(20))
}

/// Runs it with these arguments.
pub(crate) fn check(args: &[&str]) -> Checked {
    check_with(&program(), args)
}

/// One look at this target, with more arguments.
pub(crate) fn once(url: &str, args: &[&str]) -> Checked {
    check(&[&["--url", url, "--mode", "once"], args].concat())
}

/// Runs a prepared program with these arguments.
pub(crate) fn check_with(program: &Scrubbed, args: &[&str]) -> Checked {
    let dir = TempDir::with_prefix("launchway-health-").unwrap();
    let file = dir.path().join("report.json");
    let run = program.clone().args(args).arg("--report-file").arg(&file).run();
    let report = read(&file);
    Checked { run, report }
}

fn read(file: &Path) -> Value {
    std::fs::read(file).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap())
}

impl Checked {
    fn say(&self) -> String {
        format!("{}\n{}\n{}", self.run.all(), self.report, self.run.elapsed.as_millis())
    }

    /// Fails unless the run was healthy.
    #[track_caller]
    pub(crate) fn healthy(self) -> Self {
        assert_eq!(self.run.code, Some(0), "{}", self.say());
        assert_eq!(self.report["verdict"], "healthy", "{}", self.say());
        self
    }

    /// Fails unless the run was unhealthy for this reason, and said these words of it.
    #[track_caller]
    pub(crate) fn fails(self, reason: &str, words: &str) -> Self {
        assert_eq!(self.run.code, Some(1), "{}", self.say());
        let last = self.last();
        assert_eq!(last["reason"], reason, "{}", self.say());
        assert!(last["detail"].as_str().unwrap().contains(words), "{words}: {}", self.say());
        self
    }

    /// Fails unless so many attempts were made.
    #[track_caller]
    pub(crate) fn attempts(self, count: u64) -> Self {
        assert_eq!(self.report["attempts"], count, "{}", self.say());
        self
    }

    /// The last attempt at the first target that the deadline did not cut short.
    pub(crate) fn last(&self) -> &Value {
        let all = self.report["targets"][0]["attempts"].as_array();
        let whole = |attempt: &&Value| attempt["cut"] != true;
        all.and_then(|all| all.iter().rfind(whole).or(all.last())).unwrap_or(&Value::Null)
    }
}

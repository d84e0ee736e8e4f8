//! The scripts inside `release.yml`, `docker.yml` and `ship.yml`, run as they stand there.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by a panic what is wrong")]

mod docker;
mod hand_over;
mod ok;
mod ship;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use launchway_e2e::at;
use tempfile::TempDir;
use yaml_serde::Value;

/// A runner's folders for one job.
struct Job {
    temp: TempDir,
}

/// What a step left.
struct Done {
    code: i32,
    /// Everything it printed.
    said: String,
    /// The lines of its outputs.
    outputs: String,
}

impl Done {
    /// The output of one line.
    fn output(&self, name: &str) -> &str {
        let found =
            self.outputs.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default()
    }

    #[track_caller]
    fn good(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.said);
        self
    }
}

/// What bash needs; a test that needs more says so.
fn bash() -> Option<PathBuf> {
    for tool in ["jq", "openssl", "sha256sum"] {
        launchway_testkit::distribution::tool(tool)?;
    }
    launchway_testkit::distribution::tool("bash")
}

impl Job {
    fn new() -> Self {
        let temp = TempDir::with_prefix("launchway step ").unwrap();
        std::fs::create_dir(temp.path().join("work")).unwrap();
        std::fs::create_dir(temp.path().join("temp")).unwrap();
        Self { temp }
    }

    /// The checkout.
    fn work(&self) -> PathBuf {
        self.temp.path().join("work")
    }

    /// A file of the runner's folder for temporary files.
    fn file(&self, path: &str) -> PathBuf {
        self.temp.path().join("temp").join(path)
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]).args(words);
        assert!(git.current_dir(self.work()).stdout(Stdio::null()).status().unwrap().success());
    }

    /// Runs a step with these variables and no others.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Option<Done> {
        let output = self.file("output");
        std::fs::write(&output, "").unwrap();
        let file = self.temp.path().join("step.sh");
        std::fs::write(&file, script).unwrap();
        let mut bash = Command::new(bash()?);
        bash.args(["--noprofile", "--norc", "-euo", "pipefail"])
            .arg(&file)
            .current_dir(self.work());
        bash.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        bash.env("HOME", self.temp.path()).env("RUNNER_TEMP", self.file(""));
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_SHA", "0123456789abcdef");
        bash.envs(variables.iter().copied()).stdin(Stdio::null());
        let ran = bash.output().unwrap();
        let mut said = String::from_utf8_lossy(&ran.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&ran.stderr));
        let outputs = std::fs::read_to_string(&output).unwrap();
        Some(Done { code: ran.status.code().unwrap_or(-1), said, outputs })
    }
}

/// The script of a step of a workflow.
fn script(workflow: &str, job: &str, id: &str) -> String {
    let path = at(format!(".github/workflows/{workflow}"));
    let file: Value = yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let steps = file.get("jobs").and_then(|jobs| jobs.get(job)?.get("steps")?.as_sequence());
    let is = |step: &&Value| step.get("id").and_then(Value::as_str) == Some(id);
    let step = steps.unwrap().iter().find(is);
    let script = step.and_then(|step| step.get("run")?.as_str());
    script.unwrap_or_else(|| panic!("{workflow} has no script `{id}` in `{job}`")).to_owned()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

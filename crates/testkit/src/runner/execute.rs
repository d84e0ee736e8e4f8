//! Running the steps.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::action::{self, Step};
use super::commands::{mask, read, runner_error, say};
use super::container;
use super::expression::{self, Scope};
use super::files::{Files, records};
use super::{FakeRunner, Pretended, StepRun};
use crate::command::{Scrubbed, resident};
use crate::git;
use crate::kill::KillSwitch;

/// How a program gets its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `LAUNCHWAY_INPUTS` holds all of them as JSON, as in a composite action.
    Json,
    /// `INPUT_<NAME>` each, upper case with hyphens kept, as in a container action.
    Input,
    /// `--name=value` each; an empty value is left out.
    Flags,
}

/// Shells that only Windows is sure to have.
const POWERSHELLS: [&str; 2] = ["powershell", "pwsh"];

/// What GitHub takes of a step summary.
const SUMMARY_LIMIT: u64 = 1024 * 1024;

/// One job: its directories and what its steps have said so far.
pub(super) struct Job<'a> {
    pub(super) runner: &'a FakeRunner,
    pub(super) dir: tempfile::TempDir,
    masks: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    path: Vec<String>,
    pub(super) run: StepRun,
    count: usize,
}

impl<'a> Job<'a> {
    fn new(runner: &'a FakeRunner) -> Self {
        let dir =
            tempfile::TempDir::with_prefix("launchway-runner-").expect("a temporary directory");
        std::fs::create_dir(dir.path().join("temp")).expect("a directory can be made");
        let mut masks = runner.masks.clone();
        if !runner.token.is_empty() {
            masks.push(runner.token.clone());
        }
        let env = runner.env.clone();
        let job =
            Self { runner, dir, masks, env, path: Vec::new(), run: StepRun::default(), count: 0 };
        let event = serde_json::to_string_pretty(&job.event()).expect("an event is JSON");
        std::fs::write(job.event_path(), event).expect("the event can be written");
        job
    }

    pub(super) fn event_path(&self) -> PathBuf {
        self.dir.path().join("event.json")
    }

    fn event(&self) -> Value {
        let mut event = self.runner.event.clone();
        if event["repository"].is_null()
            && let Some((owner, name)) = self.runner.repository.split_once('/')
        {
            event["repository"] = json!({
                "id": 1, "name": name, "full_name": self.runner.repository,
                "owner": { "login": owner, "id": 2 }, "default_branch": "main",
                "html_url": format!("{}/{}", self.runner.server_url, self.runner.repository),
            });
        }
        event
    }

    /// The variables every step gets, by name without `GITHUB_`, also the `github` context.
    pub(super) fn github(&self) -> BTreeMap<&'static str, String> {
        let runner = self.runner;
        let sha =
            runner.sha.clone().or_else(|| git::try_text(&runner.workspace, &["rev-parse", "HEAD"]));
        let reference = &runner.reference;
        let name = reference.splitn(3, '/').nth(2).unwrap_or(reference);
        let kind = if reference.starts_with("refs/tags/") { "tag" } else { "branch" };
        let owner = runner.repository.split('/').next().unwrap_or_default();
        let pull = |side: &str| {
            let event = &runner.event["pull_request"][side]["ref"];
            event.as_str().unwrap_or_default().to_owned()
        };
        let graphql = runner.api_url.strip_suffix("/v3").unwrap_or(&runner.api_url);
        let workflow = format!("{}/.github/workflows/release.yml@{reference}", runner.repository);
        let values = [
            ("actor", runner.actor.clone()),
            ("actor_id", "583231".into()),
            ("api_url", runner.api_url.clone()),
            ("base_ref", pull("base")),
            ("event_name", runner.event_name.clone()),
            ("event_path", self.event_path().display().to_string()),
            ("graphql_url", format!("{graphql}/graphql")),
            ("head_ref", pull("head")),
            ("job", "release".into()),
            ("ref", reference.clone()),
            ("ref_name", name.to_owned()),
            ("ref_protected", "false".into()),
            ("ref_type", kind.into()),
            ("repository", runner.repository.clone()),
            ("repository_id", "1".into()),
            ("repository_owner", owner.to_owned()),
            ("repository_owner_id", "2".into()),
            ("retention_days", "90".into()),
            ("run_attempt", "1".into()),
            ("run_id", "4242".into()),
            ("run_number", "7".into()),
            ("server_url", runner.server_url.clone()),
            ("sha", sha.unwrap_or_default()),
            ("triggering_actor", runner.actor.clone()),
            ("workflow", "Release".into()),
            ("workflow_ref", workflow),
            ("workspace", runner.workspace.display().to_string()),
        ];
        values.into_iter().collect()
    }

    pub(super) fn runner_values(&self) -> BTreeMap<&'static str, String> {
        let dir = self.dir.path();
        let os = match &self.runner.windows {
            Some(_) => "Windows",
            None if cfg!(target_os = "macos") => "macOS",
            None => "Linux",
        };
        let mut values: BTreeMap<_, _> = [
            ("os", os.to_owned()),
            ("arch", if cfg!(target_arch = "aarch64") { "ARM64" } else { "X64" }.to_owned()),
            ("name", "fake".to_owned()),
            ("environment", "github-hosted".to_owned()),
            ("temp", dir.join("temp").display().to_string()),
            ("tool_cache", dir.join("tools").display().to_string()),
        ]
        .into_iter()
        .collect();
        if self.runner.debug {
            values.insert("debug", "1".to_owned());
        }
        values
    }

    pub(super) fn command_files(&mut self) -> Files {
        self.count += 1;
        Files::make(&self.dir.path().join(format!("step-{}", self.count)))
    }

    /// A program with everything a step sees but its own `env:`.
    fn prepare(&self, program: &Path, files: &Files) -> Scrubbed {
        let mut prepared = Scrubbed::new(program)
            .dir(&self.runner.workspace)
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true");
        for (name, value) in self.github() {
            prepared = prepared.env(format!("GITHUB_{}", name.to_uppercase()), value);
        }
        for (name, value) in self.runner_values() {
            prepared = prepared.env(format!("RUNNER_{}", name.to_uppercase()), value);
        }
        prepared = prepared.envs(&self.env);
        let path = std::env::var("PATH").unwrap_or_default();
        let path = self.path.iter().rev().cloned().chain([path]).collect::<Vec<_>>().join(":");
        prepared
            .env("PATH", self.env.get("PATH").cloned().unwrap_or(path))
            .env("GITHUB_OUTPUT", &files.output)
            .env("GITHUB_ENV", &files.env)
            .env("GITHUB_PATH", &files.path)
            .env("GITHUB_STATE", &files.state)
            .env("GITHUB_STEP_SUMMARY", &files.summary)
    }

    /// Runs a prepared program as a step; its exit code and outputs.
    pub(super) fn step(
        &mut self,
        prepared: &Scrubbed,
        files: &Files,
    ) -> (i32, BTreeMap<String, String>) {
        let Captured { mut code, raw, timed_out, elapsed, peak } =
            captured(prepared, self.runner.timeout, self.runner.kill.as_ref());
        self.run.raw_log.push_str(&raw);
        self.run.timed_out |= timed_out;
        self.run.elapsed += elapsed;
        self.run.peak = self.run.peak.max(peak);
        let before = std::mem::take(&mut self.run.outputs);
        read(&raw, self.runner.debug, &mut self.masks, &mut self.run);
        // Outputs by the old command count as the step's.
        let mut outputs = std::mem::replace(&mut self.run.outputs, before);
        let text = |path: &Path| {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        };
        for (kind, path) in
            [("output", &files.output), ("env", &files.env), ("state", &files.state)]
        {
            match records(&text(path)) {
                Ok(found) => {
                    for (name, value) in found {
                        match kind {
                            "output" => drop(outputs.insert(name, value)),
                            "state" => drop(self.run.state.insert(name, value)),
                            _ => {
                                self.run.env_written.insert(name.clone(), value.clone());
                                self.env.insert(name, value);
                            }
                        }
                    }
                }
                Err(error) => {
                    let message = format!("Unable to process file command '{kind}' successfully.");
                    runner_error(&mut self.run, &self.masks, &message);
                    runner_error(&mut self.run, &self.masks, &error);
                    code = if code == 0 { 1 } else { code };
                }
            }
        }
        for line in text(&files.path).lines().filter(|line| !line.is_empty()) {
            self.path.push(line.to_owned());
            self.run.path_written.push(line.to_owned());
        }
        let size = std::fs::metadata(&files.summary).map_or(0, |meta| meta.len());
        if size > SUMMARY_LIMIT {
            let message = format!(
                "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got {}k.",
                size / 1024
            );
            runner_error(&mut self.run, &self.masks, &message);
        } else {
            self.run.summary.push_str(&mask(&text(&files.summary), &self.masks));
        }
        if code != 0 {
            let message = format!("Process completed with exit code {code}.");
            say(&mut self.run, &self.masks, &format!("##[error]{message}"));
        }
        (code, outputs)
    }

    fn scope(
        &self,
        inputs: &Map<String, Value>,
        steps: &Map<String, Value>,
        action: &Path,
        failed: bool,
    ) -> Scope {
        let mut github: Map<String, Value> = self
            .github()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        github.insert("token".into(), self.runner.token.clone().into());
        github.insert("event".into(), self.event());
        github.insert("action_path".into(), action.display().to_string().into());
        let env: Map<String, Value> =
            self.env.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let runner: Map<String, Value> =
            self.runner_values().into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect();
        let contexts = json!({
            "inputs": inputs, "github": github, "env": env, "steps": steps, "runner": runner,
            "job": { "status": if failed { "failure" } else { "success" } },
            // No job of ours is a leg of a matrix.
            "matrix": null,
        });
        Scope { contexts: contexts.as_object().cloned().unwrap_or_default(), failed }
    }
}

/// How a program ended.
struct Captured {
    /// The exit code, -1 when it was killed.
    code: i32,
    /// Both streams as they came.
    raw: String,
    /// Whether the time limit ended it.
    timed_out: bool,
    elapsed: Duration,
    /// The most memory it was seen to hold, in bytes.
    peak: u64,
}

fn captured(prepared: &Scrubbed, timeout: Duration, switch: Option<&KillSwitch>) -> Captured {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = prepared.command();
    command
        .stdin(std::process::Stdio::null())
        .stdout(writer.try_clone().expect("a pipe can be shared"))
        .stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    // The command holds the writing end; without this the reader never sees the end.
    drop(command);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    let started = Instant::now();
    let (mut timed_out, mut peak) = (false, 0);
    let code = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status.code().unwrap_or(-1);
        }
        let is_killed = switch.is_some_and(KillSwitch::is_wanted);
        if is_killed || started.elapsed() > timeout {
            timed_out = !is_killed;
            end(&mut child);
            if let Some(switch) = switch.filter(|_| is_killed) {
                switch.confirm();
            }
            break -1;
        }
        peak = peak.max(resident(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    };
    let elapsed = started.elapsed();
    // What a child left behind may hold the pipe open.
    let bytes = receive.recv_timeout(Duration::from_secs(2)).unwrap_or_default();
    let raw = String::from_utf8_lossy(&bytes).into_owned();
    crate::heard::note(prepared.command().get_program(), Some(code), &raw);
    Captured { code, raw, timed_out, elapsed, peak }
}

/// Ends a program and what it started, as the end of its machine does: a step's shell is not all there
/// is of it.
fn end(child: &mut std::process::Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let mut kill = std::process::Command::new("kill");
        let _ = kill.args(["-KILL", "--", &group]).stderr(std::process::Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Evaluates a template of the action file.
pub(super) fn render(value: &Value, scope: &Scope) -> String {
    expression::render(&expression::text(value), scope)
        .unwrap_or_else(|error| panic!("the action file: {error}"))
}

pub(super) fn action(runner: &FakeRunner, dir: &Path, given: &[(&str, &str)]) -> StepRun {
    let dir = dir.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let file = action::read(&dir);
    let mut job = Job::new(runner);
    let mut inputs = Map::new();
    let empty = Map::new();
    for (name, declared) in &file.inputs {
        let found = given.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = match found {
            Some((_, value)) => (*value).to_owned(),
            None => render(&declared["default"], &job.scope(&empty, &empty, &dir, false)),
        };
        inputs.insert(name.clone(), value.into());
    }
    for (name, _) in given {
        if !file.inputs.keys().any(|declared| declared.eq_ignore_ascii_case(name)) {
            let names: Vec<&str> = file.inputs.keys().map(String::as_str).collect();
            let text = format!("Unexpected input(s) '{name}', valid inputs are {names:?}");
            read(&format!("::warning::{text}"), false, &mut job.masks, &mut job.run);
        }
    }
    let mut steps = Map::new();
    let mut exit_code = 0;
    if file.runs.using == "docker" {
        let scope = job.scope(&inputs, &steps, &dir, false);
        return container::run(job, &file.runs, &inputs, &scope);
    }
    for step in &file.runs.steps {
        let scope = job.scope(&inputs, &steps, &dir, exit_code != 0);
        let runs = match &step.condition {
            None => exit_code == 0,
            Some(condition) => expression::condition(&expression::text(condition), &scope)
                .unwrap_or_else(|error| panic!("the action file: {error}")),
        };
        let mut outputs = BTreeMap::new();
        let mut outcome = "skipped";
        if runs {
            let (code, written) = composite_step(&mut job, step, &scope, &dir);
            outputs = written;
            outcome = if code == 0 { "success" } else { "failure" };
            if code != 0 && !step.continue_on_error && exit_code == 0 {
                exit_code = code;
            }
        }
        if let Some(id) = &step.id {
            let conclusion = if step.continue_on_error && runs { "success" } else { outcome };
            let entry = json!({ "outputs": outputs, "outcome": outcome, "conclusion": conclusion });
            steps.insert(id.clone(), entry);
        }
    }
    let scope = job.scope(&inputs, &steps, &dir, exit_code != 0);
    for (name, output) in &file.outputs {
        let value = render(&output.value, &scope);
        if !value.is_empty() {
            job.run.outputs.insert(name.clone(), value);
        }
    }
    job.run.exit_code = exit_code;
    job.run
}

fn composite_step(
    job: &mut Job<'_>,
    step: &Step,
    scope: &Scope,
    dir: &Path,
) -> (i32, BTreeMap<String, String>) {
    assert!(step.uses.is_none(), "this runner runs no `uses:` ({:?})", step.uses);
    let script = step.run.as_ref().expect("a step of an action has `run:`");
    let shell = step.shell.as_ref().expect("a `run:` step of an action must name its `shell:`");
    let script = render(&json!(script), scope);
    let template = match shell.as_str() {
        "bash" => "bash --noprofile --norc -e -o pipefail {0}",
        "sh" => "sh -e {0}",
        other => other,
    };
    assert!(template.contains("{0}"), "this runner does not know the shell `{template}`");
    let mut words = template.split_whitespace();
    let program = words.next().expect("a shell has a program");
    if let Some(outputs) = job.runner.windows.as_ref().filter(|_| POWERSHELLS.contains(&program)) {
        job.run.pretended.push(Pretended {
            id: step.id.clone().unwrap_or_default(),
            shell: template.to_owned(),
            script,
            env: step
                .env
                .iter()
                .map(|(name, value)| (name.clone(), render(value, scope)))
                .collect(),
        });
        return (0, outputs.clone());
    }
    let path = job.dir.path().join("temp").join(format!("script-{}.sh", job.count));
    std::fs::write(&path, script).expect("the script can be written");
    let files = job.command_files();
    let mut prepared = job.prepare(Path::new(program), &files);
    for word in words {
        prepared = prepared.arg(word.replace("{0}", &path.to_string_lossy()));
    }
    prepared = prepared
        .env("GITHUB_ACTION", step.id.as_deref().unwrap_or("__run"))
        .env("GITHUB_ACTION_PATH", dir);
    for (name, value) in &step.env {
        prepared = prepared.env(name, render(value, scope));
    }
    if let Some(dir) = &step.working_directory {
        let dir = job.runner.workspace.join(render(&json!(dir), scope));
        prepared = prepared.dir(dir);
    }
    job.step(&prepared, &files)
}

pub(super) fn program(
    runner: &FakeRunner,
    program: &Path,
    args: &[&str],
    how: How,
    inputs: &[(&str, &str)],
) -> StepRun {
    let mut job = Job::new(runner);
    let files = job.command_files();
    let mut prepared = job.prepare(program, &files).args(args);
    match how {
        How::Json => {
            let inputs: Map<String, Value> =
                inputs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            let json = serde_json::to_string_pretty(&inputs).expect("inputs are JSON");
            prepared = prepared.env("LAUNCHWAY_INPUTS", json);
        }
        How::Input => {
            for (name, value) in inputs {
                let name = name.to_uppercase().replace(' ', "_");
                prepared = prepared.env(format!("INPUT_{name}"), value);
            }
        }
        How::Flags => {
            let given = inputs.iter().filter(|(_, value)| !value.is_empty());
            prepared = prepared.args(given.map(|(name, value)| format!("--{name}={value}")));
        }
    }
    let (code, outputs) = job.step(&prepared, &files);
    job.run.exit_code = code;
    job.run.outputs.extend(outputs);
    job.run
}

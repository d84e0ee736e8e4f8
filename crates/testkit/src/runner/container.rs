//! Container actions, started as GitHub's runner starts them.
//!
//! Mounts, variables and the translation of paths are those of the runner's handler for container
//! actions; the Docker socket, which it mounts too, is left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::StepRun;
use super::action::Runs;
use super::execute::{Job, render};
use super::expression::Scope;
use crate::command::Scrubbed;

/// What runs containers: podman, or what takes the same arguments.
#[derive(Clone, Debug)]
pub struct Containers {
    /// The program.
    pub program: PathBuf,
    /// What stands before `run`: storage, runtime.
    pub options: Vec<String>,
    /// What stands after `run`, as `--network=host` or `--read-only`.
    pub run_options: Vec<String>,
    /// Local images by what action files say, without the digest: `ghcr.io/acme/x` → an image's name.
    pub images: BTreeMap<String, String>,
    /// The user whom the runner's files belong to; who runs the test unless said.
    pub owner: Option<u32>,
}

impl Containers {
    /// A container is to be run by it: the program with everything before the image's name.
    pub fn run(&self, options: &[&str]) -> Scrubbed {
        Scrubbed::new(&self.program)
            .args(&self.options)
            .args(["run", "--rm"])
            .args(&self.run_options)
            .args(options)
    }

    fn image(&self, reference: &str) -> &str {
        let name = reference.strip_prefix("docker://");
        let name = name.unwrap_or_else(|| panic!("the image `{reference}` would be built"));
        let (name, _) =
            name.split_once("@sha256:").unwrap_or_else(|| panic!("`{name}` has no digest"));
        self.images.get(name).unwrap_or_else(|| panic!("nobody has an image `{name}`"))
    }

    fn give(&self, path: &Path) {
        #[cfg(unix)]
        if let Some(owner) = self.owner {
            std::os::unix::fs::chown(path, Some(owner), Some(owner)).expect("files can be given");
        }
        #[cfg(not(unix))]
        let _ = path;
    }
}

/// Runs the action's one container.
pub(super) fn run(
    mut job: Job<'_>,
    runs: &Runs,
    inputs: &Map<String, Value>,
    scope: &Scope,
) -> StepRun {
    let containers = job.runner.containers.clone().expect("the test says what runs containers");
    let files = job.command_files();
    let home = job.dir.path().join("home");
    let workflow = job.dir.path().join("workflow");
    let temp = job.dir.path().join("temp");
    for folder in [&home, &workflow, &temp] {
        std::fs::create_dir_all(folder).expect("a directory can be made");
        containers.give(folder);
    }
    std::fs::copy(job.event_path(), workflow.join("event.json")).expect("the event can be copied");
    let commands = files.output.parent().expect("a file is in a folder").to_owned();
    for file in [&files.output, &files.env, &files.path, &files.state, &files.summary, &commands] {
        containers.give(file);
    }
    // What is mounted deeper comes first, as in the runner.
    let mounts = [
        (job.runner.workspace.clone(), "/github/workspace"),
        (commands, "/github/file_commands"),
        (workflow.clone(), "/github/workflow"),
        (home, "/github/home"),
        (temp, "/github/runner_temp"),
    ];
    let inside = |value: &str| {
        let found = mounts.iter().find_map(|(host, place)| {
            let rest = value.strip_prefix(host.to_str()?)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{place}{rest}"))
        });
        found.unwrap_or_else(|| value.to_owned())
    };

    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in inputs {
        let name = format!("INPUT_{}", name.to_uppercase().replace(' ', "_"));
        env.insert(name, value.as_str().unwrap_or_default().to_owned());
    }
    for (name, value) in &runs.env {
        env.insert(name.clone(), render(value, scope));
    }
    env.extend(
        job.github()
            .into_iter()
            .map(|(name, value)| (format!("GITHUB_{}", name.to_uppercase()), value)),
    );
    env.extend(
        job.runner_values()
            .into_iter()
            .map(|(name, value)| (format!("RUNNER_{}", name.to_uppercase()), value)),
    );
    for (name, path) in [
        ("GITHUB_EVENT_PATH", &workflow.join("event.json")),
        ("GITHUB_OUTPUT", &files.output),
        ("GITHUB_ENV", &files.env),
        ("GITHUB_PATH", &files.path),
        ("GITHUB_STATE", &files.state),
        ("GITHUB_STEP_SUMMARY", &files.summary),
    ] {
        env.insert(name.to_owned(), path.display().to_string());
    }
    env.extend(job.env.clone());
    for (name, value) in [("HOME", "/github/home"), ("CI", "true"), ("GITHUB_ACTIONS", "true")] {
        env.insert(name.to_owned(), value.to_owned());
    }

    let mut prepared = containers.run(&["--workdir", "/github/workspace"]);
    if let Some(entrypoint) = &runs.entrypoint {
        prepared = prepared.arg("--entrypoint").arg(entrypoint);
    }
    for (name, value) in &env {
        prepared = prepared.arg("-e").arg(format!("{name}={}", inside(value)));
    }
    for (host, place) in &mounts {
        prepared = prepared.arg("-v").arg(format!("{}:{place}", host.display()));
    }
    let image = runs.image.as_deref().expect("a container action names its image");
    prepared = prepared.arg(containers.image(image));
    prepared = prepared.args(runs.args.iter().map(|arg| render(arg, scope)));
    let (code, outputs) = job.step(&prepared, &files);
    job.run.exit_code = code;
    // The runner takes every record; those an action does not declare cannot be read, though.
    job.run.outputs.extend(outputs.into_iter().filter(|(_, value)| !value.is_empty()));
    job.run
}

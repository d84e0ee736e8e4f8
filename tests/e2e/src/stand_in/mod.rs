//! What stands in for the actions of others, where workflows run in act.
//!
//! Each does the part our workflows need, with real git, real buildah and a real registry, and
//! fails on an input that asks for anything else, so that a workflow cannot pass here by what the
//! stand-in did not read. Names of inputs and outputs are the real action's: the harness writes them
//! from `tests/actions/pins.toml`.

mod artifact;
mod checkout;
mod docker;
mod globs;
mod quiet;
mod sign;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use serde_json::{Value, json};

/// What one may answer.
pub(crate) type Done = Result<(), String>;

type Action = fn(&mut Step) -> Done;
type Program = fn(&[String]) -> Done;

/// Each stand-in by the action's name.
const ALL: &[(&str, Action)] = &[
    ("actions/attest", sign::attest),
    ("actions/cache", quiet::cache),
    ("actions/cache/restore", quiet::cache),
    ("actions/cache/save", quiet::cache),
    ("actions/checkout", checkout::run_checkout),
    ("actions/create-github-app-token", quiet::app_token),
    ("actions/download-artifact", artifact::download),
    ("actions/setup-go", quiet::go),
    ("actions/setup-node", quiet::node),
    ("actions/setup-python", quiet::python),
    ("actions/upload-artifact", artifact::upload),
    ("aquasecurity/trivy-action", sign::trivy),
    ("docker/build-push-action", docker::build),
    ("docker/login-action", docker::login),
    ("docker/setup-buildx-action", docker::buildx),
    ("docker/setup-qemu-action", docker::qemu),
    ("github/codeql-action/upload-sarif", sign::sarif),
    ("sigstore/cosign-installer", sign::cosign_installer),
];

/// Programs a stand-in puts on `PATH`, by the name they are started with.
const PROGRAMS: &[(&str, Program)] = &[("docker", docker::program), ("cosign", sign::cosign)];

/// The names of all stand-ins.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|(name, _)| *name).collect()
}

/// One step of such an action.
pub(crate) struct Step {
    name: String,
    /// What is given, and the real action's defaults of what is not.
    inputs: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
}

impl Step {
    /// An input, trimmed, which the stand-in takes care of; empty when it is not given.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.inputs.remove(name).unwrap_or_default().trim().to_owned()
    }

    /// An input that is `true`.
    pub(crate) fn on(&mut self, name: &str) -> Result<bool, String> {
        match self.take(name).as_str() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            other => Err(format!("{name} is neither true nor false: {other:?}")),
        }
    }

    /// The lines of an input.
    pub(crate) fn lines(&mut self, name: &str) -> Vec<String> {
        let text = self.take(name);
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Inputs that change nothing here.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.inputs.remove(*name);
        }
    }

    /// Fails when an input is left that nobody took and that asks for something.
    pub(crate) fn done(&self) -> Done {
        let asks = |(name, value): &(&String, &String)| {
            !value.is_empty() && self.defaults.get(*name) != Some(*value)
        };
        let left: Vec<_> = self.inputs.iter().filter(asks).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("nothing here does {left:?}")) }
    }

    /// Writes down for the test what was asked.
    pub(crate) fn record(&self, kind: &str, value: &Value) -> Done {
        let mut value = value.clone();
        value["action"] = self.name.clone().into();
        record(kind, &value)
    }
}

/// Appends one line to a record.
pub(crate) fn record(kind: &str, value: &Value) -> Done {
    let path = records()?.join(kind);
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(format!("{value}\n").as_bytes()))
        .map_err(|error| format!("cannot write the record {kind}: {error}"))
}

/// The folder of records.
pub(crate) fn records() -> Result<PathBuf, String> {
    variable("STAND_IN_RECORDS").map(PathBuf::from)
}

/// A variable that must be there.
pub(crate) fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("{name} is not set"))
}

/// Appends to one of the runner's files.
fn append(variable_name: &str, text: &str) -> Done {
    let path = variable(variable_name)?;
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("cannot write {variable_name}: {error}"))
}

/// An output.
pub(crate) fn output(name: &str, value: &str) -> Done {
    append("GITHUB_OUTPUT", &format!("{name}<<stand-in-end\n{value}\nstand-in-end\n"))
}

/// A variable for the steps that follow.
pub(crate) fn export(name: &str, value: &str) -> Done {
    append("GITHUB_ENV", &format!("{name}={value}\n"))
}

/// Puts a program of [`PROGRAMS`] on `PATH`.
pub(crate) fn install(program: &str) -> Done {
    let folder = PathBuf::from(variable("RUNNER_TEMP")?).join("stand-ins");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let link = folder.join(program);
    if !link.exists() {
        let own = variable("LAUNCHWAY_STAND_IN")?;
        let text = format!("#!/bin/sh\nexec '{own}' program {program} \"$@\"\n");
        launchway_testkit::script(&link, text);
    }
    append("GITHUB_PATH", &format!("{}\n", folder.display()))
}

/// Runs a program; its standard output, or what it said when it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let shown = format!("`{}`", command.get_program().display());
    let output = command.output().map_err(|error| format!("cannot start {shown}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{shown} failed: {}{}", text(&output.stdout), text(&output.stderr)))
    }
}

/// Starts the stand-in that the arguments name.
#[expect(clippy::print_stdout, reason = "the message is the job's log")]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("::error::{}: {}", args.join(" "), message.trim().replace('\n', "%0A"));
            ExitCode::FAILURE
        }
    }
}

fn start(args: &[String]) -> Done {
    let name = args.first().map(String::as_str).unwrap_or_default();
    if name == "program" {
        let program = args.get(1).map(String::as_str).unwrap_or_default();
        let found = PROGRAMS.iter().find(|(known, _)| *known == program);
        let (_, run) = found.ok_or("no such program")?;
        return run(args.get(2..).unwrap_or_default());
    }
    let (_, run) = ALL
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or("nothing stands in for this action; see tests/e2e/src/stand_in")?;
    let inputs: BTreeMap<String, Option<String>> = serde_json::from_str(&variable("INPUTS")?)
        .map_err(|error| format!("INPUTS is not an object of texts: {error}"))?;
    let pins = crate::pins::read();
    let pin = pins.iter().find(|pin| pin.action == name && !pin.nested);
    let mut step = begun(pin.ok_or("nobody pinned this action")?, inputs)?;
    run(&mut step)?;
    step.done()
}

/// The step with the defaults of the real action; fails when an input is missing that it asks for.
fn begun(pin: &crate::pins::Pin, inputs: BTreeMap<String, Option<String>>) -> Result<Step, String> {
    let mut inputs: BTreeMap<String, String> =
        inputs.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect();
    inputs.retain(|_, value| !value.is_empty());
    record("steps", &json!({ "action": pin.action, "inputs": inputs }))?;
    if let Some(name) = pin.required.iter().find(|name| !inputs.contains_key(*name)) {
        return Err(format!("{name} is required"));
    }
    let defaults = pin.defaults.clone();
    for (name, value) in &defaults {
        inputs.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Ok(Step { name: pin.action.clone(), inputs, defaults })
}

//! Modules of the project's own, run by `node` in one process per question.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use launchway_base::{Deadline, Failure, Location};
use launchway_changesets::Module;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::child::{Said, find_program, run};
use crate::generator::EnvLookup;
use crate::observe::Repository;

const RUNNER: &str = include_str!("runner.mjs");
const CONFIG: &str = ".changeset/config.json";

/// What the runner writes: an answer, or why there is none.
#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    answer: Value,
    refused: Option<String>,
    #[serde(default)]
    detail: String,
}

/// What a module is for, in messages: key of the configuration and a word for it.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    /// `changelog generator`
    pub(crate) what: &'static str,
    /// `changelog`
    pub(crate) key: &'static str,
    /// What to write instead in order to do without `node`.
    pub(crate) without: &'static str,
}

/// Asks a module. `job` is what the runner's task needs besides module, options and root.
pub(crate) fn ask(
    module: &Module,
    purpose: Purpose,
    mut job: Value,
    repository: &Repository,
    env: &dyn EnvLookup,
    deadline: Deadline,
) -> Result<Value, Failure> {
    let name = format!("{} `{}`", purpose.what, module.name);
    let path = OsString::from(env.get("PATH").unwrap_or_default());
    let Some(node) = find_program("node", &path) else {
        return Err(Failure::input(format!(
            "{name} is a JavaScript module, and there is no `node` to run it"
        ))
        .at(Location::file(CONFIG))
        .with_hint(format!(
            "install Node.js (`actions/setup-node` in a workflow), or use {}",
            purpose.without
        )));
    };
    let root = &repository.workspace.root;
    if let Some(job) = job.as_object_mut() {
        job.insert("module".to_owned(), json!(module.name));
        job.insert("options".to_owned(), module.options.clone());
        job.insert("root".to_owned(), json!(root));
    }
    let cannot =
        |error: std::io::Error| Failure::internal(format!("cannot run {name}")).caused_by(error);
    let scratch = tempfile::Builder::new().prefix("launchway-").tempdir().map_err(cannot)?;
    fs::write(scratch.path().join("job.json"), job.to_string()).map_err(cannot)?;
    let mut command = Command::new(node);
    command
        .args(["--input-type=module", "--eval", RUNNER, "--"])
        .arg(scratch.path())
        .env("PATH", &path)
        .current_dir(root.join(".changeset"));
    let ended = run(command, scratch.path(), deadline).map_err(cannot)?;
    let reply = fs::read(scratch.path().join("answer.json")).ok();
    let reply = reply.and_then(|bytes| serde_json::from_slice::<Reply>(&bytes).ok());
    match reply.filter(|_| ended.succeeded()) {
        Some(Reply { refused: None, answer, .. }) => {
            if !ended.said.is_empty() {
                tracing::info!("{name} said: {}", ended.said);
            }
            Ok(answer)
        }
        Some(Reply { refused: Some(why), detail, .. }) => {
            Err(refusal(&name, &why, purpose).caused_by(Said(detail)))
        }
        None => {
            let failure = Failure::input(format!("{name} gave no answer: node {}", ended.how()))
                .at(Location::file(CONFIG))
                .with_hint(
                    "the module must not end the process; a time limit is the command's own",
                );
            Err(if ended.said.is_empty() { failure } else { failure.caused_by(Said(ended.said)) })
        }
    }
}

fn refusal(name: &str, why: &str, purpose: Purpose) -> Failure {
    let key = purpose.key;
    let (problem, hint) = match why {
        "missing" => (
            "cannot be found from `.changeset`",
            format!(
                "`{key}` is a path relative to `.changeset`, with its ending, or a package that is installed: run your package manager's install first"
            ),
        ),
        "broken" => (
            "cannot be loaded",
            "its own error is below; are its dependencies installed?".to_owned(),
        ),
        "shape" => (
            "does not export what is needed",
            format!("see the module's `default` export, or use {}", purpose.without),
        ),
        _ => ("failed", "its own error is below; nothing was written".to_owned()),
    };
    Failure::input(format!("{name} {problem}")).at(Location::file(CONFIG)).with_hint(hint)
}

//! The action files and workflows, before GitHub's own validator and before zizmor. Those that pages show: `snippets`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Context, Outcome};
use crate::shell;

/// The rules for what users copy from `examples/`: our own actions by tag, as on the pages.
const EXAMPLES: &str = "tests/workflows/zizmor-examples.yml";

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "yml" || kind == "yaml")
}

/// The workflows of the repository.
pub(super) fn is_workflow_file(path: &Path) -> bool {
    path.starts_with(".github/workflows") && is_yaml(path)
}

/// Every action file and workflow of the repository.
fn is_workflow(path: &Path) -> bool {
    is_workflow_file(path) || path.file_name().is_some_and(|name| name == "action.yml")
}

/// The workflows of the examples.
pub(super) fn is_example(path: &Path) -> bool {
    path.starts_with("examples")
        && is_yaml(path)
        && path.parent().is_some_and(|dir| dir.ends_with(".github/workflows"))
}

/// The files of the repository that are wanted, relative to its root.
pub(super) fn files(wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let listed =
        shell::read(shell::command("git").args(["ls-files", "-z", "-co", "--exclude-standard"]))?;
    let mut files: Vec<_> =
        listed.split('\0').map(PathBuf::from).filter(|path| wanted(path)).collect();
    files.retain(|path| shell::at(path).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

pub(super) fn zizmor(context: &Context) -> Result<Outcome> {
    let zizmor = match context.tool("zizmor") {
        Ok(zizmor) => zizmor,
        Err(outcome) => return Ok(outcome),
    };
    let (own, examples) = (files(is_workflow)?, files(is_example)?);
    let mut good = true;
    for (files, rules) in [(&own, None), (&examples, Some(EXAMPLES))] {
        let mut command = shell::command(&zizmor);
        command.args([
            "--offline",
            "--persona",
            "auditor",
            "--no-ignores",
            "--no-progress",
            "--quiet",
        ]);
        if let Some(rules) = rules {
            command.args(["--config", rules]);
        }
        good &= shell::ok(command.args(files))?;
    }
    let count = own.len() + examples.len();
    Ok(Outcome::one(good, format!("{count} files, offline audits, persona auditor")))
}

pub(super) fn validator(context: &Context) -> Result<Outcome> {
    let node = match context.tool("node") {
        Ok(node) => node,
        Err(outcome) => return Ok(outcome),
    };
    let files = files(|path| is_workflow(path) || is_example(path))?;
    let mut command = shell::command(node);
    command.arg("tests/workflows/validate.mjs").args(&files).envs(&context.variables);
    let good = shell::ok(&mut command)?;
    Ok(Outcome::one(good, format!("{} files, GitHub's own validator", files.len())))
}

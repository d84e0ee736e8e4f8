//! The action files and workflows, before GitHub's own validator and before zizmor.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Context, Outcome};
use crate::shell;

/// Every action file and workflow of the repository.
fn is_workflow(path: &Path) -> bool {
    let workflow = path.starts_with(".github/workflows")
        && path.extension().is_some_and(|kind| kind == "yml" || kind == "yaml");
    workflow || path.file_name().is_some_and(|name| name == "action.yml")
}

/// The pages for users, which show workflows.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "md")
        && (path.starts_with("docs")
            || path.starts_with("actions")
            || path == Path::new("README.md"))
}

/// The files of the repository that are wanted, relative to its root.
fn files(wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
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
    let files = files(is_workflow)?;
    let mut command = shell::command(zizmor);
    command.args(["--offline", "--persona", "auditor", "--no-ignores", "--no-progress", "--quiet"]);
    let good = shell::ok(command.args(&files))?;
    Ok(Outcome::one(good, format!("{} files, offline audits, persona auditor", files.len())))
}

pub(super) fn validator(context: &Context) -> Result<Outcome> {
    let node = match context.tool("node") {
        Ok(node) => node,
        Err(outcome) => return Ok(outcome),
    };
    let files = files(|path| is_workflow(path) || is_page(path))?;
    let mut command = shell::command(node);
    command.arg("tests/workflows/validate.mjs").args(&files).envs(&context.variables);
    let good = shell::ok(&mut command)?;
    Ok(Outcome::one(good, format!("{} files, GitHub's own validator", files.len())))
}

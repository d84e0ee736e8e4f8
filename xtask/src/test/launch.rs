//! `dist/launch.sh` under shellcheck, and what can be checked of `dist/launch.ps1` where there is no
//! PowerShell. What they do is tested in `tests/e2e`.

use anyhow::Result;

use super::{Context, Outcome};
use crate::shell;

pub(super) fn check(context: &Context) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    match context.tool("shellcheck") {
        Ok(shellcheck) => {
            let good = shell::ok(shell::command(shellcheck).arg("dist/launch.sh"))?;
            add(&mut outcome, Outcome::one(good, ""));
        }
        Err(missing) => add(&mut outcome, missing),
    }
    match context.variables.get("LAUNCHWAY_PYTHON") {
        Some(python) => add(&mut outcome, powershell(python)?),
        None => add(&mut outcome, context.missing("a Python with tree-sitter-powershell")),
    }
    Ok(outcome)
}

fn powershell(python: &std::path::Path) -> Result<Outcome> {
    let mut command = shell::command(python);
    command.args(["xtask/src/test/powershell.py", "dist/launch.ps1"]);
    let said = shell::read(&mut command)?;
    let complaints: Vec<_> =
        said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(Outcome::complaints(&complaints, ""))
}

fn add(outcome: &mut Outcome, more: Outcome) {
    outcome.passed += more.passed;
    outcome.failed += more.failed;
    outcome.skipped.extend(more.skipped);
    if !more.note.is_empty() {
        outcome.note = more.note;
    }
}

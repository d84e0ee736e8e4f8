//! Which package manager publishes a workspace.

use std::path::PathBuf;

use launchway_workspace::{Agent, Package, Tool, Workspace};

use crate::PublishError;
use crate::manager::{Cargo, Npm, PackageManager, Pnpm, Pypi, Several, Yarn};
use crate::order::{CARGO, PYTHON};
use crate::pack::root_of;
use crate::run::{Job, Runner};

/// The name of the package manager that publishes the workspace, as its files say. Those without a
/// publisher of their own fall back to npm.
pub fn detect_name(workspace: &Workspace) -> &'static str {
    match workspace.tool {
        Tool::Npm => "npm",
        Tool::Pnpm => "pnpm",
        Tool::Yarn => "yarn",
        _ => match Agent::detect(&npm_root(workspace)).as_ref().map(|agent| agent.name.as_str()) {
            Some("pnpm") => "pnpm",
            Some("yarn") => "yarn",
            _ => "npm",
        },
    }
}

/// The root of the workspace the npm packages are in.
fn npm_root(workspace: &Workspace) -> PathBuf {
    let package = workspace.packages.iter().find(|package| is_npm(package));
    package.map_or_else(|| workspace.root.clone(), |package| root_of(workspace, package))
}

/// Whether a package manager of npm's kind publishes it.
fn is_npm(package: &Package) -> bool {
    !matches!(package.ecosystem.id(), CARGO | PYTHON)
}

/// What publishes the workspace, ready to run: Cargo for its crates, uv or twine for Python's packages,
/// a package manager of npm's kind for the rest. Asks pnpm and yarn for their version; yarn 1 is refused.
pub async fn choose_manager(
    workspace: &Workspace,
    runner: Runner,
) -> Result<Box<dyn PackageManager>, PublishError> {
    let has = |id: &str| workspace.packages.iter().any(|package| package.ecosystem.id() == id);
    let mut found: Vec<(&'static str, Box<dyn PackageManager>)> = Vec::new();
    if has(CARGO) {
        found.push((CARGO, Box::new(Cargo::new(runner.clone(), workspace))));
    }
    if has(PYTHON) {
        found.push((PYTHON, Box::new(Pypi::new(runner.clone(), workspace))));
    }
    if found.is_empty() || workspace.packages.iter().any(is_npm) {
        let npm = choose_for_npm(workspace, runner).await?;
        return Ok(if found.is_empty() { npm } else { Box::new(Several::new(npm, found)) });
    }
    let (_, first) = found.remove(0);
    Ok(if found.is_empty() { first } else { Box::new(Several::new(first, found)) })
}

async fn choose_for_npm(
    workspace: &Workspace,
    runner: Runner,
) -> Result<Box<dyn PackageManager>, PublishError> {
    match detect_name(workspace) {
        "pnpm" => {
            // An unreadable version is taken for a new one, which speaks for itself.
            let major = major_of(&runner, "pnpm", workspace).await?.unwrap_or(u32::MAX);
            Ok(Box::new(Pnpm::new(runner, major)))
        }
        "yarn" => match major_of(&runner, "yarn", workspace).await? {
            Some(0 | 1) => Err(PublishError::YarnClassic),
            _ => Ok(Box::new(Yarn::new(runner))),
        },
        _ => Ok(Box::new(Npm::new(runner))),
    }
}

async fn major_of(
    runner: &Runner,
    program: &str,
    workspace: &Workspace,
) -> Result<Option<u32>, PublishError> {
    let finished = runner.run(Job::new(program, &npm_root(workspace), ["--version"])).await?;
    Ok(finished.stdout.trim().split('.').next().and_then(|major| major.parse().ok()))
}

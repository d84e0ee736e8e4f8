//! Which package manager publishes a workspace.

use launchway_workspace::{Agent, Tool, Workspace};

use crate::PublishError;
use crate::manager::{Npm, PackageManager, Pnpm, Yarn};
use crate::run::{Job, Runner};

/// The name of the package manager that publishes the workspace, as its files say. Those without a
/// publisher of their own fall back to npm.
pub fn detect_name(workspace: &Workspace) -> &'static str {
    match workspace.tool {
        Tool::Npm => "npm",
        Tool::Pnpm => "pnpm",
        Tool::Yarn => "yarn",
        Tool::Bun | Tool::Lerna | Tool::Rush | Tool::Root => {
            match Agent::detect(&workspace.root).as_ref().map(|agent| agent.name.as_str()) {
                Some("pnpm") => "pnpm",
                Some("yarn") => "yarn",
                _ => "npm",
            }
        }
    }
}

/// The package manager that publishes the workspace, ready to run. Asks pnpm and yarn for their
/// version; yarn 1 is refused.
pub async fn choose_manager(
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
    let finished = runner.run(Job::new(program, &workspace.root, ["--version"])).await?;
    Ok(finished.stdout.trim().split('.').next().and_then(|major| major.parse().ok()))
}

//! Whether versions are in their registries, asked through the workspace's own package manager.

use futures_util::{StreamExt as _, stream};
use launchway_publish::{Info, PackageManager};
use launchway_workspace::{Package, Workspace};

/// More questions than this at once help nobody: each is a process.
const QUESTIONS: usize = 16;

/// What a registry says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    There,
    /// It is not there, but others of the package are.
    Missing,
    /// The registry does not know the package at all, or not with these credentials.
    Unheard,
    /// It could not be asked: why.
    Silent(String),
}

/// Asks for versions of packages, several at once; the answers come in the same order.
pub async fn ask(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    packages: &[(&Package, &str)],
) -> Vec<Answer> {
    stream::iter(packages)
        .map(|(package, version)| async move {
            read(manager.info(workspace, package).await, version)
        })
        .buffered(QUESTIONS)
        .collect()
        .await
}

fn read<E: ToString, F: ToString>(answer: Result<Result<Info, E>, F>, version: &str) -> Answer {
    match answer {
        Ok(Ok(Info::Unpublished)) => Answer::Unheard,
        Ok(Ok(Info::Published { versions, .. })) => {
            if versions.iter().any(|there| there == version) {
                Answer::There
            } else {
                Answer::Missing
            }
        }
        Ok(Err(error)) => Answer::Silent(error.to_string()),
        Err(error) => Answer::Silent(error.to_string()),
    }
}

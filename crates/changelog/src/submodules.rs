//! The commits of submodules that a release brought.

use launchway_base::Failure;
use launchway_git::{LogChanges, LogQuery};

use crate::history::{self, Repository};
use crate::model::Release;

/// Puts the commits of submodules, the newest first, to each release. Submodules that are not
/// checked out, and commits they do not have, are passed over.
///
/// # Errors
/// Git cannot be asked about the repository itself.
pub fn read(
    repository: &Repository,
    releases: &mut [Release],
    topological: bool,
) -> Result<(), Failure> {
    for release in releases {
        let Some(to) = release.commit_id.clone() else { continue };
        let from = release.previous.as_ref().and_then(|previous| previous.commit_id.clone());
        for moved in repository.git.moved_submodules(from.as_deref(), &to)? {
            let git = repository.git.in_dir(repository.root.join(&moved.path));
            let query = LogQuery {
                revisions: vec![match moved.from {
                    Some(from) => format!("{from}..{}", moved.to),
                    None => moved.to,
                }],
                without_people: false,
                changes: LogChanges::None,
            };
            if let Some(commits) = history::plain(&git, &query, topological) {
                release.submodule_commits.insert(moved.path, commits);
            }
        }
    }
    Ok(())
}

//! The record that counts: what the last version commit promised of the versions the workspace holds.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_github::TagState;
use launchway_runtime::Session;
use launchway_workspace::Workspace;

use crate::record::{self, Promise, Publisher, Record};
use crate::world::World;

/// The record at the run's commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Who publishes.
    pub publish: Publisher,
    /// Its promises about packages and versions the workspace holds now.
    pub promises: Vec<Promise>,
    /// The hash of its content: whatever commit holds the same file holds the same versions.
    pub blob: String,
    /// Its path from the root of the checkout.
    pub path: String,
    /// The commit that brought it to the branch, unless the checkout ends there.
    commit: Option<String>,
}

impl Ledger {
    /// Reads it; `None` when the commit has none.
    ///
    /// Promises about what is not there are passed over: no tag is made for a version nobody has.
    pub fn read(
        session: &Session,
        world: &World,
        workspace: &Workspace,
    ) -> Result<Option<Self>, Failure> {
        // A log knows of files that were removed later, and looking for one takes all of history.
        if !workspace.root.join(record::PATH).is_file() {
            return Ok(None);
        }
        let path = path(world, workspace);
        let Some(found) = world.git.file_versions(&world.sha, &path, 1)?.into_iter().next() else {
            return Ok(None);
        };
        let objects = world.git.objects(std::iter::once(found.blob.as_str()))?;
        let bytes = objects.get(&found.blob).map(Vec::as_slice).unwrap_or_default();
        let record = Record::from_json(&format!("`{}`", record::PATH), bytes)?;
        let (promises, others): (Vec<_>, Vec<_>) =
            record.packages.into_iter().partition(|promise| promise.is_current(workspace));
        for other in &others {
            let label = other.label().escape_debug().to_string();
            match other.package(workspace) {
                Some(package) => tracing::debug!(
                    "`{label}` was promised; the workspace has {} by now",
                    package.version.as_deref().unwrap_or("no version")
                ),
                None => session.notice(&format!(
                    "`{label}` stands in `{}`, but is not in the workspace any more: it is passed over",
                    record::PATH
                )),
            }
        }
        Ok(Some(Self {
            publish: record.publish,
            promises,
            blob: found.blob,
            path,
            commit: (!found.is_edge).then_some(found.commit),
        }))
    }

    /// The commit that brought the record to the branch. A shallow checkout is deepened for it;
    /// `None` when that is not possible.
    pub fn commit(&self, world: &World) -> Result<Option<String>, Failure> {
        match &self.commit {
            Some(commit) => Ok(Some(commit.clone())),
            None => Ok(world.fetching_git()?.commit_of_file(&world.sha, &self.path)?),
        }
    }

    /// The promise about a package.
    pub fn promise(&self, package: &str) -> Option<&Promise> {
        self.promises.iter().find(|promise| promise.name == package)
    }
}

/// Where the record lies from the root of the checkout.
pub fn path(world: &World, workspace: &Workspace) -> String {
    // A link in a folder's name makes the two roots look unrelated; then the path is a guess.
    let prefix = workspace.root.strip_prefix(&world.root).unwrap_or(std::path::Path::new(""));
    prefix.join(record::PATH).to_string_lossy().replace('\\', "/")
}

/// What there is of tags, in few requests.
pub async fn look(
    world: &World,
    workspace: &Workspace,
    tags: &[String],
) -> Result<BTreeMap<String, TagState>, Failure> {
    if tags.is_empty() {
        return Ok(BTreeMap::new());
    }
    let path = path(world, workspace);
    Ok(world.github()?.tag_states(&world.repo, tags, &path).await?)
}

//! Lock files after a version step: what stands in them of the repository's own packages.

use std::collections::HashMap;

use launchway_base::Failure;
use launchway_changesets::{Edits, ManifestEdit};
use launchway_workspace::Workspace;
use launchway_workspace::lockfile::{ALL, Lockfile, Moves, PackageMove, RangeMove};

use crate::observe::read;

/// A lock file that only its tool can bring up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleLock {
    /// Its path, relative to the root.
    pub file: String,
    /// Folder to run the command in, relative to the root.
    pub dir: String,
    /// Program and arguments.
    pub command: Vec<&'static str>,
    /// Why; completes "`package-lock.json` …".
    pub reason: String,
}

/// Adds the lock files to the edits; gives those that cannot be edited.
pub(crate) fn follow(workspace: &Workspace, edits: &mut Edits) -> Result<Vec<StaleLock>, Failure> {
    let mut stale = Vec::new();
    for dir in &workspace.roots {
        for lock in ALL {
            let moves = moves(workspace, &edits.manifests, *lock, dir);
            if moves.packages.is_empty() && moves.ranges.is_empty() {
                continue;
            }
            for name in lock.files() {
                let path =
                    if dir.is_empty() { (*name).to_owned() } else { format!("{dir}/{name}") };
                let Some(bytes) = read(&workspace.root, &path)? else { continue };
                let updated = match std::str::from_utf8(&bytes) {
                    Ok(text) => lock.update(text, &moves).map_err(|needs| needs.0),
                    Err(_) => Err("is not UTF-8".to_owned()),
                };
                match updated {
                    Ok(text) if text.as_bytes() == bytes => {}
                    Ok(text) => edits.changes.write(path, text),
                    Err(reason) => {
                        let command = lock.command(name);
                        stale.push(StaleLock { file: path, dir: dir.clone(), command, reason });
                    }
                }
            }
        }
    }
    Ok(stale)
}

/// What a lock file in a folder can know of: packages and manifests in that folder or below it.
fn moves(
    workspace: &Workspace,
    manifests: &[ManifestEdit],
    lock: &dyn Lockfile,
    dir: &str,
) -> Moves {
    let edited: HashMap<&str, &ManifestEdit> = manifests
        .iter()
        .filter(|edit| edit.ecosystem == lock.ecosystem())
        .map(|edit| (edit.manifest.as_str(), edit))
        .collect();
    let mut moves = Moves::default();
    for package in workspace.packages.iter().filter(|p| p.ecosystem.id() == lock.ecosystem()) {
        let manifest = package.version_from.as_deref().unwrap_or(&package.manifest);
        let new = edited.get(manifest).and_then(|edit| edit.version.as_ref());
        if let (Some(dir), Some(old), Some(new)) = (below(dir, &package.dir), &package.version, new)
        {
            moves.packages.push(PackageMove {
                dir,
                name: package.manifest_name().to_owned(),
                old: old.clone(),
                new: new.clone(),
            });
        }
    }
    for edit in edited.values() {
        let Some(dir) = below(dir, &edit.dir) else { continue };
        for (dependency, new) in &edit.ranges {
            let name = workspace.package(&dependency.name).map(|package| package.manifest_name());
            moves.ranges.push(RangeMove {
                dir: dir.clone(),
                kind: dependency.kind,
                name: name.unwrap_or(&dependency.name).to_owned(),
                old: dependency.range.clone(),
                new: new.clone(),
            });
        }
    }
    moves.ranges.sort_by(|a, b| (&a.dir, &a.name, a.kind).cmp(&(&b.dir, &b.name, b.kind)));
    moves
}

/// A folder as seen from another one above it.
fn below(above: &str, dir: &str) -> Option<String> {
    if above.is_empty() {
        return Some(dir.to_owned());
    }
    let rest = dir.strip_prefix(above)?;
    if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

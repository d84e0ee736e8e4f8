//! Lock files after a version step: what stands in them of the repository's own packages.

use std::collections::HashMap;
use std::process::Command;

use launchway_base::{Deadline, Failure};
use launchway_changesets::{Edits, ManifestEdit};
use launchway_workspace::lockfile::{ALL, Lockfile, Moves, PackageMove, RangeMove, Tool};
use launchway_workspace::{Package, Workspace};

use crate::child::{find_program, run};
use crate::observe::read;

/// A lock file that only its tool can bring up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleLock {
    /// Its path, relative to the root.
    pub file: String,
    /// Folder to run the command in, relative to the root.
    pub dir: String,
    /// What brings it up to date.
    pub tool: Tool,
    /// Why; completes "`package-lock.json` …".
    pub reason: String,
}

impl StaleLock {
    /// The command as it is typed.
    pub fn command(&self) -> String {
        let command = self.tool.command.join(" ");
        if self.dir.is_empty() { command } else { format!("cd {} && {command}", self.dir) }
    }

    /// Lets the tool bring the file up to date; `None` when it did, else what to say. A tool that
    /// fails, or is not there, leaves the file as it was.
    pub(crate) fn refresh(&self, workspace: &Workspace, deadline: Deadline) -> Option<String> {
        let advice = |why: String| {
            format!(
                "`{}` {} and does not follow by itself{why}; run `{}` and commit what it changes",
                self.file,
                self.reason,
                self.command()
            )
        };
        if !self.tool.touches_only_the_lock {
            return Some(advice(String::new()));
        }
        let file = workspace.root.join(&self.file);
        let before = std::fs::read(&file).ok()?;
        let mut why = String::new();
        // Offline first: what is cached is enough for packages of one's own.
        let offline = self.tool.offline.map(|flag| vec![flag]);
        for extra in offline.into_iter().chain([Vec::new()]) {
            why = match self.run(workspace, &extra, deadline) {
                Ok(()) => return None,
                Err(why) => {
                    format!(" (`{}` {why})", self.tool.command.first().copied().unwrap_or_default())
                }
            };
            if std::fs::write(&file, &before).is_err() {
                break;
            }
        }
        Some(advice(why))
    }

    /// Runs it once; the error completes "the tool …".
    fn run(&self, workspace: &Workspace, extra: &[&str], deadline: Deadline) -> Result<(), String> {
        let (program, arguments) = self.tool.command.split_first().ok_or("is not known")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = find_program(program, &path).ok_or("is not installed")?;
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(arguments).args(extra).current_dir(workspace.root.join(&self.dir));
        // Corepack would ask for another version's download.
        command.env("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0").env_remove("GITHUB_TOKEN");
        let ended = run(command, scratch.path(), deadline).map_err(|error| error.to_string())?;
        if ended.succeeded() { Ok(()) } else { Err(ended.how()) }
    }
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
                        let tool = lock.tool(&String::from_utf8_lossy(&bytes));
                        stale.push(StaleLock { file: path, dir: dir.clone(), tool, reason });
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
            let name = workspace.package(&dependency.name).map(Package::manifest_name);
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

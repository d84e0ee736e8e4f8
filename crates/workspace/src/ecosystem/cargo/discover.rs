//! Which manifest is the root of a Cargo workspace, and which folders are its members.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::manifest::{self, Manifest};
use crate::error::WorkspaceError;
use crate::folders::{expand, read_text};
use crate::package::{Package, Tool, Workspace};

const FILE: &str = "Cargo.toml";

/// Walks up to the nearest manifest, then on to the workspace it belongs to.
pub(super) fn discover(from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
    let Some(nearest) = from.ancestors().find(|folder| folder.join(FILE).is_file()) else {
        return Ok(None);
    };
    let text = read_text(nearest, FILE)?.unwrap_or_default();
    let own = Manifest::parse(FILE, &text)?;
    if own.has("workspace") {
        return read(nearest).map(Some);
    }
    if let Some(pointer) = own.workspace_pointer() {
        let root = clean(&nearest.join(pointer));
        if !root.join(FILE).is_file() {
            return Err(WorkspaceError::Malformed {
                file: FILE.to_owned(),
                line: text.lines().position(|line| line.contains(pointer)).map(|n| n + 1),
                problem: format!(
                    "has a `package.workspace` that leads to no Cargo.toml: `{pointer}`"
                ),
            });
        }
        return read(&root).map(Some);
    }
    for folder in nearest.ancestors().skip(1).filter(|folder| folder.join(FILE).is_file()) {
        let text = read_text(folder, FILE)?.unwrap_or_default();
        // A broken manifest further up is not ours to complain about.
        let Ok(manifest) = Manifest::parse(FILE, &text) else { continue };
        if manifest.has("workspace") {
            let workspace = read(folder)?;
            let dir = relative(folder, nearest);
            if dir.is_some_and(|dir| workspace.packages.iter().any(|package| package.dir == dir)) {
                return Ok(Some(workspace));
            }
        }
    }
    read(nearest).map(Some)
}

/// Reads the workspace, or the single package, whose manifest is in the folder.
fn read(root: &Path) -> Result<Workspace, WorkspaceError> {
    let texts = members(root)?;
    let root_text = texts.get("").map(String::as_str).unwrap_or_default();
    let shared = Manifest::parse(FILE, root_text)?;
    let mut packages = Vec::new();
    for (dir, text) in &texts {
        let file = file_in(dir);
        let manifest = Manifest::parse(&file, text)?;
        packages.extend(manifest::package(dir, &manifest, Some(&shared))?);
    }
    let nameless: Vec<String> = packages
        .iter()
        .filter(|package| package.name.is_empty())
        .map(|package| package.manifest.clone())
        .collect();
    if !nameless.is_empty() {
        return Err(WorkspaceError::Nameless(nameless));
    }
    twice(&packages)?;
    let names: BTreeSet<String> = packages.iter().map(|package| package.name.clone()).collect();
    let is_member = |name: &String| names.contains(name);
    for package in &mut packages {
        package.dependencies.retain(|dependency| is_member(&dependency.name));
    }
    let mut inherited = manifest::shared("", &shared);
    if let Some(shared) = &mut inherited {
        shared.dependencies.retain(|dependency| is_member(&dependency.name));
    }
    let only_root = packages.iter().all(|package| package.dir.is_empty());
    let tool = if only_root { Tool::Root } else { Tool::Cargo };
    packages.sort_by(|a, b| a.dir.encode_utf16().cmp(b.dir.encode_utf16()));
    let mut workspace = Workspace::new(root.to_owned(), tool, None, packages);
    workspace.shared.extend(inherited);
    Ok(workspace)
}

/// Two members of one name are an error for Cargo, too.
fn twice(packages: &[Package]) -> Result<(), WorkspaceError> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for package in packages {
        if let Some(other) = seen.insert(&package.name, &package.manifest) {
            return Err(WorkspaceError::Malformed {
                file: package.manifest.clone(),
                line: None,
                problem: format!("has the name `{}`, as has `{other}`", package.name),
            });
        }
    }
    Ok(())
}

fn file_in(dir: &str) -> String {
    if dir.is_empty() { FILE.to_owned() } else { format!("{dir}/{FILE}") }
}

/// The manifests of all members by folder, the root's first: those the globs name, and those that
/// path dependencies lead to.
fn members(root: &Path) -> Result<BTreeMap<String, String>, WorkspaceError> {
    let text = read_text(root, FILE)?.unwrap_or_default();
    let manifest = Manifest::parse(FILE, &text)?;
    let mut found = BTreeMap::from([(String::new(), text.clone())]);
    if !manifest.has("workspace") {
        return Ok(found);
    }
    let globs = manifest.strings(&["workspace", "members"])?;
    for folder in globs.iter().filter(|text| !text.contains(['*', '?', '['])) {
        if !root.join(folder).join(FILE).is_file() {
            return Err(WorkspaceError::Malformed {
                file: FILE.to_owned(),
                line: text.lines().position(|line| line.contains(folder.as_str())).map(|n| n + 1),
                problem: format!("names the member `{folder}`, which has no Cargo.toml"),
            });
        }
    }
    let in_root = |folders: &[String]| folders.iter().map(|f| clean(&root.join(f))).collect();
    let borders = Borders {
        root,
        shared: &manifest,
        named: in_root(&globs),
        excluded: in_root(&manifest.strings(&["workspace", "exclude"])?),
    };
    let mut waiting = expand(root, &globs)?;
    waiting.retain(|dir| borders.contain(&clean(&root.join(dir))));
    waiting.extend(borders.path_members("", &manifest));
    while let Some(dir) = waiting.pop() {
        if found.contains_key(&dir) {
            continue;
        }
        let file = file_in(&dir);
        let Some(text) = read_text(root, &file)? else { continue };
        let manifest = Manifest::parse(&file, &text)?;
        waiting.extend(borders.path_members(&dir, &manifest));
        drop(manifest);
        found.insert(dir, text);
    }
    Ok(found)
}

/// What is in a workspace and what is not.
struct Borders<'a> {
    root: &'a Path,
    /// The root's manifest.
    shared: &'a Manifest<'a>,
    /// Folders that `members` names: they are in even where `exclude` has them.
    named: Vec<PathBuf>,
    excluded: Vec<PathBuf>,
}

impl Borders<'_> {
    fn contain(&self, folder: &Path) -> bool {
        let is_below = |folders: &[PathBuf]| folders.iter().any(|other| folder.starts_with(other));
        !is_below(&self.excluded) || is_below(&self.named)
    }

    /// Folders below the root that path dependencies of a member lead to, its own or those it
    /// inherits: they are members, too.
    fn path_members(&self, dir: &str, manifest: &Manifest<'_>) -> Vec<String> {
        let own = manifest.paths().into_iter().map(|path| clean(&self.root.join(dir).join(path)));
        let inherited = manifest.inherited_paths(self.shared);
        let inherited = inherited.into_iter().map(|path| clean(&self.root.join(path)));
        own.chain(inherited)
            .filter(|folder| self.contain(folder))
            .filter_map(|folder| relative(self.root, &folder))
            .filter(|dir| !dir.is_empty())
            .collect()
    }
}

/// The path without `.` and `..`; links are not followed, as Cargo does not.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A folder below another, with `/`; `None` when it is elsewhere.
fn relative(root: &Path, folder: &Path) -> Option<String> {
    let rest = folder.strip_prefix(root).ok()?;
    Some(rest.to_string_lossy().replace('\\', "/"))
}

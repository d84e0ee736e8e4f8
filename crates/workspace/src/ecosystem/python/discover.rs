//! Which manifest is the root of a workspace of uv's, and which folders are its members.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::Python;
use super::manifest::{self, FILE};
use super::requirement::is_linked;
use crate::document::Document;
use crate::error::WorkspaceError;
use crate::folders::{expand, read_text};
use crate::package::{Package, Tool, Workspace};

const WORKSPACE: [&str; 3] = ["tool", "uv", "workspace"];

/// Walks up to the nearest project or workspace, then on to the workspace it belongs to. A file that
/// is there for tools only is passed by.
pub(super) fn discover(from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
    let mut nearest: Option<&Path> = None;
    for folder in from.ancestors().filter(|folder| folder.join(FILE).is_file()) {
        let text = read_text(folder, FILE)?.unwrap_or_default();
        let manifest = match Document::parse(FILE, &text) {
            Ok(manifest) => manifest,
            // A broken manifest further up is not ours to complain about.
            Err(_) if nearest.is_some() => continue,
            Err(error) => return Err(error),
        };
        if manifest.table_at(&WORKSPACE).is_some() {
            let workspace = read(folder)?;
            let dir = nearest.and_then(|nearest| nearest.strip_prefix(folder).ok());
            let dir = dir.map(|dir| dir.to_string_lossy().replace('\\', "/"));
            let is_member = |dir: String| workspace.packages.iter().any(|found| found.dir == dir);
            if dir.is_none_or(is_member) {
                return Ok(Some(workspace));
            }
        }
        if nearest.is_none() {
            if manifest::project("", &manifest, None)?.is_some() {
                nearest = Some(folder);
            } else {
                let file = folder.join(FILE);
                tracing::debug!("`{}` names no project: it is there for tools", file.display());
            }
        }
    }
    nearest.map(read).transpose()
}

/// Reads the workspace, or the single project, whose manifest is in the folder.
fn read(root: &Path) -> Result<Workspace, WorkspaceError> {
    let texts = members(root)?;
    let root_text = texts.get("").map(String::as_str).unwrap_or_default();
    let shared = Document::parse(FILE, root_text)?;
    let mut packages: Vec<Package> = Vec::new();
    let mut left: Option<WorkspaceError> = None;
    for (dir, text) in &texts {
        let file = file_in(dir);
        let manifest = Document::parse(&file, text)?;
        match manifest::project(dir, &manifest, Some(&shared))? {
            Some(package) if package.version.is_none() => {
                let reason = manifest::why_unversioned(&manifest);
                tracing::debug!("`{file}` is left alone: it {reason}");
                left.get_or_insert(WorkspaceError::Unversioned { file, reason });
            }
            found => packages.extend(found),
        }
    }
    if let Some(error) = left.filter(|_| packages.is_empty()) {
        return Err(error);
    }
    let names = names(&packages)?;
    for package in &mut packages {
        let mut linked = HashSet::new();
        package.dependencies.retain_mut(|dependency| {
            let Some((name, version)) = names.get(&Python::normal_name(&dependency.name)) else {
                return false;
            };
            dependency.name.clone_from(name);
            if is_linked(&dependency.range, version.as_deref()) {
                linked.insert((dependency.kind, name));
            }
            true
        });
        // Of several ranges, each for other Pythons, those are meant that the version here satisfies.
        package.dependencies.retain(|dependency| {
            let version = names.get(&Python::normal_name(&dependency.name));
            let version = version.and_then(|(_, version)| version.as_deref());
            is_linked(&dependency.range, version)
                || !linked.contains(&(dependency.kind, &dependency.name))
        });
    }
    let only_root = packages.iter().all(|package| package.dir.is_empty());
    let tool = if only_root { Tool::Root } else { Tool::Uv };
    packages.sort_by(|a, b| a.dir.encode_utf16().cmp(b.dir.encode_utf16()));
    Ok(Workspace::new(root.to_owned(), tool, None, packages))
}

/// A name as written, and the version.
type Named = (String, Option<String>);

/// The names and versions, by the form in which names are compared. Two of one name are an error for
/// uv, too.
fn names(packages: &[Package]) -> Result<HashMap<String, Named>, WorkspaceError> {
    let mut names = HashMap::new();
    let mut seen: HashMap<String, &str> = HashMap::new();
    for package in packages {
        let normal = Python::normal_name(&package.name);
        if let Some(other) = seen.insert(normal.clone(), &package.manifest) {
            return Err(WorkspaceError::Malformed {
                file: package.manifest.clone(),
                line: None,
                problem: format!("has the name `{}`, as has `{other}`", package.name),
            });
        }
        names.insert(normal, (package.name.clone(), package.version.clone()));
    }
    Ok(names)
}

fn file_in(dir: &str) -> String {
    if dir.is_empty() { FILE.to_owned() } else { format!("{dir}/{FILE}") }
}

/// The manifests of all members by folder, the root's first.
fn members(root: &Path) -> Result<BTreeMap<String, String>, WorkspaceError> {
    let text = read_text(root, FILE)?.unwrap_or_default();
    let manifest = Document::parse(FILE, &text)?;
    let mut found = BTreeMap::from([(String::new(), text.clone())]);
    let mut globs = manifest.strings(&["tool", "uv", "workspace", "members"])?;
    for folder in globs.iter().filter(|glob| !glob.contains(['*', '?', '['])) {
        if !root.join(folder).join(FILE).is_file() {
            return Err(WorkspaceError::Malformed {
                file: FILE.to_owned(),
                line: text.lines().position(|line| line.contains(folder.as_str())).map(|n| n + 1),
                problem: format!("names the member `{folder}`, which has no {FILE}"),
            });
        }
    }
    let excluded = manifest.strings(&["tool", "uv", "workspace", "exclude"])?;
    globs.extend(excluded.iter().map(|glob| format!("!{glob}")));
    for dir in expand(root, &globs)? {
        if let Some(text) = read_text(root, &file_in(&dir))? {
            found.insert(dir, text);
        }
    }
    Ok(found)
}

//! Finding the packages of a repository, whatever their languages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::ecosystem::{self, Ecosystem};
use crate::error::WorkspaceError;
use crate::folders::{expand, is_pattern};
use crate::package::{Package, Tool, Workspace};
use crate::tag::TagPattern;

/// Which packages are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Ids of the ecosystems; `None` means all of them.
    pub ecosystems: Option<Vec<String>>,
    /// Folders below the root that are roots of further workspaces, as globs.
    pub folders: Vec<String>,
    /// How tags are named; `None` means as everywhere.
    pub tags: Option<TagPattern>,
}

impl Scope {
    fn ecosystems(&self) -> impl Iterator<Item = &'static dyn Ecosystem> {
        ecosystem::ALL.iter().copied().filter(|ecosystem| {
            self.ecosystems.as_ref().is_none_or(|ids| ids.iter().any(|id| id == ecosystem.id()))
        })
    }
}

impl Workspace {
    /// Finds the root from `from` upwards and reads every package of every ecosystem there.
    pub fn discover(from: &Path) -> Result<Self, WorkspaceError> {
        Self::discover_within(from, &Scope::default())
    }

    /// The same, as far as the scope goes.
    ///
    /// The root is the folder with `.changeset` if an ecosystem has its root there or the scope names
    /// folders, else the root of the first ecosystem that has one. Others count if they have theirs in
    /// the same place, or in one of the folders.
    pub fn discover_within(from: &Path, scope: &Scope) -> Result<Self, WorkspaceError> {
        let mut workspace = Self::find_within(from, scope)?;
        workspace.tag_pattern.clone_from(&scope.tags);
        Ok(workspace)
    }

    fn find_within(from: &Path, scope: &Scope) -> Result<Self, WorkspaceError> {
        let from = std::path::absolute(from).map_err(|source| WorkspaceError::Unreadable {
            file: from.display().to_string(),
            source,
        })?;
        let mut found: Vec<Self> = Vec::new();
        let mut nameless = None;
        let mut unversioned = None;
        for ecosystem in scope.ecosystems() {
            match ecosystem.discover(&from) {
                Ok(workspace) => found.extend(workspace),
                Err(error) if is_for_tools(&error) => nameless = Some(error),
                Err(error @ WorkspaceError::Unversioned { .. }) => unversioned = Some(error),
                // What another ecosystem has somewhere above is not ours to complain about.
                Err(error) if found.is_empty() => return Err(error),
                Err(error) => {
                    let root = found.first().map(|first| first.root.clone()).unwrap_or_default();
                    if is_at(&error, &root) {
                        return Err(error);
                    }
                }
            }
        }
        let is_beside = |part: &Self| part.root.join("package.json").is_file();
        if let Some(error) = nameless.filter(|_| !found.iter().any(is_beside)) {
            return Err(error);
        }
        let Some(root) = root_of(&found, &from, scope) else {
            return Err(unversioned.unwrap_or(WorkspaceError::NothingFound(from)));
        };
        let mut parts: Vec<Self> = Vec::new();
        for ecosystem in scope.ecosystems() {
            let known = found.iter().position(|part| part.root == root && is_of(part, ecosystem));
            let part = match known {
                Some(place) => Some(found.swap_remove(place)),
                None => match ecosystem.discover(&root) {
                    Err(error) if is_for_tools(&error) => None,
                    Err(WorkspaceError::Unversioned { .. }) => None,
                    other => other?.filter(|part| part.root == root),
                },
            };
            parts.extend(part.filter(|part| !part.packages.is_empty() || is_of(part, ecosystem)));
        }
        let unmatched = unmatched(&root, scope)?;
        for dir in expand(&root, &scope.folders)? {
            let folder = root.join(&dir);
            let mut any = false;
            let mut unversioned = None;
            for ecosystem in scope.ecosystems() {
                let part = match ecosystem.discover(&folder) {
                    Err(WorkspaceError::Unversioned { file, reason }) => {
                        let file = format!("{dir}/{file}");
                        unversioned = Some(WorkspaceError::Unversioned { file, reason });
                        None
                    }
                    other => other?,
                };
                if let Some(part) = part.filter(|part| part.root == folder) {
                    parts.push(moved(part, &root, &dir));
                    any = true;
                }
            }
            if !any {
                return Err(unversioned.unwrap_or_else(|| not_there(&dir, scope)));
            }
        }
        let mut workspace = match <[Self; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => merged(root, parts)?,
        };
        workspace.unmatched = unmatched;
        Ok(workspace)
    }
}

/// The patterns of the scope that select no folder. A folder by its name has to be there.
fn unmatched(root: &Path, scope: &Scope) -> Result<Vec<String>, WorkspaceError> {
    let mut unmatched = Vec::new();
    for entry in scope.folders.iter().filter(|entry| !entry.starts_with('!')) {
        if !expand(root, std::slice::from_ref(entry))?.is_empty() {
            continue;
        }
        if !is_pattern(entry) {
            return Err(not_there(entry, scope));
        }
        unmatched.push(entry.clone());
    }
    Ok(unmatched)
}

fn not_there(folder: &str, scope: &Scope) -> WorkspaceError {
    let names: Vec<&str> = scope.ecosystems().map(Ecosystem::manifest).collect();
    let sought = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "package".to_owned(),
    };
    WorkspaceError::NotThere { folder: folder.to_owned(), sought }
}

/// Whether an error is about the manifest in a folder itself.
fn is_at(error: &WorkspaceError, root: &Path) -> bool {
    matches!(error, WorkspaceError::Malformed { file, .. } if root.join(file).is_file())
}

/// Whether all there is to an error is a lone package.json without a name: beside packages of another
/// ecosystem it is there for tools, and no package.
fn is_for_tools(error: &WorkspaceError) -> bool {
    matches!(error, WorkspaceError::Nameless(files) if files.as_slice() == ["package.json"])
}

fn is_of(part: &Workspace, ecosystem: &dyn Ecosystem) -> bool {
    let all = part.packages.iter().chain(&part.shared).chain(&part.root_package);
    all.into_iter().any(|package| package.ecosystem.id() == ecosystem.id())
}

/// The root of all that was found.
fn root_of(found: &[Workspace], from: &Path, scope: &Scope) -> Option<PathBuf> {
    let is_root = |folder: &&Path| found.iter().any(|part| part.root == **folder);
    let settled = from.ancestors().find(|folder| folder.join(".changeset").is_dir());
    let settled = settled.filter(|folder| !scope.folders.is_empty() || is_root(folder));
    settled.map(Path::to_owned).or_else(|| found.first().map(|first| first.root.clone()))
}

/// A workspace of a folder below the root, as seen from the root.
fn moved(mut part: Workspace, root: &Path, dir: &str) -> Workspace {
    let below = |path: &str| if path.is_empty() { dir.to_owned() } else { format!("{dir}/{path}") };
    let move_package = |package: &mut Package| {
        package.dir = below(&package.dir);
        package.manifest = below(&package.manifest);
        package.version_from = package.version_from.as_deref().map(below);
    };
    part.packages.iter_mut().for_each(move_package);
    part.shared.iter_mut().for_each(move_package);
    // Its own package is one whose ranges follow, as the root's is.
    if let Some(mut bystander) = part.bystander().cloned() {
        move_package(&mut bystander);
        part.shared.push(bystander);
    }
    part.root_package = None;
    part.roots = vec![dir.to_owned()];
    root.clone_into(&mut part.root);
    part
}

/// One workspace of all parts. A name that two ecosystems have gets the ecosystem in front.
/// Two workspaces of one ecosystem cannot share a name: nothing could tell their packages apart.
fn merged(root: PathBuf, mut parts: Vec<Workspace>) -> Result<Workspace, WorkspaceError> {
    let mut owners: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    let mut seen: HashMap<(&'static str, &str), (usize, &str)> = HashMap::new();
    for (place, part) in parts.iter().enumerate() {
        for package in &part.packages {
            let id = package.ecosystem.id();
            owners.entry(package.name.clone()).or_default().insert(id);
            let known = seen.insert((id, &package.name), (place, &package.manifest));
            if let Some((_, manifest)) = known.filter(|(other, _)| *other != place) {
                return Err(WorkspaceError::Malformed {
                    file: package.manifest.clone(),
                    line: None,
                    problem: format!("has the name `{}`, as has `{manifest}`", package.name),
                });
            }
        }
    }
    let is_double = |name: &str| owners.get(name).is_some_and(|ids| ids.len() > 1);
    let qualify = |package: &mut Package| {
        let id = package.ecosystem.id();
        for dependency in &mut package.dependencies {
            if is_double(&dependency.name) {
                dependency.name = format!("{id}:{}", dependency.name);
            }
        }
        if is_double(&package.name) {
            package.name = format!("{id}:{}", package.name);
        }
    };
    for part in &mut parts {
        part.packages.iter_mut().for_each(qualify);
        part.shared.iter_mut().for_each(qualify);
        part.root_package.iter_mut().for_each(qualify);
    }
    let tool = parts.first().map_or(Tool::Root, |first| first.tool);
    let root_package = parts.first_mut().and_then(|first| first.root_package.take());
    let mut packages = Vec::new();
    let mut shared = Vec::new();
    let mut roots: Vec<String> = Vec::new();
    for part in parts {
        packages.extend(part.packages);
        shared.extend(part.shared);
        roots.extend(part.roots);
    }
    roots.sort();
    roots.dedup();
    // Stable: of two in one folder the ecosystem that is asked first comes first.
    packages.sort_by(|a, b| a.dir.encode_utf16().cmp(b.dir.encode_utf16()));
    let mut workspace = Workspace::new(root, tool, root_package, packages);
    workspace.shared = shared;
    workspace.roots = roots;
    Ok(workspace)
}

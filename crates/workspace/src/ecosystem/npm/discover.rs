//! Which tool owns a repository and which folders it calls packages.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::manifest;
use crate::error::WorkspaceError;
use crate::glob::Glob;
use crate::package::{Package, Tool, Workspace};

/// Walks up to the nearest workspace root; failing that, to the nearest `package.json`.
pub(super) fn discover(from: &Path) -> Result<Option<Workspace>, WorkspaceError> {
    for folder in from.ancestors() {
        if let Some((tool, members)) = workspace_at(folder)? {
            return read(folder, tool, members).map(Some);
        }
    }
    for folder in from.ancestors() {
        if folder.join("package.json").is_file() {
            return read(folder, Tool::Root, Members::Folders(vec![String::new()])).map(Some);
        }
    }
    Ok(None)
}

/// How a tool names its packages.
enum Members {
    Globs(Vec<String>),
    Folders(Vec<String>),
}

/// The first tool that claims the folder, in the order yarn, pnpm, npm, bun, lerna, rush.
fn workspace_at(folder: &Path) -> Result<Option<(Tool, Members)>, WorkspaceError> {
    let has = |name: &str| folder.join(name).exists();
    let workspaces = || -> Result<Option<(Vec<String>, bool)>, WorkspaceError> {
        let Some(json) = read_json(folder, "package.json")? else { return Ok(None) };
        Ok(match json.get("workspaces") {
            Some(Json::Array(globs)) => Some((strings(globs), true)),
            Some(Json::Object(map)) => {
                map.get("packages").and_then(Json::as_array).map(|globs| (strings(globs), false))
            }
            _ => None,
        })
    };
    if has("yarn.lock")
        && let Some((globs, _)) = workspaces()?
    {
        return Ok(Some((Tool::Yarn, Members::Globs(globs))));
    }
    if let Some(globs) = pnpm_globs(folder)? {
        return Ok(Some((Tool::Pnpm, Members::Globs(globs))));
    }
    if has("package-lock.json")
        && let Some((globs, true)) = workspaces()?
    {
        return Ok(Some((Tool::Npm, Members::Globs(globs))));
    }
    if (has("bun.lock") || has("bun.lockb"))
        && let Some((globs, _)) = workspaces()?
    {
        return Ok(Some((Tool::Bun, Members::Globs(globs))));
    }
    if let Some(json) = read_json(folder, "lerna.json")?
        && json.get("useWorkspaces") != Some(&Json::Bool(true))
    {
        let globs = json.get("packages").and_then(Json::as_array).map(|globs| strings(globs));
        let globs = globs.unwrap_or_else(|| vec!["packages/*".to_owned()]);
        return Ok(Some((Tool::Lerna, Members::Globs(globs))));
    }
    if has("rush.json") {
        return rush_folders(folder).map(|folders| Some((Tool::Rush, Members::Folders(folders))));
    }
    Ok(None)
}

fn strings(values: &[Json]) -> Vec<String> {
    values.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// The `packages` of pnpm-workspace.yaml; without them the file only holds settings.
fn pnpm_globs(folder: &Path) -> Result<Option<Vec<String>>, WorkspaceError> {
    const FILE: &str = "pnpm-workspace.yaml";
    let Some(text) = read_text(folder, FILE)? else { return Ok(None) };
    let value: yaml_serde::Value =
        yaml_serde::from_str(&text).map_err(|error| WorkspaceError::Malformed {
            file: FILE.to_owned(),
            line: error.location().map(|place| place.line()),
            problem: format!("is not valid YAML: {error}"),
        })?;
    let globs = value.get("packages").and_then(yaml_serde::Value::as_sequence);
    Ok(globs.map(|globs| {
        globs.iter().filter_map(yaml_serde::Value::as_str).map(str::to_owned).collect()
    }))
}

/// The `projectFolder`s of rush.json, which may hold comments.
fn rush_folders(folder: &Path) -> Result<Vec<String>, WorkspaceError> {
    const FILE: &str = "rush.json";
    let malformed =
        |problem: String| WorkspaceError::Malformed { file: FILE.to_owned(), line: None, problem };
    let text = read_text(folder, FILE)?.unwrap_or_default();
    let json: Json =
        jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default())
            .map_err(|error| malformed(format!("is not valid JSON with comments: {error}")))?;
    let projects = json
        .get("projects")
        .and_then(Json::as_array)
        .ok_or_else(|| malformed("has no `projects`".to_owned()))?;
    projects
        .iter()
        .map(|project| {
            project
                .get("projectFolder")
                .and_then(Json::as_str)
                .map(|path| path.trim_start_matches("./").trim_end_matches('/').to_owned())
                .ok_or_else(|| malformed("has a project without `projectFolder`".to_owned()))
        })
        .collect()
}

fn read(root: &Path, tool: Tool, members: Members) -> Result<Workspace, WorkspaceError> {
    let folders = match members {
        Members::Folders(folders) => folders,
        Members::Globs(globs) => expand(root, &globs)?,
    };
    let mut packages = Vec::with_capacity(folders.len());
    for folder in folders {
        if let Some(package) = read_package(root, &folder)? {
            packages.push(package);
        } else if tool == Tool::Rush {
            return Err(WorkspaceError::Malformed {
                file: "rush.json".to_owned(),
                line: None,
                problem: format!("lists `{folder}`, which has no package.json"),
            });
        }
    }
    let nameless: Vec<String> = packages
        .iter()
        .filter(|package| package.name.is_empty())
        .map(|package| package.manifest.clone())
        .collect();
    if !nameless.is_empty() {
        return Err(WorkspaceError::Nameless(nameless));
    }
    let root_package = match tool {
        Tool::Rush => None,
        Tool::Root => packages.first().cloned(),
        _ => read_package(root, "")?,
    };
    Ok(Workspace::new(root.to_owned(), tool, root_package, packages))
}

fn read_package(root: &Path, dir: &str) -> Result<Option<Package>, WorkspaceError> {
    let file =
        if dir.is_empty() { "package.json".to_owned() } else { format!("{dir}/package.json") };
    match read_text(root, &file)? {
        // An empty file is as good as none, as it always was.
        Some(text) if !text.is_empty() => {
            manifest::package(dir, &file, &manifest::parse(&file, &text)?).map(Some)
        }
        _ => Ok(None),
    }
}

/// The folders the globs select, sorted as JavaScript sorts their absolute paths.
fn expand(root: &Path, globs: &[String]) -> Result<Vec<String>, WorkspaceError> {
    let clean = |glob: &str| {
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        glob.trim_end_matches('/').to_owned()
    };
    let wanted: Vec<String> =
        globs.iter().filter(|glob| !glob.starts_with('!')).map(|glob| clean(glob)).collect();
    let unwanted: Vec<Glob> = globs
        .iter()
        .filter_map(|glob| glob.strip_prefix('!'))
        .map(|glob| Glob::new(&clean(glob)))
        .collect();
    let mut found = BTreeSet::new();
    for pattern in &wanted {
        if pattern == "." || pattern.is_empty() {
            found.insert(String::new());
            continue;
        }
        let (up, pattern) = climb(root, pattern);
        let Some(base) = up else { continue };
        let glob = Glob::new(&pattern);
        let fixed = fixed_prefix(&pattern);
        let depth = (!pattern.contains("**") && !pattern.contains('{') && !pattern.contains('('))
            .then(|| pattern.matches('/').count() + 1);
        let start = base.join(&fixed);
        let mut stack = vec![Visit { folder: start, path: fixed.clone(), real: Vec::new() }];
        while let Some(visit) = stack.pop() {
            let Visit { folder, path, .. } = &visit;
            let name = Path::new(path).file_name().map(|name| name.to_string_lossy());
            if name.is_some_and(|name| name == "node_modules")
                || unwanted.iter().any(|glob| glob.matches_bare(path))
            {
                continue;
            }
            let level = if path.is_empty() { 0 } else { path.matches('/').count() + 1 };
            if !path.is_empty() && glob.matches_bare(path) && folder.is_dir() {
                found.insert(relative(root, folder));
            }
            if depth.is_some_and(|depth| level >= depth) {
                continue;
            }
            stack.extend(visit.below()?);
        }
    }
    let mut folders: Vec<String> = found.into_iter().collect();
    // `a/b` against `a-b`: JavaScript compares UTF-16 code units of the whole path.
    folders.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    Ok(folders)
}

/// `../shared/*` climbs out of the root: the folder to start from and the rest of the pattern.
fn climb(root: &Path, pattern: &str) -> (Option<PathBuf>, String) {
    let mut base = Some(root.to_owned());
    let mut rest = pattern;
    while let Some(tail) = rest.strip_prefix("../") {
        base = base.and_then(|base| base.parent().map(Path::to_owned));
        rest = tail;
    }
    (base, rest.to_owned())
}

/// The folders a pattern names before its first wildcard.
fn fixed_prefix(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts
        .iter()
        .take_while(|part| !part.contains(['*', '?', '[', '{', '(', '!', '\\']))
        .copied()
        .collect::<Vec<_>>();
    fixed.join("/")
}

fn relative(root: &Path, folder: &Path) -> String {
    let mut up = String::new();
    let mut base = root;
    loop {
        if let Ok(rest) = folder.strip_prefix(base) {
            return format!("{up}{}", rest.to_string_lossy().replace('\\', "/"));
        }
        match base.parent() {
            Some(parent) => base = parent,
            None => return folder.to_string_lossy().into_owned(),
        }
        up.push_str("../");
    }
}

/// A folder on the way down.
struct Visit {
    folder: PathBuf,
    /// Relative to where the pattern begins.
    path: String,
    /// Real places from which a link was followed on the way here.
    real: Vec<PathBuf>,
}

impl Visit {
    /// The folders in it. A symbolic link to a folder counts, but not one that leads back to where we
    /// came from, which would never end; a link to nowhere does not.
    fn below(&self) -> Result<Vec<Self>, WorkspaceError> {
        let unreadable =
            |source| WorkspaceError::Unreadable { file: self.folder.display().to_string(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(unreadable)?;
            let mut real = self.real.clone();
            if kind.is_symlink() {
                let Ok(target) = fs::canonicalize(entry.path()) else { continue };
                real.extend(fs::canonicalize(&self.folder).ok());
                if !target.is_dir() || real.iter().any(|place| place.starts_with(&target)) {
                    continue;
                }
            } else if !kind.is_dir() || name == ".git" {
                continue;
            }
            let path = if self.path.is_empty() { name } else { format!("{}/{name}", self.path) };
            found.push(Self { folder: entry.path(), path, real });
        }
        Ok(found)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read_text(folder: &Path, file: &str) -> Result<Option<String>, WorkspaceError> {
    match fs::read(folder.join(file)) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(WorkspaceError::Malformed {
                file: file.to_owned(),
                line: None,
                problem: "is not UTF-8".to_owned(),
            }),
        },
        Err(error) if is_absent(&error) => Ok(None),
        Err(source) => Err(WorkspaceError::Unreadable { file: file.to_owned(), source }),
    }
}

fn read_json(folder: &Path, file: &str) -> Result<Option<Json>, WorkspaceError> {
    read_text(folder, file)?.map(|text| manifest::parse(file, &text)).transpose()
}

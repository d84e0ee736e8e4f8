//! Which tool owns a repository and which folders it calls packages.

use std::path::Path;

use serde_json::Value as Json;

use super::{catalog, manifest};
use crate::error::WorkspaceError;
use crate::folders::{expand, read_text};
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
    let catalogs = match tool {
        Tool::Pnpm => {
            read_text(root, catalog::FILE)?.and_then(|text| catalog::shared(&text, &packages))
        }
        _ => None,
    };
    let mut workspace = Workspace::new(root.to_owned(), tool, root_package, packages);
    workspace.shared.extend(catalogs);
    Ok(workspace)
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

fn read_json(folder: &Path, file: &str) -> Result<Option<Json>, WorkspaceError> {
    read_text(folder, file)?.map(|text| manifest::parse(file, &text)).transpose()
}

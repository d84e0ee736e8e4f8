//! Reading what a migration needs.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use launchway_base::Failure;
use launchway_changesets::{Config, PreState};
use launchway_git::Git;
use launchway_workspace::Changes;
use serde_json::Value;

use super::MigrationInput;
use crate::formatter;
use crate::observe::{PRE_FILE, Repository, find_root, read, read_changesets, utf8};

/// Reads a repository that may still be on version 2 from a folder in it.
pub fn observe_migration(cwd: &Path, git: &Git) -> Result<MigrationInput, Failure> {
    let workspace = find_root(cwd)?;
    let root = workspace.root.clone();
    let config = read(&root, super::CONFIG)?.ok_or_else(|| {
        Failure::input("there is no `.changeset/config.json`")
            .with_hint("there is nothing to migrate; run `launchway-changeset init`")
    })?;
    let config = utf8(super::CONFIG, &config)?.to_owned();
    let old_pre = match read(&root, PRE_FILE)? {
        Some(bytes) => {
            let pre = PreState::parse(utf8(PRE_FILE, &bytes)?)?;
            pre.is_old.then_some(pre.released.len())
        }
        None => None,
    };
    // The configuration does not matter for reading changesets, and today's rules may refuse it.
    let repository = Repository {
        workspace,
        config: Config::default(),
        warnings: Vec::new(),
        changesets: Vec::new(),
        pre: None,
        files: HashMap::new(),
        pre_migration: Changes::default(),
    };
    let repository = read_changesets(repository, |_| true)?;
    let git = git.in_dir(&root);
    let mut branches = Vec::new();
    for name in ["main", "master"] {
        for place in ["refs/heads", "refs/remotes/origin"] {
            // Outside a repository there are no branches.
            if git.ref_exists(&format!("{place}/{name}")).unwrap_or(false) {
                branches.push(name.to_owned());
            }
        }
    }
    Ok(MigrationInput {
        formatter: formatter::detected(&root).map(str::to_owned),
        has_prettier: root
            .ancestors()
            .any(|folder| folder.join("node_modules").join("prettier").exists()),
        scripts: scripts(&root)?,
        workflows: workflows(&root)?,
        workspace: repository.workspace,
        changesets: repository.changesets,
        pre: repository.pre,
        config,
        old_pre,
        branches,
    })
}

fn scripts(root: &Path) -> Result<Vec<(String, usize, String)>, Failure> {
    let Some(bytes) = read(root, "package.json")? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let line_of = |name: &str| {
        let key = format!("{}:", Value::from(name));
        let place = text.lines().position(|line| line.replace("\" :", "\":").contains(&key));
        place.map_or(1, |place| place + 1)
    };
    let scripts = json.get("scripts").and_then(Value::as_object);
    let scripts = scripts.into_iter().flatten().filter_map(|(name, command)| {
        Some((name.clone(), line_of(name), command.as_str()?.to_owned()))
    });
    Ok(scripts.collect())
}

fn workflows(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let folder = ".github/workflows";
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(Vec::new()) };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_workflow = |name: &String| {
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("yml" | "yaml"))
    };
    let mut names: Vec<String> = names.filter(is_workflow).collect();
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let path = format!("{folder}/{name}");
        if let Some(bytes) = read(root, &path)? {
            found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(found)
}

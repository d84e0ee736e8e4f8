//! `package-lock.json` and `npm-shrinkwrap.json`, formats 1 to 3.

use super::json::{by_key, edit, get, known_format, members, object, replace, text};
use super::{Lockfile, Moves, NeedsTool, Tool};
use crate::package::DependencyKind;

/// The format of npm.
#[derive(Debug)]
pub struct NpmLock;

impl Lockfile for NpmLock {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package-lock.json", "npm-shrinkwrap.json"]
    }

    fn update(&self, lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
        if lock.trim().is_empty() {
            return Ok(lock.to_owned());
        }
        edit(lock, |root, splices| {
            known_format(root, &["1", "2", "3"])?;
            for moved in moves.packages.iter().filter(|moved| moved.dir.is_empty()) {
                replace(root, "version", &moved.old, &moved.new, splices);
            }
            if let Some(packages) = object(root, "packages") {
                let folders = by_key(packages);
                let is_link = |place: &str| {
                    folders.get(place).is_none_or(|entry| get(entry, "link").is_some())
                };
                for moved in &moves.ranges {
                    let near = format!("{}/node_modules/{}", moved.dir, moved.name);
                    let top = format!("node_modules/{}", moved.name);
                    // Formats 2 and 3 name every place; a copy is not the member.
                    if !is_link(near.trim_start_matches('/')) || !is_link(&top) {
                        return Err(NeedsTool::elsewhere(&moved.name));
                    }
                }
                members(&folders, moves, splices);
            }
            if let Some(entries) = object(root, "dependencies") {
                let entries = by_key(entries);
                let in_folder = entries.values().filter_map(|entry| {
                    Some((
                        text(entry, "version")?.strip_prefix("file:")?,
                        object(entry, "requires")?,
                    ))
                });
                for (dir, requires) in in_folder {
                    let here = moves
                        .ranges
                        .iter()
                        .filter(|moved| moved.dir == dir && moved.kind != DependencyKind::Peer);
                    for moved in here {
                        replace(requires, &moved.name, &moved.old, &moved.new, splices);
                    }
                }
            }
            Ok(())
        })
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool {
            command: &[
                "npm",
                "install",
                "--package-lock-only",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
            ],
            offline: Some("--offline"),
            can_be_run: true,
        }
    }
}

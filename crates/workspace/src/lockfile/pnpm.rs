//! `pnpm-lock.yaml`, formats 5 to 9, catalogs included.

use std::collections::HashMap;

use super::{Lockfile, Moves, NeedsTool, RangeMove, Tool, splice};
use crate::yaml::{self, Entry};

/// The format of pnpm.
#[derive(Debug)]
pub struct PnpmLock;

impl Lockfile for PnpmLock {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn update(&self, lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
        readable(lock)?;
        let mut ranges: Ranges<'_> = HashMap::new();
        for moved in &moves.ranges {
            let of_folder = ranges.entry(&moved.dir).or_default();
            of_folder.entry(&moved.name).or_default().push(moved);
        }
        let versions: HashMap<&str, (&str, &str)> = moves
            .packages
            .iter()
            .map(|moved| (moved.name.as_str(), (moved.old.as_str(), moved.new.as_str())))
            .collect();
        let mut splices = Vec::new();
        for entry in yaml::entries(lock) {
            let place: Vec<&str> = entry.path.iter().map(String::as_str).collect();
            let new = match place.as_slice() {
                ["catalogs", _, name, "version"] => {
                    versions.get(name).filter(|(old, _)| *old == entry.value).map(|(_, new)| *new)
                }
                ["catalogs", _, name, "specifier"] | ["specifiers", name] => {
                    moved(&ranges, "", name, &entry)
                }
                ["importers", dir, table, name, what] => {
                    of_member(&ranges, folder(dir), table, name, what, &entry)?
                }
                ["importers", dir, "specifiers", name] => moved(&ranges, folder(dir), name, &entry),
                [
                    table @ ("dependencies" | "devDependencies" | "optionalDependencies"),
                    name,
                    what,
                ] => of_member(&ranges, "", table, name, what, &entry)?,
                _ => None,
            };
            splices.extend(new.map(|new| (entry.span.clone(), yaml::scalar(new))));
        }
        Ok(splice(lock, splices))
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool {
            command: &["pnpm", "install", "--lockfile-only", "--ignore-scripts"],
            offline: Some("--offline"),
            can_be_run: true,
        }
    }
}

/// The importer of the root is called `.`.
fn folder(importer: &str) -> &str {
    if importer == "." { "" } else { importer }
}

/// What moves, by folder and name.
type Ranges<'a> = HashMap<&'a str, HashMap<&'a str, Vec<&'a RangeMove>>>;

fn moved<'a>(ranges: &Ranges<'a>, dir: &str, name: &str, entry: &Entry) -> Option<&'a str> {
    let all = ranges.get(dir)?.get(name)?;
    let found = all.iter().find(|moved| moved.old == entry.value);
    found.map(|moved| moved.new.as_str())
}

/// `specifier` and `version` of a dependency of a member. pnpm lists peers that it installs by itself
/// among the dependencies.
fn of_member<'a>(
    ranges: &Ranges<'a>,
    dir: &str,
    table: &str,
    name: &str,
    what: &str,
    entry: &Entry,
) -> Result<Option<&'a str>, NeedsTool> {
    if !matches!(table, "dependencies" | "devDependencies" | "optionalDependencies") {
        return Ok(None);
    }
    match what {
        "specifier" => Ok(moved(ranges, dir, name, entry)),
        "version"
            if !entry.value.starts_with("link:")
                && ranges.get(dir).is_some_and(|names| names.contains_key(name)) =>
        {
            Err(NeedsTool::elsewhere(name))
        }
        _ => Ok(None),
    }
}

/// Refuses what is not written as pnpm writes it.
fn readable(lock: &str) -> Result<(), NeedsTool> {
    if lock.trim().is_empty() {
        return Ok(());
    }
    if lock.lines().any(|line| line.starts_with("<<<<<<<")) {
        return Err(NeedsTool::broken("holds conflicts of a merge"));
    }
    let version = lock.lines().find_map(|line| line.strip_prefix("lockfileVersion:"));
    let version = version.map(|text| text.trim().trim_matches(['\'', '"']));
    match version.and_then(|version| version.split('.').next()) {
        Some("5" | "6" | "7" | "9") => Ok(()),
        Some(_) => Err(NeedsTool::unknown(version.unwrap_or_default())),
        None => Err(NeedsTool::broken("is no lock file of pnpm")),
    }
}

//! `bun.lock`; the older, binary `bun.lockb` only bun itself can write.

use jsonc_parser::ast::Value;

use super::json::{by_key, edit, get, known_format, members, object};
use super::{Lockfile, Moves, NeedsTool, Tool};

/// The format of bun.
#[derive(Debug)]
pub struct BunLock;

impl Lockfile for BunLock {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn files(&self) -> &'static [&'static str] {
        &["bun.lock", "bun.lockb"]
    }

    fn update(&self, lock: &str, moves: &Moves) -> Result<String, NeedsTool> {
        if lock.trim().is_empty() {
            return Ok(lock.to_owned());
        }
        if lock.starts_with("#!") {
            return Err(NeedsTool::because("is binary"));
        }
        edit(lock, |root, splices| {
            known_format(root, &["0", "1", "2"])?;
            if let Some(packages) = object(root, "packages") {
                for moved in &moves.ranges {
                    let Some(Value::Array(entry)) = get(packages, &moved.name) else { continue };
                    let Some(Value::StringLit(what)) = entry.elements.first() else { continue };
                    if !what.value.starts_with(&format!("{}@workspace:", moved.name)) {
                        return Err(NeedsTool::elsewhere(&moved.name));
                    }
                }
            }
            if let Some(workspaces) = object(root, "workspaces") {
                members(&by_key(workspaces), moves, splices);
            }
            Ok(())
        })
    }

    fn tool(&self, _lock: &str) -> Tool {
        Tool {
            command: &["bun", "install", "--lockfile-only", "--ignore-scripts"],
            offline: None,
            can_be_run: true,
        }
    }
}

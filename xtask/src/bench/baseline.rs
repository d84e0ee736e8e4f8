//! The least a version step can cost: one log over the changesets, and the same files read and
//! written without a thought.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::usage::{self, Usage};
use super::workspace;

/// The files of a version step.
#[derive(Serialize, Deserialize)]
struct Files {
    read: Vec<PathBuf>,
    /// With how many bytes.
    write: BTreeMap<PathBuf, usize>,
    remove: Vec<PathBuf>,
}

/// Writes the list of files a version step touched in `after`, a copy of `before`.
pub(super) fn list(before: &Path, after: &Path, list: &Path) -> Result<()> {
    let mut files = Files { read: Vec::new(), write: BTreeMap::new(), remove: Vec::new() };
    for (path, bytes) in workspace::contents(before)? {
        let is_read = path.ends_with("package.json")
            || path.ends_with("CHANGELOG.md")
            || path.starts_with(".changeset");
        if is_read {
            files.read.push(path.clone());
        }
        match fs::read(after.join(&path)) {
            Ok(now) if now == bytes => {}
            Ok(now) => drop(files.write.insert(path, now.len())),
            Err(_) => files.remove.push(path),
        }
    }
    for (path, bytes) in workspace::contents(after)? {
        if !before.join(&path).exists() {
            files.write.insert(path, bytes.len());
        }
    }
    ensure!(!files.write.is_empty(), "the version step changed nothing");
    fs::write(list, serde_json::to_vec(&files)?).context("cannot write the list of files")
}

/// Does it in the current folder, and says what it cost.
pub(super) fn measure(list: &Path) -> Result<Usage> {
    let files: Files = serde_json::from_slice(&fs::read(list)?)?;
    let most = files.write.values().max().copied().unwrap_or_default();
    let content = vec![b'x'; most];
    let cpu = || usage::own().cpu + usage::children().cpu;
    let before = cpu();
    let began = Instant::now();
    let log = Command::new("git")
        .args(["log", "--format=%H", "--name-status", "--", ".changeset"])
        .stdin(Stdio::null())
        .output()?;
    ensure!(log.status.success(), "git log failed");
    let mut bytes = 0;
    for path in &files.read {
        bytes += fs::read(path)?.len();
    }
    ensure!(bytes > 0, "nothing was read");
    for (path, length) in &files.write {
        fs::write(path, content.get(..*length).unwrap_or_default())?;
    }
    for path in &files.remove {
        fs::remove_file(path)?;
    }
    Ok(Usage {
        wall: began.elapsed(),
        cpu: cpu().saturating_sub(before),
        peak: usage::own().peak,
        code: Some(0),
    })
}

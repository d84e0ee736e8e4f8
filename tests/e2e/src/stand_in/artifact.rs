//! `actions/upload-artifact` and `actions/download-artifact`, with a folder for GitHub.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Done, Step, output, records, run, variable};

fn store() -> Result<PathBuf, String> {
    let folder = records()?.join("artifacts");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn made(folder: &Path) -> Done {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())
}

/// Files are found by bash, which knows the same globs as far as our workflows go.
pub(super) fn upload(step: &mut Step) -> Done {
    let name = step.take("name");
    let paths = step.lines("path");
    let missing = step.take("if-no-files-found");
    let overwrite = step.on("overwrite", false)?;
    step.ignore(&["retention-days", "compression-level", "include-hidden-files"]);
    step.done()?;
    let name = if name.is_empty() { "artifact".to_owned() } else { name };
    let target = store()?.join(&name);
    if target.exists() && !overwrite {
        return Err(format!("an artifact {name} exists already"));
    }
    let mut sources = Vec::new();
    for path in &paths {
        let script = "shopt -s nullglob globstar; for f in $1; do printf '%s\\n' \"$f\"; done";
        let listed = run(Command::new("bash").args(["-c", script, "bash", path]))?;
        let found = listed.lines().map(PathBuf::from).filter(|path| path.exists());
        sources.extend(found);
    }
    if sources.is_empty() {
        return match missing.as_str() {
            "error" => Err(format!("no files at {paths:?}")),
            _ => Ok(()),
        };
    }
    made(&target)?;
    for source in &sources {
        // A folder's content, not the folder, as the real one does for a single path.
        let from = if source.is_dir() { source.join(".") } else { source.clone() };
        run(Command::new("cp").arg("-a").arg(from).arg(&target))?;
    }
    output("artifact-id", "1")?;
    output("artifact-digest", &"0".repeat(64))
}

pub(super) fn download(step: &mut Step) -> Done {
    let name = step.take("name");
    let pattern = step.take("pattern");
    let merge = step.on("merge-multiple", false)?;
    let path = step.take("path");
    step.ignore(&["digest-mismatch"]);
    step.done()?;
    let workspace = PathBuf::from(variable("GITHUB_WORKSPACE")?);
    let target = workspace.join(path);
    made(&target)?;
    let mut found = false;
    let entries = std::fs::read_dir(store()?).map_err(|error| error.to_string())?;
    for entry in entries.flatten() {
        let own = entry.file_name().to_string_lossy().into_owned();
        let fits = match (name.as_str(), pattern.as_str()) {
            ("", "") => true,
            ("", pattern) => matches(pattern, &own),
            (name, _) => name == own,
        };
        if !fits {
            continue;
        }
        found = true;
        let into = if merge || !name.is_empty() { target.clone() } else { target.join(&own) };
        made(&into)?;
        run(Command::new("cp").arg("-a").arg(entry.path().join(".")).arg(&into))?;
    }
    if !found && !name.is_empty() {
        return Err(format!("there is no artifact {name}"));
    }
    output("download-path", &target.to_string_lossy())
}

/// A pattern with one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        }
        None => pattern == name,
    }
}

//! `actions/upload-artifact` and `actions/download-artifact`, with a folder for GitHub.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Done, Step, globs, output, records, run, variable};

/// The artifacts of this run; another run has its own.
fn store() -> Result<PathBuf, String> {
    let folder = records()?.join("artifacts").join(variable("GITHUB_RUN_ID")?);
    made(&folder)?;
    Ok(folder)
}

fn made(folder: &Path) -> Done {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())
}

pub(super) fn upload(step: &mut Step) -> Done {
    let name = step.take("name");
    let paths = step.lines("path");
    let missing = step.take("if-no-files-found");
    let overwrite = step.on("overwrite")?;
    let hidden = step.on("include-hidden-files")?;
    step.ignore(&["retention-days", "compression-level"]);
    step.done()?;
    if name.is_empty() || name.contains(['"', ':', '<', '>', '|', '*', '?', '\r', '\n', '\\', '/'])
    {
        return Err(format!("an artifact cannot be called {name:?}"));
    }
    if !["warn", "error", "ignore"].contains(&missing.as_str()) {
        return Err(format!("if-no-files-found is {missing:?}"));
    }
    let found = globs::find(&paths, hidden)?;
    if found.files.is_empty() {
        return match missing.as_str() {
            "error" => Err(format!("no files at {paths:?}")),
            _ => Ok(()),
        };
    }
    let target = store()?.join(&name);
    if target.exists() {
        if !overwrite {
            return Err(format!("an artifact {name} exists already"));
        }
        std::fs::remove_dir_all(&target).map_err(|error| error.to_string())?;
    }
    let root = found.root();
    for source in &found.files {
        let to = target.join(source.strip_prefix(&root).map_err(|error| error.to_string())?);
        made(to.parent().unwrap_or(&target))?;
        std::fs::copy(source, &to).map_err(|error| error.to_string())?;
        // Nobody's permissions are kept.
        run(Command::new("chmod").arg("644").arg(&to))?;
    }
    output("artifact-id", "1")?;
    output("artifact-url", "http://127.0.0.1:9/artifacts/1")?;
    output("artifact-digest", &"0".repeat(64))
}

pub(super) fn download(step: &mut Step) -> Done {
    let name = step.take("name");
    let pattern = step.take("pattern");
    let merge = step.on("merge-multiple")?;
    let path = step.take("path");
    step.done()?;
    if pattern.contains(['?', '[', '{', '!']) {
        return Err(format!("patterns such as {pattern:?} are not read here"));
    }
    let target = PathBuf::from(variable("GITHUB_WORKSPACE")?).join(path);
    made(&target)?;
    let entries = std::fs::read_dir(store()?).map_err(|error| error.to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let fitting: Vec<String> = names
        .filter(|own| match (name.as_str(), pattern.as_str()) {
            ("", "") => true,
            ("", pattern) => matches(pattern, own),
            (name, _) => name == own,
        })
        .collect();
    for own in &fitting {
        // One alone gets no folder of its name, also where a pattern could have found more.
        let into = if merge || fitting.len() == 1 { target.clone() } else { target.join(own) };
        made(&into)?;
        run(Command::new("cp").arg("-a").arg(store()?.join(own).join(".")).arg(&into))?;
    }
    if fitting.is_empty() && !name.is_empty() {
        return Err(format!("there is no artifact {name}"));
    }
    output("download-path", &target.to_string_lossy())
}

/// A pattern whose only sign is `*`.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(before) else { return false };
    (0..=name.len()).any(|at| name.get(at..).is_some_and(|tail| matches(rest, tail)))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_means_the_whole_name() {
        assert!(matches("files-*-linux-musl", "files-x86_64-unknown-linux-musl"));
        assert!(matches("a*", "a") && matches("*", "b") && matches("a*b*c", "a-b-b-c"));
        assert!(!matches("a*", "ba") && !matches("*-x", "a-xy") && !matches("a", "ab"));
    }
}

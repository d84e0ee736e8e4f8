//! Patterns of paths, as `@actions/glob` reads those that our workflows use.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::run;

/// The files that patterns name, and the folders where the search for each begins.
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) began: Vec<PathBuf>,
}

/// Expands patterns; a folder stands for all files below it.
pub(super) fn find(patterns: &[String], hidden: bool) -> Result<Found, String> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let (mut files, mut began) = (Vec::new(), Vec::new());
    // The shell of the tests knows the same patterns, as far as these go.
    let dots = if hidden { "dotglob" } else { "nullglob" };
    let script = format!(
        "shopt -s nullglob globstar {dots}; IFS=; for f in $1; do printf '%s\\n' \"$f\"; done"
    );
    for pattern in patterns {
        if pattern.starts_with(['!', '~']) || pattern.contains(['{', '[', '?', '\\']) {
            return Err(format!("patterns such as {pattern:?} are not read here"));
        }
        let pattern = here.join(pattern);
        began.push(fixed(&pattern));
        let pattern = pattern.to_string_lossy().into_owned();
        let listed = run(Command::new("bash").args(["-c", &script, "bash", &pattern]))?;
        for path in listed.lines() {
            below(Path::new(path), hidden, &mut files)?;
        }
    }
    files.sort();
    files.dedup();
    let all = began.clone();
    began.retain(|one| !all.iter().any(|other| other != one && one.starts_with(other)));
    began.sort();
    began.dedup();
    Ok(Found { files, began })
}

/// The part of a pattern before its first sign.
fn fixed(pattern: &Path) -> PathBuf {
    pattern
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains('*'))
        .collect()
}

fn below(path: &Path, hidden: bool, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with('.') && !hidden {
        return Ok(());
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(|error| error.to_string())? {
            below(&entry.map_err(|error| error.to_string())?.path(), hidden, files)?;
        }
    } else if path.is_file() {
        files.push(path.components().collect());
    }
    Ok(())
}

impl Found {
    /// Where the paths of an artifact begin.
    pub(super) fn root(&self) -> PathBuf {
        match self.began.as_slice() {
            [one] if self.files.as_slice() == [one.clone()] => {
                one.parent().unwrap_or(one).to_owned()
            }
            [one] => one.clone(),
            [first, rest @ ..] => {
                let all = |above: &&Path| rest.iter().all(|other| other.starts_with(above));
                first.ancestors().find(all).unwrap_or(first).to_owned()
            }
            [] => PathBuf::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(patterns: &[&str], hidden: bool) -> Vec<String> {
        let dir = tempfile::TempDir::with_prefix("launchway-globs-").unwrap();
        for path in ["a b/one/x.zip", "a b/two/x.zip", "a b/.hidden/x.zip", "c.txt"] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let patterns: Vec<String> =
            patterns.iter().map(|path| dir.path().join(path).display().to_string()).collect();
        let found = find(&patterns, hidden).unwrap();
        let root = found.root();
        let below = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
        found.files.iter().map(below).collect()
    }

    #[test]
    fn an_artifact_keeps_the_folders_below_what_its_paths_share() {
        assert_eq!(artifact(&["a b/**/*.zip"], false), ["one/x.zip", "two/x.zip"]);
        assert_eq!(artifact(&["a b"], true), [".hidden/x.zip", "one/x.zip", "two/x.zip"]);
        assert_eq!(artifact(&["c.txt"], false), ["c.txt"]);
        assert_eq!(artifact(&["c.txt", "a b/one/*"], false), ["a b/one/x.zip", "c.txt"]);
        assert_eq!(artifact(&["a b/.hidden"], false), [""; 0]);
        assert!(find(&["!x".to_owned()], false).is_err());
    }
}

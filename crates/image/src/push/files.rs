//! The input `files`: which archives and folders are meant.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use launchway_base::Failure;

use super::layout::unreadable;

/// Folders within folders.
const DEEPEST: usize = 16;
/// More images than anybody builds at once.
const MOST: usize = 1_000;

/// The archives and layouts that are named, each once, in order of their paths.
///
/// # Errors
/// A line names nothing, or is no pattern; a folder cannot be read; too many are found.
pub(super) fn find(lines: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let lines = lines.iter().flat_map(|line| line.lines()).map(str::trim);
    let mut found = BTreeSet::new();
    for line in lines.filter(|line| !line.is_empty()) {
        // Of its own: what another line names, too, is no reason to refuse this one.
        let mut named = BTreeSet::new();
        let path = Path::new(line);
        if path.exists() {
            add(path, 0, &mut named)?;
        } else if line.contains(['*', '?', '[']) {
            let pattern = glob::glob(line).map_err(|error| {
                Failure::input(format!("`files`: `{}` is no pattern", line.escape_debug()))
                    .caused_by(error)
            })?;
            for path in pattern {
                let path = path.map_err(|error| {
                    let path = error.path().to_owned();
                    unreadable(&path, error.into())
                })?;
                add(&path, 0, &mut named)?;
            }
        }
        if named.is_empty() {
            return Err(Failure::input(format!(
                "`files`: `{}` holds no image",
                line.escape_debug()
            ))
            .with_hint("name tar archives, folders with them, or patterns; one per line"));
        }
        found.append(&mut named);
        few(&found)?;
    }
    Ok(found.into_iter().collect())
}

fn add(path: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let is_layout = || path.join("oci-layout").exists();
    if !path.is_dir() || is_layout() {
        found.insert(path.to_owned());
        return few(found);
    }
    if depth == DEEPEST {
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, error))? {
        let entry = entry.map_err(|error| unreadable(path, error))?;
        // Links are not followed: they could lead anywhere.
        let kind = entry.file_type().map_err(|error| unreadable(path, error))?;
        let path = entry.path();
        let is_tar = path.extension().is_some_and(|extension| extension == "tar");
        if kind.is_dir() || (kind.is_file() && is_tar) {
            add(&path, depth + 1, found)?;
        }
    }
    Ok(())
}

fn few(found: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    if found.len() > MOST {
        return Err(Failure::input(format!("`files` names more than {MOST} images")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_patterns() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for file in ["a b/x.tar", "a b/deep/y.tar", "a b/notes.txt", "layout/oci-layout", "z.oci"] {
            std::fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            std::fs::write(at(file), "").unwrap();
        }
        let names = |lines: &[PathBuf]| {
            let lines: Vec<_> = lines.iter().map(|line| line.display().to_string()).collect();
            find(&[lines.join("\r\n")]).map_err(|failure| failure.to_string())
        };
        assert_eq!(names(&[at("a b")]).unwrap(), [at("a b/deep/y.tar"), at("a b/x.tar")]);
        assert_eq!(names(&[at("**/x.tar"), at("a b/x.tar")]).unwrap(), [at("a b/x.tar")]);
        assert_eq!(names(&[at("z.oci"), at("layout")]).unwrap(), [at("layout"), at("z.oci")]);
        // Named twice is named once, in whatever order.
        for again in ["a b", "**/x.tar", "a b/*.tar"] {
            let wanted = [at("a b/deep/y.tar"), at("a b/x.tar")];
            assert_eq!(names(&[at("a b"), at(again)]).unwrap(), wanted, "{again}");
        }
        assert_eq!(names(&[at("layout"), at("layout")]).unwrap(), [at("layout")]);
        for nothing in ["none.tar", "*.zip", "a b/***"] {
            assert!(names(&[at(nothing)]).is_err(), "{nothing}");
        }
        std::fs::create_dir(at("empty")).unwrap();
        assert!(names(&[at("empty")]).unwrap_err().contains("holds no image"));
        assert_eq!(find(&["\n".to_owned()]).unwrap(), [""; 0].map(PathBuf::from));
    }
}

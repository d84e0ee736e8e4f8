//! The input `files` of several verbs: which files and folders are meant.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use launchway_base::Failure;

/// Folders within folders.
const DEEPEST: usize = 16;
/// More than anybody builds at once.
const MOST: usize = 1_000;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought {
    /// One of it, for messages.
    pub(crate) what: &'static str,
    /// What can be named, for messages.
    pub(crate) hint: &'static str,
    /// Whether a folder is one of it.
    pub(crate) is_folder: fn(&Path) -> bool,
    /// Whether a file of a named folder is one of it, by its name.
    pub(crate) is_file: fn(&Path) -> bool,
}

/// The files and folders that are named, each once, in order of their paths.
///
/// # Errors
/// A line names nothing, or is no pattern; a folder cannot be read; too many are found.
pub(crate) fn find(lines: &[String], sought: &Sought) -> Result<Vec<PathBuf>, Failure> {
    let lines = lines.iter().flat_map(|line| line.lines()).map(str::trim);
    let mut found = BTreeSet::new();
    for line in lines.filter(|line| !line.is_empty()) {
        // Of its own: what another line names, too, is no reason to refuse this one.
        let mut named = BTreeSet::new();
        let path = Path::new(line);
        if path.exists() {
            add(path, 0, sought, &mut named)?;
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
                add(&path, 0, sought, &mut named)?;
            }
        }
        if named.is_empty() {
            return Err(Failure::input(format!(
                "`files`: `{}` holds no {}",
                line.escape_debug(),
                sought.what
            ))
            .with_hint(sought.hint));
        }
        found.append(&mut named);
        few(&found)?;
    }
    Ok(found.into_iter().collect())
}

fn add(
    path: &Path,
    depth: usize,
    sought: &Sought,
    found: &mut BTreeSet<PathBuf>,
) -> Result<(), Failure> {
    if !path.is_dir() || (sought.is_folder)(path) {
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
        if kind.is_dir() || (kind.is_file() && (sought.is_file)(&path)) {
            add(&path, depth + 1, sought, found)?;
        }
    }
    Ok(())
}

fn few(found: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    if found.len() > MOST {
        return Err(Failure::input(format!("`files` names more than {MOST} files")));
    }
    Ok(())
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::input(format!("cannot read `{}`", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGES: Sought = crate::push::IMAGES;

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
            find(&[lines.join("\r\n")], &IMAGES).map_err(|failure| failure.to_string())
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
        assert_eq!(find(&["\n".to_owned()], &IMAGES).unwrap(), [""; 0].map(PathBuf::from));
    }
}

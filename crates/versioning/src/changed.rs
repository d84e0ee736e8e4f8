//! What changed since a branch, tag or commit.

use std::path::Path;

use launchway_base::Failure;
use launchway_git::Git;
use launchway_workspace::Package;
use launchway_workspace::glob::{Glob, selected};

use crate::observe::Repository;

/// Names of the packages that can be released and changed since the reference, deepest folder
/// first. A file counts for the deepest package it lies in.
pub fn changed_packages(
    repository: &Repository,
    reference: &str,
    git: &Git,
) -> Result<Vec<String>, Failure> {
    let root = &repository.workspace.root;
    let git = git.in_dir(root);
    let mut files: Vec<String> = git
        .changed_paths_since(reference)?
        .iter()
        .filter_map(|path| relative(path, root))
        .collect();
    let globs: Vec<Glob> =
        repository.config.changed_file_patterns.iter().map(|text| Glob::new(text)).collect();
    let mut packages: Vec<&Package> = repository.workspace.packages.iter().collect();
    packages.sort_by_key(|package| std::cmp::Reverse(package.dir.len()));
    let mut changed = Vec::new();
    for package in packages {
        let (own, others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| inside(file, &package.dir).is_some());
        files = others;
        let counts = own
            .iter()
            .filter_map(|file| inside(file, &package.dir))
            .any(|file| selected(file, &globs));
        if counts && !repository.config.skips(package) {
            changed.push(package.name.clone());
        }
    }
    Ok(changed)
}

/// The path below the root with `/`; `None` outside.
fn relative(path: &Path, root: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let parts: Vec<String> =
        rest.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}

/// The path below the folder; `None` outside.
fn inside<'a>(file: &'a str, dir: &str) -> Option<&'a str> {
    if dir.is_empty() { Some(file) } else { file.strip_prefix(dir)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_only_what_is_below_it() {
        assert_eq!(inside("packages/a/x.js", "packages/a"), Some("x.js"));
        assert_eq!(inside("packages/ab/x.js", "packages/a"), None);
        assert_eq!(inside("x.js", ""), Some("x.js"));
        assert_eq!(relative(Path::new("/r/a/b"), Path::new("/r")).as_deref(), Some("a/b"));
        assert_eq!(relative(Path::new("/o/a"), Path::new("/r")), None);
    }
}

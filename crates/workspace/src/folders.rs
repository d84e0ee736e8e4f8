//! Finding folders by globs, reading what is in them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::WorkspaceError;
use crate::glob::Glob;

/// The folders the globs select, sorted as JavaScript sorts their absolute paths.
pub(crate) fn expand(root: &Path, globs: &[String]) -> Result<Vec<String>, WorkspaceError> {
    let clean = |glob: &str| {
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        glob.trim_end_matches('/').to_owned()
    };
    let wanted: Vec<String> =
        globs.iter().filter(|glob| !glob.starts_with('!')).map(|glob| clean(glob)).collect();
    let unwanted: Vec<Glob> = globs
        .iter()
        .filter_map(|glob| glob.strip_prefix('!'))
        .map(|glob| Glob::new(&clean(glob)))
        .collect();
    let mut found = BTreeSet::new();
    for pattern in &wanted {
        if pattern == "." || pattern.is_empty() {
            found.insert(String::new());
            continue;
        }
        let (up, pattern) = climb(root, pattern);
        let Some(base) = up else { continue };
        let glob = Glob::new(&pattern);
        let fixed = fixed_prefix(&pattern);
        let depth = (!pattern.contains("**") && !pattern.contains('{') && !pattern.contains('('))
            .then(|| pattern.matches('/').count() + 1);
        let start = base.join(&fixed);
        let mut stack = vec![Visit { folder: start, path: fixed.clone(), real: Vec::new() }];
        while let Some(visit) = stack.pop() {
            let Visit { folder, path, .. } = &visit;
            let name = Path::new(path).file_name().map(|name| name.to_string_lossy());
            if name.is_some_and(|name| name == "node_modules")
                || unwanted.iter().any(|glob| glob.matches_bare(path))
            {
                continue;
            }
            let level = if path.is_empty() { 0 } else { path.matches('/').count() + 1 };
            if !path.is_empty() && glob.matches_bare(path) && folder.is_dir() {
                found.insert(relative(root, folder));
            }
            if depth.is_some_and(|depth| level >= depth) {
                continue;
            }
            stack.extend(visit.below()?);
        }
    }
    let mut folders: Vec<String> = found.into_iter().collect();
    // `a/b` against `a-b`: JavaScript compares UTF-16 code units of the whole path.
    folders.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    Ok(folders)
}

/// `../shared/*` climbs out of the root: the folder to start from and the rest of the pattern.
fn climb(root: &Path, pattern: &str) -> (Option<PathBuf>, String) {
    let mut base = Some(root.to_owned());
    let mut rest = pattern;
    while let Some(tail) = rest.strip_prefix("../") {
        base = base.and_then(|base| base.parent().map(Path::to_owned));
        rest = tail;
    }
    (base, rest.to_owned())
}

/// The folders a pattern names before its first wildcard.
fn fixed_prefix(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts.iter().take_while(|part| !is_pattern(part)).copied().collect::<Vec<_>>();
    fixed.join("/")
}

/// Whether a text has anything that may stand for more than itself.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{', '(', '!', '\\'])
}

fn relative(root: &Path, folder: &Path) -> String {
    let mut up = String::new();
    let mut base = root;
    loop {
        if let Ok(rest) = folder.strip_prefix(base) {
            return format!("{up}{}", rest.to_string_lossy().replace('\\', "/"));
        }
        match base.parent() {
            Some(parent) => base = parent,
            None => return folder.to_string_lossy().into_owned(),
        }
        up.push_str("../");
    }
}

/// A folder on the way down.
struct Visit {
    folder: PathBuf,
    /// Relative to where the pattern begins.
    path: String,
    /// Real places from which a link was followed on the way here.
    real: Vec<PathBuf>,
}

impl Visit {
    /// The folders in it. A symbolic link to a folder counts, but not one that leads back to where we
    /// came from, which would never end; a link to nowhere does not.
    fn below(&self) -> Result<Vec<Self>, WorkspaceError> {
        let unreadable =
            |source| WorkspaceError::Unreadable { file: self.folder.display().to_string(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(unreadable)?;
            let mut real = self.real.clone();
            if kind.is_symlink() {
                let Ok(target) = fs::canonicalize(entry.path()) else { continue };
                real.extend(fs::canonicalize(&self.folder).ok());
                if !target.is_dir() || real.iter().any(|place| place.starts_with(&target)) {
                    continue;
                }
            } else if !kind.is_dir() || name == ".git" {
                continue;
            }
            let path = if self.path.is_empty() { name } else { format!("{}/{name}", self.path) };
            found.push(Self { folder: entry.path(), path, real });
        }
        Ok(found)
    }
}

/// Whether an error says that there is nothing.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A file as text; `None` without one.
pub(crate) fn read_text(folder: &Path, file: &str) -> Result<Option<String>, WorkspaceError> {
    match launchway_base::read_file(&folder.join(file)) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(WorkspaceError::Malformed {
                file: file.to_owned(),
                line: None,
                problem: "is not UTF-8".to_owned(),
            }),
        },
        Err(error) if is_absent(&error) => Ok(None),
        Err(source) => Err(WorkspaceError::Unreadable { file: file.to_owned(), source }),
    }
}

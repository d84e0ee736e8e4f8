//! Which commits a filter by path keeps.

use glob::Pattern;
use launchway_git::{LogChanges, LogEntry};

/// Patterns of paths; a commit stays when a file it changes is included and not excluded.
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl PathFilter {
    /// A filter of the configuration's patterns; without an included one all paths are.
    pub fn new(include: &[Pattern], exclude: &[Pattern]) -> Self {
        let normal = |patterns: &[Pattern]| patterns.iter().map(normalize).collect();
        Self { include: normal(include), exclude: normal(exclude) }
    }

    /// Whether every commit stays.
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// The patterns that include, as they are matched.
    pub fn included(&self) -> &[Pattern] {
        &self.include
    }

    /// What has to be read for it: the folders in front of the first wildcard where that is all.
    pub fn changes(&self) -> LogChanges {
        if self.is_empty() {
            return LogChanges::None;
        }
        let folders: Option<Vec<String>> = self.include.iter().map(literal_folder).collect();
        match folders {
            Some(folders) if !folders.is_empty() => LogChanges::PathsUnder(folders),
            _ => LogChanges::Paths,
        }
    }

    /// Whether a commit stays.
    pub fn keeps(&self, entry: &LogEntry) -> bool {
        // A path that is no UTF-8 is neither included nor excluded.
        let is_other = |path: &[u8]| std::str::from_utf8(path).is_err();
        self.is_empty()
            || paths(entry).any(|path| self.keeps_path(&path))
            || (self.include.is_empty() && entry.files.iter().any(|file| is_other(&file.path)))
    }

    /// Whether a change of this path keeps a commit.
    pub fn keeps_path(&self, path: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(path));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

/// The paths of a commit as patterns see them; those that are no UTF-8 match nothing.
///
/// The files of a root commit have a slash more behind their folder: that is how the reference
/// spells them, and a pattern such as `README.md` does not match there.
pub fn paths(entry: &LogEntry) -> impl Iterator<Item = String> {
    let is_root = entry.parents.is_empty();
    entry.files.iter().filter_map(|file| std::str::from_utf8(&file.path).ok()).map(move |path| {
        match path.rsplit_once('/') {
            _ if !is_root => path.to_owned(),
            Some((folder, name)) => format!("{folder}//{name}"),
            None => format!("/{path}"),
        }
    })
}

/// Without `./` in front, and a folder stands for all in it.
fn normalize(pattern: &Pattern) -> Pattern {
    let text = pattern.as_str();
    let all = if text.ends_with('/') { format!("{text}**") } else { text.to_owned() };
    let bare = all.strip_prefix("./").unwrap_or(&all);
    Pattern::new(bare).unwrap_or_else(|_| pattern.clone())
}

/// The folder in front of a pattern's first wildcard; `None` when it begins with one.
fn literal_folder(pattern: &Pattern) -> Option<String> {
    let text = pattern.as_str();
    let literal = text.split(['*', '?', '[']).next().unwrap_or_default();
    if literal.len() == text.len() {
        return (!text.is_empty() && !text.starts_with('/')).then(|| text.to_owned());
    }
    let (folder, _) = literal.rsplit_once('/')?;
    (!folder.is_empty() && !folder.starts_with('/')).then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use launchway_git::LogFile;

    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> PathFilter {
        let patterns =
            |all: &[&str]| all.iter().map(|p| Pattern::new(p).unwrap()).collect::<Vec<_>>();
        PathFilter::new(&patterns(include), &patterns(exclude))
    }

    fn commit(is_root: bool, paths: &[&str]) -> LogEntry {
        LogEntry {
            parents: if is_root { Vec::new() } else { vec!["p".to_owned()] },
            files: paths
                .iter()
                .map(|path| LogFile { path: path.as_bytes().to_vec(), ..LogFile::default() })
                .collect(),
            ..LogEntry::default()
        }
    }

    #[test]
    fn patterns_keep_and_drop() {
        let keeps = |include: &[&str], exclude: &[&str], paths: &[&str]| {
            filter(include, exclude).keeps(&commit(false, paths))
        };
        assert!(keeps(&["./a/"], &[], &["a/b/c"]));
        assert!(!keeps(&["a"], &[], &["a/b/c"]));
        assert!(keeps(&["*.md"], &[], &["docs/x.md"]));
        assert!(!keeps(&["a/**"], &["a/x"], &["a/x", "b"]));
        assert!(keeps(&[], &["a/**"], &["a/x", "b"]));
        assert!(!keeps(&[], &["a/**"], &["a/x"]));
        assert!(!keeps(&[], &["a/**"], &[]));
        assert!(keeps(&[], &[], &[]));
    }

    #[test]
    fn root_commits_are_spelled_as_in_the_reference() {
        let root = commit(true, &["README.md", "a/b/c"]);
        assert_eq!(paths(&root).collect::<Vec<_>>(), ["/README.md", "a/b//c"]);
        assert!(!filter(&["README.md"], &[]).keeps(&root));
        assert!(filter(&["*.md"], &[]).keeps(&root));
    }

    #[test]
    fn only_needed_folders_are_read() {
        let under = |paths: &[&str]| {
            LogChanges::PathsUnder(paths.iter().map(ToString::to_string).collect())
        };
        assert_eq!(filter(&["a/b/**", "c/"], &["a/b/x"]).changes(), under(&["a/b", "c"]));
        assert_eq!(filter(&["a/b.txt"], &[]).changes(), under(&["a/b.txt"]));
        assert_eq!(filter(&["a/b*"], &[]).changes(), under(&["a"]));
        assert_eq!(filter(&["**/x", "a/"], &[]).changes(), LogChanges::Paths);
        assert_eq!(filter(&[], &["a/"]).changes(), LogChanges::Paths);
        assert_eq!(filter(&[], &[]).changes(), LogChanges::None);
    }
}

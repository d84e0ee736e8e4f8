//! Files that differ between two commits, whatever they are called.

use crate::run::split_nul;
use crate::{ChangeKind, Git, GitError, Result};

/// A file, or a submodule, that differs between two commits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Path from the repository's root, with `/`; where it is no UTF-8, with replacement characters.
    pub path: String,
    /// How it changed. A renamed file is one that is gone and one that is new.
    pub kind: ChangeKind,
    /// Whether it is a submodule, before or after.
    pub submodule: bool,
}

impl Git {
    /// What differs from one commit to another, sorted by path. No content is read, so a partial
    /// clone fetches nothing.
    pub fn differences(&self, from: &str, to: &str) -> Result<Vec<Difference>> {
        self.raw(&["diff-tree", "-r", "--end-of-options", from, to])
    }

    /// What differs from a commit to the working tree, sorted by path, with untracked files that are
    /// not ignored.
    pub fn differences_here(&self, from: &str) -> Result<Vec<Difference>> {
        let mut found =
            self.raw(&["diff", "--ignore-submodules=dirty", "--end-of-options", from, "--"])?;
        let others =
            ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":/"];
        for path in split_nul(&self.run(others, None)?) {
            let path = String::from_utf8_lossy(path).into_owned();
            if !path.ends_with('/') {
                found.push(Difference { path, kind: ChangeKind::Added, submodule: false });
            }
        }
        found.sort();
        Ok(found)
    }

    /// The tracked files of the working tree, from the root, and untracked ones that are not ignored.
    pub fn files_here(&self) -> Result<Vec<String>> {
        let args = ["ls-files", "-z", "-co", "--exclude-standard", "--full-name", "--", ":/"];
        let output = self.run(args, None)?;
        let mut files: Vec<String> =
            split_nul(&output).map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The parents of a commit, as full hashes.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>> {
        let args = ["rev-parse", "--end-of-options", &format!("{commit}^@")];
        let output = self.run(args, None)?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .filter(|line| !line.starts_with("--"))
            .map(str::to_owned)
            .collect())
    }

    fn raw(&self, args: &[&str]) -> Result<Vec<Difference>> {
        let (verb, rest) = args.split_first().unwrap_or((&"diff", &[]));
        let mut all = vec![*verb, "--raw", "-z", "--no-color", "--no-renames", "--no-relative"];
        all.extend(rest);
        let output = self.run(all, None)?;
        let mut records = split_nul(&output);
        let mut found = Vec::new();
        while let Some(header) = records.next() {
            let path = records.next().unwrap_or_default();
            let header = String::from_utf8_lossy(header);
            let (kind, submodule) = read(&header).ok_or_else(|| GitError::Unexpected {
                command: format!("git {verb}"),
                what: header.escape_debug().to_string(),
            })?;
            let path = String::from_utf8_lossy(path).into_owned();
            found.push(Difference { path, kind, submodule });
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// `:oldmode newmode oldhash newhash status`.
fn read(header: &str) -> Option<(ChangeKind, bool)> {
    let mut fields = header.strip_prefix(':')?.split(' ');
    let (old, new) = (fields.next()?, fields.next()?);
    let kind = match fields.nth(2)? {
        "A" => ChangeKind::Added,
        "D" => ChangeKind::Deleted,
        // `U`: a merge that is not finished has changed the file.
        "M" | "T" | "U" => ChangeKind::Modified,
        _ => return None,
    };
    Some((kind, [old, new].contains(&"160000")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_records_say_kind_and_whether_it_is_a_submodule() {
        assert_eq!(read(":000000 100644 0 1 A"), Some((ChangeKind::Added, false)));
        assert_eq!(read(":160000 160000 1 2 M"), Some((ChangeKind::Modified, true)));
        assert_eq!(read(":160000 000000 1 0 D"), Some((ChangeKind::Deleted, true)));
        assert_eq!(read(":100644 100644 1 2 R100"), None);
        assert_eq!(read("nonsense"), None);
    }
}

//! The first-parent line: what a branch itself went through, whatever was merged into it.

use crate::run::split_nul;
use crate::{Git, GitError, Result};

/// How many commits a shallow clone is deepened by, round by round, until the line is long enough.
const DEEPEN: [u32; 5] = [1, 50, 500, 5_000, 50_000];

/// A commit of the line that brought a file or changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// The commit.
    pub commit: String,
    /// The hash of the file's content there.
    pub blob: String,
    /// The line ends here: it may as well have been an earlier commit, which a shallow clone lacks.
    pub is_edge: bool,
}

impl Git {
    /// The versions of a file on the line that ends with `commit`, newest first, in one process.
    /// The path is from the root. At most `limit`, unless that is 0.
    pub fn file_versions(
        &self,
        commit: &str,
        path: &str,
        limit: usize,
    ) -> Result<Vec<FileVersion>> {
        let root = self.in_dir(self.root()?);
        let mut args: Vec<String> = [
            "--literal-pathspecs",
            "log",
            "--first-parent",
            "-m",
            "--diff-filter=AM",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-color",
            "--no-show-signature",
            "-z",
            "--format=%x01%H %P",
        ]
        .map(str::to_owned)
        .into();
        if limit > 0 {
            args.push(format!("--max-count={limit}"));
        }
        args.extend(["--end-of-options".to_owned(), commit.to_owned()]);
        args.extend(["--".to_owned(), path.to_owned()]);
        let output = root.run(&args, None)?;
        let mut versions = Vec::new();
        let mut current: Option<(String, bool)> = None;
        for record in split_nul(&output) {
            let record = String::from_utf8_lossy(record);
            let record = record.trim_start_matches('\n');
            if let Some(header) = record.strip_prefix('\u{1}') {
                let (hash, parents) = header.split_once(' ').unwrap_or((header, ""));
                current = Some((hash.to_owned(), parents.trim().is_empty()));
            } else if let (Some(raw), Some((commit, is_edge))) =
                (record.strip_prefix(':'), current.take())
            {
                // Modes, hashes and kind of change: `100644 100644 <old> <new> M`.
                let blob = raw.split(' ').nth(3).ok_or_else(|| GitError::Unexpected {
                    command: "git log".to_owned(),
                    what: "a line without hashes".to_owned(),
                })?;
                versions.push(FileVersion { commit, blob: blob.to_owned(), is_edge });
            }
        }
        Ok(versions)
    }

    /// The commit of the line that ends with `commit` which brought the file as it is there; `None`
    /// when there is no such file, or when a shallow clone cannot be deepened to that commit.
    pub fn commit_of_file(&self, commit: &str, path: &str) -> Result<Option<String>> {
        let mut rounds = DEEPEN.iter();
        loop {
            let versions = self.file_versions(commit, path, 1)?;
            let Some(found) = versions.into_iter().next() else { return Ok(None) };
            if !found.is_edge || !self.is_shallow()? {
                return Ok(Some(found.commit));
            }
            let Some(by) = rounds.next() else { return Ok(None) };
            // A fetch that fails leaves the question open, which the answer says.
            if self.deepen(*by).is_err() {
                return Ok(None);
            }
        }
    }

    /// Commits of the line that ends with `to`, newest first, that are not in the history of `from`.
    pub fn line_between(&self, from: &str, to: &str) -> Result<Vec<String>> {
        let args =
            ["rev-list", "--first-parent", "--end-of-options", to, &format!("^{from}"), "--"];
        let output = self.run(args, None)?;
        Ok(String::from_utf8_lossy(&output).lines().map(str::to_owned).collect())
    }
}

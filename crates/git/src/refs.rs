//! Names and places: root, head, branches, tags, configuration.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::{Git, GitError, Result};

impl Git {
    /// The root of the working tree.
    pub fn root(&self) -> Result<PathBuf> {
        let up = self.line(["rev-parse", "--show-cdup"])?;
        let mut root = std::path::absolute(&self.dir)
            .map_err(|source| GitError::Io { command: "git rev-parse".to_owned(), source })?;
        // Git answers with `../` per level, and with a path where the work tree lies elsewhere.
        for part in PathBuf::from(up).components() {
            match part {
                std::path::Component::ParentDir => drop(root.pop()),
                std::path::Component::CurDir => {}
                other => root.push(other),
            }
        }
        Ok(root)
    }

    /// The full hash of `HEAD`.
    pub fn head(&self) -> Result<String> {
        self.line(["rev-parse", "--verify", "HEAD^{commit}"])
    }

    /// The abbreviated hash of `HEAD`, as long as git finds it must be.
    pub fn head_short(&self) -> Result<String> {
        self.line(["rev-parse", "--short", "HEAD"])
    }

    /// The commit a name stands for, as a full hash; `None` when there is no such commit.
    pub fn commit_of(&self, reference: &str) -> Result<Option<String>> {
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{reference}^{{commit}}"),
        ];
        let output = self.output(args, None)?;
        match output.exit {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
            Some(1) => Ok(None),
            // Older versions of git complain in spite of `--quiet` about names that cannot be one.
            _ if String::from_utf8_lossy(&output.stderr).contains("not a git repository") => {
                Err(crate::run::failed(&args, &output))
            }
            _ => Ok(None),
        }
    }

    /// Whether a reference (a branch, a tag, a hash) names a commit.
    pub fn ref_exists(&self, reference: &str) -> Result<bool> {
        Ok(self.commit_of(reference)?.is_some())
    }

    /// The branch that is checked out; `None` when `HEAD` is detached.
    pub fn current_branch(&self) -> Result<Option<String>> {
        let args = ["symbolic-ref", "--quiet", "--short", "HEAD"];
        let output = self.output(args, None)?;
        match output.exit {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())),
            Some(1) => Ok(None),
            _ => Err(crate::run::failed(&args, &output)),
        }
    }

    /// The commit where `HEAD` and the reference diverged (their merge base), as a full hash.
    pub fn diverged_commit(&self, reference: &str) -> Result<String> {
        let args = ["merge-base", "--end-of-options", reference, "HEAD"];
        let output = self.output(args, None)?;
        if output.exit == Some(0) {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(GitError::Diverged {
            reference: reference.to_owned(),
            stderr: if output.stderr.is_empty() {
                String::new()
            } else {
                crate::run::complaint(&output.stderr)
            },
        })
    }

    /// The names of all local tags.
    pub fn tags(&self) -> Result<BTreeSet<String>> {
        let output = self.run(["for-each-ref", "--format=%(refname)", "refs/tags/"], None)?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .filter_map(|line| line.strip_prefix("refs/tags/"))
            .map(str::to_owned)
            .collect())
    }

    /// The URL a remote is fetched from; `None` when there is no such remote. May hold credentials
    /// the user put there: not for printing.
    pub fn remote_url(&self, remote: &str) -> Result<Option<String>> {
        self.config_get(&format!("remote.{remote}.url"))
    }

    /// The URL a remote is fetched from once git's rules for rewriting addresses are applied; `None`
    /// when there is no such remote. May hold credentials: not for printing.
    pub fn remote_address(&self, remote: &str) -> Result<Option<String>> {
        let args = ["remote", "get-url", "--", remote];
        let output = self.output(args, None)?;
        Ok((output.exit == Some(0))
            .then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned()))
    }

    /// A configuration value, from any of git's files; `None` when it is not set.
    pub fn config_get(&self, key: &str) -> Result<Option<String>> {
        let args = ["config", "--null", "--get", key];
        let output = self.output(args, None)?;
        match output.exit {
            Some(0) => {
                let value = output.stdout.strip_suffix(b"\0").unwrap_or(&output.stdout);
                Ok(Some(String::from_utf8_lossy(value).into_owned()))
            }
            Some(1) => Ok(None),
            _ => Err(crate::run::failed(&args, &output)),
        }
    }

    /// Sets a value in the repository's own configuration. Not for secrets: they would be an argument.
    pub fn config_set(&self, key: &str, value: &str) -> Result<()> {
        self.run(["config", "--local", key, value], None).map(drop)
    }
}

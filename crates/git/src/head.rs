//! What is checked out, and which references name it.

use crate::{Git, GitError, Result};

/// The commit of `HEAD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadCommit {
    /// The full hash.
    pub id: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

impl Git {
    /// The commit of `HEAD`; `None` where nothing was committed yet.
    pub fn head_commit(&self) -> Result<Option<HeadCommit>> {
        let args = ["log", "-1", "--no-show-signature", "--format=%H %ct", "HEAD", "--"];
        let output = self.output(args, None)?;
        if output.exit != Some(0) {
            let error = crate::run::failed(&args, &output);
            let is_unborn = ["bad revision", "does not have any commits"]
                .iter()
                .any(|said| error.stderr().contains(said));
            return if is_unborn { Ok(None) } else { Err(error) };
        }
        let line = String::from_utf8_lossy(&output.stdout);
        let (id, time) = line.trim_end().split_once(' ').unwrap_or_default();
        let time = time.parse().map_err(|_| GitError::Unexpected {
            command: "git log".to_owned(),
            what: "a commit without its time".to_owned(),
        })?;
        Ok(Some(HeadCommit { id: id.to_owned(), time }))
    }

    /// The full reference `HEAD` stands for, such as `refs/heads/main`; `None` when it is detached.
    pub fn head_ref(&self) -> Result<Option<String>> {
        let args = ["symbolic-ref", "--quiet", "HEAD"];
        let output = self.output(args, None)?;
        match output.exit {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())),
            Some(1) => Ok(None),
            _ => Err(crate::run::failed(&args, &output)),
        }
    }

    /// The full names of all references to the commit of `HEAD`, sorted; tag objects are peeled.
    pub fn refs_at_head(&self) -> Result<Vec<String>> {
        self.refs_where(&["--points-at", "HEAD"])
    }

    /// The full names of branches, here and of remotes, and tags whose history holds the commit of
    /// `HEAD`, the one with the newest commit first, then by name. In a shallow clone those it can
    /// tell.
    pub fn refs_containing_head(&self) -> Result<Vec<String>> {
        self.refs_where(&[
            "--sort=-committerdate",
            "--contains",
            "HEAD",
            "refs/heads/",
            "refs/remotes/",
            "refs/tags/",
        ])
    }

    fn refs_where(&self, filter: &[&str]) -> Result<Vec<String>> {
        let args = ["for-each-ref", "--format=%(refname)"].iter().chain(filter);
        let output = self.run(args, None)?;
        Ok(String::from_utf8_lossy(&output).lines().map(str::to_owned).collect())
    }
}

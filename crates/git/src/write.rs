//! What changes the repository: index, commits, tags, identity.

use std::collections::BTreeSet;

use crate::run::split_nul;
use crate::{Git, Result};

/// Who a commit or tag is by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The mail address, which may be empty.
    pub email: String,
}

impl Git {
    /// Puts files (or their removal) into the index. Paths are relative to this git's directory.
    pub fn add<S: AsRef<str>>(&self, paths: &[S]) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let input: Vec<u8> =
            paths.iter().flat_map(|path| path.as_ref().bytes().chain([0])).collect();
        let args = [
            "--literal-pathspecs",
            "add",
            "--all",
            "--pathspec-from-file=-",
            "--pathspec-file-nul",
        ];
        self.run(args, Some(input)).map(drop)
    }

    /// Puts those of the files into the index that git would take: a file that is ignored and not
    /// tracked is left out, and so is one that is gone and never was tracked.
    pub fn stage<S: AsRef<str>>(&self, paths: &[S]) -> Result<()> {
        let tracked = self.run(["ls-files", "-z"], None)?;
        let tracked: BTreeSet<&[u8]> = split_nul(&tracked).collect();
        let (known, new): (Vec<&str>, Vec<&str>) =
            paths.iter().map(AsRef::as_ref).partition(|path| tracked.contains(path.as_bytes()));
        let new: Vec<&str> =
            new.into_iter().filter(|path| self.dir.join(path).symlink_metadata().is_ok()).collect();
        let input = new.iter().flat_map(|path| path.bytes().chain([0])).collect();
        let args = ["check-ignore", "-z", "--stdin"];
        let ignored = self.output(args, Some(input))?;
        if !matches!(ignored.exit, Some(0 | 1)) {
            return Err(crate::run::failed(&args, &ignored));
        }
        let ignored: BTreeSet<&[u8]> = split_nul(&ignored.stdout).collect();
        let taken: Vec<&str> = known
            .into_iter()
            .chain(new.into_iter().filter(|path| !ignored.contains(path.as_bytes())))
            .collect();
        self.add(&taken)
    }

    /// Commits the index, even when nothing changed. Hooks and signing work as configured.
    pub fn commit(&self, message: &str) -> Result<()> {
        self.run(["commit", "--quiet", "--allow-empty", "--file=-"], Some(message.into())).map(drop)
    }

    /// Makes an annotated tag at a commit, or at `HEAD` when none is given. A tag of that name is
    /// an error.
    pub fn tag(&self, name: &str, message: &str, commit: Option<&str>) -> Result<()> {
        // Lines with `#` are text here, not comments.
        let mut args =
            vec!["tag", "--annotate", "--cleanup=whitespace", "--file=-", "--end-of-options", name];
        args.extend(commit);
        self.run(args, Some(message.into())).map(drop)
    }

    /// Who commits and tags would be by (as committer); `None` unless both author and committer are
    /// configured. What git would make up from the user and host name does not count.
    pub fn identity(&self) -> Result<Option<Identity>> {
        let ask = |role| self.output(["-c", "user.useConfigOnly=true", "var", role], None);
        if ask("GIT_AUTHOR_IDENT")?.exit != Some(0) {
            return Ok(None);
        }
        let committer = ask("GIT_COMMITTER_IDENT")?;
        if committer.exit != Some(0) {
            return Ok(None);
        }
        Ok(read_identity(&String::from_utf8_lossy(&committer.stdout)))
    }

    /// Writes name and address to the repository's configuration unless somebody is configured.
    /// Answers who commits are by from now on.
    pub fn ensure_identity(&self, name: &str, email: &str) -> Result<Identity> {
        if let Some(identity) = self.identity()? {
            return Ok(identity);
        }
        self.config_set("user.name", name)?;
        self.config_set("user.email", email)?;
        Ok(Identity { name: name.to_owned(), email: email.to_owned() })
    }

    /// The same, with commits and tags by the given person, without touching any configuration.
    #[must_use]
    pub fn with_identity(self, identity: &Identity) -> Self {
        ["AUTHOR", "COMMITTER"].iter().fold(self, |git, role| {
            git.with_env(format!("GIT_{role}_NAME"), &identity.name)
                .with_env(format!("GIT_{role}_EMAIL"), &identity.email)
        })
    }

    /// Checks out a branch made anew at a commit, whether it exists or not; local changes stay.
    pub fn checkout_reset(&self, branch: &str, commit: &str) -> Result<()> {
        self.run(["checkout", "--quiet", "-B", branch, commit, "--"], None).map(drop)
    }

    /// Makes working tree and index what a commit holds, whatever was changed in tracked files.
    /// The branch that is checked out moves there; with `detach` none does.
    pub fn take_over(&self, commit: &str, detach: bool) -> Result<()> {
        if detach {
            self.run(["checkout", "--quiet", "--force", "--detach", commit, "--"], None).map(drop)
        } else {
            self.run(["reset", "--quiet", "--hard", commit, "--"], None).map(drop)
        }
    }
}

/// `name <email> seconds zone`.
fn read_identity(line: &str) -> Option<Identity> {
    let (name, rest) = line.split_once(" <")?;
    let (email, _) = rest.split_once('>')?;
    Some(Identity { name: name.to_owned(), email: email.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{Identity, read_identity};

    #[test]
    fn an_identity_is_name_and_address() {
        let it =
            |name: &str, email: &str| Some(Identity { name: name.into(), email: email.into() });
        assert_eq!(read_identity("Jo D. <jo@x.y> 1700000000 +0100\n"), it("Jo D.", "jo@x.y"));
        assert_eq!(read_identity("bot[bot] <> 1 +0000"), it("bot[bot]", ""));
        assert_eq!(read_identity("nonsense"), None);
    }
}

//! Throwaway git repositories whose commits have the same hashes on every machine.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::git;

/// A temporary work tree on branch `main`, removed when dropped.
///
/// Identity and dates are fixed (each commit is one minute after the one before), user and system
/// configuration is not read.
#[derive(Debug)]
pub struct TestRepo {
    root: TempDir,
    path: PathBuf,
    clock: Cell<i64>,
}

impl TestRepo {
    /// An empty repository on branch `main`, without a commit.
    pub fn new() -> Self {
        let root = TempDir::with_prefix("launchway-repo-").expect("a temporary directory");
        let path = root.path().join("work");
        std::fs::create_dir(&path).expect("a directory can be made");
        git::text(&path, &["init", "--quiet", "--initial-branch=main"]);
        Self::opened(root, path)
    }

    /// A repository with these files in one commit on `main`.
    pub fn with_files(files: &[(&str, &str)]) -> Self {
        let repo = Self::new();
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("start");
        repo
    }

    /// A fresh clone of any repository git can reach, on its default branch.
    pub fn clone_of(url: impl AsRef<Path>) -> Self {
        let root = TempDir::with_prefix("launchway-repo-").expect("a temporary directory");
        let url = url.as_ref().to_string_lossy().into_owned();
        git::text(root.path(), &["clone", "--quiet", &url, "work"]);
        let path = root.path().join("work");
        Self::opened(root, path)
    }

    fn opened(root: TempDir, path: PathBuf) -> Self {
        let repo = Self { root, path, clock: Cell::new(git::EPOCH) };
        for (key, value) in [
            ("user.name", git::NAME),
            ("user.email", git::EMAIL),
            ("commit.gpgsign", "false"),
            ("tag.gpgsign", "false"),
            ("core.autocrlf", "false"),
        ] {
            repo.git(&["config", key, value]);
        }
        repo
    }

    /// The work tree.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs git in the work tree; its trimmed standard output. Panics when git fails.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let output = git::run(git::command(&self.path, self.clock.get()).args(args), None);
        git::checked(&output, &format!("git {args:?}"))
    }

    /// Writes a file, making its directories; bytes are written as they are.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let full = self.path.join(path);
        std::fs::create_dir_all(full.parent().expect("a file has a parent")).expect("directories");
        std::fs::write(&full, content)
            .unwrap_or_else(|error| panic!("cannot write {path}: {error}"));
        self
    }

    /// Writes a file and makes it executable.
    pub fn write_executable(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.write(path, content);
        make_executable(&self.path.join(path));
        self
    }

    /// Removes a file or a directory.
    pub fn remove(&self, path: &str) -> &Self {
        let full = self.path.join(path);
        let done = if full.is_dir() {
            std::fs::remove_dir_all(&full)
        } else {
            std::fs::remove_file(&full)
        };
        done.unwrap_or_else(|error| panic!("cannot remove {path}: {error}"));
        self
    }

    /// The text of a file of the work tree. Panics when it is missing.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path))
            .unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
    }

    /// Whether the work tree has the path.
    pub fn exists(&self, path: &str) -> bool {
        self.path.join(path).exists()
    }

    /// Commits everything in the work tree (an empty commit is made too); the new commit's hash.
    pub fn commit(&self, message: &str) -> String {
        self.clock.set(self.clock.get() + 60);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// The hash of the checked-out commit.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Makes a branch at the checked-out commit and switches to it.
    pub fn branch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", "--create", name]);
        self
    }

    /// Switches to a branch that exists.
    pub fn switch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", name]);
        self
    }

    /// Makes an annotated tag at the checked-out commit.
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "--annotate", "--message", name, name]);
        self
    }

    /// Makes a bare repository next to the work tree, adds it as `origin`, pushes all branches and
    /// tags; its path, which is a URL git understands.
    pub fn bare_remote(&self) -> PathBuf {
        let bare = self.root.path().join("origin.git");
        git::text(
            self.root.path(),
            &["init", "--quiet", "--bare", "--initial-branch=main", "origin.git"],
        );
        self.add_origin(&bare);
        bare
    }

    /// Adds an existing repository as `origin`, pushes all branches and tags, and fetches.
    pub fn add_origin(&self, url: &Path) -> &Self {
        self.git(&["remote", "add", "origin", &url.to_string_lossy()]);
        self.push();
        self.git(&["fetch", "--quiet", "origin"]);
        self
    }

    /// Pushes all branches and tags to `origin`.
    pub fn push(&self) -> &Self {
        self.git(&["push", "--quiet", "origin", "--all"]);
        self.git(&["push", "--quiet", "origin", "--tags"]);
        self
    }

    /// Fetches and resets the checked-out branch to what `origin` has.
    pub fn pull(&self) -> &Self {
        self.git(&["fetch", "--quiet", "--prune", "--tags", "origin"]);
        let branch = self.git(&["branch", "--show-current"]);
        self.git(&["reset", "--quiet", "--hard", &format!("origin/{branch}")]);
        self
    }

    /// The subjects of the last commits, newest first.
    pub fn log(&self) -> Vec<String> {
        self.git(&["log", "--format=%s"]).lines().map(str::to_owned).collect()
    }

    /// `git status --porcelain`: empty when nothing is changed.
    pub fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }
}

impl Default for TestRepo {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets the executable bits where the platform has them.
pub fn make_executable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, mode).expect("a mode can be set");
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_hash() {
        let one = TestRepo::with_files(&[("a.txt", "a\n")]);
        let two = TestRepo::with_files(&[("a.txt", "a\n")]);
        assert_eq!(one.head(), two.head());
        assert_eq!(one.log(), ["start"]);
        assert_eq!(one.status(), "");
    }

    #[test]
    fn a_clone_of_the_remote_has_the_files() {
        let repo = TestRepo::with_files(&[("dir/a.txt", "a\n")]);
        let clone = TestRepo::clone_of(repo.bare_remote());
        assert_eq!(clone.read("dir/a.txt"), "a\n");
    }
}

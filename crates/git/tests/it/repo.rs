//! A throwaway repository, unaffected by the configuration of whoever runs the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use launchway_git::Git;
use tempfile::TempDir;

/// Names that break careless code; all are valid on Unix.
pub(crate) const HOSTILE: &[&str] = &[
    "two words",
    "--all",
    "-n",
    "quo\"te",
    "it's",
    "back\\slash",
    "line\nfeed",
    "\"quoted\nline\"",
    "snow☃man",
    "*",
    ":(top)x",
    "$(id)",
    "a\tb",
    "#hash",
];

pub(crate) struct Repo {
    temp: TempDir,
    pub(crate) dir: PathBuf,
    clock: std::cell::Cell<u64>,
}

impl Repo {
    /// An empty repository with the branch `main` and an identity.
    pub(crate) fn new() -> Self {
        let repo = Self::bare_of_everything();
        repo.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repo.git(&["config", "user.name", "Tester"]);
        repo.git(&["config", "user.email", "tester@example.invalid"]);
        repo
    }

    /// A folder that is no repository.
    pub(crate) fn bare_of_everything() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("repo");
        std::fs::create_dir(&dir).unwrap();
        Self { temp, dir, clock: std::cell::Cell::new(1_700_000_000) }
    }

    pub(crate) fn outside(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn api(&self) -> Git {
        isolated(Git::at(&self.dir))
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.dir, args)
    }

    pub(crate) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        // Commits a minute apart, so that "newest first" is one order only.
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0000", self.clock.get());
        let output = Command::new("git")
            .current_dir(dir)
            .args(args)
            .envs(ISOLATION.iter().copied())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything there is and answers the commit's hash.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all", "."]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

const ISOLATION: &[(&str, &str)] = &[
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
];

pub(crate) fn isolated(git: Git) -> Git {
    ISOLATION.iter().fold(git, |git, (name, value)| git.with_env(name, value))
}

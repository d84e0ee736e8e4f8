//! A remote, clones of it, and a git that counts.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::PathBuf;

use launchway_base::Failure;
use launchway_changelog::guard::{Leave, Need, Tags, history};
use launchway_git::Git;
use launchway_testkit::git;

/// A remote with `commits` commits in a row, and a place for clones.
pub(crate) struct World {
    pub(crate) temp: tempfile::TempDir,
}

impl World {
    /// `tags` are made on the commits of these numbers, counted from 1: annotated ones when they
    /// start with `v`, plain ones otherwise.
    pub(crate) fn new(commits: usize, tags: &[(&str, usize)]) -> Self {
        let world = Self { temp: tempfile::tempdir().unwrap() };
        git::text(world.temp.path(), &["init", "--quiet", "--bare", "-b", "main", "origin"]);
        let mut stream = String::new();
        for number in 1..=commits {
            let (time, text) =
                (git::EPOCH + 60 * i64::try_from(number).unwrap(), format!("c{number}"));
            write!(
                stream,
                "commit refs/heads/main\nmark :{number}\ncommitter A <a@example.com> {time} +0000\n\
                 data {}\n{text}\nM 100644 inline a/f{}\ndata {}\n{text}\n",
                text.len(),
                number % 7,
                text.len(),
            )
            .unwrap();
        }
        for (tag, number) in tags {
            let head = if tag.starts_with('v') {
                format!("tag {tag}")
            } else {
                format!("reset refs/tags/{tag}")
            };
            let body = if tag.starts_with('v') {
                "tagger A <a@example.com> 1 +0000\ndata 0\n"
            } else {
                ""
            };
            write!(stream, "{head}\nfrom :{number}\n{body}\n").unwrap();
        }
        let output =
            git::output(&world.origin(), &["fast-import", "--quiet"], Some(stream.as_bytes()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world
    }

    pub(crate) fn origin(&self) -> PathBuf {
        self.temp.path().join("origin")
    }

    pub(crate) fn clone(&self, options: &[&str]) -> Clone {
        self.clone_from(&format!("file://{}", self.origin().display()), options)
    }

    pub(crate) fn clone_from(&self, url: &str, options: &[&str]) -> Clone {
        let dir = self.temp.path().join("clone");
        let mut args = vec!["clone", "--quiet"];
        args.extend(options);
        args.extend([url, "clone"]);
        git::text(self.temp.path(), &args);
        Clone {
            said: RefCell::default(),
            dir,
            log: self.temp.path().join("log"),
            git: self.counting(),
        }
    }

    /// A git that writes down what it is called with.
    pub(crate) fn counting(&self) -> PathBuf {
        let path = self.temp.path().join("git");
        let log = self.temp.path().join("log");
        launchway_testkit::script(
            &path,
            format!("#!/bin/sh\necho \"$*\" >> '{}'\nexec git \"$@\"\n", log.display()),
        );
        path
    }
}

pub(crate) struct Clone {
    pub(crate) dir: PathBuf,
    git: PathBuf,
    log: PathBuf,
    pub(crate) said: RefCell<Vec<String>>,
}

impl Clone {
    pub(crate) fn api(&self) -> Git {
        isolated(Git::at(&self.dir)).with_program(&self.git)
    }

    pub(crate) fn text(&self, args: &[&str]) -> String {
        git::text(&self.dir, args)
    }

    /// What git was called with to talk to the remote.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let is_request =
            |line: &&str| line.contains("fetch --quiet") || line.starts_with("ls-remote");
        log.lines().filter(is_request).map(str::to_owned).collect()
    }

    pub(crate) fn processes(&self) -> usize {
        std::fs::read_to_string(&self.log).unwrap_or_default().lines().count()
    }

    /// As `--unreleased` reads it: what follows the newest tag that is here.
    pub(crate) fn unreleased(&self) -> Need {
        let newest = git::try_text(&self.dir, &["describe", "--tags", "--abbrev=0"]);
        Need {
            revisions: vec![
                newest.as_ref().map_or("HEAD".to_owned(), |tag| format!("{tag}..HEAD")),
            ],
            tags: if newest.is_some() { Tags::Found } else { Tags::NoneHere },
            given: false,
        }
    }

    pub(crate) fn full(&self) -> Need {
        Need { revisions: vec!["HEAD".to_owned()], ..self.unreleased() }
    }

    pub(crate) fn ensure(&self, leave: Leave, need: impl Fn() -> Need) -> Result<bool, Failure> {
        self.ensure_with(&self.api(), leave, need)
    }

    pub(crate) fn ensure_with(
        &self,
        git: &Git,
        leave: Leave,
        need: impl Fn() -> Need,
    ) -> Result<bool, Failure> {
        let mut say = |text: &str| self.said.borrow_mut().push(text.to_owned());
        history::ensure(git, leave, &|_| true, &mut || Ok(need()), &mut say)
    }

    pub(crate) fn count(&self, range: &str) -> String {
        self.text(&["rev-list", "--count", range])
    }
}

pub(crate) fn isolated(git: Git) -> Git {
    let environment = git::environment(git::EPOCH);
    environment.into_iter().fold(git, |git, (name, value)| git.with_env(name, value))
}

pub(crate) const OFFLINE: Leave = Leave { offline: true, shallow: false, missing_tags: false };

#[track_caller]
pub(crate) fn refused(result: Result<bool, Failure>, words: &str, remedy: &str) {
    let failure = result.unwrap_err();
    assert_eq!(failure.kind().code(), 2, "{}", failure.chain());
    assert!(failure.chain().contains(words), "{}", failure.chain());
    assert!(failure.hint().unwrap().contains(remedy), "{:?}", failure.hint());
}

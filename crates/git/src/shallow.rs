//! Shallow clones: where history was cut off, and fetching more of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::run::failed;
use crate::{Git, GitError, Result};

/// How much more history to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deepen {
    /// So many more generations of commits.
    By(u32),
    /// All there is.
    All,
}

/// A commit of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// The full hash.
    pub id: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

/// What revisions and ranges stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Full hashes of the objects whose history is asked for.
    pub wanted: Vec<String>,
    /// Full hashes of those whose history is left out.
    pub excluded: Vec<String>,
}

impl Ends {
    /// What git reads from its standard input.
    pub(crate) fn input(&self) -> Vec<u8> {
        let mut input = String::new();
        for id in &self.wanted {
            input.extend([id, "\n"]);
        }
        for id in &self.excluded {
            input.extend(["^", id, "\n"]);
        }
        input.into_bytes()
    }
}

impl Git {
    /// The commits whose parents a shallow clone lacks, as full hashes; none for a complete one.
    /// No process where this is the root of an ordinary checkout.
    pub fn shallow_commits(&self) -> Result<BTreeSet<String>> {
        let path = if self.is_plain_root() {
            self.dir.join(".git/shallow")
        } else {
            self.git_path("shallow")?
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().map(|line| line.trim().to_owned()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(source) => Err(GitError::Io { command: "git rev-parse".to_owned(), source }),
        }
    }

    fn git_path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.dir.join(self.line(["rev-parse", "--git-path", name])?))
    }

    /// What revisions and ranges stand for; `None` when one of them is not known here.
    pub fn ends_of(&self, revisions: &[String]) -> Result<Option<Ends>> {
        let mut args = vec!["rev-parse", "--revs-only", "--end-of-options"];
        args.extend(revisions.iter().map(String::as_str));
        // Anything that is no revision is an error only after this.
        args.push("--");
        let output = self.output(&args, None)?;
        if output.exit != Some(0) {
            let error = failed(&args, &output);
            let is_unknown = !error.is_not_a_repository() && !error.is_foreign_owned();
            return if is_unknown { Ok(None) } else { Err(error) };
        }
        let mut ends = Ends::default();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            match line.strip_prefix('^') {
                Some(id) => ends.excluded.push(id.to_owned()),
                None if is_hash(line) => ends.wanted.push(line.to_owned()),
                None => {}
            }
        }
        Ok(Some(ends))
    }

    /// The commits in the history of the wanted ends and not in that of the excluded ones, as far as
    /// they are here.
    pub fn walk(&self, ends: &Ends) -> Result<Vec<Walked>> {
        if ends.wanted.is_empty() {
            return Ok(Vec::new());
        }
        let git = self.clone().with_env("GIT_NO_REPLACE_OBJECTS", "1");
        let output = git.run(["rev-list", "--timestamp", "--stdin"], Some(ends.input()))?;
        let output = String::from_utf8_lossy(&output);
        let commits = output.lines().map(|line| {
            let (time, id) = line.split_once(' ')?;
            Some(Walked { id: id.to_owned(), time: time.parse().ok()? })
        });
        commits.collect::<Option<_>>().ok_or_else(|| GitError::Unexpected {
            command: "git rev-list".to_owned(),
            what: "a commit without its time".to_owned(),
        })
    }

    /// Fetches more history of commits that are here, and nothing else: no branches, no tags.
    ///
    /// # Errors
    /// The remote does not answer or refuses; the deadline passed. What was here stays.
    pub fn deepen_commits(&self, remote: &str, commits: &[String], deepen: Deepen) -> Result<()> {
        let depth = match deepen {
            Deepen::By(by) => format!("--deepen={by}"),
            Deepen::All => "--unshallow".to_owned(),
        };
        let fixed = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", &depth, "--"];
        let mut args: Vec<&str> = fixed.into();
        args.push(remote);
        let plain = args.clone();
        args.extend(commits.iter().map(String::as_str));
        match self.fetch_shallow(&args) {
            // Servers without the second protocol give out tips only: then all branches it is.
            Err(error) if wants_tips(error.stderr()) => self.fetch_shallow(&plain),
            result => result,
        }
    }

    fn fetch_shallow(&self, args: &[&str]) -> Result<()> {
        let lock = self.git_path("shallow.lock")?;
        let was_locked = lock.exists();
        let result = self.run(args, None).map(drop);
        if matches!(result, Err(GitError::TimedOut { .. })) && !was_locked {
            // The git that made it was ended by us: the next one must not find it.
            let _ = std::fs::remove_file(&lock);
        }
        result
    }
}

fn wants_tips(stderr: &str) -> bool {
    ["unadvertised object", "not our ref", "couldn't find remote ref"]
        .iter()
        .any(|words| stderr.contains(words))
}

fn is_hash(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

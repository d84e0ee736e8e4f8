//! One commit as it was read: little, since a history has many.

use git_cliff_core::commit::{Commit, CommitStatistics, Signature};
use git_cliff_core::contributor::RemoteContributor;
use launchway_git::{LogEntry, LogPerson};

/// A commit that was read. What templates get of it is made when its release is.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Its full hash.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// The hashes of its parents; empty once the graph is made.
    pub(super) parents: Vec<String>,
    is_merge: bool,
    authored: i64,
    message: String,
    /// Author and committer, where anything reads their names.
    people: Option<Box<(Signature, Signature)>>,
    statistics: Option<Box<CommitStatistics>>,
    /// What a service says of it.
    pub remote: Option<Box<RemoteContributor>>,
}

impl Read {
    /// Keeps of a log's entry what is wanted.
    pub(super) fn new(entry: LogEntry, people: bool, lines: bool) -> Self {
        let statistics = lines.then(|| {
            let mut statistics = CommitStatistics::default();
            for file in &entry.files {
                statistics.files_changed += 1;
                statistics.additions += file.added;
                statistics.deletions += file.deleted;
            }
            Box::new(statistics)
        });
        let text = std::str::from_utf8(&entry.message).unwrap_or_default();
        Self {
            message: text.trim_start_matches('\n').trim_end().to_owned(),
            id: entry.id,
            time: entry.committer.time,
            authored: entry.author.time,
            is_merge: entry.parents.len() > 1,
            parents: entry.parents,
            people: people.then(|| Box::new((signature(entry.author), signature(entry.committer)))),
            statistics,
            remote: None,
        }
    }

    /// A commit that is in no repository: its message, with its hash in front if it has one.
    pub fn from_message(message: &str) -> Self {
        Self::of(Commit::from(message.to_owned()))
    }

    /// A commit from elsewhere.
    pub fn of(commit: Commit<'static>) -> Self {
        Self {
            time: commit.committer.timestamp,
            authored: commit.author.timestamp,
            is_merge: commit.merge_commit,
            people: Some(Box::new((commit.author, commit.committer))),
            statistics: Some(Box::new(commit.statistics)),
            remote: commit.remote.map(Box::new),
            id: commit.id,
            message: commit.message,
            parents: Vec::new(),
        }
    }

    /// The commit as the library takes it, not yet processed.
    pub fn commit(&self) -> Commit<'static> {
        let unnamed = |timestamp| Signature {
            name: Some(String::new()),
            email: Some(String::new()),
            timestamp,
        };
        let (author, committer) = match self.people.as_deref() {
            Some(people) => people.clone(),
            None => (unnamed(self.authored), unnamed(self.time)),
        };
        Commit {
            id: self.id.clone(),
            message: self.message.clone(),
            merge_commit: self.is_merge,
            statistics: self.statistics.as_deref().cloned().unwrap_or_default(),
            author,
            committer,
            remote: self.remote.as_deref().cloned(),
            ..Commit::default()
        }
    }

    /// The same, with its texts moved out.
    pub fn into_commit(mut self) -> Commit<'static> {
        let (id, message) = (std::mem::take(&mut self.id), std::mem::take(&mut self.message));
        Commit { id, message, ..self.commit() }
    }
}

fn signature(person: LogPerson) -> Signature {
    Signature {
        name: String::from_utf8(person.name).ok(),
        email: String::from_utf8(person.email).ok(),
        timestamp: person.time,
    }
}

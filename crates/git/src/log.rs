//! The commits of a range with all their fields, as one `git log` prints them.
//!
//! The log is read while git writes it, so that git and its reader work at the same time and no
//! more than one record is held here. Bytes are as stored: nothing is re-encoded, replacement
//! objects are not followed.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Stdio};

use crate::encoded::Waiting;
use crate::run::{complaint, read_all};
use crate::{Git, GitError, Result};

/// What one `git log` is to print.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// Revisions and ranges, as git reads them: `HEAD`, `v1.0.0..HEAD`.
    pub revisions: Vec<String>,
    /// Without the names and addresses of people, which saves a third of the output.
    pub without_people: bool,
    /// What to say of the files a commit changes, against its first parent.
    pub changes: LogChanges,
}

/// What a log says of the files a commit changes, against its first parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogChanges {
    /// Nothing.
    #[default]
    None,
    /// Their paths.
    Paths,
    /// The paths below these folders or of these files, which are taken literally; commits without
    /// one are in the log all the same. Reading a few folders costs half of reading all.
    PathsUnder(Vec<String>),
    /// Their paths and how many lines were added and deleted.
    Lines,
}

/// Author or committer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPerson {
    /// As stored; may be no UTF-8.
    pub name: Vec<u8>,
    /// As stored; may be no UTF-8.
    pub email: Vec<u8>,
    /// Seconds since 1970.
    pub time: i64,
}

/// One commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEntry {
    /// Its full hash.
    pub id: String,
    /// The full hashes of its parents, the first one first.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: LogPerson,
    /// Who put it into the repository.
    pub committer: LogPerson,
    /// The whole message as stored; may be no UTF-8.
    pub message: Vec<u8>,
    /// The files it changes, as the query asked.
    pub files: Vec<LogFile>,
}

/// A file that a commit changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFile {
    /// From the root of the repository; may be no UTF-8.
    pub path: Vec<u8>,
    /// Lines added; 0 for binary files and where lines were not asked for.
    pub added: usize,
    /// Lines deleted; 0 as above.
    pub deleted: usize,
}

impl Git {
    /// Reads a log, newest commits first as git orders them, and hands over each commit as it comes.
    ///
    /// # Errors
    /// Git does not know a revision, or ended with another error; the deadline passed.
    pub fn log(&self, query: &LogQuery, each: impl FnMut(LogEntry)) -> Result<()> {
        let (before, after) = arguments(query);
        let mut command = self.command(before);
        command.args(after).env("GIT_NO_REPLACE_OBJECTS", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(&mut command)?;
        let stderr = read_all(child.stderr.take());
        let records = child.stdout.take().map(|stdout| Records {
            stdout: BufReader::with_capacity(1 << 16, stdout),
            has_lines: query.changes == LogChanges::Lines,
            field: Vec::new(),
        });
        let read = match records {
            Some(records) => self.hand_over(records, each),
            None => Ok(()),
        };
        if read.is_err() {
            // What it still had to say is of no use any more.
            let _ = child.kill();
        }
        let status = child.wait().map_err(io)?;
        read?;
        if status.success() {
            return Ok(());
        }
        let stderr = stderr.recv().ok().and_then(std::result::Result::ok).unwrap_or_default();
        Err(GitError::Failed {
            command: COMMAND.to_owned(),
            exit: status.code(),
            stderr: complaint(&stderr),
            remote: false,
        })
    }

    fn hand_over(&self, mut records: Records, mut each: impl FnMut(LogEntry)) -> Result<()> {
        let mut waiting = Waiting::default();
        while let Some(record) = records.next()? {
            if self.deadline().is_over() {
                return Err(GitError::TimedOut { command: COMMAND.to_owned() });
            }
            waiting.push(self, record, &mut each)?;
        }
        waiting.hand_on(self, &mut each)
    }
}

const COMMAND: &str = "git log";
/// A record starts with a slash: no path does, so paths need no count. Every field ends with NUL.
const PEOPLE: &str = "--format=/%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%e%x00%B";
const NOBODY: &str = "--format=/%H%x00%P%x00%x00%x00%at%x00%x00%x00%ct%x00%e%x00%B";

fn arguments(query: &LogQuery) -> (Vec<&'static str>, Vec<String>) {
    let mut args = vec![
        "-c",
        "log.showRoot=true",
        "log",
        "-z",
        "--encoding=none",
        "--no-color",
        "--no-decorate",
        "--no-show-signature",
        "--no-notes",
        if query.without_people { NOBODY } else { PEOPLE },
    ];
    if query.changes != LogChanges::None {
        args.extend([
            "--diff-merges=first-parent",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
            "--diff-algorithm=myers",
            "-O/dev/null",
        ]);
    }
    match &query.changes {
        LogChanges::None => args.push("--no-patch"),
        LogChanges::Paths => args.push("--name-only"),
        LogChanges::PathsUnder(_) => args.extend(["--name-only", "--full-history", "--sparse"]),
        LogChanges::Lines => args.push("--numstat"),
    }
    args.push("--end-of-options");
    let mut rest = query.revisions.clone();
    rest.push("--".to_owned());
    if let LogChanges::PathsUnder(paths) = &query.changes {
        // From the root, in whichever folder git runs.
        rest.extend(paths.iter().map(|path| format!(":(top,literal){path}")));
    }
    (args, rest)
}

struct Records {
    stdout: BufReader<ChildStdout>,
    has_lines: bool,
    field: Vec<u8>,
}

impl Records {
    /// The next commit, and whether git converted it from another encoding; `None` at the end.
    fn next(&mut self) -> Result<Option<(LogEntry, bool)>> {
        let Some(id) = self.field()? else { return Ok(None) };
        let id = match id.strip_prefix(b"/") {
            Some(id) => text(id),
            None => return Err(unexpected("a record without its mark")),
        };
        let parents = self.required()?;
        let parents = text(parents).split_ascii_whitespace().map(str::to_owned).collect();
        let author = self.person()?;
        let committer = self.person()?;
        let encoding = self.required()?.to_ascii_lowercase();
        let is_encoded = !matches!(encoding.as_slice(), b"" | b"utf-8" | b"utf8");
        let message = self.required()?.to_vec();
        let files = self.files()?;
        Ok(Some((LogEntry { id, parents, author, committer, message, files }, is_encoded)))
    }

    fn person(&mut self) -> Result<LogPerson> {
        let mut name = self.required()?.trim_ascii().to_vec();
        let mut email = self.required()?.trim_ascii().to_vec();
        // An address begins with the last of several brackets.
        if let Some(at) = email.iter().rposition(|byte| *byte == b'<') {
            let rest = email.split_off(at + 1);
            name.extend([b" <".as_slice(), email.strip_suffix(b"<").unwrap_or(&email)].concat());
            (name, email) = (name.trim_ascii().to_vec(), rest);
        }
        // A commit with a mangled date has none for git.
        let time = text(self.required()?).parse().unwrap_or_default();
        Ok(LogPerson { name, email, time })
    }

    /// The files after a message: the first one is preceded by a newline.
    fn files(&mut self) -> Result<Vec<LogFile>> {
        let mut files = Vec::new();
        if self.peek()? != Some(b'\n') {
            return Ok(files);
        }
        self.stdout.consume(1);
        let has_lines = self.has_lines;
        while self.peek()?.is_some_and(|byte| byte != b'/') {
            let field = self.required()?;
            files.push(if has_lines { numbered(field)? } else { path_only(field) });
        }
        Ok(files)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        Ok(self.stdout.fill_buf().map_err(io)?.first().copied())
    }

    /// The bytes up to the next NUL, which is left out; `None` at the end.
    fn field(&mut self) -> Result<Option<&[u8]>> {
        self.field.clear();
        if self.stdout.read_until(0, &mut self.field).map_err(io)? == 0 {
            return Ok(None);
        }
        if self.field.last() == Some(&0) {
            self.field.pop();
        }
        Ok(Some(&self.field))
    }

    fn required(&mut self) -> Result<&[u8]> {
        self.field()?.ok_or_else(|| unexpected("an end in the middle of a record"))
    }
}

fn path_only(path: &[u8]) -> LogFile {
    LogFile { path: path.to_vec(), ..LogFile::default() }
}

/// `12\t3\tpath`, with `-` in place of numbers for a binary file.
fn numbered(field: &[u8]) -> Result<LogFile> {
    let mut parts = field.splitn(3, |byte| *byte == b'\t');
    let mut number = || parts.next().map(|part| text(part).parse().unwrap_or_default());
    match (number(), number(), parts.next()) {
        (Some(added), Some(deleted), Some(path)) => {
            Ok(LogFile { path: path.to_vec(), added, deleted })
        }
        _ => Err(unexpected("a file without its numbers")),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn io(source: std::io::Error) -> GitError {
    GitError::Io { command: COMMAND.to_owned(), source }
}

fn unexpected(what: &str) -> GitError {
    GitError::Unexpected { command: COMMAND.to_owned(), what: what.to_owned() }
}

//! Running git: one place that sets environment, feeds input, waits and explains failures.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use launchway_base::{Deadline, redact::redact};

use crate::{GitError, Result};

/// How many lines of complaint an error keeps.
const STDERR_LINES: usize = 8;
/// How long such a line may be, in characters.
const STDERR_COLUMNS: usize = 400;

/// Git in one directory. Cheap to make and to clone; holds no process.
#[derive(Clone, Debug)]
pub struct Git {
    pub(crate) dir: PathBuf,
    program: OsString,
    deadline: Deadline,
    by_folder: bool,
    /// Set for each process, after the inherited environment; never an argument.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Handed over through the environment, because values may be secret.
    pub(crate) config: Vec<ConfigPair>,
}

/// A configuration value for one process that prints no value.
#[derive(Clone)]
pub(crate) struct ConfigPair {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl std::fmt::Debug for ConfigPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=***", self.key)
    }
}

/// What a finished process left.
pub(crate) struct Output {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Git {
    /// Git in `dir`, which may be any directory of a repository. Nothing is run yet.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            program: "git".into(),
            deadline: Deadline::none(),
            by_folder: false,
            env: Vec::new(),
            config: Vec::new(),
        }
    }

    /// The same, with another git program than the one on `PATH`.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<OsString>) -> Self {
        self.program = program.into();
        self
    }

    /// The same, with every process ended when the deadline passes.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same, with one more variable in the environment of git.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The same, with the repository found by its folder alone, whatever `GIT_DIR` and its like say:
    /// hooks set them.
    #[must_use]
    pub fn found_by_folder(mut self) -> Self {
        self.by_folder = true;
        self
    }

    /// The directory git runs in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// When every process is ended.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The same git in another directory.
    #[must_use]
    pub fn in_dir(&self, dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), ..self.clone() }
    }

    pub(crate) fn command<I, S>(&self, args: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.dir).args(args);
        // Hooks and filters are other people's programs: our inputs may hold secrets.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text == "LAUNCHWAY_INPUTS" || text.starts_with("INPUT_") {
                command.env_remove(&name);
            }
        }
        if self.by_folder {
            for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"] {
                command.env_remove(name);
            }
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_EDITOR", ":")
            .env("GIT_PAGER", "cat")
            .env("LC_ALL", "C")
            .env("LANGUAGE", "C");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if !self.config.is_empty() {
            let before: usize = std::env::var("GIT_CONFIG_COUNT")
                .ok()
                .and_then(|count| count.trim().parse().ok())
                .unwrap_or(0);
            command.env("GIT_CONFIG_COUNT", (before + self.config.len()).to_string());
            for (index, pair) in (before..).zip(&self.config) {
                command.env(format!("GIT_CONFIG_KEY_{index}"), &pair.key);
                command.env(format!("GIT_CONFIG_VALUE_{index}"), &pair.value);
            }
        }
        command
    }

    pub(crate) fn spawn(&self, command: &mut Command) -> Result<Child> {
        command.spawn().map_err(|source| {
            if source.kind() != ErrorKind::NotFound {
                return GitError::Io { command: name(command), source };
            }
            // The same error stands for a missing program and a missing directory.
            if self.dir.is_dir() {
                GitError::NotInstalled
            } else {
                GitError::NoDirectory(self.dir.clone())
            }
        })
    }

    /// Runs git to its end, whatever its exit code.
    pub(crate) fn output<I, S>(&self, args: I, stdin: Option<Vec<u8>>) -> Result<Output>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = self.command(args);
        command
            .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.spawn(&mut command)?;
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), stdin) {
            // A git that ends early closes the pipe; its exit code tells why.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        let stdout = read_all(child.stdout.take());
        let stderr = read_all(child.stderr.take());
        let (Some(stdout), Some(stderr)) = (self.receive(&stdout), self.receive(&stderr)) else {
            // The threads that still read end with the pipes.
            let _ = child.kill();
            let _ = child.wait();
            return Err(GitError::TimedOut { command: name(&command) });
        };
        let io = |source| GitError::Io { command: name(&command), source };
        let status = child.wait().map_err(io)?;
        Ok(Output { exit: status.code(), stdout: stdout.map_err(io)?, stderr: stderr.map_err(io)? })
    }

    fn receive<T>(&self, channel: &mpsc::Receiver<T>) -> Option<T> {
        match self.deadline.remaining() {
            Some(left) => channel.recv_timeout(left).ok(),
            None => channel.recv().ok(),
        }
    }

    /// Runs git and returns its standard output; an exit code other than 0 is an error.
    pub(crate) fn run<I, S>(&self, args: I, stdin: Option<Vec<u8>>) -> Result<Vec<u8>>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let output = self.output(&args, stdin)?;
        if output.exit == Some(0) { Ok(output.stdout) } else { Err(failed(&args, &output)) }
    }

    /// As [`Git::run`], for answers that are one line of text.
    pub(crate) fn line<I, S>(&self, args: I) -> Result<String>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let stdout = self.run(args, None)?;
        Ok(String::from_utf8_lossy(&stdout).trim_end_matches(['\n', '\r']).to_owned())
    }
}

type Bytes = mpsc::Receiver<std::io::Result<Vec<u8>>>;

/// Reads a pipe to its end on a thread of its own, so that no pipe blocks another.
pub(crate) fn read_all(pipe: Option<impl Read + Send + 'static>) -> Bytes {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        let _ = send.send(read.map(|_| bytes));
    });
    receive
}

/// The failure of a process that ended with an exit code other than 0.
pub(crate) fn failed<S: AsRef<OsStr>>(args: &[S], output: &Output) -> GitError {
    let command = subcommand(args.iter().map(AsRef::as_ref));
    let remote = ["git push", "git fetch", "git ls-remote"].contains(&command.as_str());
    GitError::Failed { command, exit: output.exit, stderr: complaint(&output.stderr), remote }
}

/// The first lines of a complaint, redacted, for an error message.
pub(crate) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let text = redact(&text);
    let lines: Vec<String> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .take(STDERR_LINES)
        .map(|line| {
            line.chars().take(STDERR_COLUMNS).filter(|c| !c.is_control() || *c == '\t').collect()
        })
        .collect();
    if lines.is_empty() { "it said nothing".to_owned() } else { lines.join("\n") }
}

fn name(command: &Command) -> String {
    subcommand(command.get_args())
}

/// `git log` of all its arguments: the rest may hold text from users.
fn subcommand<'a>(args: impl Iterator<Item = &'a OsStr>) -> String {
    let mut args = args.map(OsStr::to_string_lossy);
    while let Some(arg) = args.next() {
        match arg.as_ref() {
            "-c" | "-C" => drop(args.next()),
            option if option.starts_with('-') => {}
            verb => return format!("git {verb}"),
        }
    }
    "git".to_owned()
}

/// Splits NUL-separated output; the last separator ends the last item.
pub(crate) fn split_nul(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|item| !item.is_empty())
}

/// A path that must be UTF-8.
pub(crate) fn path_text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        GitError::NotUtf8(String::from_utf8_lossy(error.as_bytes()).escape_debug().to_string())
    })
}

//! A program in a scrubbed environment, with a time limit.

use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a program may see of the environment the tests run in.
const KEPT: &[&str] = &["PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "LLVM_PROFILE_FILE"];

/// A program to run with nothing of the caller's environment but `PATH`, `HOME` and `LANG`.
#[derive(Clone, Debug)]
pub struct Scrubbed {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
    stdin: Vec<u8>,
    timeout: Duration,
}

/// How a program ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether the time limit killed it.
    pub timed_out: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// The most memory it was seen to hold, in bytes; zero where the system does not tell.
    pub peak: u64,
}

impl Finished {
    /// Panics with everything the program said unless it ended with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Panics with everything the program said unless it ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "expected exit {code}, got {:?}{}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            if self.timed_out { " (timed out)" } else { "" },
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both streams, standard output first.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Scrubbed {
    /// A program by path; the time limit is one minute unless said.
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            dir: None,
            stdin: Vec::new(),
            timeout: Duration::from_mins(1),
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// One variable; a later one of the same name wins.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// More variables.
    #[must_use]
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut self,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let vars = vars.into_iter();
        self.env.extend(vars.map(|(k, v)| (k.as_ref().to_owned(), v.as_ref().to_owned())));
        self
    }

    /// Where it runs; the test's own directory unless said.
    #[must_use]
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// What it reads; nothing unless said.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// How long it may take before it is killed.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The prepared command, for callers that want to hold the child themselves.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear();
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    /// Runs it to its end or the time limit.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn run(&self) -> Finished {
        let started = Instant::now();
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program.display()));
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let input = self.stdin.clone();
        std::thread::spawn(move || drop(stdin.write_all(&input)));
        let mut out = child.stdout.take().expect("standard output is piped");
        let mut err = child.stderr.take().expect("standard error is piped");
        let out = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = out.read_to_end(&mut bytes);
            bytes
        });
        let err = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = err.read_to_end(&mut bytes);
            bytes
        });
        let mut pause = Duration::from_millis(1);
        let mut peak = 0;
        let (status, timed_out) = loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                break (Some(status), false);
            }
            if started.elapsed() > self.timeout {
                let _ = child.kill();
                let _ = child.wait();
                break (None, true);
            }
            peak = peak.max(resident(child.id()));
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        let elapsed = started.elapsed();
        // A grandchild may hold the pipes open after a kill; what it says no longer matters.
        let read = |thread: std::thread::JoinHandle<Vec<u8>>| {
            if timed_out && !thread.is_finished() {
                std::thread::sleep(Duration::from_millis(100));
                if !thread.is_finished() {
                    return String::new();
                }
            }
            String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
        };
        let finished = Finished {
            code: status.and_then(|status| status.code()),
            stdout: read(out),
            stderr: read(err),
            timed_out,
            elapsed,
            peak,
        };
        crate::heard::note(self.program.as_os_str(), finished.code, &finished.all());
        finished
    }
}

/// The most memory a process has held so far, in bytes. Zero while a child that was just made still
/// shares the memory of the program that made it.
pub(crate) fn resident(process: u32) -> u64 {
    let program = |process: &str| std::fs::read_link(format!("/proc/{process}/exe")).ok();
    if program(&process.to_string()) == program("self") {
        return 0;
    }
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_seen() {
        let finished = Scrubbed::new("/usr/bin/env").env("GIVEN", "yes").run().success();
        let names: Vec<_> =
            finished.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert!(names.contains(&"GIVEN"));
        assert!(names.iter().all(|name| *name == "GIVEN" || KEPT.contains(name)), "{names:?}");
    }

    #[test]
    fn the_time_limit_kills() {
        let run = Scrubbed::new("sleep").arg("30").timeout(Duration::from_millis(50)).run();
        assert!(run.timed_out && run.code.is_none());
        assert!(run.elapsed < Duration::from_secs(5));
        assert!(!cfg!(target_os = "linux") || (100_000..100_000_000).contains(&run.peak));
    }
}

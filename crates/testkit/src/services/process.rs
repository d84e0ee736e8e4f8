//! A server's process: started as a user the server accepts, ended with all it started.

use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::distribution::tool;

/// How long it may take until it does what it is told.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// Whom a server runs as where it may not be root: `nobody`, everywhere.
const NOBODY: u32 = 65534;

/// A program of a server, also where only servers and not people look for it; the newest version
/// where there are several. `None` after a line that says it is missing.
pub(super) fn server(name: &str) -> Option<PathBuf> {
    let mut places = vec![PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")];
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    places.into_iter().map(|dir| dir.join(name)).find(|file| file.is_file()).or_else(|| tool(name))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Gives a file or folder to whom the server runs as.
pub(super) fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root can give files away");
    }
}

/// A program, run as somebody who is not root.
pub(super) fn command(program: &Path, dir: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        let id = NOBODY.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.current_dir(dir).env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8");
    // Two that start at once would take each other's temporary tables away.
    command.env("HOME", dir).env("TMPDIR", dir).stdin(Stdio::null());
    command
}

/// Runs a program to its end.
///
/// # Panics
/// When it fails, with what it said.
pub(super) fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(done.status.success(), "{command:?} fails:\n{said}");
    said
}

/// A server that runs. Dropping it ends it at once, with what it started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    name: &'static str,
    log: PathBuf,
    /// The signal that ends it at once and in order.
    quick: &'static str,
}

impl Process {
    /// Starts it, in a group of its own; what it says goes into a file.
    pub(super) fn start(
        name: &'static str,
        quick: &'static str,
        command: &mut Command,
        log: &Path,
    ) -> Self {
        let out = File::options().create(true).append(true).open(log).expect("a file for its log");
        let child = command
            .stdout(out.try_clone().expect("a file can be shared"))
            .stderr(out)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { child, name, log: log.to_owned(), quick }
    }

    /// Waits until it does something.
    pub(super) fn wait_until(&mut self, is_done: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_done() {
            let ended = self.child.try_wait().expect("a child can be waited for");
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "{} does not start:\n{}",
                self.name,
                std::fs::read_to_string(&self.log).unwrap_or_default(),
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        signal(self.quick, &self.child.id().to_string());
        let began = Instant::now();
        while !matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
            if began.elapsed() > Duration::from_secs(10) {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        // What it started and left behind, and itself where it did not listen.
        signal("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
    }
}

/// Sends a signal, which may come too late.
pub(super) fn signal(name: &str, whom: &str) {
    let kill = format!("kill -s {name} -- {whom} 2>/dev/null");
    let _ = Command::new("sh").args(["-c", &kill]).status();
}

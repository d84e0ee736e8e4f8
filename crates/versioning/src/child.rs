//! Programs of the project that are run: found beforehand, bounded in time, without our inputs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use launchway_base::Deadline;

use crate::generator::EnvLookup;

/// Nothing a project runs here takes longer.
const LONGEST: Duration = Duration::from_mins(10);
/// How much of a program's words is kept, from the end.
const KEPT: usize = 4096;

/// The environment of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessEnv;

impl EnvLookup for ProcessEnv {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its status, `None` when it was stopped because the time was up.
    pub(crate) status: Option<ExitStatus>,
    /// The end of what it printed, on both of its outputs.
    pub(crate) said: String,
}

impl Ended {
    pub(crate) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Completes "the program …".
    pub(crate) fn how(&self) -> String {
        match self.status {
            None => "did not end in time".to_owned(),
            Some(status) => match status.code() {
                Some(code) => format!("ended with exit code {code}"),
                None => "was killed by a signal".to_owned(),
            },
        }
    }
}

/// What a program said, as the cause of a failure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(pub(crate) String);

/// The program's file on a search path, as a shell finds it.
pub(crate) fn find_program(name: &str, path: &OsString) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat", ".com"] } else { &[""] };
    std::env::split_paths(path)
        .filter(|folder| !folder.as_os_str().is_empty())
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))))
        .find(|file| is_runnable(file))
}

/// The file of a program in one folder.
pub(crate) fn program_in(folder: &Path, name: &str) -> Option<PathBuf> {
    find_program(name, &folder.as_os_str().to_owned())
}

#[cfg(unix)]
fn is_runnable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|known| known.is_file() && known.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_runnable(file: &Path) -> bool {
    file.is_file()
}

/// Whether a variable is ours alone: inputs of the action, and what would let a child act as the
/// job.
fn is_hidden(name: &str) -> bool {
    name.starts_with("LAUNCHWAY_")
        || name.starts_with("INPUT_")
        || name.starts_with("ACTIONS_ID_TOKEN_REQUEST_")
        || name == "ACTIONS_RUNTIME_TOKEN"
}

/// Runs a program to its end, at most to the deadline; nothing is asked of the terminal.
///
/// Its words go to a file in `scratch`, so that a grandchild that lives on holds nothing up.
pub(crate) fn run(mut command: Command, scratch: &Path, deadline: Deadline) -> io::Result<Ended> {
    let words = scratch.join("output");
    let out = File::create(&words)?;
    let err = out.try_clone()?;
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_hidden) {
            command.env_remove(name);
        }
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn()?;
    let until = Instant::now().checked_add(deadline.bound(LONGEST));
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            end(&mut child)?;
            break None;
        }
        sleep(Duration::from_millis(5));
    };
    let bytes = fs::read(&words)?;
    let tail = bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or_default();
    Ok(Ended { status, said: String::from_utf8_lossy(tail).trim().to_owned() })
}

/// Ends a program and what it started.
fn end(child: &mut Child) -> io::Result<()> {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    child.kill()?;
    child.wait().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_variables_are_hidden() {
        for (name, hidden) in [
            ("LAUNCHWAY_INPUTS", true),
            ("INPUT_GITHUB-TOKEN", true),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", true),
            ("GITHUB_TOKEN", false),
            ("PATH", false),
        ] {
            assert_eq!(is_hidden(name), hidden, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped_and_its_words_are_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo hello; exec sleep 60"]);
        let ended =
            run(command, scratch.path(), Deadline::after(Duration::from_millis(300))).unwrap();
        assert!(!ended.succeeded());
        assert_eq!((ended.how().as_str(), ended.said.as_str()), ("did not end in time", "hello"));
    }
}

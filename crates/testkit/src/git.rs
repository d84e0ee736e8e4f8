//! The git program in a clean environment: no user or system configuration, a fixed identity.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The name every commit of a test is made with.
pub const NAME: &str = "Test Author";
/// The address every commit of a test is made with.
pub const EMAIL: &str = "author@example.com";
/// The first instant of every test's clock, in seconds since 1970: 2026-01-01T00:00:00Z.
pub const EPOCH: i64 = 1_767_225_600;

/// The environment that keeps git from reading anything outside the repository.
pub fn environment(seconds: i64) -> Vec<(&'static str, String)> {
    let date = format!("{seconds} +0000");
    vec![
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_CONFIG_SYSTEM", "/dev/null".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_AUTHOR_NAME", NAME.into()),
        ("GIT_AUTHOR_EMAIL", EMAIL.into()),
        ("GIT_COMMITTER_NAME", NAME.into()),
        ("GIT_COMMITTER_EMAIL", EMAIL.into()),
        ("GIT_AUTHOR_DATE", date.clone()),
        ("GIT_COMMITTER_DATE", date),
        ("LC_ALL", "C.UTF-8".into()),
        ("TZ", "UTC".into()),
    ]
}

/// A git command in a directory; add arguments and run it.
pub fn command(dir: &Path, seconds: i64) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command.current_dir(dir).envs(environment(seconds));
    command
}

/// Runs git and returns what it said, whatever its exit code.
pub fn output<S: AsRef<OsStr>>(dir: &Path, args: &[S], input: Option<&[u8]>) -> Output {
    run(command(dir, EPOCH).args(args), input)
}

/// Runs git; the trimmed standard output, or `None` when it failed.
pub fn try_text<S: AsRef<OsStr>>(dir: &Path, args: &[S]) -> Option<String> {
    let output = output(dir, args, None);
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Runs git; the trimmed standard output.
///
/// # Panics
/// When git fails, with what it said.
pub fn text<S: AsRef<OsStr>>(dir: &Path, args: &[S]) -> String {
    let output = output(dir, args, None);
    let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
    checked(&output, &format!("git {args:?} in {}", dir.display()))
}

pub(crate) fn run(command: &mut Command, input: Option<&[u8]>) -> Output {
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git can be started");
    let writer = input.map(|input| {
        let input = input.to_vec();
        let mut pipe = child.stdin.take().expect("standard input is piped");
        // A thread, so that neither side waits for the other on a full pipe.
        std::thread::spawn(move || drop(pipe.write_all(&input)))
    });
    let output = child.wait_with_output().expect("git can be waited for");
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    output
}

pub(crate) fn checked(output: &Output, what: &str) -> String {
    assert!(
        output.status.success(),
        "{what} failed: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

//! `exec:COMMAND`: a command that ends with 0 when all is well. Its standard output is the body.
//!
//! The words are split as a shell does and run without one; who wants one writes `exec:sh -c '…'`. The
//! command runs in a group of its own, which ends with it, and with the look: nothing is left behind.

mod secrets;

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use launchway_base::Failure;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Gives, Kind, Means, Probe};
use crate::attempt::{Fault, Observation, Response, Timings};
use crate::foreign::quote;
use crate::reason::Reason;

/// Commands.
pub(super) const KIND: Kind = Kind {
    prefixes: &["exec:"],
    example: "exec:pg_isready --host db",
    parse: |text| Ok(Box::new(Exec::parse(text)?)),
};

/// How much is kept of the end of what is said and not compared: its last line is shown.
const TAIL: usize = 4096;
/// How long somebody who left the group may still hold the pipes when the command has ended.
const AFTERMATH: Duration = Duration::from_millis(100);

/// A command to run.
#[derive(Debug)]
struct Exec {
    program: String,
    args: Vec<String>,
    shown: String,
}

impl Exec {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::input(format!("the command of an `exec:` target {what}"))
                .with_hint("write it as in `exec:pg_isready --host db` or `exec:sh -c 'a | b'`")
        };
        let line = text.get("exec:".len()..).unwrap_or_default().trim();
        let words = shlex::split(line).ok_or_else(|| wrong("has a quote that does not end"))?;
        if line.contains('\0') {
            return Err(wrong("holds a NUL"));
        }
        let mut words = words.into_iter();
        let program =
            words.next().filter(|word| !word.is_empty()).ok_or_else(|| wrong("is empty"))?;
        let shown = quote(format!("exec:{}", secrets::hide(line)).as_bytes());
        Ok(Self { program, args: words.collect(), shown })
    }

    fn command(&self, hidden_env: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in hidden_env {
            command.env_remove(name);
        }
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    async fn run(&self, means: &Means, until: Instant) -> Observation {
        let started = Instant::now();
        let mut observation = Observation { requests: 1, ..Observation::default() };
        let mut out = Output::new(means, started);
        let mut err = Vec::new();
        match self.command(&means.hidden_env).spawn() {
            Err(error) => observation.fault = Some(self.unstarted(&error)),
            Ok(mut child) => {
                let mut group = Group(child.id());
                let end =
                    timeout_at(until, follow(&mut child, &mut group, &mut out, &mut err)).await;
                // Before anything else: whatever still runs has had its time.
                drop(group);
                let (fault, note) = judge(end.ok(), means, &out, &err);
                (observation.fault, observation.note) = (fault, note);
            }
        }
        observation.timings =
            Timings { first_byte: out.first, total: started.elapsed(), ..Timings::default() };
        observation.response =
            Some(Response { body: out.kept, body_is_cut: out.is_cut, ..Response::default() });
        observation
    }

    fn unstarted(&self, error: &io::Error) -> Fault {
        let program = quote(secrets::hide(&self.program).as_bytes());
        let fault =
            |why: &str| Fault::new(Reason::CommandFailed, format!("`{program}` {why}")).and_own();
        match error.kind() {
            // A script whose first line names a program that is not there is not found either.
            io::ErrorKind::NotFound => {
                fault("is not found: it is not installed, or not on PATH").and_final()
            }
            io::ErrorKind::PermissionDenied => fault("is no program that may be run").and_final(),
            _ => fault(&format!("cannot be started: {error}")),
        }
    }
}

impl Probe for Exec {
    fn shown(&self) -> String {
        self.shown.clone()
    }

    fn gives(&self) -> Gives {
        Gives { body: true, ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        self.run(means, until).boxed()
    }
}

/// How a command ended by itself.
enum End {
    Exit(io::Result<ExitStatus>),
    /// It says more than may be kept, and all of it would matter.
    TooMuch,
}

/// Reads what a command says until it has ended.
async fn follow(child: &mut Child, group: &mut Group, out: &mut Output, err: &mut Vec<u8>) -> End {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reading = try_join(out.read(stdout), async {
        tail(stderr, err).await;
        Ok(())
    });
    tokio::pin!(reading);
    let mut is_read = false;
    let status = loop {
        tokio::select! {
            done = &mut reading, if !is_read => match done {
                Ok(_) => is_read = true,
                Err(TooMuch) => return End::TooMuch,
            },
            status = child.wait() => break status,
        }
    };
    // What it left running may hold the pipes for ever.
    group.end_rest();
    if !is_read && let Ok(Err(TooMuch)) = timeout(AFTERMATH, reading).await {
        return End::TooMuch;
    }
    End::Exit(status)
}

fn judge(
    end: Option<End>,
    means: &Means,
    out: &Output,
    err: &[u8],
) -> (Option<Fault>, Option<String>) {
    let fault = |reason, detail: &str| Some(Fault::new(reason, detail));
    match end {
        None => (fault(Reason::ResponseTimeout, "the command did not end in time"), None),
        Some(End::TooMuch) => {
            let detail = format!("the command says more than {} bytes", means.max_body_bytes);
            (fault(Reason::BodyTooLarge, &detail), None)
        }
        Some(End::Exit(Err(error))) => {
            (fault(Reason::CommandFailed, &format!("the command got lost: {error}")), None)
        }
        Some(End::Exit(Ok(status))) if status.success() => (None, Some("exit code 0".to_owned())),
        Some(End::Exit(Ok(status))) => {
            let note = in_words(status);
            let last = [err, &out.kept].into_iter().map(last_line).find(|line| !line.is_empty());
            let detail = last.map_or_else(|| note.clone(), |line| format!("{note}: {line}"));
            (fault(Reason::CommandFailed, &detail), Some(note))
        }
    }
}

fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match nix::sys::signal::Signal::try_from(number) {
            Ok(signal) => format!("killed by {signal}"),
            Err(_) => format!("killed by signal {number}"),
        };
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

/// The last line that says something.
fn last_line(bytes: &[u8]) -> String {
    bytes.rsplit(|byte| *byte == b'\n').map(quote).find(|line| !line.is_empty()).unwrap_or_default()
}

/// More came than may.
struct TooMuch;

/// Standard output: its beginning is kept where something is expected of it, else its end. The rest is
/// read so that the command is not held up.
struct Output {
    kept: Vec<u8>,
    most: usize,
    is_cut: bool,
    matters: bool,
    started: Instant,
    first: Option<Duration>,
}

impl Output {
    fn new(means: &Means, started: Instant) -> Self {
        Self {
            kept: Vec::new(),
            most: means.max_body_bytes,
            is_cut: false,
            matters: means.body_matters,
            started,
            first: None,
        }
    }

    async fn read(&mut self, pipe: Option<impl AsyncRead + Unpin>) -> Result<(), TooMuch> {
        let Some(mut pipe) = pipe else { return Ok(()) };
        let mut buffer = vec![0; 16 * 1024];
        // A pipe that breaks has said what it had to say.
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            self.first.get_or_insert_with(|| self.started.elapsed());
            let new = buffer.get(..read).unwrap_or_default();
            if !self.matters {
                self.is_cut |= keep_end(&mut self.kept, new);
                continue;
            }
            let room = self.most - self.kept.len();
            self.kept.extend_from_slice(new.get(..room).unwrap_or(new));
            if new.len() > room {
                self.is_cut = true;
                return Err(TooMuch);
            }
        }
        Ok(())
    }
}

/// Reads a pipe to its end and keeps the end of it.
async fn tail(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; TAIL];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        keep_end(kept, buffer.get(..read).unwrap_or_default());
    }
}

/// Adds to what is kept of an end. Returns whether something had to go.
fn keep_end(kept: &mut Vec<u8>, new: &[u8]) -> bool {
    kept.extend_from_slice(new);
    let is_long = kept.len() > 2 * TAIL;
    if is_long {
        kept.drain(..kept.len() - TAIL);
    }
    is_long
}

/// A command and all it started. It ends when this is dropped, so also when a look is given up; and
/// only once, since the number may be somebody else's later.
struct Group(Option<u32>);

impl Group {
    /// Ends what a command that has ended left behind.
    #[cfg(unix)]
    fn end_rest(&mut self) {
        self.end();
    }

    /// What it left behind cannot be found anymore, and its number may be somebody else's already.
    #[cfg(not(unix))]
    fn end_rest(&mut self) {
        self.0 = None;
    }

    #[cfg(unix)]
    fn end(&mut self) {
        use nix::sys::signal::{Signal, killpg};
        if let Some(id) = self.0.take().and_then(|id| i32::try_from(id).ok()) {
            // That nobody is left is as good.
            let _ = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
        }
    }

    #[cfg(not(unix))]
    fn end(&mut self) {
        if let Some(id) = self.0.take() {
            let _ = std::process::Command::new("taskkill")
                .args(["/T", "/F", "/PID", &id.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let exec = Exec::parse("EXEC: sh -c 'echo \"$HOME\" | cat'  two\\ words ").unwrap();
        assert_eq!(exec.program, "sh");
        assert_eq!(exec.args, ["-c", "echo \"$HOME\" | cat", "two words"]);
        assert_eq!(exec.shown(), "exec:sh -c 'echo \"$HOME\" | cat' two\\ words");
    }

    #[test]
    fn what_is_no_command_is_bad_input() {
        for (text, words) in [
            ("exec:", "is empty"),
            ("exec: '' x", "is empty"),
            ("exec:a 'b", "quote"),
            ("exec:a\0", "NUL"),
        ] {
            let error = Exec::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_secret_on_the_command_line_is_not_shown() {
        let exec = Exec::parse("exec:tool --password 'sesame horse' ping").unwrap();
        assert_eq!(exec.args, ["--password", "sesame horse", "ping"]);
        assert_eq!(exec.shown(), "exec:tool --password '***' ping");
    }

    #[test]
    fn the_last_line_is_the_one_that_says_something() {
        assert_eq!(last_line(b"one\r\ntwo\x1b[0m\r\n \n\n"), "two[0m");
        assert_eq!(last_line(b""), "");
    }
}

//! Running a script of the project: its output goes to the log as it comes, where no workflow
//! command in it acts.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use launchway_base::{Deadline, Failure, redact};
use launchway_runtime::Session;

/// How often a script that says nothing is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long the pipes of a script that has ended are listened to: something it left behind may
/// hold them open for ever.
const AFTERMATH: Duration = Duration::from_secs(2);
/// How many lines may wait to be shown; a script that prints faster has to wait, too.
const WAITING: usize = 256;

/// A script to run.
#[derive(Debug)]
pub struct Script<'a> {
    /// The input it comes from, for messages.
    pub name: &'a str,
    /// Program and arguments.
    pub words: &'a [String],
    /// Where it runs.
    pub dir: &'a Path,
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// When it is ended.
    pub deadline: Deadline,
}

impl Script<'_> {
    /// Runs it to its end; `on_line` gets every line of its standard output.
    pub fn run(
        self,
        session: &Session,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<ExitStatus, Failure> {
        let (program, args) = self
            .words
            .split_first()
            .ok_or_else(|| Failure::input(format!("`{}` is empty", self.name)))?;
        let mut command = Command::new(find(program, self.dir, &self.env));
        command.args(args).current_dir(self.dir).env_clear().envs(&self.env);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that whatever it starts can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| {
            Failure::input(format!("cannot run `{program}` of `{}`", self.name))
                .with_hint("check that it is installed; the words of the input are run as they are, without a shell")
                .caused_by(error)
        })?;
        self.follow(session, &mut child, on_line)
    }

    fn follow(
        &self,
        session: &Session,
        child: &mut Child,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<ExitStatus, Failure> {
        let (send, lines) = mpsc::sync_channel(WAITING);
        read_lines(child.stdout.take(), true, send.clone());
        read_lines(child.stderr.take(), false, send);
        let foreign = session.foreign();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        let mut looked = Instant::now();
        loop {
            match lines.recv_timeout(TICK) {
                Ok((is_stdout, line)) => {
                    show(&foreign, &line);
                    if is_stdout {
                        on_line(&line);
                    }
                    // One that never stops printing is looked at like one that says nothing.
                    if looked.elapsed() < TICK {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            looked = Instant::now();
            if let Some((_, since)) = ended {
                if since.elapsed() > AFTERMATH {
                    break;
                }
            } else if let Some(status) = child.try_wait().map_err(|error| self.lost(error))? {
                ended = Some((status, Instant::now()));
            } else if self.deadline.is_over() {
                end(child);
                for (is_stdout, line) in lines.try_iter().take(WAITING) {
                    show(&foreign, &line);
                    if is_stdout {
                        on_line(&line);
                    }
                }
                return Err(self.late());
            }
        }
        drop(foreign);
        match ended {
            Some((status, _)) => Ok(status),
            None => self.wait(child),
        }
    }

    /// Waits for a script that closed its pipes.
    fn wait(&self, child: &mut Child) -> Result<ExitStatus, Failure> {
        loop {
            if let Some(status) = child.try_wait().map_err(|error| self.lost(error))? {
                return Ok(status);
            }
            if self.deadline.is_over() {
                end(child);
                return Err(self.late());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn late(&self) -> Failure {
        Failure::remote(format!("`{}` did not end within `timeout`", self.name))
            .with_hint("raise `timeout`, or look at what the script waits for")
    }

    fn lost(&self, error: std::io::Error) -> Failure {
        Failure::internal(format!("`{}` got lost", self.name)).caused_by(error)
    }
}

/// Shows a line. Masking is the one command that acts: a script that asks for it has printed
/// nothing yet.
fn show(foreign: &launchway_runtime::Foreign<'_>, line: &str) {
    match line.trim_start().strip_prefix("::add-mask::") {
        Some(secret) => {
            let secret = secret.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
            redact::register(secret.trim());
        }
        None => foreign.line(line),
    }
}

fn read_lines(
    pipe: Option<impl Read + Send + 'static>,
    is_stdout: bool,
    send: mpsc::SyncSender<(bool, String)>,
) {
    let Some(pipe) = pipe else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            line.clear();
            if send.send((is_stdout, text)).is_err() {
                return;
            }
        }
    });
}

/// Ends a script and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The program as the system finds it. On Windows most are scripts, which only a full name finds.
fn find(program: &str, dir: &Path, env: &BTreeMap<OsString, OsString>) -> PathBuf {
    let plain = PathBuf::from(program);
    if plain.components().count() > 1 && plain.is_relative() {
        return dir.join(plain);
    }
    if !cfg!(windows) || plain.extension().is_some() {
        return plain;
    }
    let path = env.iter().find(|(name, _)| name.eq_ignore_ascii_case("PATH")).map(|(_, path)| path);
    path.into_iter()
        .flat_map(std::env::split_paths)
        .flat_map(|folder| {
            ["exe", "cmd", "bat"].map(|ending| folder.join(program).with_extension(ending))
        })
        .find(|file| file.is_file())
        .unwrap_or(plain)
}

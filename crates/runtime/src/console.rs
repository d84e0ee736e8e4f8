//! The two standard streams: plain lines, workflow commands, documents, and other programs' output
//! between stop-commands.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use crate::annotations::{Annotation, Level};
use crate::{Environment, mask, workflow};

/// One of the standard streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The token that ends the stop-commands this process is in, for what is printed past a console.
static STOPPED: Mutex<Option<String>> = Mutex::new(None);

/// Where everything a program says goes through. Text is redacted and cannot act as a command;
/// a reader that went away is no error, the work goes on without words.
pub struct Console {
    state: Mutex<State>,
    voice: Voice,
    /// Whether the writers are this process's own streams.
    process: bool,
}

/// Who reads, and how it is to be written for them.
#[derive(Clone, Copy, Debug)]
struct Voice {
    runner: bool,
    debug: bool,
    colour: bool,
}

struct State {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    log: Stream,
    stopped: Option<String>,
    groups: usize,
    annotated: [usize; 3],
}

impl Console {
    /// The console of this process.
    pub fn for_process(env: &Environment) -> Self {
        let colour = colour(env, io::stdout().is_terminal() && io::stderr().is_terminal());
        Self::new(env, Box::new(io::stdout()), Box::new(io::stderr()), colour, true)
    }

    /// A console on other writers, for tests: never coloured unless `FORCE_COLOR` says so.
    pub fn with_writers(
        env: &Environment,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        Self::new(env, out, err, colour(env, false), false)
    }

    fn new(
        env: &Environment,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        colour: bool,
        process: bool,
    ) -> Self {
        let state =
            State { out, err, log: Stream::Stdout, stopped: None, groups: 0, annotated: [0; 3] };
        Self {
            state: Mutex::new(state),
            voice: Voice { runner: env.is_runner(), debug: env.is_debug(), colour },
            process,
        }
    }

    /// Whether a runner reads the output.
    pub fn is_runner(&self) -> bool {
        self.voice.runner
    }

    /// Whether debug logging was asked for.
    pub fn is_debug(&self) -> bool {
        self.voice.debug
    }

    /// Sends everything but documents to `stream` from here on. A program whose stdout carries a
    /// document says stderr before anything else.
    pub fn log_to(&self, stream: Stream) {
        self.with(|state| state.log = stream);
    }

    /// Writes a document to stdout as it is, but for secrets.
    pub fn document(&self, text: &str) {
        let text = mask::redact(text);
        self.with(|state| put(&mut state.out, &text));
    }

    /// Writes a document to stdout; under a runner no line of it acts as a command. A reader that
    /// went away has read what it wanted.
    ///
    /// # Errors
    /// It cannot be written, as on a full disk.
    pub fn inert_document(&self, text: &str) -> std::io::Result<()> {
        let inert = |line: &str| match line.strip_suffix('\r') {
            Some(line) => workflow::inert(line) + "\r",
            None => workflow::inert(line),
        };
        let text = mask::redact(text);
        let text = if self.voice.runner {
            text.split('\n').map(inert).collect::<Vec<_>>().join("\n").into()
        } else {
            text
        };
        let write = |state: &mut State| {
            state.out.write_all(text.as_bytes()).and_then(|()| state.out.flush())
        };
        match self.with(write) {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes a line of the log. Commands in it do not act and control characters do not reach a
    /// terminal.
    pub fn line(&self, text: &str) {
        let text = self.shown(text);
        self.with(|state| state.log_line(&text));
    }

    /// Writes debug text, shown only when debug logging is on.
    pub fn debug(&self, text: &str) {
        if !self.voice.debug {
            return;
        }
        if self.voice.runner {
            self.command(&workflow::command("debug", &visible(&mask::redact(text))));
        } else {
            self.marked("debug", "2", text, false);
        }
    }

    /// Annotates under a runner, else says `warning: …` on stderr. Past what GitHub shows of a
    /// level it becomes a line of the log, counted for [`Self::finish`].
    pub fn annotate(&self, annotation: &Annotation) {
        let count = self.with(|state| {
            let count = state.annotated.get_mut(slot(annotation.level))?;
            *count += 1;
            Some(*count)
        });
        let fits = count.flatten().is_some_and(|count| count <= annotation.level.shown_at_once());
        self.show(annotation, fits);
    }

    /// Annotates past every count: for the failure that ends the command.
    pub fn annotate_last(&self, annotation: &Annotation) {
        self.show(annotation, true);
    }

    /// Says how many annotations of each level were only logged. Called once, at the end.
    pub fn finish(&self) {
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let count = self.with(|state| {
                state.annotated.get_mut(slot(level)).map(std::mem::take).unwrap_or_default()
            });
            let more = count.unwrap_or_default().saturating_sub(level.shown_at_once());
            if self.voice.runner && more > 0 {
                let text = format!("and {more} more, see the log of this step");
                self.command(&Annotation::new(level, text).to_string());
            }
        }
    }

    /// Starts a group that ends when the returned guard is dropped. Runners do not nest groups: one
    /// within another is a line.
    pub fn group(&self, title: &str) -> Group<'_> {
        let depth = self.with(|state| {
            state.groups += 1;
            state.groups
        });
        let title = visible(&mask::redact(title)).replace('\n', " ");
        if self.voice.runner && depth == Some(1) {
            self.command(&workflow::command("group", &title));
        } else {
            let bold = self.paint("1", &workflow::inert(&title));
            self.with(|state| state.log_line(&bold));
        }
        Group { console: self }
    }

    /// Starts the output of another program: until the guard is dropped the runner takes no
    /// command from it.
    pub fn foreign(&self) -> Foreign<'_> {
        if self.voice.runner {
            self.with(|state| state.stop(self.process));
        }
        Foreign { console: self }
    }

    /// Writes a workflow command that the caller escaped, even between stop-commands.
    pub(crate) fn command(&self, command: &str) {
        self.with(|state| {
            let stopped = state.resume(self.process);
            state.log_line(command);
            if stopped {
                state.stop(self.process);
            }
        });
    }

    fn show(&self, annotation: &Annotation, fits: bool) {
        let mut shown = annotation.clone();
        // Redacted before it is cut: half a secret would not be found any more.
        shown.message = visible(&mask::redact(&annotation.message));
        shown.title = annotation.title.as_deref().map(|t| mask::redact(t).into_owned());
        if let Some(place) = &mut shown.location {
            place.file = mask::redact(&place.file).into_owned();
        }
        if self.voice.runner && fits {
            if shown.is_cut() {
                self.line(&shown.message);
            }
            self.command(&shown.to_string());
            return;
        }
        let mut text = shown.message;
        if let Some(place) = &shown.location {
            let _infallible = write!(text, "\n  at {place}");
        }
        let colour = match shown.level {
            Level::Error => "1;31",
            Level::Warning => "1;33",
            Level::Notice => "1;36",
        };
        self.marked(shown.level.name(), colour, &text, !self.voice.runner);
    }

    /// `level: text`, on stderr when asked.
    fn marked(&self, level: &str, colour: &str, text: &str, on_stderr: bool) {
        let line = format!("{}: {}", self.paint(colour, level), self.shown(text));
        self.with(|state| {
            if on_stderr {
                put(&mut state.err, &(line + "\n"));
            } else {
                state.log_line(&line);
            }
        });
    }

    fn shown(&self, text: &str) -> String {
        let text = visible(&mask::redact(text));
        if self.voice.runner { workflow::inert(&text) } else { text }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.voice.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.state.lock().ok().map(|mut state| act(&mut state))
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("voice", &self.voice).finish_non_exhaustive()
    }
}

impl State {
    fn log_line(&mut self, line: &str) {
        let writer = match self.log {
            Stream::Stdout => &mut self.out,
            Stream::Stderr => &mut self.err,
        };
        put(writer, &format!("{line}\n"));
    }

    fn stop(&mut self, process: bool) {
        if self.stopped.is_some() {
            return;
        }
        let token = workflow::random_token();
        self.log_line(&workflow::command("stop-commands", &token));
        share(process, Some(&token));
        self.stopped = Some(token);
    }

    fn resume(&mut self, process: bool) -> bool {
        let Some(token) = self.stopped.take() else { return false };
        self.log_line(&format!("::{token}::"));
        share(process, None);
        true
    }
}

fn share(process: bool, token: Option<&str>) {
    if process && let Ok(mut stopped) = STOPPED.lock() {
        *stopped = token.map(str::to_owned);
    }
}

/// Prints commands past any console, at once: for masks, which cannot wait and may be made
/// anywhere. Each line is one command.
pub(crate) fn print_at_once(stream: Stream, commands: &str) {
    let stopped = STOPPED.lock().ok().and_then(|stopped| stopped.clone());
    let text = match stopped {
        Some(token) => format!("::{token}::\n{commands}::stop-commands::{token}\n"),
        None => commands.to_owned(),
    };
    match stream {
        Stream::Stdout => put(&mut io::stdout().lock(), &text),
        Stream::Stderr => put(&mut io::stderr().lock(), &text),
    }
}

/// A reader that went away must not stop a release halfway, so nothing is made of it.
fn put(writer: &mut (impl Write + ?Sized), text: &str) {
    let _gone = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
}

/// Control characters as the replacement character; a terminal would obey them.
fn visible(text: &str) -> String {
    workflow::lines(text)
        .map(|line| {
            line.chars()
                .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn slot(level: Level) -> usize {
    match level {
        Level::Error => 0,
        Level::Warning => 1,
        Level::Notice => 2,
    }
}

fn colour(env: &Environment, terminal: bool) -> bool {
    if env.get("NO_COLOR").is_some() {
        return false;
    }
    if let Some(force) = env.get("FORCE_COLOR") {
        return force != "0" && force != "false";
    }
    terminal && env.get("TERM") != Some("dumb")
}

/// An open group; dropping it ends it.
#[must_use]
#[derive(Debug)]
pub struct Group<'a> {
    console: &'a Console,
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        let depth = self.console.with(|state| {
            state.groups = state.groups.saturating_sub(1);
            state.groups
        });
        if self.console.voice.runner && depth == Some(0) {
            self.console.command("::endgroup::");
        }
    }
}

/// The output of another program; dropping it lets the runner take commands again.
#[must_use]
#[derive(Debug)]
pub struct Foreign<'a> {
    console: &'a Console,
}

impl Foreign<'_> {
    /// Passes on one line of the program's output: redacted, otherwise as it is, its colours too.
    pub fn line(&self, text: &str) {
        let text = mask::redact(text);
        self.console.with(|state| state.log_line(&text));
    }
}

impl Drop for Foreign<'_> {
    fn drop(&mut self) {
        self.console.with(|state| state.resume(self.console.process));
    }
}

#[cfg(test)]
#[path = "console_tests.rs"]
mod tests;

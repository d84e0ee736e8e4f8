//! A program's `main`: from environment and arguments to an exit code.

use std::ffi::OsString;
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use launchway_base::{Failure, ISSUES_URL, Kind, VERSION};

use crate::annotations::{Annotation, Level};
use crate::console::Stream;
use crate::inputs::{self, Parsed};
use crate::{Environment, Session, log, mask};

/// What a program is called and what it leaves to others.
#[derive(Clone, Debug)]
pub struct ProgramInfo {
    /// Its name, such as `launchway-release`.
    pub name: &'static str,
    /// Inputs of its action that are for the launcher and no flags of the program.
    pub foreign_inputs: &'static [&'static str],
}

impl ProgramInfo {
    /// A program that knows every input of its action.
    pub const fn new(name: &'static str) -> Self {
        Self { name, foreign_inputs: &[] }
    }

    /// Names inputs of the action that are not for the program.
    #[must_use]
    pub const fn ignoring(mut self, inputs: &'static [&'static str]) -> Self {
        self.foreign_inputs = inputs;
        self
    }
}

/// What a program that did not fail ends with.
pub trait Outcome {
    /// Its exit code.
    fn code(self) -> u8;
}

impl Outcome for () {
    fn code(self) -> u8 {
        0
    }
}

/// For verbs whose exit code says something without an error.
impl Outcome for u8 {
    fn code(self) -> u8 {
        self
    }
}

/// Runs a program: reads its inputs from flags, `LAUNCHWAY_INPUTS` and `INPUT_*`, sets up log,
/// masks and panic hook, and shows the failure it ends with.
pub fn run<P: Parser, T: Outcome>(
    info: ProgramInfo,
    body: impl FnOnce(&Session, P) -> Result<T, Failure>,
) -> ExitCode {
    let session = start(info);
    ExitCode::from(execute(&session, std::env::args_os().collect(), body))
}

/// Runs a program that reads its arguments itself.
pub fn run_without_inputs<T: Outcome>(
    info: ProgramInfo,
    body: impl FnOnce(&Session) -> Result<T, Failure>,
) -> ExitCode {
    let session = start(info);
    ExitCode::from(finish(&session, body(&session)))
}

fn start(info: ProgramInfo) -> Session {
    let env = Environment::from_process();
    install_panic_hook(info.name, env.is_runner());
    mask::install(env.is_runner().then_some(Stream::Stdout));
    let session = Session::for_process(info, env);
    // Only a second run in one process could fail here, and then the first log is in place.
    let _installed = tracing::subscriber::set_global_default(log::subscriber(session.console()));
    session
}

/// Runs a body in a session with the given arguments, the program's name first, and returns the
/// exit code. [`run`] for tests and for programs within programs.
pub fn execute<P: Parser, T: Outcome>(
    session: &Session,
    args: Vec<OsString>,
    body: impl FnOnce(&Session, P) -> Result<T, Failure>,
) -> u8 {
    let parsed = inputs::parse::<P>(args, session.env(), session.info().foreign_inputs);
    match parsed {
        Ok(Parsed::Inputs { inputs, warnings }) => {
            for warning in &warnings {
                session.warn(warning);
            }
            finish(session, body(session, inputs))
        }
        Ok(Parsed::Help(text)) => {
            session.document(&text);
            0
        }
        Err(failure) => finish::<()>(session, Err(failure)),
    }
}

fn finish<T: Outcome>(session: &Session, ended: Result<T, Failure>) -> u8 {
    match ended {
        Ok(outcome) => {
            session.console().finish();
            outcome.code()
        }
        Err(failure) => {
            session.fail(&failure);
            failure.kind().code()
        }
    }
}

/// Says what broke, in which version and where to report it, and ends with the code of a bug. The
/// release profile aborts on panic, so the hook itself has to end the process.
fn install_panic_hook(program: &'static str, runner: bool) {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        std::panic::set_hook(Box::new(move |info| {
            let message = panic_message(program, info);
            let line = if runner {
                Annotation::new(Level::Error, message)
                    .titled(format!("a bug in {program}"))
                    .to_string()
            } else {
                format!("error: {message}")
            };
            crate::console::print_at_once(Stream::Stderr, &(line + "\n"));
            end(Kind::Internal.code());
        }));
    });
}

fn panic_message(program: &str, info: &PanicHookInfo<'_>) -> String {
    let said = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
    let text = format!(
        "{program} {VERSION} has a bug: {said}{}\nplease report it: {ISSUES_URL}",
        place.unwrap_or_default()
    );
    mask::redact(&text).into_owned()
}

#[expect(clippy::exit, reason = "after a panic nothing may run on, and abort has no exit code")]
fn end(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

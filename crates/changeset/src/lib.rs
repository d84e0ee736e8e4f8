//! `launchway-changeset`: the maintainer's command. Verbs, flags, bytes and exit codes are those of
//! `@changesets/cli` 3; every difference stands in `docs/compatibility.md`.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "short texts for people, built once per call"
)]

pub mod args;
mod ask;
mod commands;
mod context;
mod editor;
mod events;
mod help;
mod names;
pub mod own;
mod report;
mod tags;
pub mod verbs;

use std::process::ExitCode;

use launchway_base::{Failure, VERSION};
use launchway_runtime::{ProgramInfo, Session, run_without_inputs};

use crate::args::Request;
use crate::context::Context;

/// The program.
pub fn main() -> ExitCode {
    let first = std::env::args_os().nth(1);
    if first.is_some_and(|word| word.to_str().is_some_and(own::is_verb)) {
        return launchway_runtime::run(
            ProgramInfo::new("launchway-changeset"),
            |session, cli: own::Cli| own::main(session, &cli),
        );
    }
    run_without_inputs(ProgramInfo::new("launchway-changeset"), |session| {
        let argv: Result<Vec<String>, _> =
            std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect();
        match argv {
            Ok(argv) => Ok(run(session, &argv)),
            Err(bad) => {
                let failure = Failure::input(format!("argument `{}` is not UTF-8", bad.display()));
                session.fail(&failure);
                Ok(1)
            }
        }
    })
}

/// Runs the command with its arguments, without the program's name; gives the exit code.
pub fn run(session: &Session, argv: &[String]) -> u8 {
    let (own, done) = match args::parse(argv) {
        Ok(Request::Help(verb)) => {
            session.document(&help::text(verb));
            return 0;
        }
        Ok(Request::Version) => {
            session.document(&format!("{VERSION}\n"));
            return 0;
        }
        Ok(Request::Run { verb, called, args }) => {
            (verb.own, Context::new(session, args, called).and_then(|context| (verb.run)(&context)))
        }
        Err(failure) => (false, Err(failure)),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            session.fail(&failure);
            // Where a verb stands in for the peer's, every failure ends as it does there.
            if own { failure.kind().code() } else { 1 }
        }
    }
}

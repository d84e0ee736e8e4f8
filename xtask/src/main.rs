//! `demo`, `test`, `generate`, `bench`: the project's own commands, run as `cargo xtask <command>`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "these commands talk to a terminal")]

mod oracles;
mod shell;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Xtask {
    /// Every check of the project, with a closing line `N passed, N failed, N skipped`.
    Test(test::Args),
}

fn main() -> ExitCode {
    let done = match Xtask::parse() {
        Xtask::Test(args) => test::run(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

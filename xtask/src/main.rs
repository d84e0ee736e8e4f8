//! `demo`, `test`, `generate`, `package`, `pictures`, `bench`: the project's own commands, run as `cargo xtask <command>`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "these commands talk to a terminal")]

mod bench;
mod demo;
mod generate;
mod images;
mod oracles;
mod package;
mod pictures;
mod run_action;
mod shell;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Xtask {
    /// What ships, measured; next to the tools it replaces, in the same run.
    Bench(bench::Args),
    /// A release from changeset to healthy service on loopback, told step by step; needs Rust and git.
    Demo(demo::Args),
    /// Writes action files, README tables and reference pages from the programs' declarations.
    Generate(generate::Args),
    /// Collects what the container images are made of.
    Images(images::Args),
    /// What the benchmarks run each command with.
    #[command(hide = true)]
    Measure(bench::Measure),
    /// The files of a release: archives of the programs, hashes, lists of what is in them.
    Package(package::Args),
    /// Makes the pictures of `docs/pictures` anew; needs chromium and pngquant.
    Pictures(pictures::Args),
    /// What the benchmarks compare `push-tags` with.
    #[command(hide = true)]
    PlainRetag(bench::Plain),
    /// Runs an action of ours as a runner would: log, outputs, summary.
    RunAction(run_action::Args),
    /// Every check of the project, with a closing line `N passed, N failed, N skipped`.
    Test(test::Args),
    /// What the demo has for npm.
    #[command(hide = true)]
    DemoNpm {
        /// What npm was called with.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Xtask::parse() {
        Xtask::Bench(args) => bench::run(&args),
        Xtask::Demo(args) => demo::run(&args),
        Xtask::DemoNpm { arguments } => demo::npm(&arguments),
        Xtask::Generate(args) => generate::run(&args),
        Xtask::Images(args) => images::run(&args),
        Xtask::Measure(args) => bench::measure(&args),
        Xtask::Package(args) => package::run(&args),
        Xtask::Pictures(args) => pictures::run(&args),
        Xtask::PlainRetag(args) => bench::plain(&args),
        Xtask::RunAction(args) => run_action::run(&args),
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

//! See the library.

use std::process::ExitCode;

use launchway_runtime::{ProgramInfo, run};

fn main() -> ExitCode {
    run(ProgramInfo::new("launchway-deploy"), launchway_deploy::main)
}

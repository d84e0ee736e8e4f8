//! See the library.

use std::process::ExitCode;

use launchway_runtime::{ProgramInfo, run};

/// Rendering makes and drops many small texts: with musl's own allocator that is most of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(
        ProgramInfo::new("launchway-changelog").ignoring(launchway_changelog::FOREIGN_INPUTS),
        launchway_changelog::main,
    )
}

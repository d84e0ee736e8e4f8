//! What the end-to-end tests share: where the repository and the built programs are, workflows in
//! a real runner.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test tool that cannot do its work stops the test"
)]
#![expect(clippy::return_self_not_must_use, reason = "assertions are called for their effect")]

pub mod act;
pub mod pins;
pub mod stand_in;

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A file or folder of the repository.
pub fn at(path: impl AsRef<Path>) -> PathBuf {
    root().join(path)
}

/// The folder with the programs cargo built along with these tests, or `None` where this was built
/// alone: `cargo test -p launchway-e2e` builds no programs, `cargo build` does.
pub fn programs() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    // target/debug/deps/it-0123456789abcdef
    let folder = test.ancestors().nth(2)?.to_owned();
    let name = format!("launchway-health{}", std::env::consts::EXE_SUFFIX);
    folder.join(name).is_file().then_some(folder)
}

/// A program built along with these tests.
pub fn built(name: &str) -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let folder = test.ancestors().nth(2)?;
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// What a test needs, or `None` after a line that says it is missing.
///
/// # Panics
/// When it is missing and `LAUNCHWAY_REQUIRE_TOOLS` is set.
pub fn needed<T>(name: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "{name} is missing");
        say(&format!("skipped: {name} is missing"));
    }
    found
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn say(line: &str) {
    println!("{line}");
}

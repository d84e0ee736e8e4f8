//! What the end-to-end tests share: where the repository and the built programs are.

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

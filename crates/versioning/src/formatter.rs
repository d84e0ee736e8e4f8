//! The project's own formatter, run over changelogs and new changesets.

use std::path::Path;

use launchway_base::Failure;
use launchway_changesets::Formatter;

/// A formatter that was found and can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatterRun {
    /// Its name.
    pub name: String,
    /// Program and arguments, to which the files are added.
    pub command: Vec<String>,
}

impl FormatterRun {
    /// Runs it over files relative to the root.
    pub fn run(&self, _root: &Path, _files: &[String]) -> Result<(), Failure> {
        Ok(())
    }
}

/// The formatter to run, `None` for none. An error, with the remedy, if one is configured or found
/// that cannot be run.
pub fn find_formatter(_wanted: Formatter, _root: &Path) -> Result<Option<FormatterRun>, Failure> {
    Ok(None)
}

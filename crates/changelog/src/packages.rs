//! The changelogs of all packages of a monorepo, from one reading of the history.

use launchway_base::Failure;

use crate::config::Loaded;
use crate::run::World;
use crate::settings::Settings;

/// Writes a changelog for each package that is asked for.
///
/// # Errors
/// As for one changelog; a package that is not there.
pub fn main(_world: &World<'_>, _loaded: &Loaded, _settings: Settings) -> Result<(), Failure> {
    Err(Failure::internal("not there yet"))
}

//! The changelog generator: from history to changelog and release notes, with git-cliff's
//! templates, configuration, flags and bytes.

pub mod config;
pub mod escape;
pub mod guard;
pub mod history;
pub mod home;
pub mod inputs;
pub mod limits;
pub mod model;
pub mod parallel;
pub mod presets;
pub mod process;
pub mod pulls;
pub mod release_yml;
pub mod releases;
pub mod render;

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::Inputs;

/// The program: does what the command line says.
pub fn main(_session: &Session, _inputs: Inputs) -> Result<(), Failure> {
    Ok(())
}

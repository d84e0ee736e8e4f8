//! The inputs.
use clap::Parser;
/// From history to changelog.
#[derive(Clone, Debug, Parser)]
#[command(name = "launchway-changelog")]
pub struct Inputs {
}

//! The verbs; the inputs of each stand with the verb.

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::{finish, start};

/// The deployment tracker: GitHub deployments that say which version serves where, and that end in
/// the right state, also on cancel.
#[derive(Debug, Parser)]
#[command(name = "launchway-deploy", subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Begins a deployment to an environment, and says what served there before.
    Start(Box<start::Inputs>),
    /// Ends a deployment: deployed, rolled back, failed or cancelled.
    Finish(Box<finish::Inputs>),
}

/// The program's command line.
pub fn command() -> Command {
    Cli::command()
}

/// The command of one verb, whose arguments are the inputs of its action.
pub fn verb(name: &str) -> Command {
    let root = Cli::command();
    root.find_subcommand(name).cloned().unwrap_or(root)
}

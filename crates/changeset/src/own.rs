//! Verbs that are actions, too: their inputs come from flags or from the step.

use clap::{Command, CommandFactory, Parser, Subcommand};
use launchway_base::Failure;
use launchway_runtime::Session;

use crate::commands::{affected, check};

pub use crate::commands::affected::Outputs as AffectedOutputs;
pub use crate::commands::check::Outputs as CheckOutputs;

/// Verbs of the maintainer's command that are also actions.
#[derive(Debug, Parser)]
#[command(name = "launchway-changeset", subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Lists the packages that changed since a commit and those that depend on them, also as the matrix
    /// of a workflow.
    Affected(Box<affected::Inputs>),
    /// Checks that changes come with a changeset. Exit code 1 when packages changed and no changeset came along;
    /// a package that none names is a notice.
    Check(Box<check::Inputs>),
}

/// The verbs with their flags.
pub fn command() -> Command {
    Cli::command()
}

/// The command of one verb, whose arguments are the inputs of its action.
pub fn verb(name: &str) -> Command {
    let root = Cli::command();
    root.find_subcommand(name).cloned().unwrap_or(root)
}

/// Whether a word is one of these verbs.
pub(crate) fn is_verb(word: &str) -> bool {
    Cli::command().find_subcommand(word).is_some()
}

/// Name and one sentence of each verb.
pub(crate) fn rows() -> Vec<(String, String)> {
    let about = |verb: &Command| verb.get_about().map(ToString::to_string).unwrap_or_default();
    let row =
        |verb: &Command| (verb.get_name().to_owned(), about(verb).trim_end_matches('.').to_owned());
    Cli::command().get_subcommands().map(row).collect()
}

/// Runs one of them.
pub(crate) fn main(session: &Session, cli: &Cli) -> Result<(), Failure> {
    match &cli.verb {
        Verb::Affected(inputs) => affected::main(session, inputs),
        Verb::Check(inputs) => check::main(session, inputs),
    }
}

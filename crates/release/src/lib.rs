//! The release bot: version pull request, publish, tag, Release.
//!
//! [`inputs`] → [`observe`] (reads) → [`plan`] (pure) → [`apply`] (writes) → [`report`] (pure).

pub mod apply;
pub mod body;
pub mod changelog_entry;
pub mod events;
pub mod inputs;
pub mod notes;
pub mod observe;
pub mod outputs;
pub mod plan;
pub mod record;
pub mod report;
pub mod unfinished;
pub mod verbs;
pub mod words;
pub mod world;

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::{Cli, Verb};

pub use inputs::command;

/// The program: does what the command line says.
pub fn main(session: &Session, cli: Cli) -> Result<(), Failure> {
    launchway_http::block_on(async {
        match cli.verb {
            Verb::Run(inputs) => verbs::run::main(session, &inputs).await,
        }
    })?
}

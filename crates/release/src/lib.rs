//! The release bot: version pull request, publish, tag, Release.
//!
//! [`inputs`] → [`observe`] (reads) → [`plan`] (pure) → [`apply`] (writes) → [`report`] (pure).

pub mod apply;
pub mod assets;
pub mod body;
pub mod changelog_entry;
pub mod events;
pub mod extras;
pub mod history;
pub mod inputs;
pub mod ledger;
pub mod notes;
pub mod observe;
pub mod outputs;
pub mod plan;
pub mod record;
pub mod registry;
pub mod report;
pub mod staging;
pub mod unfinished;
pub mod verbs;
pub mod verify;
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
            Verb::Verify(inputs) => verbs::verify::main(session, &inputs).await,
            Verb::Repair(inputs) => verbs::repair::main(session, &inputs).await,
            Verb::Complete(inputs) => verbs::complete::main(session, &inputs).await,
            Verb::Approve(inputs) => verbs::approve::main(session, &inputs).await,
        }
    })?
}

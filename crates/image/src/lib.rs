//! The image tagger: tag rules, labels and bake files computed from an event; tags put on a digest,
//! promoted, verified and rolled back in any OCI registry, without a daemon and without a pull.
//!
//! [`tags`] computes and touches no registry (but to ask which version is the highest, where told
//! to); every other verb works on a registry by digest: observe → plan (pure) → apply → report.

pub mod artifacts;
pub mod build_plan;
mod files;
pub mod floating;
pub mod inputs;
pub mod list;
pub mod merge_sboms;
pub mod moves;
pub mod outputs;
pub mod place;
pub mod planned;
pub mod promote;
pub mod push;
pub mod push_tags;
pub mod record;
pub mod references;
pub mod rollback;
pub mod tags;
pub mod verify;
pub mod words;

use launchway_base::Failure;
use launchway_runtime::Session;

use crate::inputs::{Cli, Verb};

pub use inputs::{command, verb};

/// The program: does what the command line says.
pub fn main(session: &Session, cli: Cli) -> Result<(), Failure> {
    launchway_http::block_on(async {
        match cli.verb {
            Verb::BuildPlan(inputs) => build_plan::main(session, *inputs).await,
            Verb::MergeSboms(inputs) => merge_sboms::main(session, &inputs),
            Verb::Tags(inputs) => tags::main(session, *inputs).await,
            Verb::Push(inputs) => push::main(session, *inputs).await,
            Verb::PushTags(inputs) => push_tags::main(session, *inputs).await,
            Verb::Promote(inputs) => promote::main(session, *inputs).await,
            Verb::Verify(inputs) => verify::main(session, *inputs).await,
            Verb::Rollback(inputs) => rollback::main(session, *inputs).await,
            Verb::List(inputs) => list::main(session, *inputs).await,
        }
    })?
}

//! The verbs; the inputs of each stand with the verb.

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::{build_plan, list, merge_sboms, promote, push, push_tags, rollback, tags, verify};

/// The image tagger: computes tags, labels and bake files, and puts, promotes, verifies and rolls
/// back tags by digest in any OCI registry.
#[derive(Debug, Parser)]
#[command(name = "launchway-image", subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Plans a build: platforms and their runners, tags and labels, caches, and whether what passes is
    /// published.
    BuildPlan(Box<build_plan::Inputs>),
    /// Computes tags, labels, annotations and bake files from the event, as docker/metadata-action
    /// does.
    Tags(Box<tags::Inputs>),
    /// Publishes images that were built into files, by digest and without a tag.
    Push(Box<push::Inputs>),
    /// Makes one list of what an image holds from those of its platforms.
    MergeSboms(Box<merge_sboms::Inputs>),
    /// Puts tags on an image that is in the registry, by digest.
    PushTags(Box<push_tags::Inputs>),
    /// Promotes an image from one tag to another, by digest, across repositories and registries.
    Promote(Box<promote::Inputs>),
    /// Checks that tags hold a digest, and that it is signed. Exit code 1 when not.
    Verify(Box<verify::Inputs>),
    /// Puts back what the tags held before, from the record of a promotion or push.
    Rollback(Box<rollback::Inputs>),
    /// Lists the tags of a repository with their digests.
    List(Box<list::Inputs>),
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

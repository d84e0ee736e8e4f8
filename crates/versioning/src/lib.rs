//! The version step as a library: observe a repository, plan, apply.
//!
//! The maintainer's command and the release bot share it. Everything is planned and checked before
//! the first byte is written.

mod changed;
mod child;
mod commit;
mod dotenv;
mod formatter;
mod generator;
mod locks;
mod migrate;
mod node;
mod observe;
mod pre;
mod version;

pub use changed::changed_packages;
pub use commit::{CommitMessages, commit_messages, commit_messages_within};
pub use formatter::{FormatterRun, find_formatter};
pub use generator::{EnvLookup, GeneratorContext, generator_for};
pub use locks::StaleLock;
pub use migrate::{
    ConfigEdit, Difference, Migration, MigrationInput, Note, PlannedVersion, migration,
    observe_migration,
};
pub use observe::{
    Repository, UNLOCKED, discover, find_root, observe, observe_settings, observe_since,
};
pub use pre::{enter_pre, exit_pre, pre_state};
pub use version::{AppliedStep, Prepared, SnapshotRequest, VersionOptions, apply, prepare};

//! The version step as a library: observe a repository, plan, apply.
//!
//! The maintainer's command and the release bot share it. Everything is planned and checked before
//! the first byte is written.

mod commit;
mod formatter;
mod generator;
mod observe;
mod version;

pub use commit::{CommitMessages, commit_messages};
pub use formatter::{FormatterRun, find_formatter};
pub use generator::{EnvLookup, GeneratorContext, generator_for};
pub use observe::{Repository, observe};
pub use version::{Prepared, SnapshotRequest, VersionOptions, apply, prepare};

//! Changeset files, configuration, the release plan and its reasons, changelog text.
//!
//! Pure: text and a [`launchway_workspace::Workspace`] in, data out. Behaviour is that of
//! `@changesets/cli` 3; every difference stands in `docs/compatibility.md`.

pub mod changelog;
mod changeset;
mod config;
mod error;
mod fences;
mod groups;
mod js;
mod message;
mod own;
mod plan;
mod pre;
mod reason;
mod release;
mod snapshot;
mod tags;

pub use changeset::{
    Changeset, ChangesetRelease, IGNORED_FILES, is_changeset_file, render_changeset,
};
pub use config::{Commit, Config, Formatter, Module, ReadConfig, SkipCi};
pub use error::{ChangesetError, key_of};
pub use js::{js_trim, js_trim_end};
pub use message::{add_message, version_message};
pub use own::Own;
pub use plan::{Plan, PlanInput, PlannedRelease};
pub use pre::{PreMode, PreState};
pub use reason::Reason;
pub use release::{
    CommittedChangeset, Edits, ManifestEdit, VersionInput, followers, version_edits,
};
pub use snapshot::{Snapshot, SnapshotTime};

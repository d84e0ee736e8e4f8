//! The git program: log, tags, diff, status; batched, never one process per item.
//!
//! [`Git`] asks the installed git about one directory. A question is one process (or a fixed few),
//! however many files or tags it is about. Names from users are passed behind `--` or
//! `--end-of-options` and pathspecs are literal, so no name is ever read as an option or a pattern.
//! Paths are relative to the repository's root with `/` between their parts, unless said otherwise.

mod additions;
mod between;
mod changes;
mod encoded;
mod error;
mod folders;
mod head;
mod history;
mod line;
mod log;
mod partial;
mod refs;
mod remote;
mod remote_tags;
mod run;
mod shallow;
mod stored;
mod submodules;
mod tag_refs;
mod tree;
mod trust;
mod write;

pub use between::Difference;
pub use changes::{Change, ChangeKind};
pub use error::GitError;
pub use folders::Folders;
pub use head::HeadCommit;
pub use line::FileVersion;
pub use log::{LogChanges, LogEntry, LogFile, LogPerson, LogQuery};
pub use partial::Partial;
pub use run::Git;
pub use shallow::{Deepen, Ends, Walked};
pub use submodules::MovedSubmodule;
pub use tag_refs::{Annotation, TagRef};
pub use write::Identity;

/// What every question of this crate answers with.
pub type Result<T> = std::result::Result<T, GitError>;

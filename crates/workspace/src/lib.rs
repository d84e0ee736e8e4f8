//! A repository's packages: ecosystems, versions and ranges, edits that keep every other byte.

mod agent;
mod discover;
mod document;
pub mod ecosystem;
pub mod edit;
mod error;
mod folders;
pub mod glob;
pub mod graph;
pub mod lockfile;
mod package;
pub mod range;
mod tag;
mod template;
pub mod version;
mod yaml;

pub use agent::Agent;
pub use discover::Scope;
pub use ecosystem::{Ecosystem, Linkage, Ranges, Release, WriteOptions};
pub use edit::{Change, Changes, recover, recover_above};
pub use error::WorkspaceError;
pub use graph::{Complaint, Graph, GraphOptions};
pub use package::{Dependency, DependencyKind, Package, PublishConfig, Tool, Workspace};
pub use range::{Range, satisfies};
pub use tag::{TagPattern, name_field};
pub use template::Template;
pub use version::{Bump, increment, parse_version, precedence};

//! Words every Launchway crate needs: secrets, error kinds and exit codes, deadlines, redaction.
//!
//! Nothing here does IO, but that [`open_file`] knows which files may be opened. The runtime installs itself as the [`redact`] listener, so that a
//! [`Secret`] is masked in the runner's log from the moment it exists.

mod deadline;
mod duration;
mod failure;
mod file;
mod file_mode;
mod nearest;
pub mod redact;
mod secret;

pub use deadline::Deadline;
pub use duration::{DurationError, parse_duration, show_duration};
pub use failure::{Failure, Fault, Kind, Location};
pub use file::{open_file, read_file};
pub use file_mode::FileMode;
pub use nearest::nearest;
pub use secret::Secret;

/// The version all programs of this release share.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where a bug in Launchway is reported.
pub const ISSUES_URL: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
/// The project's page.
pub const HOME_URL: &str = env!("CARGO_PKG_REPOSITORY");

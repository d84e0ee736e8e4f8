//! Which floating tags (`latest`, `1`, `1.2`, channels) a version may move: those whose line it is the highest of.

mod decide;
mod line;
mod version;

pub use decide::{Candidate, Decision, Known, decide};
pub use line::{Line, Stage};
pub use version::Version;

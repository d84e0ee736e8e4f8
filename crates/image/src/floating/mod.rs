//! Which floating tags (`latest`, `1`, `1.2`, channels) a version may move: those whose line it is the highest of.
//!
//! [`candidates`] finds them among the tags of a run, [`of_git`] or [`of_registry`] the versions
//! there are, and [`decide`] says which are given, each with its reason. Nothing is asked where
//! there is no candidate.

mod candidates;
mod decide;
mod line;
mod source;
mod version;

pub use candidates::{Given, candidates, family, family_of_images, version_of_tag};
pub use decide::{Candidate, Decision, Known, decide};
pub use line::{Line, Stage};
pub use source::{of_git, of_registry};
pub use version::Version;

//! The verbs.

mod add;
mod git_tag;
mod init;
mod pre;
mod status;
mod version;

use launchway_base::Failure;

use crate::context::Context;

pub(crate) use add::add;
pub(crate) use git_tag::git_tag;
pub(crate) use init::init;
pub(crate) use pre::pre;
pub(crate) use status::status;
pub(crate) use version::version;

/// What a verb does; gives the exit code.
pub(crate) type Command = fn(&Context<'_>) -> Result<u8, Failure>;

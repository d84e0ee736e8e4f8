//! The verbs.

mod add;
pub(crate) mod affected;
pub(crate) mod check;
mod git_tag;
mod init;
mod migrate;
mod pre;
mod publishing;
mod status;
mod version;

use launchway_base::Failure;

use crate::context::Context;

pub(crate) use add::add;
pub(crate) use git_tag::git_tag;
pub(crate) use init::init;
pub(crate) use migrate::migrate;
pub(crate) use pre::pre;
pub(crate) use publishing::{pack, publish, publish_plan};
pub(crate) use status::status;
pub(crate) use version::version;

/// What a verb does; gives the exit code.
pub(crate) type Command = fn(&Context<'_>) -> Result<u8, Failure>;

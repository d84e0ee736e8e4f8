//! Fakes of the services that take messages: what they share, and the small ones.
//!
//! Slack has a module of its own, [`crate::slack`].

pub mod discord;
mod door;
pub mod generic;
pub mod teams;
mod trouble;

pub(crate) use door::{Answer, Service, Shared, lock, open};
pub use trouble::{How, Limit, Trouble};

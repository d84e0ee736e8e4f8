//! The release bot: version pull request, publish, tag, Release.
//!
//! [`inputs`] → [`observe`] (reads) → [`plan`] (pure) → [`apply`] (writes) → [`report`] (pure).

pub mod changelog_entry;
pub mod events;
pub mod inputs;
pub mod outputs;
pub mod words;

pub use inputs::command;

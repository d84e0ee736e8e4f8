//! The release bot: version pull request, publish, tag, Release.
//!
//! [`inputs`] → [`observe`] (reads) → [`plan`] (pure) → [`apply`] (writes) → [`report`] (pure).

pub mod inputs;
pub mod outputs;

pub use inputs::command;

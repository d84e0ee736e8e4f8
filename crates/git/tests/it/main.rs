//! The crate against real git in throwaway repositories.

// Hostile names cannot exist on Windows, and the scripts here need a shell.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod changes;
mod head;
mod history;
mod line;
mod refs;
mod remote;
mod repo;
mod stored;

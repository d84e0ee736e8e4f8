//! What guards a changelog, with real git against real remotes.

// The counting git is a shell script, and owners are those of Unix.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod directories;
mod history;
mod partial;
mod pipes;
mod remotes;
mod world;

//! Container actions, run as GitHub runs them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod images;
mod world;

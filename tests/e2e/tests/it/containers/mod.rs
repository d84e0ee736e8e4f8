//! Container actions, run as GitHub runs them.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, one that cannot run says so"
)]

mod images;
mod twins;
mod world;

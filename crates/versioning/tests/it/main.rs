//! The version step against real repositories, a fake GitHub, and programs of a project's own.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise, and says why it was skipped"
)]

#[cfg(unix)]
mod formatter;
mod github;
mod modules;
mod support;

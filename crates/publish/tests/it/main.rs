//! Planning, packing and publishing: with scripted managers, and with the real ones against
//! registries on loopback.

// Stand-in package managers are shell scripts.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and says why it was skipped"
)]

mod cargo;
mod driver;
mod graphs;
mod peer;
mod planning;
mod pypi;
mod real;
mod scripts;
mod space;
mod stage;

//! The actions as a runner starts them, against a GitHub on loopback that keeps deployments.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod faults;
mod finish;
mod kills;
mod model;
mod signals;
mod start;
mod workflow;
mod world;

//! For tests only: a fake runner, stateful fakes that speak HTTP, the case-folder driver.
//!
//! Everything here is synchronous on the outside (a fake runs its own thread and runtime and
//! stops when it is dropped), so that plain `#[test]` functions can use it. A helper that cannot
//! do its work panics and names what it was doing: in a test that is the right answer.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test tool that cannot do its work stops the test"
)]
#![expect(
    clippy::format_push_string,
    clippy::return_self_not_must_use,
    clippy::similar_names,
    reason = "short texts are built plainly, and assertions are called for their effect"
)]

pub mod cargo;
pub mod cases;
pub mod certificates;
pub mod chat;
pub mod client;
pub mod command;
pub mod distribution;
pub mod fault;
pub mod git;
pub mod github;
pub mod grpc_health;
mod heard;
pub mod history;
pub mod kill;
mod listener;
pub mod mail;
pub mod npm;
pub mod oci;
pub mod pypi;
pub mod record;
pub mod repo;
pub mod runner;
pub mod schema;
mod script;
mod server;
pub mod services;
pub mod slack;
pub mod target;
pub mod tls;
pub mod tunnel;

pub use cargo::CargoRegistry;
pub use command::{Finished, Scrubbed};
pub use fault::{Fault, FaultRule};
pub use github::{FakeGitHub, RepoHandle, TokenKind};
pub use kill::{KillSwitch, Moment};
pub use npm::{Allowed, FakeRegistry};
pub use pypi::PypiIndex;
pub use record::Recorded;
pub use repo::TestRepo;
pub use runner::{FakeRunner, StepRun};
pub use script::script;
pub use slack::FakeSlack;

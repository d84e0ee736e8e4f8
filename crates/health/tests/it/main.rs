//! The health checker from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod bad_inputs;
mod certificates;
mod check;
mod checker;
mod crossing;
#[cfg(unix)]
mod databases;
mod dns;
mod exec;
mod expect;
mod files;
mod grpc;
mod hostile;
mod hostile_kinds;
mod http;
mod net;
mod nginx;
mod proxies;
mod report;
mod signals;
mod stopped;
mod tls;
mod tunnel;
mod verdict;

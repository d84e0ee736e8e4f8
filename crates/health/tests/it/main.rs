//! The health checker from outside.

mod bad_inputs;
mod certificates;
mod check;
mod checker;
mod crossing;
mod exec;
mod grpc;
mod hostile;
mod net;
mod nginx;
mod proxies;
mod report;
mod signals;
mod tls;
mod verdict;

//! The health checker from outside.

mod bad_inputs;
mod checker;
mod crossing;
mod hostile;
mod net;
mod nginx;
mod proxies;
mod report;
mod signals;
mod tls;
mod verdict;

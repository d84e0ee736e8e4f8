//! The health checker from outside.

mod bad_inputs;
mod checker;
mod crossing;
mod hostile;
mod nginx;
mod report;
mod signals;
mod verdict;

//! Real servers, each in a folder of its own, that start and stop while somebody looks at them.

pub mod nginx;

//! Scratch.
#[path = "it/policy/mod.rs"]
mod policy;
#[path = "it/workflows/mod.rs"]
mod workflows;

//! The whole of it, as users meet it.

mod containers;
mod examples;
mod launcher;
mod packages;
mod policy;
mod steps;
mod workflows;

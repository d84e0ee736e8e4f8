//! The whole of it, as users meet it.

mod containers;
mod deeds;
mod examples;
mod files;
mod launcher;
mod own;
mod packages;
mod policy;
mod steps;
mod workflows;

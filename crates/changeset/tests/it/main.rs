//! The built program in a scrubbed environment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "tests fail by panicking and say what they leave out"
)]

mod add;
mod affected;
mod cargo;
mod check_peer;
mod crates;
mod edits;
mod locks;
mod migrate;
#[cfg(unix)]
mod processes;
mod publish;
mod python;
mod refusals;
mod shop;
mod status;
mod tags;
mod terminal;
mod version;

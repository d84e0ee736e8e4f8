//! The report: constructed runs, hostile text, and what the program leaves behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod files;
mod form;
mod hostile;
mod program;
mod samples;
pub(crate) mod schema;

//! The report: constructed runs, hostile text, and what the program leaves behind.

mod files;
mod form;
mod hostile;
mod program;
mod samples;
pub(crate) mod schema;

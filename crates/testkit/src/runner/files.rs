//! Command files.

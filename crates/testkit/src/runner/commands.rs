//! Workflow commands in what a step prints.

/// An annotation a step printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// `error`, `warning`, `notice` or `debug`.
    pub level: String,
    /// Its message, unescaped.
    pub message: String,
    /// Its title; empty when none was given.
    pub title: String,
    /// Its file; empty when none was given.
    pub file: String,
    /// Its line; 0 when none was given.
    pub line: usize,
}

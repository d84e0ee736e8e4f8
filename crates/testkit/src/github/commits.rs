//! Answers about commits.

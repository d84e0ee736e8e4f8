//! Answers about statuses.

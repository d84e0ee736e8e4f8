//! The notifier from outside.

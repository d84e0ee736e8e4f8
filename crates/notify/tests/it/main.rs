//! The notifier from outside.

mod links;

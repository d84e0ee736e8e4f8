//! The notifier from outside.

mod key;
mod links;
mod slack;

//! The notifier from outside.

mod channels;
mod guide;
mod key;
mod links;
mod pictures;
mod slack;
mod table;
mod ways;

//! The notifier from outside.

mod channels;
mod files;
mod guide;
mod hostile;
mod key;
mod links;
mod pictures;
mod proxies;
mod slack;
mod table;
mod ways;

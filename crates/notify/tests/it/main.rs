//! The notifier from outside.

mod channels;
mod dry_run;
mod files;
mod guide;
mod hostile;
mod key;
mod links;
mod once;
mod peer;
mod pictures;
mod proxies;
mod slack;
mod table;
mod ways;

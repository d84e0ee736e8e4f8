//! The notifier from outside.

mod channels;
mod dry_run;
mod guide;
mod key;
mod links;
mod pictures;
mod slack;
mod table;
mod ways;

//! Small languages of tag rules, one file each: expressions, dates, patterns, versions, lists, label order.
//!
//! Everything here is pure: no clock, no files, no environment.

pub mod expression;
pub mod image_name;
pub mod label_order;
pub mod list;
pub mod moment;
pub mod number;
pub mod pattern;
pub mod pep440;
pub mod scope;
pub mod semver;
pub mod tag_name;
pub mod unknown;

//! Small languages of tag rules, one file each: expressions, dates, patterns, versions, lists, label order.
//!
//! Everything here is pure: no clock, no files, no environment.

pub mod image_name;
pub mod list;
pub mod number;
pub mod pattern;
pub mod pep440;
pub mod semver;
pub mod tag_name;

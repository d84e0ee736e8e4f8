//! `type=sha`: the commit.

use launchway_base::Failure;

use super::{Found, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;

const FORMATS: [&str; 2] = ["short", "long"];

/// The commit's id, short or whole.
pub struct Sha;

impl TagType for Sha {
    fn name(&self) -> &'static str {
        "sha"
    }

    fn priority(&self) -> &'static str {
        "100"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["format"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        given.or_default("prefix", "sha-");
        given.or_default("format", "short");
        match given.get("format") {
            format if FORMATS.contains(&format) => Ok(()),
            format => Err(Wrong::value("format", format, &FORMATS)),
        }
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let sha = sight.snapshot.sha.as_str();
        if sha.is_empty() {
            return Ok(Found::Nothing("the run is for no commit".to_owned()));
        }
        let value = match rule.attributes.get("format") {
            "short" => sight.snapshot.short_sha()?,
            _ => sha.to_owned(),
        };
        Ok(Found::tag(value, format!("the commit is {sha}")))
    }
}

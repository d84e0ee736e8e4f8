//! `type=raw`: what is written.

use launchway_base::Failure;

use super::{Found, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;

/// A template.
pub struct Raw;

impl TagType for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn priority(&self) -> &'static str {
        "200"
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        match given.find("value") {
            Some(_) => Ok(()),
            None => Err(Wrong::missing("value", "type=raw,value=stable")),
        }
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        Ok(Found::tag(sight.render(rule.attributes.get("value"))?, "a rule says so"))
    }
}

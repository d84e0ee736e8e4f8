//! `type=schedule`: a tag of nightly builds.

use launchway_base::Failure;

use super::{Found, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;

/// A name or date, when the run was scheduled.
pub struct Schedule;

impl TagType for Schedule {
    fn name(&self) -> &'static str {
        "schedule"
    }

    fn priority(&self) -> &'static str {
        "1000"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["pattern"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        given.or_default("pattern", "nightly");
        Ok(())
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let event = &sight.snapshot.event_name;
        if !event.contains("schedule") {
            return Ok(Found::Nothing(format!("the event is `{event}`, not `schedule`")));
        }
        let value = sight.render_dates(rule.attributes.get("pattern"))?;
        Ok(Found::tag(value, "the run was scheduled"))
    }
}

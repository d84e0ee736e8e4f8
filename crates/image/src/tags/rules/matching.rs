//! `type=match`: what a regular expression finds.

use launchway_base::Failure;

use super::{Found, TagType, subject};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;
use crate::words::number;
use crate::words::pattern::Pattern;

/// A group of a match with the tag.
pub struct Match;

impl TagType for Match {
    fn name(&self) -> &'static str {
        "match"
    }

    fn priority(&self) -> &'static str {
        "800"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["pattern", "group"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        if given.find("pattern").is_none() {
            return Err(Wrong::missing("pattern", r"type=match,pattern=v(\d+),group=1"));
        }
        given.or_default("group", "0");
        if number::parse(given.get("group")).is_none() {
            return Err(Wrong::value("group", given.get("group"), &["a number"]));
        }
        given.or_default("value", "");
        Ok(())
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let text = match subject::text(rule, sight)? {
            Ok(text) => text,
            Err(why) => return Ok(Found::Nothing(why)),
        };
        let (pattern, group) = (rule.attributes.get("pattern"), rule.attributes.get("group"));
        let Some(groups) = Pattern::parse(pattern)?.find(&text)? else {
            return Ok(Found::Warned(format!("`{pattern}` does not match `{text}`")));
        };
        Ok(match groups.group(group) {
            Some(part) => Found::release(part, format!("`{pattern}` matches `{text}`")),
            None => {
                Found::Warned(format!("`{pattern}` matches `{text}`, but without a group {group}"))
            }
        })
    }
}

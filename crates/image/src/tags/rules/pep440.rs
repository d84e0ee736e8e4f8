//! `type=pep440`: a pattern over a Python version.

use launchway_base::Failure;

use super::subject::{self, Matched};
use super::{Found, Given, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;
use crate::words::pep440::Pep440 as Version;

/// A pattern over the parts of a version.
pub struct Pep440;

impl TagType for Pep440 {
    fn name(&self) -> &'static str {
        "pep440"
    }

    fn priority(&self) -> &'static str {
        "900"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["pattern", "match"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        if given.find("pattern").is_none() {
            return Err(Wrong::missing("pattern", "type=pep440,pattern={{version}}"));
        }
        given.or_default("value", "");
        given.or_default("match", "");
        Ok(())
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let text = match subject::text(rule, sight)? {
            Ok(text) => text,
            Err(why) => return Ok(Found::Nothing(why)),
        };
        let (text, warning) = match subject::matched(rule, sight, text)? {
            Matched::Part(part, warning) => (part, warning),
            Matched::Nothing(why) => return Ok(Found::Nothing(why)),
        };
        let Some(version) = Version::parse(&text) else {
            let why =
                format!("`{text}` is not a version of PEP 440 (https://peps.python.org/pep-0440/)");
            return Ok(Found::Warned(why));
        };
        let pattern = rule.attributes.get("pattern");
        let value = if !version.is_special {
            sight.render_pep440(pattern, &version)?
        } else if sight.is_raw(pattern) {
            version.raw.clone()
        } else if sight.strict {
            let value = sight.render_pep440(pattern, &version)?;
            if !value.contains(&version.version) && !value.contains(&version.raw) {
                return Ok(Found::Nothing(format!(
                    "`{}` is no final release, and `{pattern}` does not name it whole",
                    version.version
                )));
            }
            value
        } else {
            version.version.clone()
        };
        let latest = !version.is_special;
        let kind = if latest { "version" } else { "pre-, post- or development release" };
        let reason = format!("the {kind} is {}", version.version);
        let followed = latest || sight.strict || sight.is_raw(pattern);
        Ok(Found::Tag(Given {
            value,
            latest,
            reason,
            version: Some(version.version),
            pattern: followed.then(|| pattern.to_owned()),
            warning,
        }))
    }
}

//! `type=semver`: a pattern over a semantic version.

use launchway_base::Failure;

use super::subject::{self, Matched};
use super::{Found, Given, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;
use crate::words::semver::{Identifier, Semver as Version};

/// A pattern over the parts of a version.
pub struct Semver;

impl TagType for Semver {
    fn name(&self) -> &'static str {
        "semver"
    }

    fn priority(&self) -> &'static str {
        "900"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["pattern", "match"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        if given.find("pattern").is_none() {
            return Err(Wrong::missing("pattern", "type=semver,pattern={{version}}"));
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
            let why = format!("`{text}` is not a semantic version (https://semver.org)");
            return Ok(Found::Warned(why));
        };
        let pattern = rule.attributes.get("pattern");
        let value = if !version.is_prerelease() || sight.is_raw(pattern) {
            sight.render_semver(pattern, &version)?
        } else if sight.strict {
            let value = sight.render_semver(pattern, &version)?;
            if !names_prerelease(&value, &version) {
                return Ok(Found::Nothing(format!(
                    "`{}` is a prerelease, which `{pattern}` does not name",
                    version.version
                )));
            }
            value
        } else {
            version.version.clone()
        };
        let latest = !version.is_prerelease();
        let kind = if latest { "version" } else { "prerelease" };
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

/// Whether a text holds the version's prerelease part, so that it is not a floating tag.
fn names_prerelease(text: &str, version: &Version) -> bool {
    let parts: Vec<_> = version
        .prerelease
        .iter()
        .map(|part| match part {
            Identifier::Number(number) => number.to_string(),
            Identifier::Text(text) => text.clone(),
        })
        .collect();
    [parts.join("."), parts.join(",")].iter().any(|part| text.contains(part.as_str()))
}

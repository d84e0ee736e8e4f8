//! `type=ref`: the name of the branch, tag or pull request.

use launchway_base::Failure;

use super::{Found, TagType};
use crate::floating::Version;
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;

const EVENTS: [&str; 3] = ["branch", "tag", "pr"];

/// The ref's own name.
pub struct Ref;

impl TagType for Ref {
    fn name(&self) -> &'static str {
        "ref"
    }

    fn priority(&self) -> &'static str {
        "600"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["event"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        let event = given
            .find("event")
            .ok_or_else(|| Wrong::missing("event", "type=ref,event=branch"))?
            .to_owned();
        if !EVENTS.contains(&event.as_str()) {
            return Err(Wrong::value("event", &event, &EVENTS));
        }
        if event == "pr" {
            given.or_default("prefix", "pr-");
        }
        Ok(())
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let snapshot = sight.snapshot;
        Ok(match rule.attributes.get("event") {
            "branch" => match snapshot.branch() {
                Some(branch) => Found::tag(branch, format!("the branch is `{branch}`")),
                None => Found::Nothing("the run is for no branch".to_owned()),
            },
            "tag" => match (&snapshot.source.text, snapshot.source.reason.as_deref()) {
                (Err(why), _) => Found::Nothing(why.clone()),
                // Of a package, a prerelease does not make `latest`.
                (Ok(version), Some(why)) if is_prerelease(version) => Found::tag(version, why),
                (Ok(version), Some(why)) => Found::release(version, why),
                (Ok(tag), None) => Found::release(tag, format!("the tag is `{tag}`")),
            },
            _ => match snapshot.pull() {
                Some(number) => Found::tag(number, format!("the pull request is #{number}")),
                None => Found::Nothing("the run is for no pull request".to_owned()),
            },
        })
    }
}

fn is_prerelease(version: &str) -> bool {
    Version::parse(version).is_some_and(|version| version.is_prerelease())
}

//! `type=edge`: the head of the default branch.

use launchway_base::Failure;

use super::{Found, TagType};
use crate::tags::rule::{Attributes, Rule, Wrong};
use crate::tags::sight::Sight;

/// `edge`, on one branch.
pub struct Edge;

impl TagType for Edge {
    fn name(&self) -> &'static str {
        "edge"
    }

    fn priority(&self) -> &'static str {
        "700"
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["branch"]
    }

    fn complete(&self, given: &mut Attributes) -> Result<(), Wrong> {
        given.or_default("branch", "");
        Ok(())
    }

    fn find(&self, rule: &Rule, sight: &Sight<'_>) -> Result<Found, Failure> {
        let Some(branch) = sight.snapshot.branch() else {
            return Ok(Found::Nothing("the run is for no branch".to_owned()));
        };
        let edge = match rule.attributes.get("branch") {
            "" => sight.snapshot.repository.default_branch()?,
            named => named,
        };
        Ok(if branch == edge {
            Found::tag("edge", format!("the branch is `{edge}`"))
        } else {
            Found::Nothing(format!("the branch is `{branch}`, not `{edge}`"))
        })
    }
}

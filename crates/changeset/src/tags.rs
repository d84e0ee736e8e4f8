//! Making tags, and none twice.

use std::fmt;

use launchway_base::Failure;
use launchway_workspace::Workspace;

use crate::context::Context;
use crate::events::Events;

/// A version to tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// What was made and what was there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tagged {
    pub(crate) made: Vec<String>,
    pub(crate) existing: Vec<String>,
}

impl fmt::Display for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.made.is_empty() {
            f.write_str("No package needs a tag.")?;
        } else {
            f.write_str("Tags made:")?;
        }
        self.made.iter().try_for_each(|tag| write!(f, "\n  {tag}"))?;
        if !self.existing.is_empty() {
            f.write_str("\nThere already:")?;
        }
        self.existing.iter().try_for_each(|tag| write!(f, "\n  {tag}"))
    }
}

/// Makes an annotated tag for each release that has none, here or at `origin`.
pub(crate) fn make_tags(
    context: &Context<'_>,
    workspace: &Workspace,
    releases: &[Release],
    events: &mut Events,
) -> Result<Tagged, Failure> {
    let mut tagged = Tagged::default();
    if releases.is_empty() {
        return Ok(tagged);
    }
    let git = context.git(&workspace.root);
    let names: Vec<String> =
        releases.iter().map(|release| workspace.tag_of(&release.name, &release.version)).collect();
    let local = git.tags()?;
    let unknown: Vec<&String> = names.iter().filter(|name| !local.contains(*name)).collect();
    let remote = git.remote_tags(&unknown).unwrap_or_else(|error| {
        context.session.warn(&format!(
            "`origin` was not asked which tags it has, so they are made here: {error}"
        ));
        Default::default()
    });
    for (release, tag) in releases.iter().zip(names) {
        if local.contains(&tag) || remote.contains(&tag) || tagged.made.contains(&tag) {
            tagged.existing.push(tag);
            continue;
        }
        git.tag(&tag, &tag, None)?;
        events.git_tag(&tag, &release.name)?;
        tagged.made.push(tag);
    }
    Ok(tagged)
}

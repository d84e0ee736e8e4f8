//! Making tags, and none twice.

use std::collections::BTreeSet;
use std::fmt;

use launchway_base::Failure;
use launchway_git::Git;
use launchway_publish::Entry;
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
    let known = known(context, &git, &names)?;
    for (release, tag) in releases.iter().zip(names) {
        if known.contains(&tag) || tagged.made.contains(&tag) {
            tagged.existing.push(tag);
            continue;
        }
        git.tag(&tag, &tag, None)?;
        events.git_tag(&tag, &release.name)?;
        tagged.made.push(tag);
    }
    Ok(tagged)
}

/// Those of the tags that are there, here or at `origin`.
fn known(context: &Context<'_>, git: &Git, names: &[String]) -> Result<BTreeSet<String>, Failure> {
    let local = git.tags()?;
    let unknown: Vec<&String> = names.iter().filter(|name| !local.contains(*name)).collect();
    let remote = git.remote_tags(&unknown).unwrap_or_else(|error| {
        context.session.warn(&format!(
            "`origin` does not say which tags it has, so only those here count: {error}"
        ));
        BTreeSet::new()
    });
    Ok(local.into_iter().chain(remote).collect())
}

/// Those of the entries whose tag is neither here nor at `origin`.
pub(crate) fn untagged(
    context: &Context<'_>,
    workspace: &Workspace,
    entries: Vec<Entry>,
) -> Result<Vec<Entry>, Failure> {
    if entries.is_empty() {
        return Ok(entries);
    }
    let tag = |entry: &Entry| workspace.tag_of(entry.name(), entry.version());
    let names: Vec<String> = entries.iter().map(tag).collect();
    let known = known(context, &context.git(&workspace.root), &names)?;
    Ok(entries.into_iter().filter(|entry| !known.contains(&tag(entry))).collect())
}

//! `git-tag`: annotated tags for the current versions.

use launchway_base::Failure;

use crate::context::Context;
use crate::events::Events;
use crate::tags::{Release, make_tags};

pub(crate) fn git_tag(context: &Context<'_>) -> Result<u8, Failure> {
    if context.called == "tag" {
        context.session.warn("`tag` is now called `git-tag`");
    }
    let mut events = Events::open(context)?;
    let repository = context.settings()?;
    let releases: Vec<Release> = repository
        .workspace
        .packages
        .iter()
        .filter(|package| !repository.config.skips_tagging(package))
        .filter_map(|package| {
            Some(Release { name: package.name.clone(), version: package.version.clone()? })
        })
        .collect();
    let made = make_tags(context, &repository.workspace, &releases, &mut events)?;
    context.session.say(&made.to_string());
    Ok(0)
}

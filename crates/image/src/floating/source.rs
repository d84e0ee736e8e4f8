//! Which versions exist, asked of git or of registries.

use std::time::Duration;

use launchway_base::{Failure, Fault as _};
use launchway_git::{Git, GitError};
use launchway_registry::{Registry, RegistryError, Repository};

use super::Known;
use crate::tags::package::Family;

/// Before a remote that failed is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The versions that the repository's tags name.
///
/// The remote is asked where there is one, as a checkout may lack tags without a sign of it: a
/// shallow one does, one of a single branch does, and so does one that was deepened later. Two
/// processes, one request, and one more where that fails.
///
/// # Errors
/// No repository; a remote that does not answer; a shallow clone without a remote. An incomplete
/// list is never taken for the whole.
pub fn of_git(git: &Git, family: Family<'_>) -> Result<Known, Failure> {
    let hint = "let the checkout keep its credentials, give `github-token`, or look the versions up \
                with `floating-source: registry`";
    let asked = || -> launchway_git::Result<Known> {
        let Some(remote) = git.fetch_remote()? else {
            return Ok(known(git.tags()?.iter(), family, "the tags of this repository"));
        };
        let tags = git.tags_of_remote(&remote).or_else(|error| match error {
            // Git itself asks once only. A refusal is refused again, at the price of a request.
            GitError::Failed { remote: true, .. } => {
                std::thread::sleep(PAUSE);
                git.tags_of_remote(&remote)
            }
            error => Err(error),
        })?;
        Ok(known(tags.keys(), family, &format!("the tags of `{remote}`")))
    };
    let known = asked().map_err(|error| {
        let given = error.hint();
        let failure =
            Failure::from(error).while_doing("looking up the versions for `floating: highest`");
        failure.with_hint(given.unwrap_or_else(|| hint.to_owned()))
    })?;
    if git.fetch_remote()?.is_none() && !git.shallow_commits()?.is_empty() {
        return Err(Failure::input(
            "the clone is shallow and has no remote, so which versions exist is unknown",
        )
        .with_hint("check out with `fetch-depth: 0`, or use `floating-source: registry`"));
    }
    Ok(known)
}

/// The versions that the tags of all these repositories name together. A repository that does not
/// exist yet has none. One request each, more where a list has pages.
///
/// # Errors
/// A registry that does not answer or lets nobody read.
pub async fn of_registry(
    registry: &Registry,
    repositories: &[Repository],
    family: Family<'_>,
) -> Result<Known, Failure> {
    let mut all = Known::default();
    for repository in repositories {
        let tags = match registry.tags(repository).await {
            Err(RegistryError::NotFound { .. }) => Vec::new(),
            tags => tags?,
        };
        let found = known(tags.iter().map(launchway_registry::Tag::as_str), family, "");
        all.versions.extend(found.versions);
        all.ignored += found.ignored;
    }
    let names: Vec<String> = repositories.iter().map(|name| format!("`{name}`")).collect();
    all.source = format!("the tags of {}", names.join(", "));
    Ok(all)
}

fn known<S: AsRef<str>>(tags: impl Iterator<Item = S>, family: Family<'_>, source: &str) -> Known {
    let mut known = Known { source: source.to_owned(), ..Known::default() };
    for tag in tags {
        match family.version(tag.as_ref()) {
            Ok(version) => known.versions.push(version),
            Err(_) => known.ignored += 1,
        }
    }
    known
}

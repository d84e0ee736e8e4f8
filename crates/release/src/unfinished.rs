//! What an earlier run at the same commit published but did not come to tag or release. By then
//! nothing is unpublished any more, so the publish step says nothing of it.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_github::Ref;
use launchway_runtime::Session;
use launchway_versioning::Repository;

use crate::observe::{tag_wishes, tags};
use crate::plan::{Mode, Snapshot, TagWish, Unfinished};
use crate::world::World;

/// Versions that this very commit brought and whose tag or Release is missing. Older versions are not
/// touched: their commit is not this one.
///
/// Whether a version without a tag was published is the caller's to know: the registry says so, or a
/// script that was run again and had nothing to complain about. That is why scripts are followed
/// up only in a further attempt of the same run.
pub async fn unfinished(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
) -> Result<Vec<Unfinished>, Failure> {
    let is_again = world.attempt > 1;
    if !snapshot.tags || world.github.is_none() || (snapshot.mode() == Mode::Script && !is_again) {
        return Ok(Vec::new());
    }
    let before = versions_before(world, repository)?;
    let mut wishes = tag_wishes(repository);
    match &before {
        Some(before) => wishes.retain(|wish| {
            let old = wish.package.as_ref().and_then(|name| before.get(name));
            old != wish.version.as_ref()
        }),
        None if !is_again => return Ok(Vec::new()),
        None => {}
    }
    let there = tags(world, &wishes).await?;
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for wish in wishes {
        match there.get(&wish.tag) {
            Some(tag) if snapshot.releases && is_here(world, tag).await? => {
                if world.github()?.release_by_tag(&world.repo, &wish.tag).await?.is_none() {
                    found.push(Unfinished { wish, is_tagged: true });
                }
            }
            Some(_) => {}
            None if before.is_some() => found.push(Unfinished { wish, is_tagged: false }),
            None => unknown.push(wish.tag),
        }
    }
    if !unknown.is_empty() {
        session.notice(&format!(
            "these tags are not there: {}. Whether this commit brought their versions cannot be seen, because its parent is not in the checkout and cannot be fetched; with `fetch-depth: 2` they are completed, with `release-mode: tag` they are made in any case",
            unknown.join(", ")
        ));
    }
    Ok(found)
}

/// Whether a tag names the run's commit.
async fn is_here(world: &World, tag: &Ref) -> Result<bool, Failure> {
    if tag.object_type != "tag" {
        return Ok(tag.sha == world.sha);
    }
    let object = world.github()?.get_tag_object(&world.repo, &tag.sha).await?;
    Ok(object.is_some_and(|tag| tag.object == world.sha))
}

/// The parent of the run's commit. `actions/checkout` brings one commit only: then it is fetched, and
/// a fetch that fails leaves it unknown.
fn parent(world: &World) -> Result<Option<String>, Failure> {
    let name = format!("{}^", world.sha);
    let found = world.git.commit_of(&name)?;
    if found.is_some() || !world.git.is_shallow()? {
        return Ok(found);
    }
    match world.fetching_git()?.deepen(1) {
        Ok(()) => Ok(world.git.commit_of(&name)?),
        Err(error) => {
            tracing::debug!("the parent of {} could not be fetched: {error}", world.sha);
            Ok(None)
        }
    }
}

/// Versions at the parent commit by package; `None` when the checkout does not have it.
fn versions_before(
    world: &World,
    repository: &Repository,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let Some(parent) = parent(world)? else { return Ok(None) };
    let workspace = &repository.workspace;
    let prefix = workspace.root.strip_prefix(&world.root).unwrap_or(std::path::Path::new(""));
    let path = |manifest: &str| prefix.join(manifest).to_string_lossy().replace('\\', "/");
    let paths: Vec<String> = workspace.packages.iter().map(|p| path(&p.manifest)).collect();
    let files = world.git.files_at(&parent, &paths)?;
    let mut versions = BTreeMap::new();
    for package in &workspace.packages {
        let version = files
            .get(&path(&package.manifest))
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok())
            .and_then(|manifest| manifest.get("version")?.as_str().map(str::to_owned));
        versions.extend(version.map(|version| (package.name.clone(), version)));
    }
    Ok(Some(versions))
}

/// With the wishes of this run, and those of earlier ones that `keep` lets through.
pub fn with_unfinished(
    mut wishes: Vec<TagWish>,
    unfinished: &[Unfinished],
    keep: impl Fn(&Unfinished) -> bool,
) -> Vec<TagWish> {
    for other in unfinished.iter().filter(|other| keep(other)) {
        if !wishes.iter().any(|wish| wish.tag == other.wish.tag) {
            wishes.push(other.wish.clone());
        }
    }
    wishes
}

//! What an earlier attempt of the same run published but did not come to tag or release. By then
//! nothing is unpublished any more, so the publish step says nothing of it.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_github::Ref;
use launchway_runtime::Session;
use launchway_versioning::Repository;

use crate::observe::{World, tag_wishes, tags};
use crate::plan::{Snapshot, TagWish};

/// The tags to look after again: those at the run's commit, whose Release may be missing, and
/// missing ones of versions that this very commit brought. Older versions without a tag are not
/// touched: their commit is not this one.
pub async fn unfinished(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
) -> Result<Vec<TagWish>, Failure> {
    if world.attempt < 2 || !snapshot.tags || world.github.is_none() {
        return Ok(Vec::new());
    }
    let wishes = tag_wishes(repository);
    let there = tags(world, &wishes).await?;
    let before = versions_before(world, repository)?;
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for wish in wishes {
        match there.get(&wish.tag) {
            Some(tag) => {
                if snapshot.releases && commit(world, tag).await?.as_ref() == Some(&world.sha) {
                    found.push(wish);
                }
            }
            None => match &before {
                None => unknown.push(wish.tag),
                Some(before) => {
                    let old = wish.package.as_ref().and_then(|name| before.get(name));
                    if old.is_some_and(|old| Some(old) != wish.version.as_ref()) {
                        found.push(wish);
                    }
                }
            },
        }
    }
    if !unknown.is_empty() {
        session.notice(&format!(
            "these tags are not there: {}. Whether this commit brought their versions cannot be seen in a checkout of one commit; with `fetch-depth: 2` they are completed, with `release-mode: tag` they are made in any case",
            unknown.join(", ")
        ));
    }
    Ok(found)
}

async fn commit(world: &World, tag: &Ref) -> Result<Option<String>, Failure> {
    if tag.object_type != "tag" {
        return Ok(Some(tag.sha.clone()));
    }
    let object = world.github()?.get_tag_object(&world.repo, &tag.sha).await?;
    Ok(object.map(|tag| tag.object))
}

/// Versions at the parent commit by package; `None` when the checkout does not have it.
fn versions_before(
    world: &World,
    repository: &Repository,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let Some(parent) = world.git.commit_of(&format!("{}^", world.sha))? else { return Ok(None) };
    let workspace = &repository.workspace;
    let prefix = workspace.root.strip_prefix(&world.root).unwrap_or(std::path::Path::new(""));
    let path = |manifest: &str| prefix.join(manifest).to_string_lossy().replace('\\', "/");
    let paths: Vec<String> = workspace.packages.iter().map(|p| path(&p.manifest)).collect();
    let files = world.git.files_at(&parent, &paths)?;
    let mut versions = BTreeMap::new();
    for package in &workspace.packages {
        // A package that was not there has no version that was published before.
        let version = files
            .get(&path(&package.manifest))
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok())
            .and_then(|manifest| manifest.get("version")?.as_str().map(str::to_owned));
        versions.insert(package.name.clone(), version.unwrap_or_default());
    }
    Ok(Some(versions))
}

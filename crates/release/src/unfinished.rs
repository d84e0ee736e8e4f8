//! What earlier runs left to be done: promised by the record, or brought by this very commit. By now
//! nothing is unpublished any more, so the publish step says nothing of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use launchway_base::Failure;
use launchway_github::TagState;
use launchway_publish::PackageManager;
use launchway_runtime::Session;
use launchway_versioning::Repository;

use crate::ledger::{Ledger, look};
use crate::observe::tag_wishes;
use crate::plan::{Mode, Snapshot, TagWish, Unfinished};
use crate::record::{Promise, Publisher};
use crate::registry::{self, Answer};
use crate::world::World;

/// Versions whose tag or Release is missing: those the record promises, and of the others those that
/// this very commit brought. Older versions of these are not touched: their commit is not this one.
///
/// Whether a version without a tag was published is the caller's to know: the registry says so, or a
/// script that was run again and had nothing to complain about. That is why scripts without a record
/// are followed up only in a further attempt of the same run.
pub async fn unfinished(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
    ledger: Option<&Ledger>,
) -> Result<Vec<Unfinished>, Failure> {
    if !snapshot.tags || world.github.is_none() {
        return Ok(Vec::new());
    }
    let promises = ledger.map_or(&[][..], |ledger| ledger.promises.as_slice());
    let covered: HashSet<&str> = promises.iter().map(|promise| promise.name.as_str()).collect();
    let mut others = tag_wishes(repository);
    others.retain(|wish| wish.package.as_deref().is_none_or(|name| !covered.contains(name)));
    let follows_up = match snapshot.mode() {
        Mode::Script => world.attempt > 1,
        Mode::Publish => true,
        _ => false,
    };
    if !follows_up {
        others.clear();
    }
    let tags: Vec<String> = promises
        .iter()
        .filter_map(|promise| promise.tag.clone())
        .chain(others.iter().map(|wish| wish.tag.clone()))
        .collect();
    let states = look(world, &repository.workspace, &tags).await?;
    let mut found = Vec::new();
    if let Some(ledger) = ledger {
        found.extend(promised(session, world, snapshot, ledger, &states)?);
    }
    found.extend(brought(session, world, repository, snapshot, others, &states)?);
    Ok(found)
}

/// What is missing of the record's promises.
fn promised(
    session: &Session,
    world: &World,
    snapshot: &Snapshot,
    ledger: &Ledger,
    states: &BTreeMap<String, TagState>,
) -> Result<Vec<Unfinished>, Failure> {
    let mut found = Vec::new();
    for promise in &ledger.promises {
        let Some((tag, state)) = promise.tag.as_ref().and_then(|tag| Some((tag, states.get(tag)?)))
        else {
            continue;
        };
        let has_release = state.release.is_some() || !(promise.release && snapshot.releases);
        let is_astray = state.commit.is_some() && state.file.as_ref() != Some(&ledger.blob);
        if state.commit.is_some() && has_release && !is_astray {
            continue;
        }
        found.push(Unfinished {
            wish: TagWish {
                tag: tag.clone(),
                package: Some(promise.name.clone()),
                version: Some(promise.version.clone()),
                commit: state.commit.clone(),
            },
            is_tagged: state.commit.is_some(),
            is_astray,
            promise: Some(promise.clone()),
        });
    }
    let is_new = |other: &Unfinished| {
        !snapshot
            .unpublished
            .iter()
            .any(|entry| other.wish.package.as_deref() == Some(entry.name()))
    };
    if found.iter().any(|other| !other.is_tagged && is_new(other)) {
        let commit = ledger.commit(world)?;
        if commit.is_none() && snapshot.mode() != Mode::Tag {
            let lost = found.iter().filter(|other| !other.is_tagged && is_new(other));
            session.notice(&format!(
                "these tags are not there: {}. Which commit they belong to cannot be seen, because it is not in the checkout and cannot be fetched; with `fetch-depth: 0` they are completed",
                lost.map(|other| other.wish.tag.as_str()).collect::<Vec<_>>().join(", ")
            ));
            found.retain(|other| other.is_tagged || !is_new(other));
        }
        for other in found.iter_mut().filter(|other| !other.is_tagged) {
            other.wish.commit.clone_from(&commit);
        }
    }
    Ok(found)
}

/// What is missing of the versions that this very commit brought by hand.
fn brought(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
    wishes: Vec<TagWish>,
    states: &BTreeMap<String, TagState>,
) -> Result<Vec<Unfinished>, Failure> {
    let state = |wish: &TagWish| states.get(&wish.tag).cloned().unwrap_or_default();
    let mut wishes: Vec<(TagWish, TagState)> =
        wishes.into_iter().map(|wish| (state(&wish), wish)).map(|(s, w)| (w, s)).collect();
    wishes.retain(|(_, state)| match &state.commit {
        Some(commit) => *commit == world.sha && snapshot.releases && state.release.is_none(),
        None => true,
    });
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let before = versions_before(world, repository)?;
    match &before {
        Some(before) => wishes.retain(|(wish, _)| {
            let old = wish.package.as_ref().and_then(|name| before.get(name));
            old != wish.version.as_ref()
        }),
        None if world.attempt == 1 => return Ok(Vec::new()),
        None => {}
    }
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (wish, state) in wishes {
        let is_tagged = state.commit.is_some();
        if is_tagged || before.is_some() {
            found.push(Unfinished { wish, is_tagged, is_astray: false, promise: None });
        } else {
            unknown.push(wish.tag);
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
    let manifests = workspace.packages.iter().map(|package| &package.manifest);
    let inherited = workspace.packages.iter().filter_map(|package| package.version_from.as_ref());
    let paths: BTreeSet<String> = manifests.chain(inherited).map(|file| path(file)).collect();
    let files = world.git.files_at(&parent, &paths.into_iter().collect::<Vec<_>>())?;
    let text = |manifest: &str| {
        files.get(&path(manifest)).and_then(|bytes| std::str::from_utf8(bytes).ok())
    };
    let mut versions = BTreeMap::new();
    for package in &workspace.packages {
        let shared = package.version_from.as_deref().and_then(text);
        let version = text(&package.manifest)
            .and_then(|manifest| package.ecosystem.version_in(manifest, shared));
        versions.extend(version.map(|version| (package.name.clone(), version)));
    }
    Ok(Some(versions))
}

/// Of what earlier runs left, that which may be completed while changesets are pending: nothing is
/// published from such a tree, so a version without a tag must be known to be in its registry. Says
/// what has to wait.
pub async fn without_publishing(
    session: &Session,
    world: &World,
    repository: &Repository,
    ledger: &Ledger,
    manager: Option<&dyn PackageManager>,
    unfinished: Vec<Unfinished>,
) -> Vec<Unfinished> {
    let workspace = &repository.workspace;
    let (mut ready, mut waiting) = (Vec::new(), Vec::new());
    for other in unfinished {
        let promise = other.promise.as_ref();
        let package = promise.and_then(|promise| promise.package(workspace));
        let is_ready = match (ledger.publish, manager, promise, package) {
            _ if other.is_tagged => true,
            (Publisher::Nobody, ..) => true,
            // Private, or uploaded by another job.
            (Publisher::Registry, _, Some(promise), _)
                if promise.private || promise.registry.is_none() =>
            {
                true
            }
            (Publisher::Registry, Some(manager), Some(promise), Some(package)) => {
                let asked = [(package, promise.version.as_str())];
                registry::ask(manager, workspace, &asked).await == [Answer::There]
            }
            _ => false,
        };
        if is_ready { ready.push(other) } else { waiting.push(other) }
    }
    if !waiting.is_empty() {
        let names: Vec<String> =
            waiting.iter().filter_map(|other| other.promise.as_ref()).map(Promise::label).collect();
        let commit = ledger.commit(world).ok().flatten();
        let which = commit.map(|commit| format!(" at {commit}")).unwrap_or_default();
        let text = format!(
            "promised by the last version pull request, but not known to be published: {}. Nothing is published while changesets are pending: re-run the job of the version commit{which}",
            names.join(", ")
        );
        // Many scripts never announce what they publish: that is no news in every run.
        match ledger.publish {
            Publisher::Script => session.say(&text),
            _ => session.warn(&text),
        }
    }
    ready
}

/// With the wishes of this run, and those of earlier ones that `keep` lets through.
pub fn with_unfinished(
    mut wishes: Vec<TagWish>,
    unfinished: &[Unfinished],
    keep: impl Fn(&Unfinished) -> bool,
) -> Vec<TagWish> {
    for other in unfinished.iter().filter(|other| !other.is_astray && keep(other)) {
        if !wishes.iter().any(|wish| wish.tag == other.wish.tag) {
            wishes.push(other.wish.clone());
        }
    }
    wishes
}

//! Records of earlier version commits.

use std::collections::HashSet;

use clap::Args;
use launchway_base::Failure;
use launchway_runtime::Session;
use launchway_workspace::Workspace;

use crate::ledger;
use crate::record::{self, Promise, Record};
use crate::world::World;

/// Deeper than any history.
const ALL: u32 = i32::MAX.unsigned_abs();

/// Which releases a verb is about.
#[derive(Clone, Debug, Default, Args)]
pub struct Scope {
    /// The release that promised this tag, and all after it. The last one unless given.
    #[arg(long, value_name = "TAG", conflicts_with = "all")]
    pub since: Option<String>,

    /// Every release that is written down.
    #[arg(long)]
    pub all: bool,
}

/// A promise, and where it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The promise.
    pub promise: Promise,
    /// Who publishes.
    pub publish: record::Publisher,
    /// The commit that brought it to the branch; `None` when the checkout does not show it.
    pub commit: Option<String>,
    /// The hash of the record it stands in.
    pub blob: String,
}

/// The promises of the releases in scope, newest first; of two about one tag the newer counts.
pub fn read(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    scope: &Scope,
) -> Result<Vec<Written>, Failure> {
    let path = ledger::path(world, workspace);
    let is_long = scope.all || scope.since.is_some();
    if is_long && world.git.is_shallow()? {
        world
            .fetching_git()?
            .deepen(ALL)
            .map_err(|error| Failure::from(error).with_hint("check out with `fetch-depth: 0`"))?;
    }
    let versions = world.git.file_versions(&world.sha, &path, usize::from(!is_long))?;
    let objects = world.git.objects(versions.iter().map(|version| version.blob.as_str()))?;
    let mut written = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut reached = false;
    for (index, version) in versions.into_iter().enumerate() {
        let short: String = version.commit.chars().take(7).collect();
        let place = format!("`{}` at {short}", record::PATH);
        let bytes = objects.get(&version.blob).map(Vec::as_slice).unwrap_or_default();
        let record = match Record::from_json(&place, bytes) {
            Ok(record) => record,
            Err(failure) if index == 0 => return Err(failure),
            Err(failure) => {
                session.warn(&format!("{}; it is passed over", failure.chain()));
                continue;
            }
        };
        let commit = if version.is_edge && world.git.is_shallow()? {
            world.fetching_git()?.commit_of_file(&world.sha, &path)?
        } else {
            Some(version.commit)
        };
        let publish = record.publish;
        for promise in record.packages {
            reached |= promise.tag.is_some() && promise.tag == scope.since;
            let key = promise.tag.clone().unwrap_or_else(|| promise.label());
            if seen.insert(key) {
                let (commit, blob) = (commit.clone(), version.blob.clone());
                written.push(Written { promise, publish, commit, blob });
            }
        }
        if reached {
            break;
        }
    }
    match &scope.since {
        Some(tag) if !reached => Err(Failure::input(format!(
            "no release that is written down promised the tag `{}`",
            tag.escape_debug()
        ))
        .with_hint(format!("name a tag as it stands in `{}`, or use `--all`", record::PATH))),
        _ if written.is_empty() => Err(Failure::input(format!(
            "there is no `{}`: it is not known what was promised",
            record::PATH
        ))
        .with_hint("the next version pull request of `launchway-release run` writes it")),
        _ => Ok(written),
    }
}

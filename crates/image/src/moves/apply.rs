//! One round: the tags are written, then read back.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::{Algorithm, Manifest, Registry, Tag, Which};

use super::{AT_ONCE, Begun, Move, failed, groups};
use crate::push_tags::observe::known_as;
use crate::references::Target;

/// From how many tags on several are asked for in one request. A registry that does not know this
/// costs one request more, which fewer tags would not pay for.
const TOGETHER: usize = 8;
/// How many tags one request names. Registries take up to 100, but each is a header of the answer,
/// and an answer of more than 100 headers is not read.
const MOST_TOGETHER: usize = 50;
/// How long is waited before a tag is read once more: some registries answer from a copy that lags.
const READ_AGAIN: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
    Duration::from_millis(2_700),
];

/// Writes and reads back. Gives what was begun, and whether all of it is there.
pub(super) async fn round<'a>(
    registry: &Registry,
    round: &'a [Move],
) -> (Vec<Begun<'a>>, Result<(), Failure>) {
    let begun = RefCell::new(Vec::new());
    let result = write(registry, round, &begun).await;
    let begun = begun.into_inner();
    let result = match result {
        Ok(()) => read_back(registry, round).await,
        failed => failed,
    };
    (begun, result)
}

async fn write<'a>(
    registry: &Registry,
    round: &'a [Move],
    begun: &RefCell<Vec<Begun<'a>>>,
) -> Result<(), Failure> {
    let mut single: Vec<&'a Move> = Vec::new();
    for group in groups(round) {
        single.extend(together(registry, group, begun).await);
    }
    // What is under way is waited for after a failure: it would land after it was put back.
    let stop = Cell::new(false);
    let results: Vec<Result<(), Failure>> = stream::iter(single)
        .map(|one| {
            let stop = &stop;
            async move {
                if stop.get() {
                    return Ok(());
                }
                begun.borrow_mut().push(Begun { one, is_taken: false });
                let target = &one.target;
                let which = Which::Tag(target.tag.clone());
                let put = registry.put_manifest(&target.repository, &which, &one.manifest).await;
                match put {
                    Ok(_) => begun.borrow_mut().push(Begun { one, is_taken: true }),
                    Err(error) => {
                        stop.set(true);
                        return Err(failed(target, "cannot put", error));
                    }
                }
                Ok(())
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    results.into_iter().collect()
}

/// Asks for many tags in one request, and gives back those that are left to be put one by one.
async fn together<'a>(
    registry: &Registry,
    group: Vec<&'a Move>,
    begun: &RefCell<Vec<Begun<'a>>>,
) -> Vec<&'a Move> {
    let Some(first) = group.first() else { return group };
    // A registry computes SHA-256 for a tag that is put by itself.
    let only_so = first.manifest.digest.algorithm() != Algorithm::Sha256;
    if group.len() < TOGETHER && !only_so {
        return group;
    }
    let mut rest: Vec<&Move> = Vec::new();
    let mut chunks = group.chunks(MOST_TOGETHER);
    for chunk in chunks.by_ref() {
        begun.borrow_mut().extend(chunk.iter().map(|one| Begun { one, is_taken: false }));
        let tags: Vec<Tag> = chunk.iter().map(|one| one.target.tag.clone()).collect();
        let repository = &first.target.repository;
        let set = match registry.put_tags(repository, &first.manifest, &tags).await {
            Ok(put) => put.tags,
            Err(error) => {
                tracing::info!("several tags in one request: {error}; one by one then");
                Vec::new()
            }
        };
        let (taken, others): (Vec<&Move>, Vec<&Move>) =
            chunk.iter().partition(|one| set.contains(&one.target.tag));
        begun.borrow_mut().extend(taken.into_iter().map(|one| Begun { one, is_taken: true }));
        rest.extend(others);
        if set.is_empty() {
            break;
        }
    }
    rest.extend(chunks.flatten());
    rest
}

async fn read_back(registry: &Registry, round: &[Move]) -> Result<(), Failure> {
    let stop = Cell::new(false);
    let results: Vec<Result<(), Failure>> = stream::iter(round)
        .map(|one| {
            let stop = &stop;
            async move {
                if stop.get() {
                    return Ok(());
                }
                let result = holds(registry, &one.target, &one.manifest).await;
                stop.set(stop.get() || result.is_err());
                result
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    results.into_iter().collect()
}

/// Waits a little until a tag holds a digest.
pub(super) async fn holds(
    registry: &Registry,
    target: &Target,
    manifest: &Manifest,
) -> Result<(), Failure> {
    let wanted = &manifest.digest;
    let which = Which::Tag(target.tag.clone());
    let mut pauses = READ_AGAIN.into_iter();
    loop {
        let held = registry
            .head(&target.repository, &which)
            .await
            .map_err(|error| failed(target, "cannot read back", error))?
            .map(|head| head.digest);
        let held = known_as(held, manifest);
        if held.as_ref() == Some(wanted) {
            return Ok(());
        }
        let Some(pause) = pauses.next() else {
            let found = held.map_or_else(
                || "is not there".to_owned(),
                |held| format!("holds {held} instead of {wanted}"),
            );
            return Err(Failure::remote(format!(
                "`{target}` {found}, although the registry took it"
            ))
            .with_hint("another run may have moved it at the same time; look, and run again"));
        };
        tokio::time::sleep(pause).await;
    }
}

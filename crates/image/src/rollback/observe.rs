//! What the registries hold, and the records they keep.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use launchway_base::Failure;
use launchway_registry::{Registry, Which};

use super::VERB;
use super::plan::{Held, Seen, Wish, wish};
use crate::moves::AT_ONCE;
use crate::promote::{attach, whole};
use crate::push_tags::observe;
use crate::references::Target;

/// From the newest record of each tag. One that was written by a rollback means that there is
/// nothing to do, but with `force` that one is taken back in turn.
pub(super) async fn newest(
    registry: &Registry,
    targets: &[Target],
    force: bool,
) -> Result<Vec<Wish>, Failure> {
    let held = observe::held(registry, targets).await?;
    let mut wishes = Vec::with_capacity(targets.len());
    for (target, now) in targets.iter().zip(held) {
        let Some(now) = now else {
            return Err(Failure::rejected(format!("`{target}` does not exist")).with_hint(
                "what it held before stands in the record of the promotion: give it as `record`",
            ));
        };
        let found = attach::newest(registry, target, &now).await?;
        let Some((record, change)) = found else {
            return Err(Failure::rejected(format!(
                "the registry keeps no record of how `{target}` came to hold {now}"
            ))
            .with_hint("give the record as `record`; `promote` keeps it with `record: referrer`"));
        };
        let is_done = record.verb == VERB && !force;
        wishes.push(Wish { target: target.clone(), is_done, ..wish(&change)? });
    }
    Ok(wishes)
}

/// What the tags hold, and whether what they held before is still there.
pub(super) async fn held(registry: &Registry, wishes: Vec<Wish>) -> Result<Vec<Seen>, Failure> {
    let targets: Vec<Target> = wishes.iter().map(|wish| wish.target.clone()).collect();
    let held = observe::held(registry, &targets).await?;
    stream::iter(wishes.into_iter().zip(held))
        .map(|(wish, now)| async move {
            let previous = match &wish.previous {
                None => Held::Nothing,
                // Nothing is done with it: it need not be looked for.
                Some(digest) if now.as_ref() == Some(digest) || wish.is_done => Held::Gone,
                Some(digest) => {
                    let repository = &wish.target.repository;
                    let found = registry.get_manifest(repository, &Which::from(digest)).await;
                    let found = found.map_err(|error| {
                        let doing = format!("cannot tell whether {repository} has {digest}");
                        Failure::from(error).while_doing(&doing)
                    })?;
                    match found {
                        Some(manifest) => {
                            whole(registry, repository, &manifest).await?;
                            Held::Here(manifest)
                        }
                        None => Held::Gone,
                    }
                }
            };
            Ok(Seen { wish, now, previous })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

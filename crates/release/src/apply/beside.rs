//! Branches beside the version branch, on which signed commits are made.

use std::time::{SystemTime, UNIX_EPOCH};

use launchway_base::Failure;
use launchway_github::GitHub;

use crate::world::World;

/// Such a branch lives for seconds. One that is older than this (in seconds) is of a run that was
/// killed.
const LIFETIME: u64 = 600;

/// A name no other run has.
pub fn name(world: &World, branch: &str) -> String {
    let (now, run, attempt) = (now(), run(world), world.attempt);
    format!("{branch}--next-{now}-{run}-{attempt}-{}", std::process::id())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

fn run(world: &World) -> String {
    match world.run_id {
        Some(id) => id.to_string(),
        None => "local".to_owned(),
    }
}

/// Removes what killed runs left: earlier attempts of this one, and any that are old.
pub async fn sweep(github: &GitHub, world: &World, branch: &str) -> Result<(), Failure> {
    let prefix = format!("heads/{branch}--next-");
    for found in github.matching_refs(&world.repo, &prefix).await? {
        let rest = found.name.strip_prefix("refs/").and_then(|name| name.strip_prefix(&prefix));
        if rest.is_some_and(|rest| is_left_over(rest, now(), &run(world), world.attempt)) {
            github.delete_ref(&world.repo, &found.name).await?;
        }
    }
    Ok(())
}

fn is_left_over(rest: &str, now: u64, run: &str, attempt: u64) -> bool {
    let mut parts = rest.split('-');
    let Some(made) = parts.next().and_then(|made| made.parse::<u64>().ok()) else { return false };
    let Some(by) = parts.next() else { return false };
    let earlier = parts.next().and_then(|of| of.parse::<u64>().ok()).is_some_and(|of| of < attempt);
    (by == run && earlier) || now.saturating_sub(made) > LIFETIME
}

#[cfg(test)]
mod tests {
    use super::is_left_over;

    #[test]
    fn only_what_a_dead_run_left_is_removed() {
        for (rest, expected) in [
            ("1000-7-1-99", true),  // an earlier attempt of this run
            ("1000-7-2-99", false), // another job of this one
            ("1000-8-1-99", false), // another run, right now
            ("100-8-1-99", true),   // another run, long ago
            ("x-8-1-99", false),    // a person's
            ("1000", false),
        ] {
            assert_eq!(is_left_over(rest, 1001, "7", 2), expected, "{rest}");
        }
    }
}

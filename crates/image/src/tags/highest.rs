//! `floating: highest`: floating tags are given to the highest version of their line only.

use std::time::Duration;

use launchway_base::{Deadline, Failure, Secret};
use launchway_git::Git;
use launchway_registry::Repository;
use launchway_runtime::Session;

use super::images;
use super::inputs::{Floating, FloatingSource, Inputs};
use super::observe;
use super::package::Family;
use super::plan::{Lines, Reason, Request};
use super::snapshot::Snapshot;
use crate::floating::{
    self, Candidate, Decision, Given, Known, Version, candidates, decide, family_of_images,
    version_of_tag,
};
use crate::place::Place;

/// How long a registry may take to list the tags of all images.
const REGISTRY_TIME: Duration = Duration::from_mins(2);

/// How long git may take to list the tags of the repository.
const REMOTE_TIME: Duration = Duration::from_mins(2);

/// Takes out the floating tags that belong to a higher version. Asks git or the registries only
/// where a tag may move.
///
/// # Errors
/// The versions there are cannot be read: a guess could move a tag backwards.
pub async fn settle(
    session: &Session,
    inputs: &Inputs,
    snapshot: &Snapshot,
    request: &Request,
    made: Lines,
) -> Result<Lines, Failure> {
    if inputs.floating == Floating::Off {
        return Ok(made);
    }
    let given: Vec<Given<'_>> = made
        .lines
        .iter()
        .map(|line| Given {
            kind: line.kind,
            pattern: line.pattern.as_deref(),
            value: &line.bare,
            tag: &line.tag,
            version: line.version.as_deref(),
        })
        .collect();
    let run = run_version(snapshot, &given);
    if let (None, Some(tag)) = (&run, snapshot.tag()) {
        let stay = without_version(tag, &given);
        let mut settled = apply(made, &stay);
        settled.warnings.extend(stay.into_iter().map(|decision| decision.reason));
        return Ok(settled);
    }
    let candidates = candidates(&given, run.as_ref());
    let moving = candidates.iter().find(|candidate| candidate.line.holds(&candidate.version));
    let known = match moving {
        None => Known::default(),
        Some(Candidate { version, .. }) => match inputs.floating_source {
            FloatingSource::Git => of_git(session, inputs, snapshot, version)?,
            FloatingSource::Registry => {
                let family = family_of_images(&given, version)?;
                of_registry(session, inputs, request, family).await?
            }
        },
    };
    let decisions = decide(&candidates, &known);
    let mut settled = apply(made, &decisions);
    if known.versions.is_empty() && known.ignored > 0 {
        settled.warnings.push(format!(
            "of {}, {} in number, none is named as that of this run is: it counts as the highest",
            known.source, known.ignored
        ));
    }
    Ok(settled)
}

/// The version of the run: the one it is for, else the first that a rule has read, else that at the
/// end of its tag, else the first that a rule has made.
fn run_version(snapshot: &Snapshot, given: &[Given<'_>]) -> Option<Version> {
    let source = &snapshot.source;
    let of_run = source.text.as_deref().ok().and_then(Version::parse);
    let read = || given.iter().find_map(|given| given.version.and_then(Version::parse));
    let at_end = || source.tag.as_deref().and_then(version_of_tag);
    let makers = || given.iter().filter(|given| matches!(given.kind, "match" | "raw"));
    of_run
        .or_else(read)
        .or_else(at_end)
        .or_else(|| makers().find_map(|given| Version::parse(given.value)))
}

/// `latest` and `stable` stay: a tag without a version cannot be said to be the highest.
fn without_version(tag: &str, given: &[Given<'_>]) -> Vec<Decision> {
    let floats = |given: &&Given<'_>| {
        given.kind == "latest"
            || matches!((given.kind, given.value), ("raw" | "match", "latest" | "stable"))
    };
    let stays = |given: &Given<'_>| Decision {
        tag: given.tag.to_owned(),
        given: false,
        reason: format!("the tag `{tag}` names no version to compare, so `{}` stays", given.tag),
    };
    given.iter().filter(floats).map(stays).collect()
}

/// A remote that says nothing would hold the job until GitHub ends it.
fn limited(git: Git) -> Git {
    git.with_deadline(Deadline::after(REMOTE_TIME))
}

fn of_git(
    session: &Session,
    inputs: &Inputs,
    snapshot: &Snapshot,
    version: &Version,
) -> Result<Known, Failure> {
    let mut git = limited(observe::git(session)?);
    let from_env = session.env().get("GITHUB_TOKEN").map(Secret::new);
    if let Some(token) = inputs.github_token.as_ref().or(from_env.as_ref()) {
        git = git.with_token(&session.context().server_url()?, token)?;
    }
    let source = &snapshot.source;
    let known: Vec<&str> = source.known.iter().map(String::as_str).collect();
    let tag = source.tag.as_deref();
    let as_tagged = || tag.and_then(|tag| floating::family(tag, version)).unwrap_or(Family::Plain);
    let family = match &source.package {
        None => as_tagged(),
        Some(name) => match (Family::Package { name, known: &known }, tag) {
            // Packages may be tagged in a way of their own, a single one as `v1.2.3`.
            (of_package, Some(tag)) if of_package.version(tag).is_err() => as_tagged(),
            (of_package, _) => of_package,
        },
    };
    floating::of_git(&git, family)
}

async fn of_registry(
    session: &Session,
    inputs: &Inputs,
    request: &Request,
    family: Family<'_>,
) -> Result<Known, Failure> {
    let repositories = images::names(&request.images)
        .iter()
        .map(|name| name.parse::<Repository>())
        .collect::<Result<Vec<_>, _>>()?;
    if repositories.is_empty() {
        return Err(Failure::input("`floating-source: registry` needs `images`")
            .with_hint("name the images, or use `floating-source: git`"));
    }
    let place = Place {
        insecure_registry: inputs.insecure_registry.clone(),
        github_token: inputs.github_token.clone(),
        timeout: REGISTRY_TIME,
    };
    floating::of_registry(&place.registry(session)?, &repositories, family).await
}

/// The tags without those a decision is against; the reasons say why.
fn apply(made: Lines, decisions: &[Decision]) -> Lines {
    let Lines { lines, mut left_out, warnings } = made;
    let mut kept = Vec::with_capacity(lines.len());
    for mut line in lines {
        match decisions.iter().find(|decision| decision.tag == line.tag) {
            Some(decision) if !decision.given => left_out.push(Reason {
                at: line.at,
                rule: line.rule,
                tag: Some(line.tag),
                given: false,
                reason: decision.reason.clone(),
            }),
            Some(decision) => {
                line.reason.clone_from(&decision.reason);
                kept.push(line);
            }
            None => kept.push(line),
        }
    }
    Lines { lines: kept, left_out, warnings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_never_waited_for_without_end() {
        assert!(limited(Git::at(".")).deadline().remaining().unwrap() <= REMOTE_TIME);
    }
}

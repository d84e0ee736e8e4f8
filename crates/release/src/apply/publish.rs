//! Publishing, by the project's script or by ourselves, and what follows.

use launchway_base::{Failure, Kind, show_duration};
use launchway_publish::{Event, Plan as RegistryPlan, PublishOptions, PublishResult, order};
use launchway_runtime::Session;
use launchway_workspace::{Workspace, parse_version};

use super::commit::BOT;
use super::script::Script;
use super::{Applied, Published, State, TagOutcome, promised, releases, tags};
use crate::events::{self, TagEvent};
use crate::observe::Found;
use crate::plan::{PublishPlan, ScriptPlan, TagPlan, TagWish, VersionPlan};
use crate::unfinished::with_unfinished;
use crate::world::{World, child_env};

/// Runs the publish script, then tags and releases what it says it published, also when it failed
/// in the middle.
pub async fn script(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &ScriptPlan,
) -> Result<Applied, Failure> {
    world.github()?;
    world.git.ensure_identity(BOT.0, BOT.1)?;
    let (ended, events) = run(session, world, plan)?;
    // The script may have changed packages; what it published is not forgotten if it broke them.
    let now = launchway_versioning::discover(&world.dir);
    let workspace = now.as_ref().unwrap_or(&found.repository.workspace);
    let wishes: Vec<TagWish> =
        events.into_iter().filter_map(|event| wish(session, workspace, event)).collect();
    let published = wishes
        .iter()
        .filter_map(|wish| {
            let tag = plan.after.tags.then(|| wish.tag.clone());
            Some(Published::of(workspace, wish.package.as_deref()?, wish.version.as_deref()?, tag))
        })
        .collect::<Vec<_>>();
    let is_success = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
    // A script that failed may not have come to publish what has no tag.
    let (wishes, unkept) = if plan.after.tags {
        promised::settle(session, world, found, workspace, wishes, is_success).await
    } else {
        (wishes, Vec::new())
    };
    let group = session.group("Tags and Releases");
    let tags = if plan.after.tags {
        tags::ensure(session, world, workspace, &plan.after, wishes).await
    } else {
        Vec::new()
    };
    drop(group);
    let mut applied = Applied { published, tags, unkept, ..Applied::default() };
    applied.failure = match ended {
        Ok(status) if status.success() => incomplete(&applied),
        Ok(status) => Some(failed(
            Failure::rejected(format!("`publish-script` failed with {status}"))
                .with_hint("its own output above says why"),
            &applied,
        )),
        Err(late) => Some(failed(late, &applied)),
    };
    Ok(applied)
}

/// How a script ended (a failure when it had to be ended) and the tags it announced until then.
type Ran = (Result<std::process::ExitStatus, Failure>, Vec<TagEvent>);

/// Runs the script.
fn run(session: &Session, world: &World, plan: &ScriptPlan) -> Result<Ran, Failure> {
    let group = session.group(&format!("publish-script: {}", plan.publish_script.join(" ")));
    let name = format!("changesets-output-{}.ndjson", launchway_runtime::workflow::random_token());
    let file = world.temp.join(name);
    let mut env = child_env(session, world);
    env.insert("CHANGESETS_OUTPUT".into(), file.clone().into());
    let script = Script {
        name: "publish-script",
        words: &plan.publish_script,
        dir: &world.dir,
        env,
        deadline: world.deadline,
    };
    let mut printed = Vec::new();
    let ended = script.run(session, &mut |line| printed.extend(events::read_line(line)));
    drop(group);
    let written = std::fs::read(&file);
    let (from_file, complaints) = match &written {
        Ok(bytes) => events::read_file(&String::from_utf8_lossy(bytes)),
        Err(_) => (Vec::new(), Vec::new()),
    };
    for complaint in complaints {
        session.warn(&format!(
            "what the publish script wrote to CHANGESETS_OUTPUT is not understood: {complaint}"
        ));
    }
    let is_success = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
    if written.is_err() && printed.is_empty() && is_success {
        session.notice(
            "the publish script says nothing of what it published: it wrote no CHANGESETS_OUTPUT and printed no `New tag:`, so nothing is tagged. Fine when everything was published before",
        );
    }
    // Kept only for this run.
    let _ = std::fs::remove_file(&file);
    match (ended, events::choose(from_file, printed)) {
        (Err(failure), events) if events.is_empty() => Err(failure),
        (ended, events) => Ok((ended, events)),
    }
}

/// What an event means in the workspace; nothing, when it is a line of a log that names a package
/// there is none of: anything may print such a line.
fn wish(session: &Session, workspace: &Workspace, event: TagEvent) -> Option<TagWish> {
    let single = || {
        workspace
            .is_single()
            .then(|| workspace.packages.first().map(|package| package.name.clone()))?
    };
    let named = || workspace.parse_tag(&event.tag).map(|(package, _)| package.name.clone());
    let package = match event.package {
        Some(name) if workspace.package(&name).is_some() => Some(name),
        other => named().or(other).or_else(single),
    };
    let known = package.as_deref().and_then(|name| workspace.package(name));
    if known.is_none() {
        let what = format!(
            "the publish script made the tag `{}` for a package that is not in the workspace",
            event.tag
        );
        if event.is_printed {
            session.warn(&format!(
                "{what}; the line is passed over: only CHANGESETS_OUTPUT can name such packages"
            ));
            return None;
        }
        session.warn(&what);
    }
    let said = package
        .as_deref()
        .and_then(|name| {
            let usual = || event.tag.strip_prefix(name)?.strip_prefix('@');
            workspace.version_in_tag(name, &event.tag).or_else(usual)
        })
        .or_else(|| event.tag.strip_prefix('v'))
        .filter(|version| parse_version(version).is_some())
        .map(str::to_owned);
    let version = said.or_else(|| known.and_then(|package| package.version.clone()));
    Some(TagWish { tag: event.tag, package, version, commit: None })
}

/// The failure of a script, as bad as what it left behind.
fn failed(failure: Failure, applied: &Applied) -> Failure {
    if applied.published.is_empty() {
        return failure;
    }
    let names: Vec<String> =
        applied.published.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
    let missing = missing(applied);
    let (rest, hint) = if missing.is_empty() {
        (String::new(), "what it published is tagged; run the job again for the rest")
    } else {
        (
            format!("\nmissing besides:\n{}", missing.join("\n")),
            "once the cause is gone, re-run this job, or run with `release-mode: tag`",
        )
    };
    Failure::partial(format!("{}, after it published {}{rest}", failure.chain(), names.join(", ")))
        .with_hint(hint)
}

/// The tags and Releases that are missing, and why.
fn missing(applied: &Applied) -> Vec<String> {
    let line = |outcome: &TagOutcome| match (&outcome.tag, &outcome.release) {
        (State::Failed(why), _) => Some(format!("tag `{}`: {why}", outcome.wish.tag)),
        (_, State::Failed(why)) => Some(format!("Release `{}`: {why}", outcome.wish.tag)),
        _ => None,
    };
    applied.tags.iter().filter_map(line).collect()
}

/// The failure of tags and Releases that are missing.
fn incomplete(applied: &Applied) -> Option<Failure> {
    let missing = missing(applied);
    if missing.is_empty() {
        return None;
    }
    let some = !applied.published.is_empty()
        || applied.tags.iter().any(|outcome| !outcome.tag.is_failed());
    let kind = if some { Kind::Partial } else { Kind::Remote };
    Some(
        Failure::new(kind, format!("not everything was tagged and released:\n{}", missing.join("\n")))
            .with_hint("once the cause is gone, re-run this job, or run with `release-mode: tag`: what is there stays, what is missing is made"),
    )
}

/// Whether the assets of all that is about to be released are there.
fn check_assets(found: &Found, plan: &PublishPlan) -> Result<(), Failure> {
    if !plan.after.tags || !plan.after.releases {
        return Ok(());
    }
    let workspace = &found.repository.workspace;
    let new: Vec<TagWish> =
        plan.packages.iter().map(|entry| crate::observe::wish(workspace, entry)).collect();
    releases::check_assets(workspace, &plan.after.extras, new.iter())
}

/// Publishes what the registry lacks, in dependency order, then tags and releases it.
pub async fn ourselves(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &PublishPlan,
) -> Result<Applied, Failure> {
    world.github()?;
    let workspace = &found.repository.workspace;
    check_assets(found, plan)?;
    let manager = found
        .manager
        .as_deref()
        .ok_or_else(|| Failure::internal("no package manager was chosen"))?;
    let ordered = order(workspace, &plan.packages, found.repository.config.protocol_only)?;
    let registry_plan = RegistryPlan { chunks: ordered.chunks };
    let options = PublishOptions {
        credentials: found.credentials.clone(),
        protocol_only: found.repository.config.protocol_only,
        deadline: world.deadline,
        pack_dir: found.pack_dir.as_deref(),
        ..PublishOptions::default()
    };
    let group = session.group(&format!("Publish with {}", manager.name()));
    let result =
        launchway_publish::publish(manager, workspace, &registry_plan, &options, &mut |event| {
            match event {
                Event::Started(count) => session.say(&format!("publishing {count}")),
                Event::Done(outcome) => {
                    session.say(&format!(
                        "{}@{}: {}",
                        outcome.name,
                        outcome.version,
                        outcome.describe()
                    ));
                }
                Event::Waiting { package, wait } => session.say(&format!(
                    "{package}: the registry's rate limit is reached; tried again in {}",
                    show_duration(wait)
                )),
                Event::SecondFactor { .. } => {}
            }
        })
        .await?;
    drop(group);
    // What turned out to be there was published by an earlier try that may not have come to tagging.
    let tagged: Vec<TagWish> = result
        .to_tag()
        .chain(result.already_there().map(|o| (o.name.as_str(), o.version.as_str())))
        .map(|(name, version)| TagWish {
            tag: workspace.tag_of(name, version),
            package: Some(name.to_owned()),
            version: Some(version.to_owned()),
            commit: None,
        })
        .collect();
    let published = result
        .outcomes
        .iter()
        .filter(|outcome| outcome.result == PublishResult::Published)
        .map(|outcome| {
            let (name, version) = (&outcome.name, &outcome.version);
            let tag = plan.after.tags.then(|| workspace.tag_of(name, version));
            Published::of(workspace, name, version, tag)
        })
        .collect();
    let tagged = with_unfinished(tagged, &found.snapshot.unfinished, |other| {
        other.is_tagged || plan.unfinished.contains(&other.wish.tag)
    });
    let group = session.group("Tags and Releases");
    let tags = if plan.after.tags {
        tags::ensure(session, world, workspace, &plan.after, tagged).await
    } else {
        Vec::new()
    };
    drop(group);
    let staged = result.staged().filter_map(|outcome| outcome.staged.clone()).collect();
    let mut applied =
        Applied { published, publish_rows: result.rows(), staged, tags, ..Applied::default() };
    applied.failure = incomplete(&applied);
    if !result.is_complete() {
        applied.failure = Some(unpublished(&result, &applied));
    }
    Ok(applied)
}

fn unpublished(result: &launchway_publish::Published, applied: &Applied) -> Failure {
    let mut failures: Vec<String> = result
        .failures()
        .chain(result.held())
        .map(|outcome| format!("{}@{}: {}", outcome.name, outcome.version, outcome.describe()))
        .collect();
    failures.extend(missing(applied));
    let kind = if applied.published.is_empty() { Kind::Remote } else { Kind::Partial };
    Failure::new(
        kind,
        format!(
            "{} of {} packages are not published:\n{}",
            result.failures().chain(result.held()).count(),
            result.outcomes.len(),
            failures.join("\n")
        ),
    )
    .with_hint("what was published is tagged, where nothing else is said; run again for the rest")
}

/// Completes what may be completed of the last release before the next version pull request.
pub async fn leftovers(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &VersionPlan,
) -> Applied {
    let Some(tagging) = plan.tagging.as_ref().filter(|tagging| tagging.tags) else {
        return Applied::default();
    };
    let wishes = with_unfinished(Vec::new(), &found.snapshot.unfinished, |_| true);
    if wishes.is_empty() {
        return Applied::default();
    }
    let group = session.group("Tags and Releases of the last release");
    let tags = tags::ensure(session, world, &found.repository.workspace, tagging, wishes).await;
    drop(group);
    let mut applied = Applied { tags, ..Applied::default() };
    applied.failure = incomplete(&applied);
    applied
}

/// Makes missing tags and Releases.
pub async fn tag_only(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &TagPlan,
) -> Result<Applied, Failure> {
    let workspace = &found.repository.workspace;
    if plan.after.releases {
        releases::check_assets(workspace, &plan.after.extras, plan.missing.iter())?;
    }
    let group = session.group("Tags and Releases");
    let tags = tags::ensure(session, world, workspace, &plan.after, plan.missing.clone()).await;
    drop(group);
    let mut applied = Applied { tags, ..Applied::default() };
    applied.failure = incomplete(&applied);
    Ok(applied)
}

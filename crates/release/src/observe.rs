//! Reading what there is: changesets and packages, and as far as the plan needs it the registry and
//! GitHub.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use launchway_base::{Failure, Secret};
use launchway_changesets::PreMode;
use launchway_github::Ref;
use launchway_publish::{
    Credentials, Entry, PackageManager, Plan, PlanOptions, Runner, ask, choose_manager, make_plan,
    private_tags, verify_tarballs,
};
use launchway_runtime::Session;
use launchway_versioning::{EnvLookup, GeneratorContext, Prepared, Repository, VersionOptions};
use launchway_workspace::Workspace;

use crate::extras::Extras;
use crate::inputs::{Inputs, PythonPublish, ReleaseMode};
use crate::ledger::{Ledger, look};
use crate::plan::{Mode, PlannedRelease, Snapshot, TagWish, Unfinished};
use crate::staging;
use crate::unfinished::{unfinished, with_unfinished, without_publishing};
use crate::words::{shell_syntax, words};
use crate::world::{World, child_env};

/// More tags than this are read as one list instead of one by one.
const ONE_BY_ONE: usize = 30;

/// The repository's packages and changesets, and what is to be done with them.
#[derive(Debug)]
pub struct Found {
    /// The repository.
    pub repository: Repository,
    /// Versioning, prepared; `None` when it is not what this run does.
    pub prepared: Option<Prepared>,
    /// The package manager, when it publishes.
    pub manager: Option<Box<dyn PackageManager>>,
    /// Which registry credentials were there.
    pub credentials: Credentials,
    /// What the last version commit promised; `None` when it wrote nothing down.
    pub ledger: Option<Ledger>,
    /// The folder with the packages an earlier job packed, absolute.
    pub pack_dir: Option<PathBuf>,
    /// What decides the plan.
    pub snapshot: Snapshot,
}

impl Found {
    /// What publishing needs, whatever the inputs of a run say: everything the registry lacks.
    pub async fn for_publishing(session: &Session, world: &World) -> Result<Self, Failure> {
        let repository = launchway_versioning::observe(&world.dir)?;
        let runner = runner(session, world);
        let credentials = Credentials::observe(&runner, &repository.workspace.root);
        let manager = choose_manager(&repository.workspace, runner).await?;
        let mut snapshot =
            Snapshot { release_mode: Some(ReleaseMode::Publish), ..Snapshot::default() };
        snapshot.unpublished =
            unpublished(session, world, &repository, &snapshot, manager.as_ref(), &credentials)
                .await?;
        let ledger = Ledger::read(session, world, &repository.workspace)?;
        Ok(Self {
            repository,
            prepared: None,
            manager: Some(manager),
            credentials,
            ledger,
            pack_dir: None,
            snapshot,
        })
    }
}

/// Reads everything the plan needs.
pub async fn observe(session: &Session, inputs: &Inputs, world: &World) -> Result<Found, Failure> {
    let mut repository = launchway_versioning::observe(&world.dir)?;
    let mut snapshot = read_inputs(session, inputs, &repository, world.git.current_branch()?);
    snapshot.extras = Extras::read(&inputs.extras)?;
    snapshot.extras.check(&repository)?;
    snapshot.extras.title.clone_from(&repository.config.own.release_title);
    let mut found_manager = None;
    let mut credentials = Credentials::default();
    let mut prepared = None;
    let pack_dir = inputs.from_pack_dir.as_ref().map(|dir| world.dir.join(dir));
    if pack_dir.is_some() && snapshot.release_mode != Some(ReleaseMode::Publish) {
        return Err(Failure::input("`from-pack-dir` is given without `release-mode: publish`")
            .with_hint("set `release-mode: publish`; a publish script reads the folder itself"));
    }
    let ledger = ledger(session, world, &repository, &snapshot)?;
    match snapshot.mode() {
        Mode::Version => {
            if let Some(ledger) = &ledger {
                snapshot.unfinished =
                    leftovers(session, world, &repository, &snapshot, ledger).await?;
            }
            for warning in &repository.warnings {
                session.warn(&format!("`.changeset/config.json` {warning}"));
            }
            match prepare(session, world, &mut repository) {
                Ok(found) => {
                    snapshot.forecast = found.as_ref().map(|found| forecast(found, &repository));
                    prepared = found;
                }
                // The script may know what we do not; without one this is the end.
                Err(failure) if snapshot.version_script.is_some() => {
                    session.notice(&format!(
                        "what the version script will do is not foreseen: {}",
                        failure.chain()
                    ));
                }
                Err(failure) => return Err(failure),
            }
        }
        Mode::Publish => {
            let runner = runner(session, world);
            credentials = Credentials::observe(&runner, &repository.workspace.root);
            let manager = choose_manager(&repository.workspace, runner).await?;
            let workspace = &repository.workspace;
            let manager =
                staging::around(session, world, workspace, manager, inputs.npm_publish).await?;
            session.say(&format!("asking the registry with {}", manager.name()));
            snapshot.unpublished =
                unpublished(session, world, &repository, &snapshot, manager.as_ref(), &credentials)
                    .await?;
            if let Some(dir) = &pack_dir {
                snapshot.unpublished = packed(snapshot.unpublished, dir)?;
            }
            found_manager = Some(manager);
            snapshot.unfinished =
                unfinished(session, world, &repository, &snapshot, ledger.as_ref()).await?;
        }
        Mode::Script => {
            snapshot.unfinished =
                unfinished(session, world, &repository, &snapshot, ledger.as_ref()).await?;
        }
        Mode::Tag if snapshot.tags => {
            snapshot.unfinished =
                unfinished(session, world, &repository, &snapshot, ledger.as_ref()).await?;
            let promised = |wish: &TagWish| {
                let name = wish.package.as_deref().unwrap_or_default();
                ledger.as_ref().is_some_and(|ledger| ledger.promise(name).is_some())
            };
            let mut wishes = tag_wishes(&repository);
            wishes.retain(|wish| !promised(wish));
            snapshot.untagged = with_unfinished(Vec::new(), &snapshot.unfinished, |_| true);
            snapshot
                .untagged
                .extend(missing(world, &repository.workspace, wishes, snapshot.releases).await?);
        }
        Mode::Tag | Mode::Nothing => {}
    }
    Ok(Found {
        repository,
        prepared,
        manager: found_manager,
        credentials,
        pack_dir,
        ledger,
        snapshot,
    })
}

/// Reads the record where it is of use. One that cannot be read is replaced by the next version
/// commit; until then nothing is released by guesswork.
fn ledger(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
) -> Result<Option<Ledger>, Failure> {
    let mode = snapshot.mode();
    if mode == Mode::Nothing {
        return Ok(None);
    }
    match (Ledger::read(session, world, &repository.workspace), mode) {
        (Err(failure), Mode::Version) => {
            session.warn(&failure.chain());
            Ok(None)
        }
        (found, _) => found,
    }
}

/// What may be completed of the last release although changesets are pending.
async fn leftovers(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
    ledger: &Ledger,
) -> Result<Vec<Unfinished>, Failure> {
    let found = unfinished(session, world, repository, snapshot, Some(ledger)).await?;
    let is_asked = |other: &Unfinished| {
        !other.is_tagged && other.promise.as_ref().is_some_and(|p| p.registry.is_some())
    };
    let manager = if found.iter().any(is_asked) {
        choose_manager(&repository.workspace, runner(session, world)).await.ok()
    } else {
        None
    };
    let manager = manager.as_deref();
    Ok(without_publishing(session, world, repository, ledger, manager, found).await)
}

fn read_inputs(
    session: &Session,
    inputs: &Inputs,
    repository: &Repository,
    branch: Option<String>,
) -> Snapshot {
    let (push_with_git, warning) = inputs.push_with_git();
    if let Some(warning) = warning {
        session.warn(&warning);
    }
    if inputs.setup_git_user.is_some() {
        session
            .warn("`setupGitUser` is not needed any more: git's user is set up when there is none");
    }
    let script = |name: &str, given: &Option<String>| {
        let words = given.as_deref().map(words).filter(|words| !words.is_empty());
        if let Some(sign) = words.as_deref().and_then(shell_syntax) {
            session.warn(&format!(
                "`{name}` has `{sign}`, which means nothing without a shell; write `bash -c \"…\"`, or put it into a script of the project"
            ));
        }
        words
    };
    let (empty, pending): (Vec<_>, Vec<_>) =
        repository.pending().partition(|changeset| changeset.is_empty());
    let ids = |list: Vec<&launchway_changesets::Changeset>| {
        list.into_iter().map(|changeset| changeset.id.clone()).collect()
    };
    let reference = match session.context().full_ref() {
        Ok(reference) => reference.to_owned(),
        Err(_) => branch.map(|branch| format!("refs/heads/{branch}")).unwrap_or_default(),
    };
    let branch = reference.strip_prefix("refs/heads/").map(str::to_owned);
    Snapshot {
        base: match &inputs.pr_base_branch {
            Some(given) => Some(given.strip_prefix("refs/heads/").unwrap_or(given).to_owned()),
            None => branch,
        },
        reference,
        pending: ids(pending),
        empty: ids(empty),
        pre: repository
            .pre
            .as_ref()
            .filter(|pre| pre.mode == PreMode::Pre)
            .map(|pre| pre.tag.clone()),
        version_script: script("version-script", &inputs.version_script),
        publish_script: script("publish-script", &inputs.publish_script),
        release_mode: inputs.release_mode,
        title: inputs.pr_title.clone(),
        message: inputs.commit_message.clone(),
        draft: inputs.pr_draft,
        tags: inputs.push_git_tags.unwrap_or(true),
        releases: inputs.create_github_releases.unwrap_or(true),
        push_with_git,
        overwrite_human_commits: inputs.overwrite_human_commits.unwrap_or(false),
        python_elsewhere: inputs.python_publish == Some(PythonPublish::Tag),
        dry_run: inputs.dry_run,
        ..Snapshot::default()
    }
}

/// The environment as changelog generators see it: with the run's token.
#[derive(Debug)]
struct GeneratorEnv<'a> {
    session: &'a Session,
    token: Option<&'a Secret>,
}

impl EnvLookup for GeneratorEnv<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match (name, self.token) {
            ("GITHUB_TOKEN", Some(token)) => Some(token.expose().to_owned()),
            _ => self.session.env().get(name).map(str::to_owned),
        }
    }
}

fn prepare(
    session: &Session,
    world: &World,
    repository: &mut Repository,
) -> Result<Option<Prepared>, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let options = VersionOptions {
        now_millis: i64::try_from(now.as_millis()).unwrap_or_default(),
        ..VersionOptions::default()
    };
    let env = GeneratorEnv { session, token: world.token.as_ref() };
    let context = GeneratorContext { env: &env, deadline: world.deadline };
    launchway_versioning::prepare(repository, &options, &world.fetching_git()?, &context)
}

fn forecast(prepared: &Prepared, repository: &Repository) -> Vec<PlannedRelease> {
    let released: HashSet<&str> =
        prepared.plan.releases.iter().map(|release| release.name.as_str()).collect();
    prepared
        .plan
        .releases
        .iter()
        .map(|release| {
            let package = repository.workspace.package(&release.name);
            let mut depends_on: Vec<String> = Vec::new();
            for dependency in package.iter().flat_map(|package| &package.dependencies) {
                if released.contains(dependency.name.as_str())
                    && !depends_on.contains(&dependency.name)
                {
                    depends_on.push(dependency.name.clone());
                }
            }
            PlannedRelease {
                name: release.name.clone(),
                bump: release.bump.to_string(),
                old_version: release.old_version.clone(),
                new_version: release.new_version.clone(),
                private: package.is_some_and(|package| package.private),
                reasons: release.reasons.iter().map(ToString::to_string).collect(),
                depends_on,
            }
        })
        .collect()
}

/// How package managers run: without the token for GitHub, which they have no use for.
pub fn runner(session: &Session, world: &World) -> Runner {
    let env = child_env(session, world).into_iter().filter(|(name, _)| name != "GITHUB_TOKEN");
    Runner::new(env).with_deadline(world.deadline)
}

async fn unpublished(
    session: &Session,
    world: &World,
    repository: &Repository,
    snapshot: &Snapshot,
    manager: &dyn PackageManager,
    credentials: &Credentials,
) -> Result<Vec<Entry>, Failure> {
    let (workspace, config) = (&repository.workspace, &repository.config);
    let options = PlanOptions {
        tag: dist_tag(snapshot, workspace),
        pre_tag: repository.pre.as_ref().map(|pre| pre.tag.clone()),
        access: config.access.clone(),
        ignore: config.ignore.clone(),
        tag_private: config.tag_private,
        protocol_only: config.protocol_only,
        python_elsewhere: snapshot.python_elsewhere,
    };
    let asked = ask(manager, workspace, &options, credentials).await?;
    let private = if snapshot.tags { private_tags(workspace, &options) } else { Vec::new() };
    let wishes: Vec<TagWish> = private.iter().map(|entry| wish(workspace, entry)).collect();
    let untagged: HashSet<String> =
        missing(world, workspace, wishes, false).await?.into_iter().map(|wish| wish.tag).collect();
    let private = private
        .into_iter()
        .filter(|entry| untagged.contains(&wish(workspace, entry).tag))
        .collect();
    let report = make_plan(workspace, &asked, private, &options)?;
    for name in &report.not_found {
        session.say(&format!("{name} is not in the registry yet, or the token may not see it"));
    }
    if let Some(notice) = report.wait_notice() {
        session.notice(&notice);
    }
    for cycle in &report.cycles {
        session.warn(&format!(
            "these packages depend on each other in a circle: {}",
            cycle.join(", ")
        ));
    }
    Ok(report.plan.entries().cloned().collect())
}

/// The entries with the files an earlier job packed, checked.
fn packed(entries: Vec<Entry>, dir: &Path) -> Result<Vec<Entry>, Failure> {
    let plan = Plan { chunks: vec![entries] }.with_tarballs_of(&Plan::of_pack_dir(dir)?)?;
    verify_tarballs(&plan, dir)?;
    Ok(plan.chunks.into_iter().flatten().collect())
}

/// The tag of a publish entry.
pub fn wish(workspace: &Workspace, entry: &Entry) -> TagWish {
    TagWish {
        tag: workspace.tag_of(entry.name(), entry.version()),
        package: Some(entry.name().to_owned()),
        version: Some(entry.version().to_owned()),
        commit: None,
    }
}

/// The tags of all versions there are.
pub fn tag_wishes(repository: &Repository) -> Vec<TagWish> {
    let workspace = &repository.workspace;
    workspace
        .packages
        .iter()
        .filter(|package| !repository.config.skips_tagging(package))
        .filter_map(|package| {
            let version = package.version.as_deref()?;
            Some(TagWish {
                tag: workspace.tag_of(&package.name, version),
                package: Some(package.name.clone()),
                version: Some(version.to_owned()),
                commit: None,
            })
        })
        .collect()
}

/// Those that have no tag, or with `releases` no Release.
pub async fn missing(
    world: &World,
    workspace: &Workspace,
    mut wishes: Vec<TagWish>,
    releases: bool,
) -> Result<Vec<TagWish>, Failure> {
    let tags: Vec<String> = wishes.iter().map(|wish| wish.tag.clone()).collect();
    let states = look(world, workspace, &tags).await?;
    wishes.retain(|wish| {
        !states
            .get(&wish.tag)
            .is_some_and(|state| state.commit.is_some() && (state.release.is_some() || !releases))
    });
    Ok(wishes)
}

/// The refs of those tags that are there, by tag.
pub async fn tags(world: &World, wishes: &[TagWish]) -> Result<BTreeMap<String, Ref>, Failure> {
    let github = world.github()?;
    let mut found = BTreeMap::new();
    if wishes.len() > ONE_BY_ONE {
        for tag in github.matching_refs(&world.repo, "tags/").await? {
            if let Some(name) = tag.name.strip_prefix("refs/tags/").map(str::to_owned) {
                found.insert(name, tag);
            }
        }
        return Ok(found);
    }
    for wish in wishes {
        if let Some(tag) = github.get_ref(&world.repo, &format!("tags/{}", wish.tag)).await? {
            found.insert(wish.tag.clone(), tag);
        }
    }
    Ok(found)
}

/// A file of a package as it is now; `None` when there is none or it is no text.
pub fn read_text(workspace: &Workspace, path: &str) -> Option<String> {
    std::fs::read(workspace.root.join(Path::new(path)))
        .ok()
        .map(|bytes| String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}

/// The dist-tag of a run on a maintenance branch.
fn dist_tag(snapshot: &Snapshot, workspace: &Workspace) -> Option<String> {
    let branch = snapshot.reference.strip_prefix("refs/heads/")?;
    snapshot.extras.dist_tag(branch, workspace).filter(|_| snapshot.pre.is_none())
}

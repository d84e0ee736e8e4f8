//! Preparing and applying a version step.

use std::collections::HashMap;
use std::path::Path;

use launchway_base::{Deadline, Failure};
use launchway_changesets::{
    Changeset, CommittedChangeset, Edits, Plan, PlanInput, PreMode, Snapshot, SnapshotTime,
    VersionInput, changelog, followers, key_of, version_edits,
};
use launchway_git::Git;
use launchway_workspace::Changes;

use crate::formatter::{FormatterRun, find_formatter_within};
use crate::generator::{GeneratorContext, generator_for};
use crate::locks::{self, StaleLock};
use crate::observe::{Repository, read};

/// A snapshot asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotRequest {
    /// Its name, the `{tag}` of the template.
    pub tag: Option<String>,
}

/// How to version.
#[derive(Clone, Debug, Default)]
pub struct VersionOptions {
    /// Packages to leave alone, instead of the configuration's.
    pub ignore: Option<Vec<String>>,
    /// Make a snapshot.
    pub snapshot: Option<SnapshotRequest>,
    /// Template of the snapshot's suffix, instead of the configuration's.
    pub snapshot_template: Option<String>,
    /// Now, in milliseconds since 1970.
    pub now_millis: i64,
}

/// A version step, planned and checked, not yet applied.
#[derive(Debug)]
pub struct Prepared {
    /// The plan with its reasons.
    pub plan: Plan,
    /// Every file that changes.
    pub edits: Edits,
    /// The formatter to run over the changelogs afterwards, already known to be there.
    pub formatter: Option<FormatterRun>,
    /// Lock files that only their tool can bring up to date.
    pub stale_locks: Vec<StaleLock>,
}

/// Checks the options against the repository and adjusts its configuration. Every problem is
/// reported at once.
fn adjust(repository: &mut Repository, options: &VersionOptions) -> Result<(), Failure> {
    let mut problems = Vec::new();
    if let Some(given) = &options.ignore {
        let workspace = &repository.workspace;
        let ignore: Vec<String> = given
            .iter()
            .map(|name| key_of(workspace, name, "`--ignore`"))
            .collect::<Result<_, _>>()?;
        if repository.config.ignore.is_empty() {
            repository.config.ignore.clone_from(&ignore);
        } else {
            problems.push(
                "`--ignore` cannot be used while `ignore` is set in `.changeset/config.json`"
                    .to_owned(),
            );
        }
        let names: Vec<&str> = repository.workspace.names().collect();
        for unknown in ignore.iter().filter(|name| !names.contains(&name.as_str())) {
            let near = launchway_base::nearest(unknown, names.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            problems
                .push(format!("`--ignore` names `{unknown}`, which is not in the workspace{near}"));
        }
    }
    for (dependent, skipped) in
        repository.config.released_dependents_of_skipped(&repository.workspace)
    {
        problems.push(format!(
            "`{dependent}` depends on `{skipped}`, which is not released; pass `{dependent}` to `--ignore` too"
        ));
    }
    if let Some(template) = &options.snapshot_template {
        repository.config.snapshot_template = Some(template.clone());
    }
    let in_pre = repository.pre.as_ref().is_some_and(|pre| pre.mode == PreMode::Pre);
    if problems.is_empty() && options.snapshot.is_some() && in_pre {
        return Err(Failure::input("a snapshot cannot be made in pre mode")
            .with_hint("leave pre mode first: `launchway-changeset pre exit`"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::input(problems.join("\n"))) }
}

/// Plans a version step and every file it writes; `None` when there is nothing to release and pre
/// mode is not about to end.
pub fn prepare(
    repository: &mut Repository,
    options: &VersionOptions,
    git: &Git,
    context: &GeneratorContext<'_>,
) -> Result<Option<Prepared>, Failure> {
    adjust(repository, options)?;
    let leaving = repository.pre.as_ref().is_some_and(|pre| pre.mode == PreMode::Exit);
    if repository.changesets.is_empty() && !leaving {
        return Ok(None);
    }
    let template = repository.config.snapshot_template.as_deref();
    let snapshot = match &options.snapshot {
        Some(request) => Some(Snapshot {
            tag: request.tag.clone(),
            commit: if Snapshot::needs_commit(template) { Some(git.head()?) } else { None },
            time: SnapshotTime::from_millis(options.now_millis),
        }),
        None => None,
    };
    let plan = Plan::make(PlanInput {
        workspace: &repository.workspace,
        config: &repository.config,
        changesets: &repository.changesets,
        pre: repository.pre.as_ref(),
        snapshot: snapshot.as_ref(),
    })
    .map_err(|error| repository.locate(error))?;
    read_plan_files(repository, &plan)?;
    let mut edits = plan_edits(repository, options, &plan, git, context)?;
    let stale_locks = if repository.config.own.lockfiles {
        locks::follow(&repository.workspace, &mut edits)?
    } else {
        Vec::new()
    };
    let formatter = if edits.changelogs.is_empty() {
        None
    } else {
        let root = &repository.workspace.root;
        let found = find_formatter_within(repository.config.format, root, context.env)?;
        found.map(|formatter| formatter.within(context.deadline))
    };
    Ok(Some(Prepared { plan, edits, formatter, stale_locks }))
}

/// Reads the manifests and changelogs of the plan.
fn read_plan_files(repository: &mut Repository, plan: &Plan) -> Result<(), Failure> {
    let mut wanted = Vec::new();
    for release in &plan.releases {
        if let Some(package) = repository.workspace.package(&release.name) {
            wanted.push(package.manifest.clone());
            wanted.push(package.path_of("CHANGELOG.md"));
        }
    }
    let workspace = &repository.workspace;
    wanted.extend(followers(workspace, plan).into_iter().map(|package| package.manifest.clone()));
    wanted.extend(workspace.root_package.iter().map(|root| root.manifest.clone()));
    wanted.extend(workspace.shared.iter().map(|shared| shared.manifest.clone()));
    for path in wanted {
        if let Some(bytes) = read(&repository.workspace.root, &path)? {
            repository.files.insert(path, bytes);
        }
    }
    Ok(())
}

fn plan_edits(
    repository: &Repository,
    options: &VersionOptions,
    plan: &Plan,
    git: &Git,
    context: &GeneratorContext<'_>,
) -> Result<Edits, Failure> {
    let commits = match &repository.config.changelog {
        Some(_) => adding_commits(&plan.changesets, git, &repository.workspace.root)?,
        None => HashMap::new(),
    };
    let changesets: Vec<CommittedChangeset<'_>> = plan
        .changesets
        .iter()
        .map(|changeset| CommittedChangeset {
            changeset,
            commit: commits.get(&changeset.id).cloned(),
        })
        .collect();
    let write_options = repository.config.write_options(options.snapshot.is_some());
    let requests =
        changelog::entry_requests(&repository.workspace, plan, &changesets, &write_options);
    let generator = match &repository.config.changelog {
        Some(module) => {
            Some(generator_for(module, plan, &requests, &changesets, repository, context)?)
        }
        None => None,
    };
    let mut edits = version_edits(&VersionInput {
        workspace: &repository.workspace,
        config: &repository.config,
        plan,
        requests: &requests,
        files: &repository.files,
        generator: generator.as_deref(),
        is_snapshot: options.snapshot.is_some(),
    })?;
    // What the plan itself writes or removes wins over the move to today's layout.
    let planned: Vec<String> = edits.changes.iter().map(|(path, _)| path.to_owned()).collect();
    for (path, change) in repository.pre_migration.iter() {
        if !planned.iter().any(|known| known == path) {
            edits.changes.insert(path, change.clone());
        }
    }
    Ok(edits)
}

/// The commit that added each changeset, by id.
fn adding_commits(
    changesets: &[Changeset],
    git: &Git,
    root: &Path,
) -> Result<HashMap<String, String>, Failure> {
    let git = git.in_dir(root);
    let paths: Vec<String> = changesets.iter().map(Changeset::file).collect();
    let found = match git.adding_commits(&paths) {
        Ok(found) => found,
        // Outside a repository there are no commits to name; the peer goes on without them, too.
        Err(error) if error.is_not_a_repository() => return Ok(HashMap::new()),
        Err(error) => return Err(error.into()),
    };
    Ok(changesets
        .iter()
        .filter_map(|c| found.get(&c.file()).map(|commit| (c.id.clone(), commit.clone())))
        .collect())
}

/// What a version step did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedStep {
    /// The paths touched, relative to the root.
    pub touched: Vec<String>,
    /// What is left to the people who ran it, a sentence each.
    pub warnings: Vec<String>,
}

/// Writes a prepared step, runs the formatter over its changelogs, and lets tools bring lock files up
/// to date that cannot be edited. A formatter that fails leaves the tree as it was before; a lock file
/// that stays behind is a warning.
pub fn apply(
    repository: &Repository,
    prepared: &Prepared,
    deadline: Deadline,
) -> Result<AppliedStep, Failure> {
    let mut applied = AppliedStep { touched: write(repository, prepared)?, warnings: Vec::new() };
    for lock in &prepared.stale_locks {
        match lock.refresh(&repository.workspace, deadline) {
            None => applied.touched.push(lock.file.clone()),
            Some(warning) => applied.warnings.push(warning),
        }
    }
    Ok(applied)
}

fn write(repository: &Repository, prepared: &Prepared) -> Result<Vec<String>, Failure> {
    let root = &repository.workspace.root;
    let changes = &prepared.edits.changes;
    let Some(formatter) = &prepared.formatter else {
        changes.apply(root)?;
        return Ok(touched(changes));
    };
    let before = as_it_is(root, changes)?;
    changes.apply(root)?;
    if let Err(failure) = formatter.run(root, &prepared.edits.changelogs) {
        before.apply(root).map_err(|error| {
            Failure::from(error).while_doing("putting everything back after the formatter failed")
        })?;
        return Err(failure);
    }
    Ok(touched(changes))
}

fn touched(changes: &Changes) -> Vec<String> {
    changes.iter().map(|(path, _)| path.to_owned()).collect()
}

/// The changes that bring back what is there now.
fn as_it_is(root: &Path, changes: &Changes) -> Result<Changes, Failure> {
    let mut before = Changes::default();
    for (path, _) in changes.iter() {
        match read(root, path)? {
            Some(content) => before.write(path, content),
            None => before.remove(path),
        }
    }
    Ok(before)
}

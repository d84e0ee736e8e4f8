//! Versioning, the commit, the pull request.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_github::TokenKind;
use launchway_runtime::Session;
use launchway_workspace::{Package, Workspace, parse_version};

use super::commit::{Branch, Proposal};
use super::script::Script;
use super::{Done, PullOutcome, pull};
use crate::body::{Body, Section};
use crate::changelog_entry;
use crate::observe::{Found, read_text};
use crate::plan::VersionPlan;
use crate::record::{self, Promise, Record};
use crate::world::{World, child_env};

/// Versions the packages and brings branch and pull request up to date.
pub async fn apply(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &VersionPlan,
    kind: TokenKind,
) -> Result<PullOutcome, Failure> {
    world.github()?;
    let before = versions(&found.repository.workspace);
    version(session, world, found, plan)?;
    let workspace = launchway_versioning::discover(&world.dir)?;
    let changed = changed(&workspace, &before);
    let releases = changed
        .iter()
        .map(|(name, old, new, _)| (name.clone(), old.clone(), new.clone()))
        .collect();
    promise(found, plan, &workspace, &changed)?;
    let proposal = Proposal::gather(world, plan)?;
    if proposal.changes.is_empty() {
        let failure = Failure::input(
            "versioning changed no file, so there is nothing to open a pull request for",
        );
        return Err(match plan.version_script {
            Some(_) => failure.with_hint("check what `version-script` does; it has to apply the changesets"),
            None => failure.with_hint("the changesets name only packages that are not released: see `ignore` and `privatePackages` in `.changeset/config.json`"),
        });
    }
    let body = Body {
        base: plan.base.clone(),
        after: plan.after,
        pre: plan.pre.clone(),
        sections: changed
            .into_iter()
            .map(|(.., section)| section)
            .map(|section| Section {
                changelog_url: world.file_url(&plan.branch, &workspace, &section.changelog_url),
                ..section
            })
            .collect(),
        branch_url: format!("{}/tree/{}", world.repo_url(), plan.branch),
    };
    let group = session.group("Version branch and pull request");
    let state = proposal.compare(world).await?;
    if state == Branch::Newer {
        session.notice(&format!(
            "`{}` is already built on a newer commit of `{}`; this run leaves it alone",
            plan.branch, plan.base
        ));
        return Ok(PullOutcome {
            number: None,
            url: String::new(),
            pull: Done::Superseded,
            branch: Done::Superseded,
            releases,
        });
    }
    let branch = proposal.push(session, world, &state, kind, plan.push_with_git_cli).await?;
    session.say(&format!("branch `{}`: {}", plan.branch, said(branch)));
    let (found, done) = pull::ensure(world, plan, &body.render()).await?;
    session.say(&format!("pull request #{}: {} ({})", found.number, said(done), found.url));
    drop(group);
    Ok(PullOutcome { number: Some(found.number), url: found.url, pull: done, branch, releases })
}

/// Writes down what the merge is to bring.
fn promise(
    found: &Found,
    plan: &VersionPlan,
    workspace: &Workspace,
    changed: &[Changed],
) -> Result<(), Failure> {
    let Some(terms) = plan.terms.filter(|_| !changed.is_empty()) else { return Ok(()) };
    let config = &found.repository.config;
    let is_changed = |package: &&Package| changed.iter().any(|(name, ..)| *name == package.name);
    let promises = workspace.packages.iter().filter(is_changed).filter_map(|package| {
        Promise::of(workspace, package, terms, !config.skips_tagging(package))
    });
    let path = workspace.root.join(record::PATH);
    // A version script may have taken the folder away with the last changeset.
    path.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&path, Record::new(promises.collect()).to_json()))
        .map_err(|error| {
            Failure::input(format!("cannot write `{}`", record::PATH)).caused_by(error)
        })
}

fn said(done: Done) -> &'static str {
    match done {
        Done::Made => "made",
        Done::Updated => "updated",
        Done::Unchanged => "unchanged",
        Done::Superseded => "left to a newer run",
    }
}

/// Applies the changesets to the working tree, where they stay applied.
fn version(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &VersionPlan,
) -> Result<(), Failure> {
    let Some(words) = &plan.version_script else {
        if let Some(prepared) = &found.prepared {
            launchway_versioning::apply(&found.repository, prepared)?;
        }
        return Ok(());
    };
    let group = session.group(&format!("version-script: {}", words.join(" ")));
    let script = Script {
        name: "version-script",
        words,
        dir: &world.dir,
        env: child_env(session, world),
        deadline: world.deadline,
    };
    let status = script.run(session, &mut |_| {})?;
    drop(group);
    if status.success() {
        return Ok(());
    }
    Err(Failure::rejected(format!("`version-script` failed with {status}"))
        .with_hint("its own output above says why; nothing was pushed"))
}

fn versions(workspace: &Workspace) -> BTreeMap<String, String> {
    workspace
        .packages
        .iter()
        .map(|package| (package.dir.clone(), package.version.clone().unwrap_or_default()))
        .collect()
}

/// A package whose version is another now: name, old version, new version, and what the body says of
/// it, with the path of the changelog in place of its address.
type Changed = (String, String, String, Section);

/// The packages whose version is another now.
fn changed(workspace: &Workspace, before: &BTreeMap<String, String>) -> Vec<Changed> {
    let mut changed = Vec::new();
    for package in &workspace.packages {
        let new = package.version.clone().unwrap_or_default();
        let old = before.get(&package.dir).cloned().unwrap_or_default();
        if old == new {
            continue;
        }
        let path = package.path_of("CHANGELOG.md");
        let changelog = read_text(workspace, &path);
        let entry = changelog
            .as_deref()
            .and_then(|changelog| changelog_entry::find(changelog, &package.name, &new));
        let section = Section {
            name: package.name.clone(),
            version: new.clone(),
            private: package.private,
            level: entry
                .map(|entry| entry.level)
                .filter(|level| *level > 0)
                .unwrap_or_else(|| level(&old, &new)),
            entry: changelog
                .as_ref()
                .map(|_| entry.map(|entry| entry.text.to_owned()).unwrap_or_default()),
            changelog_url: path,
        };
        changed.push((package.name.clone(), old, new, section));
    }
    changed
}

/// 3 major, 2 minor, 1 patch, by the versions.
fn level(old: &str, new: &str) -> u8 {
    match (parse_version(old), parse_version(new)) {
        (Some(old), Some(new)) if old.major != new.major => 3,
        (Some(old), Some(new)) if old.minor != new.minor => 2,
        _ => 1,
    }
}

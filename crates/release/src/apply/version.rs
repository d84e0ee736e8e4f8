//! Versioning, the commit, the pull request.
//!
//! Other runs may be at work on the same branch. It moves only from where it was seen; a run that
//! loses looks again, and who holds the branch writes the text of the pull request.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_github::TokenKind;
use launchway_runtime::Session;
use launchway_workspace::{Package, Workspace, parse_version};

use super::again::{self, Moved};
use super::commit::{Branch, Proposal};
use super::pull::{Ensured, Held};
use super::script::Script;
use super::swap::Swap;
use super::{Done, PullOutcome, pull};
use crate::body::{Body, Section};
use crate::changelog_entry;
use crate::observe::{Found, read_text};
use crate::plan::VersionPlan;
use crate::record::{Promise, Record};
use crate::world::{World, child_env};

/// How often a run looks again after another was faster.
const ROUNDS: usize = 5;

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// With branch and pull request as they should be, or left to a newer run.
    Done(PullOutcome),
    /// The base moved: it all has to be done again there.
    Moved(Moved),
}

/// Versions the packages and brings branch and pull request up to date. `starts_left` is how often
/// the run may still start over.
pub async fn apply(
    session: &Session,
    world: &World,
    found: &Found,
    plan: &VersionPlan,
    kind: TokenKind,
    starts_left: usize,
) -> Result<Ended, Failure> {
    world.github()?;
    let restart = Restart::of(world, found, plan, starts_left)?;
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
        title: plan.title.clone(),
    };
    let _group = session.group("Version branch and pull request");
    let job = Job { session, world, plan, kind, proposal, restart };
    job.settle(&body.render(), releases).await
}

/// Whether a run whose base moves can start over.
struct Restart {
    /// Whether the base is the branch of the run at all.
    is_own: bool,
    /// Why it cannot; `None` when it can.
    hindrance: Option<&'static str>,
}

impl Restart {
    fn of(
        world: &World,
        found: &Found,
        plan: &VersionPlan,
        starts_left: usize,
    ) -> Result<Self, Failure> {
        let is_own = found.snapshot.reference == format!("refs/heads/{}", plan.base);
        let hindrance = if plan.version_script.is_some() {
            Some("what `version-script` needs may be installed for this commit only")
        } else if starts_left == 0 {
            Some("it started over often enough")
        } else if is_own && !world.git.changes_since(&world.sha)?.is_empty() {
            Some("files in the checkout had been changed before")
        } else {
            None
        };
        Ok(Self { is_own, hindrance })
    }
}

struct Job<'a> {
    session: &'a Session,
    world: &'a World,
    plan: &'a VersionPlan,
    kind: TokenKind,
    proposal: Proposal<'a>,
    restart: Restart,
}

impl Job<'_> {
    /// Looks at the branch, decides and acts until both branch and pull request are settled.
    async fn settle(
        self,
        text: &str,
        releases: Vec<(String, String, String)>,
    ) -> Result<Ended, Failure> {
        let (session, world, plan) = (self.session, self.world, self.plan);
        let mut made: Option<String> = None;
        let mut branch = Done::Unchanged;
        let mut before = None;
        let mut wrote = false;
        for _ in 0..ROUNDS {
            let seen = match self.proposal.compare(world, made.as_deref()).await? {
                Branch::Newer if wrote => return self.rewrite().await,
                Branch::Newer => {
                    let why = format!(
                        "`{}` is already built on a newer commit of `{}`",
                        plan.branch, plan.base
                    );
                    return self.superseded(why, releases).await;
                }
                Branch::People(head, who) if plan.overwrite_human_commits => {
                    session.warn(&format!(
                        "`{}` is built anew without these commits, as `overwrite-human-commits` says: {who}",
                        plan.branch
                    ));
                    Some(head)
                }
                Branch::People(_, who) => return Err(self.keeps_people(&who)),
                Branch::Missing => None,
                Branch::Differs(head) => Some(head),
                Branch::Same(commit) => {
                    let held = Held { commit, before };
                    match pull::ensure(world, plan, text, &held).await? {
                        Ensured::Done(found, done) => {
                            session.say(&format!("branch `{}`: {}", plan.branch, said(branch)));
                            session.say(&format!(
                                "pull request #{}: {} ({})",
                                found.number,
                                said(done),
                                found.url
                            ));
                            return Ok(Ended::Done(PullOutcome {
                                number: Some(found.number),
                                url: found.url,
                                pull: done,
                                branch,
                                why: String::new(),
                                releases,
                            }));
                        }
                        Ensured::Overtaken { wrote: again } => {
                            wrote |= again;
                            before = None;
                            self.say_lost();
                            continue;
                        }
                    }
                }
            };
            let commit = match &made {
                Some(commit) => commit.clone(),
                None => {
                    self.proposal.make(session, world, self.kind, plan.push_with_git_cli).await?
                }
            };
            made = Some(commit.clone());
            // What the base holds by now counts, not what it held when the run began.
            let base = world.github()?.ref_of(&world.repo, &format!("heads/{}", plan.base)).await?;
            if let Some(to) = self.newer_base(base.oid).await? {
                return self.start_over(to, releases).await;
            }
            let ends = (seen.as_deref(), commit.as_str());
            let swap = self
                .proposal
                .swap(session, world, &base.repository_id, ends, plan.push_with_git_cli)
                .await?;
            match swap {
                Swap::Moved => {
                    branch = if seen.is_none() { Done::Made } else { Done::Updated };
                    before = seen;
                }
                Swap::Lost => self.say_lost(),
            }
        }
        Err(Failure::remote(format!(
            "`{}` was moved by others {ROUNDS} times while this run wanted to move it",
            plan.branch
        ))
        .with_hint("run again; a `concurrency` group in the workflow keeps runs apart"))
    }

    fn say_lost(&self) {
        self.session.notice(&format!(
            "another run moved `{}` meanwhile: this one looks again",
            self.plan.branch
        ));
    }

    /// Where the base is, if it went on from the run's commit.
    async fn newer_base(&self, base: Option<String>) -> Result<Option<String>, Failure> {
        let world = self.world;
        let Some(base) = base.filter(|base| self.restart.is_own && *base != world.sha) else {
            return Ok(None);
        };
        let way = world.github()?.compare(&world.repo, &world.sha, &base).await?;
        Ok(way.filter(|way| way.status == "ahead").map(|_| base))
    }

    /// The base moved on: what was made here is of the past.
    async fn start_over(
        self,
        to: String,
        releases: Vec<(String, String, String)>,
    ) -> Result<Ended, Failure> {
        let base = &self.plan.base;
        let hindrance = match self.restart.hindrance {
            Some(hindrance) => hindrance,
            None => match again::fetch(self.world, base, &to) {
                Ok(true) => {
                    let (base, changes) = (base.clone(), self.proposal.changes);
                    return Ok(Ended::Moved(Moved { base, to, changes }));
                }
                _ => "that commit cannot be fetched",
            },
        };
        let why = format!(
            "`{base}` moved to {to} while this run was at work, and it does not start over there: {hindrance}"
        );
        self.superseded(why, releases).await
    }

    /// The text of this run may stand where that of a newer one belongs.
    async fn rewrite(self) -> Result<Ended, Failure> {
        let (world, base) = (self.world, &self.plan.base);
        let head = world.github()?.ref_of(&world.repo, &format!("heads/{base}")).await?;
        if let (None, Some(to)) = (self.restart.hindrance, head.oid)
            && again::fetch(world, base, &to)?
        {
            let (base, changes) = (base.clone(), self.proposal.changes);
            return Ok(Ended::Moved(Moved { base, to, changes }));
        }
        Err(Failure::partial(
            "a newer run was faster, but the text of the pull request may be that of this run",
        )
        .with_hint(format!("re-run the workflow of the newest commit of `{base}`")))
    }

    async fn superseded(
        &self,
        why: String,
        releases: Vec<(String, String, String)>,
    ) -> Result<Ended, Failure> {
        self.session.notice(&format!("superseded: {why}; this run leaves it to the newer one"));
        let found = pull::find(self.world, self.plan).await?;
        if let Some(pull) = &found {
            self.session.say(&format!("pull request #{}: {}", pull.number, pull.url));
        }
        Ok(Ended::Done(PullOutcome {
            number: found.as_ref().map(|pull| pull.number),
            url: found.map(|pull| pull.url).unwrap_or_default(),
            pull: Done::Superseded,
            branch: Done::Superseded,
            why,
            releases,
        }))
    }

    fn keeps_people(&self, who: &str) -> Failure {
        let (branch, base) = (&self.plan.branch, &self.plan.base);
        Failure::rejected(format!("people put commits on `{branch}`, which would be lost: {who}"))
            .with_hint(format!(
                "merge the pull request as it is, or bring them to `{base}` (`git cherry-pick`); then delete `{branch}` and run again. To drop them, set `overwrite-human-commits: true`"
            ))
    }
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
        let mut promise = Promise::of(workspace, package, terms, !config.skips_tagging(package))?;
        if promise.release {
            promise.assets = plan.extras.assets_of(Some(&package.name));
        }
        Some(promise)
    });
    Record::new(terms.publish, promises.collect()).write(&workspace.root)
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
            let applied = launchway_versioning::apply(&found.repository, prepared, world.deadline)?;
            applied.warnings.iter().for_each(|warning| session.warn(warning));
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

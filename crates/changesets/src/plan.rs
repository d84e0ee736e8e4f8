//! The release plan: from changesets and packages to versions, every step with its reason.

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;
use launchway_workspace::{
    Bump, Complaint, DependencyKind, Graph, GraphOptions, Package, Release, Workspace, increment,
    parse_version, precedence,
};
use semver::Version;
use serde::Serialize;

use crate::changeset::Changeset;
use crate::config::Config;
use crate::error::ChangesetError;
use crate::pre::{PreMode, PreState};
use crate::reason::Reason;
use crate::snapshot::Snapshot;

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The packages.
    pub workspace: &'a Workspace,
    /// The configuration.
    pub config: &'a Config,
    /// The changesets in reading order.
    pub changesets: &'a [Changeset],
    /// Pre mode, if on.
    pub pre: Option<&'a PreState>,
    /// The snapshot to make, if any.
    pub snapshot: Option<&'a Snapshot>,
}

/// A release plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The changesets that take part.
    pub changesets: Vec<Changeset>,
    /// The releases, in the order in which they were found.
    pub releases: Vec<PlannedRelease>,
    /// Pre mode, if on.
    #[serde(rename = "preState", skip_serializing_if = "Option::is_none")]
    pub pre: Option<PreState>,
    /// Ranges inside the repository that the current versions do not satisfy.
    #[serde(skip)]
    pub complaints: Vec<Complaint>,
}

/// One package in the plan; with [`Bump::None`] its version stays and only ranges change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedRelease {
    /// Package name.
    pub name: String,
    /// How much.
    #[serde(rename = "type")]
    pub bump: Bump,
    /// The version it comes from: its own, or the highest of its group; empty without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub old_version: String,
    /// Ids of the changesets that name it.
    pub changesets: Vec<String>,
    /// The version it gets; empty for a package without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new_version: String,
    /// Why, in the order in which it came about.
    #[serde(skip)]
    pub reasons: Vec<Reason>,
}

impl Plan {
    /// Makes the plan.
    pub fn make(input: PlanInput<'_>) -> Result<Self, ChangesetError> {
        check_packages(&input)?;
        let released_before =
            |changeset: &&Changeset| in_pre_mode(input.pre) && changeset.id.starts_with("pre/");
        let changesets: Vec<Changeset> =
            input.changesets.iter().filter(|c| !released_before(c)).cloned().collect();
        let options =
            GraphOptions { protocol_only: input.config.protocol_only, without_dev: false };
        let mut planner = Planner {
            input,
            graph: Graph::of(input.workspace, options),
            pre_numbers: pre_numbers(&input)?,
            releases: IndexMap::new(),
        };
        planner.flatten(&changesets);
        loop {
            let dependents = planner.add_dependents()?;
            let fixed = planner.match_fixed();
            let linked = planner.match_linked();
            if !(dependents || fixed || linked) {
                break;
            }
        }
        planner.leave_pre();
        let releases = planner.finish()?;
        Ok(Self {
            changesets,
            releases,
            pre: input.pre.cloned(),
            complaints: planner.graph.complaints,
        })
    }

    /// Place of each package's release, for many look-ups.
    pub fn places(&self) -> HashMap<&str, usize> {
        self.releases.iter().enumerate().map(|(i, release)| (release.name.as_str(), i)).collect()
    }

    /// The release of a package.
    pub fn release(&self, name: &str) -> Option<&PlannedRelease> {
        self.releases.iter().find(|release| release.name == name)
    }

    /// The releases that change a version.
    pub fn bumped(&self) -> impl Iterator<Item = &PlannedRelease> {
        self.releases.iter().filter(|release| release.bump != Bump::None)
    }
}

impl PlanInput<'_> {
    /// Why a member of a group is released with another.
    fn fixed_reason(&self, name: &str, with: &str, bump: Bump, base: &str) -> Reason {
        let shared = |name| self.workspace.package(name).and_then(|p| p.version_from.as_ref());
        let (with_owned, base) = (with.to_owned(), base.to_owned());
        match shared(name).filter(|manifest| shared(with) == Some(*manifest)) {
            Some(manifest) => {
                let manifest = manifest.clone();
                Reason::Inherited { with: with_owned, bump, base, manifest }
            }
            None => Reason::Fixed { with: with_owned, bump, base },
        }
    }
}

fn in_pre_mode(pre: Option<&PreState>) -> bool {
    pre.is_some_and(|pre| pre.mode == PreMode::Pre)
}

/// Every package named must exist, and no changeset may mix released and skipped packages.
fn check_packages(input: &PlanInput<'_>) -> Result<(), ChangesetError> {
    for changeset in input.changesets {
        let (mut skipped, mut released) = (Vec::new(), Vec::new());
        for release in &changeset.releases {
            let package = input.workspace.package(&release.name).ok_or_else(|| {
                let names = input.workspace.names();
                ChangesetError::unknown_package(changeset.file(), None, &release.name, names)
            })?;
            let side = if input.config.skips(package) { &mut skipped } else { &mut released };
            side.push(release.name.clone());
        }
        if !skipped.is_empty() && !released.is_empty() {
            return Err(ChangesetError::Mixed { file: changeset.file(), skipped, released });
        }
    }
    Ok(())
}

/// The number each package's next prerelease has: one more than its own, the highest in a group.
fn pre_numbers(input: &PlanInput<'_>) -> Result<IndexMap<String, u64>, ChangesetError> {
    let mut numbers = IndexMap::new();
    if input.pre.is_none() {
        return Ok(numbers);
    }
    for package in &input.workspace.packages {
        if !input.config.skips(package) {
            numbers.insert(package.name.clone(), next_pre_number(package)?);
        }
    }
    for group in input.config.fixed.iter().chain(&input.config.linked) {
        let mut highest = 0;
        for name in group {
            if let Some(package) = input.workspace.package(name).filter(|p| p.version.is_some()) {
                highest = highest.max(next_pre_number(package)?);
            }
        }
        numbers.extend(group.iter().map(|name| (name.clone(), highest)));
    }
    Ok(numbers)
}

fn next_pre_number(package: &Package) -> Result<u64, ChangesetError> {
    let version = version_of(package)?;
    match version.pre.as_str().split('.').nth(1) {
        None => Ok(0),
        Some(number) => {
            number.parse::<u64>().map(|number| number + 1).map_err(|_| ChangesetError::Version {
                package: package.name.clone(),
                manifest: package.manifest.clone(),
                version: version.to_string(),
                problem: "whose prerelease does not end in `.` and a number".to_owned(),
            })
        }
    }
}

fn version_of(package: &Package) -> Result<Version, ChangesetError> {
    package.semver().ok_or_else(|| ChangesetError::Version {
        package: package.name.clone(),
        manifest: package.manifest.clone(),
        version: package.version.clone().unwrap_or_default(),
        problem: "which is not a version".to_owned(),
    })
}

/// A release while the plan is still moving.
#[derive(Clone, Debug)]
struct Draft {
    bump: Bump,
    old_version: String,
    changesets: Vec<String>,
    reasons: Vec<Reason>,
}

struct Planner<'a> {
    input: PlanInput<'a>,
    graph: Graph,
    pre_numbers: IndexMap<String, u64>,
    releases: IndexMap<String, Draft>,
}

impl<'a> Planner<'a> {
    fn package(&self, name: &str) -> Option<&'a Package> {
        self.input.workspace.package(name)
    }

    fn is_skipped(&self, name: &str) -> bool {
        self.package(name).is_none_or(|package| self.input.config.skips(package))
    }

    /// The highest bump per package over all changesets.
    fn flatten(&mut self, changesets: &[Changeset]) {
        for changeset in changesets {
            for wanted in &changeset.releases {
                let Some(package) = self.package(&wanted.name) else { continue };
                if self.input.config.skips(package) {
                    continue;
                }
                let reason = Reason::Changeset { id: changeset.id.clone(), bump: wanted.bump };
                let draft = self.releases.entry(wanted.name.clone()).or_insert_with(|| Draft {
                    bump: wanted.bump,
                    old_version: package.version.clone().unwrap_or_default(),
                    changesets: Vec::new(),
                    reasons: Vec::new(),
                });
                draft.bump = draft.bump.max(wanted.bump);
                draft.changesets.push(changeset.id.clone());
                draft.reasons.push(reason);
            }
        }
    }

    /// Adds packages whose range on a released package no longer holds.
    fn add_dependents(&mut self) -> Result<bool, ChangesetError> {
        let mut updated = false;
        // Each entry is the release as it was when it was queued: one that is replaced meanwhile is
        // queued again, and its turn decides the order of the plan.
        let mut queue: VecDeque<(String, Draft)> =
            self.releases.iter().map(|(name, draft)| (name.clone(), draft.clone())).collect();
        while let Some((name, release)) = queue.pop_front() {
            let new_version = self.next_version(&name, &release)?;
            for dependent in self.graph.dependents(&name).to_vec() {
                let reason = if self.is_skipped(&dependent) {
                    Some((Bump::None, Reason::RangesOnly { dependency: name.clone() }))
                } else {
                    self.consequence(&dependent, &name, &release, &new_version)
                };
                let Some((bump, reason)) = reason else { continue };
                let known = self.releases.get_mut(&dependent);
                if known.as_ref().is_some_and(|known| known.bump == bump) {
                    continue;
                }
                updated = true;
                let mut reasons = known.map(|known| known.reasons.clone()).unwrap_or_default();
                reasons.push(reason);
                let version = self.package(&dependent).and_then(|package| package.version.clone());
                // A dependent that was "none" by a changeset starts afresh: its changesets are not
                // listed, as they never were.
                let draft = Draft {
                    bump,
                    old_version: version.unwrap_or_default(),
                    changesets: Vec::new(),
                    reasons,
                };
                self.releases.insert(dependent.clone(), draft.clone());
                queue.push_back((dependent, draft));
            }
        }
        Ok(updated)
    }

    /// What a release of `name` means for a dependent that is not released yet.
    fn consequence(
        &self,
        dependent: &str,
        name: &str,
        release: &Draft,
        new_version: &str,
    ) -> Option<(Bump, Reason)> {
        let waiting = self.releases.get(dependent).is_none_or(|known| known.bump == Bump::None);
        if release.bump == Bump::None || !waiting {
            return None;
        }
        let (dependent, package) = (self.package(dependent)?, self.package(name)?);
        let always = self.input.config.always_update_dependents;
        let moved =
            Release { package, bump: release.bump, old_version: &release.old_version, new_version };
        let mut found: Option<(Bump, Reason)> = None;
        for dependency in dependent.dependencies_on(name).filter(|d| !d.range.is_empty()) {
            let Some(leaves) = dependent.ecosystem.ranges().leaves(dependency, &moved) else {
                continue;
            };
            if !(always || leaves) {
                continue;
            }
            let dev = dependency.kind == DependencyKind::Dev;
            let bump = if dev { Bump::None } else { Bump::Patch };
            if found.as_ref().is_none_or(|(known, _)| *known < bump) {
                let reason = if leaves {
                    Reason::Dependency {
                        dependency: name.to_owned(),
                        version: new_version.to_owned(),
                        range: dependency.range.clone(),
                        kind: dependency.kind,
                        bump,
                    }
                } else {
                    Reason::Always { dependency: name.to_owned(), bump }
                };
                found = Some((bump, reason));
            }
        }
        found
    }

    /// If one member of a fixed group is released, all are, with the highest bump from the highest
    /// version.
    fn match_fixed(&mut self) -> bool {
        let mut updated = false;
        for group in &self.input.config.fixed {
            let Some((with, bump)) = self.highest_bump(group) else { continue };
            let Some(base) = self.highest_version(group) else { continue };
            for name in group {
                if self.is_skipped(name) {
                    continue;
                }
                let reason = || self.input.fixed_reason(name, &with, bump, &base);
                match self.releases.get_mut(name) {
                    None => {
                        updated = true;
                        let draft = Draft {
                            bump,
                            old_version: base.clone(),
                            changesets: Vec::new(),
                            reasons: vec![reason()],
                        };
                        self.releases.insert(name.clone(), draft);
                    }
                    Some(draft) => updated |= draft.raise(bump, &base, reason()),
                }
            }
        }
        updated
    }

    /// The members of a linked group that are released share the highest bump and version.
    fn match_linked(&mut self) -> bool {
        let mut updated = false;
        for group in &self.input.config.linked {
            let Some((with, bump)) = self.highest_bump(group) else { continue };
            let Some(base) = self.highest_version(group) else { continue };
            let members: HashSet<&String> = group.iter().collect();
            for (name, draft) in &mut self.releases {
                if members.contains(name) && draft.bump != Bump::None {
                    let reason = Reason::Linked { with: with.clone(), bump, base: base.clone() };
                    updated |= draft.raise(bump, &base, reason);
                }
            }
        }
        updated
    }

    /// The highest bump of a group's releases and the first member that has it.
    fn highest_bump(&self, group: &[String]) -> Option<(String, Bump)> {
        let members: HashSet<&String> = group.iter().collect();
        let mut highest: Option<(&String, Bump)> = None;
        for (name, draft) in &self.releases {
            if members.contains(name)
                && draft.bump != Bump::None
                && highest.is_none_or(|(_, bump)| bump < draft.bump)
            {
                highest = Some((name, draft.bump));
            }
        }
        highest.map(|(name, bump)| (name.clone(), bump))
    }

    /// The highest version of a group's packages, as written.
    fn highest_version(&self, group: &[String]) -> Option<String> {
        let mut highest: Option<(Version, &'a str)> = None;
        for package in group.iter().filter_map(|name| self.package(name)) {
            let Some(version) = package.semver() else { continue };
            if highest.as_ref().is_none_or(|(known, _)| precedence(&version, known).is_gt()) {
                highest = Some((version, package.version.as_deref().unwrap_or_default()));
            }
        }
        highest.map(|(_, text)| text.to_owned())
    }

    /// When pre mode ends, packages on a prerelease get their release.
    fn leave_pre(&mut self) {
        if self.input.pre.is_none_or(|pre| pre.mode != PreMode::Exit) {
            return;
        }
        for package in &self.input.workspace.packages {
            let on_prerelease = self.pre_numbers.get(&package.name).is_some_and(|n| *n != 0);
            if !on_prerelease || self.input.config.skips(package) {
                continue;
            }
            let draft = self.releases.entry(package.name.clone()).or_insert_with(|| Draft {
                bump: Bump::None,
                old_version: package.version.clone().unwrap_or_default(),
                changesets: Vec::new(),
                reasons: Vec::new(),
            });
            if draft.bump == Bump::None {
                draft.bump = Bump::Patch;
                draft.reasons.push(Reason::PreExit);
            }
        }
    }

    /// The version a draft leads to, without snapshots.
    fn next_version(&self, name: &str, draft: &Draft) -> Result<String, ChangesetError> {
        if draft.bump == Bump::None {
            return Ok(draft.old_version.clone());
        }
        let old = parse_version(&draft.old_version).ok_or_else(|| ChangesetError::Version {
            package: name.to_owned(),
            manifest: self.package(name).map(|p| p.manifest.clone()).unwrap_or_default(),
            version: draft.old_version.clone(),
            problem: "which is not a version".to_owned(),
        })?;
        let next = increment(&old, draft.bump);
        Ok(match (self.input.pre, self.pre_numbers.get(name)) {
            (Some(pre), Some(number)) if pre.mode == PreMode::Pre => {
                format!("{next}-{}.{number}", pre.tag)
            }
            _ => next.to_string(),
        })
    }

    fn finish(&self) -> Result<Vec<PlannedRelease>, ChangesetError> {
        let config = self.input.config;
        let suffix = self
            .input
            .snapshot
            .map(|snapshot| snapshot.suffix(config.snapshot_template.as_deref()))
            .transpose()?;
        self.releases
            .iter()
            .map(|(name, draft)| {
                let new_version = match &suffix {
                    Some(suffix) if draft.bump != Bump::None => {
                        let base = if config.snapshot_calculated {
                            self.next_version(name, draft)?
                        } else {
                            "0.0.0".to_owned()
                        };
                        format!("{base}-{suffix}")
                    }
                    _ => self.next_version(name, draft)?,
                };
                Ok(PlannedRelease {
                    name: name.clone(),
                    bump: draft.bump,
                    old_version: draft.old_version.clone(),
                    changesets: draft.changesets.clone(),
                    new_version,
                    reasons: draft.reasons.clone(),
                })
            })
            .collect()
    }
}

impl Draft {
    /// Takes over a group's bump and base; tells whether anything changed.
    fn raise(&mut self, bump: Bump, base: &str, reason: Reason) -> bool {
        let changes = self.bump != bump || self.old_version != base;
        if changes {
            self.bump = bump;
            base.clone_into(&mut self.old_version);
            self.reasons.push(reason);
        }
        changes
    }
}

//! From a plan to the files that change.

use std::collections::HashMap;

use indexmap::IndexMap;
use indexmap::map::Entry;

use launchway_workspace::{Bump, Changes, Dependency, Package, Release, Workspace, WriteOptions};

use crate::changelog::{EntryRequest, Generator, entry, insert_entry};
use crate::changeset::Changeset;
use crate::config::Config;
use crate::error::ChangesetError;
use crate::plan::{Plan, PlannedRelease};
use crate::pre::PreMode;

/// A changeset with the commit that added its file.
#[derive(Clone, Debug)]
pub struct CommittedChangeset<'a> {
    /// The changeset.
    pub changeset: &'a Changeset,
    /// Full id of the commit; `None` while it is not committed.
    pub commit: Option<String>,
}

/// What the edits of a version step are made from.
pub struct VersionInput<'a> {
    /// The packages.
    pub workspace: &'a Workspace,
    /// The configuration.
    pub config: &'a Config,
    /// The plan.
    pub plan: &'a Plan,
    /// What the changelog entries are made from.
    pub requests: &'a [EntryRequest<'a>],
    /// Files as they are, by path relative to the root: manifests and changelogs of the plan.
    pub files: &'a HashMap<String, Vec<u8>>,
    /// Writes the changelog lines; `None` writes no changelogs.
    pub generator: Option<&'a dyn Generator>,
    /// Whether it is a snapshot: pre mode is then left alone.
    pub is_snapshot: bool,
}

/// The files that change, and the entries written.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Every file.
    pub changes: Changes,
    /// Paths of the changelogs among them, in plan order: what a formatter runs over.
    pub changelogs: Vec<String>,
    /// The entry of each released package, by name.
    pub entries: HashMap<String, String>,
    /// What changes in each manifest: for lock files, which repeat it.
    pub manifests: Vec<ManifestEdit>,
}

/// What changes in one manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestEdit {
    /// Its path, relative to the root.
    pub manifest: String,
    /// Its folder, relative to the root.
    pub dir: String,
    /// Id of its ecosystem.
    pub ecosystem: &'static str,
    /// The new version.
    pub version: Option<String>,
    /// The ranges that are written anew, with what they become.
    pub ranges: Vec<(Dependency, String)>,
}

/// Plans every file of a version step. An error leaves nothing changed.
pub fn version_edits(input: &VersionInput<'_>) -> Result<Edits, ChangesetError> {
    let mut edits = Edits::default();
    let options = input.config.write_options(input.is_snapshot);
    let places = input.plan.places();
    let inherited = Inherited::of(input.workspace, input.plan);
    let mut edit = |package: &Package, version: Option<&str>| {
        edit_manifest(input, &places, &inherited, package, version, &options, &mut edits)
    };
    for release in &input.plan.releases {
        let Some(package) = input.workspace.package(&release.name) else { continue };
        let version = (release.bump != Bump::None).then_some(release.new_version.as_str());
        edit(package, version.filter(|_| package.version_from.is_none()))?;
    }
    for follower in inherited.followers(input.workspace, &places) {
        edit(follower, None)?;
    }
    for shared in &input.workspace.shared {
        let moved = inherited.0.get(shared.manifest.as_str());
        edit(shared, moved.map(|release| release.new_version.as_str()))?;
    }
    if let Some(root) = &input.workspace.root_package
        && edits.changes.content(&root.manifest).is_none()
    {
        edit_manifest(input, &places, &inherited, root, None, &options, &mut edits)?;
    }
    if let Some(generator) = input.generator {
        write_changelogs(input, generator, &mut edits)?;
    }
    put_away_changesets(input, &mut edits.changes);
    Ok(edits)
}

/// The release that moves each manifest that packages inherit their version from.
struct Inherited<'a>(HashMap<&'a str, &'a PlannedRelease>);

impl<'a> Inherited<'a> {
    fn of(workspace: &'a Workspace, plan: &'a Plan) -> Self {
        let moved = plan.bumped().filter_map(|release| {
            Some((workspace.package(&release.name)?.version_from.as_deref()?, release))
        });
        Self(moved.collect())
    }

    /// The release that moves a package whether it is released or not: ignored packages inherit the
    /// version like all others.
    fn moves(&self, package: &Package) -> Option<&'a PlannedRelease> {
        self.0.get(package.version_from.as_deref()?).copied()
    }

    /// Packages that are not in the plan, but have ranges on such packages.
    fn followers<'w>(
        &self,
        workspace: &'w Workspace,
        places: &HashMap<&str, usize>,
    ) -> Vec<&'w Package> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let follows = |dependency: &Dependency| {
            let on = workspace.package(&dependency.name);
            !dependency.inherited && on.is_some_and(|on| self.moves(on).is_some())
        };
        let others = workspace.packages.iter();
        let others = others.filter(|package| !places.contains_key(package.name.as_str()));
        others.filter(|package| package.dependencies.iter().any(follows)).collect()
    }
}

/// Packages that are not in the plan, but whose ranges follow it: they depend on one that is not
/// released and inherits its version together with one that is.
pub fn followers<'w>(workspace: &'w Workspace, plan: &Plan) -> Vec<&'w Package> {
    Inherited::of(workspace, plan).followers(workspace, &plan.places())
}

/// Writes the entry of each release. Two packages in one folder share a changelog: at the same version
/// they share the entry, too.
fn write_changelogs(
    input: &VersionInput<'_>,
    generator: &dyn Generator,
    edits: &mut Edits,
) -> Result<(), ChangesetError> {
    let mut together: IndexMap<(String, &str), (&Package, EntryRequest<'_>, Vec<&str>)> =
        IndexMap::new();
    for request in input.requests {
        let release = request.dependencies.release;
        let Some(package) = input.workspace.package(&release.name) else { continue };
        let key = (package.path_of("CHANGELOG.md"), release.new_version.as_str());
        match together.entry(key) {
            Entry::Occupied(mut entry) => {
                let (_, first, names) = entry.get_mut();
                first.join(request);
                names.push(&release.name);
            }
            Entry::Vacant(entry) => {
                entry.insert((package, request.clone(), vec![&release.name]));
            }
        }
    }
    for ((path, _), (package, request, names)) in together {
        let text = entry(&request, generator)?;
        let written = edits.changes.content(&path);
        let is_new = written.is_none();
        let existing = written.or(input.files.get(&path).map(Vec::as_slice));
        let content = insert_entry(existing, package.manifest_name(), &text);
        edits.changes.write(&path, content);
        if is_new {
            edits.changelogs.push(path);
        }
        edits.entries.extend(names.into_iter().map(|name| (name.to_owned(), text.clone())));
    }
    Ok(())
}

fn edit_manifest(
    input: &VersionInput<'_>,
    places: &HashMap<&str, usize>,
    inherited: &Inherited<'_>,
    package: &Package,
    version: Option<&str>,
    options: &WriteOptions,
    edits: &mut Edits,
) -> Result<(), ChangesetError> {
    let ranges: Vec<(Dependency, String)> = package
        .dependencies
        .iter()
        .filter(|dependency| !dependency.inherited)
        .filter_map(|dependency| {
            let target = input.workspace.package(&dependency.name)?;
            let place = places.get(dependency.name.as_str());
            let release = place.and_then(|place| input.plan.releases.get(*place));
            let release = release.filter(|release| release.bump != Bump::None);
            let release = release.or_else(|| inherited.moves(target))?;
            let moved = Release {
                package: target,
                bump: release.bump,
                old_version: &release.old_version,
                new_version: &release.new_version,
            };
            let range = package.ecosystem.ranges().rewrite(dependency, &moved, options)?;
            Some((dependency.clone(), range))
        })
        .collect();
    if version.is_none() && ranges.is_empty() {
        return Ok(());
    }
    let problem =
        |problem: String| ChangesetError::Manifest { file: package.manifest.clone(), problem };
    // What several packages share may have been edited for another of them.
    let read = input.files.get(&package.manifest).map(Vec::as_slice);
    let bytes = edits.changes.content(&package.manifest).or(read);
    let bytes = bytes.ok_or_else(|| problem("was not read".to_owned()))?;
    let text = std::str::from_utf8(bytes).map_err(|_| problem("is not UTF-8".to_owned()))?;
    let text = package.ecosystem.edit(text, version, &ranges).map_err(problem)?;
    edits.changes.write(&package.manifest, text);
    edits.manifests.push(ManifestEdit {
        manifest: package.manifest.clone(),
        dir: package.dir.clone(),
        ecosystem: package.ecosystem.id(),
        version: version.map(str::to_owned),
        ranges,
    });
    Ok(())
}

/// Released changesets are removed, in pre mode kept under `.changeset/pre/`.
fn put_away_changesets(input: &VersionInput<'_>, changes: &mut Changes) {
    let pre = input.plan.pre.as_ref().map(|pre| pre.mode);
    if pre == Some(PreMode::Exit) && !input.is_snapshot {
        changes.remove(".changeset/pre.json");
    }
    for changeset in &input.plan.changesets {
        let skipped = changeset.releases.iter().any(|release| {
            input.workspace.package(&release.name).is_none_or(|package| input.config.skips(package))
        });
        let Some(content) = input.files.get(&changeset.file()) else { continue };
        if skipped {
            continue;
        }
        changes.remove(changeset.file());
        if pre == Some(PreMode::Pre) {
            changes.write(format!(".changeset/pre/{}.md", changeset.id), content.clone());
        }
    }
}

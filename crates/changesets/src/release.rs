//! From a plan to the files that change.

use std::collections::HashMap;

use launchway_workspace::{Bump, Changes, Dependency, Package, Release, Workspace, WriteOptions};

use crate::changelog::{EntryRequest, Generator, entry, insert_entry};
use crate::changeset::Changeset;
use crate::config::Config;
use crate::error::ChangesetError;
use crate::plan::Plan;
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
}

/// Plans every file of a version step. An error leaves nothing changed.
pub fn version_edits(input: &VersionInput<'_>) -> Result<Edits, ChangesetError> {
    let mut edits = Edits::default();
    let options = input.config.write_options(input.is_snapshot);
    let places = input.plan.places();
    let requests: HashMap<&str, &EntryRequest<'_>> = input
        .requests
        .iter()
        .map(|request| (request.dependencies.release.name.as_str(), request))
        .collect();
    for release in &input.plan.releases {
        let Some(package) = input.workspace.package(&release.name) else { continue };
        let version = (release.bump != Bump::None).then_some(release.new_version.as_str());
        edit_manifest(input, &places, package, version, &options, &mut edits)?;
        let request = requests.get(release.name.as_str());
        if let (Some(request), Some(generator)) = (request, input.generator) {
            let text = entry(request, generator)?;
            let path = package.path_of("CHANGELOG.md");
            let existing = input.files.get(&path).map(Vec::as_slice);
            edits.changes.write(&path, insert_entry(existing, &package.name, &text));
            edits.changelogs.push(path);
            edits.entries.insert(release.name.clone(), text);
        }
    }
    if let Some(root) = &input.workspace.root_package
        && edits.changes.content(&root.manifest).is_none()
    {
        edit_manifest(input, &places, root, None, &options, &mut edits)?;
    }
    put_away_changesets(input, &mut edits.changes);
    Ok(edits)
}

fn edit_manifest(
    input: &VersionInput<'_>,
    places: &HashMap<&str, usize>,
    package: &Package,
    version: Option<&str>,
    options: &WriteOptions,
    edits: &mut Edits,
) -> Result<(), ChangesetError> {
    let ranges: Vec<(Dependency, String)> = package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            let place = places.get(dependency.name.as_str())?;
            let release = input.plan.releases.get(*place)?;
            let target = input.workspace.package(&dependency.name)?;
            let moved = Release {
                package: target,
                bump: release.bump,
                old_version: &release.old_version,
                new_version: &release.new_version,
            };
            if release.bump == Bump::None {
                return None;
            }
            let range = package.ecosystem.rewrite(dependency, &moved, options)?;
            Some((dependency.clone(), range))
        })
        .collect();
    if version.is_none() && ranges.is_empty() {
        return Ok(());
    }
    let problem =
        |problem: String| ChangesetError::Manifest { file: package.manifest.clone(), problem };
    let bytes =
        input.files.get(&package.manifest).ok_or_else(|| problem("was not read".to_owned()))?;
    let text = std::str::from_utf8(bytes).map_err(|_| problem("is not UTF-8".to_owned()))?;
    let text = package.ecosystem.edit(text, version, &ranges).map_err(problem)?;
    edits.changes.write(&package.manifest, text);
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

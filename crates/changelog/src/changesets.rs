//! Changesets as a second source: what people wrote for the next version.

use launchway_base::Failure;
use serde_json::{Value, json};

use crate::history::Repository;
use crate::model::Release;
use crate::remote_data::extend;
use crate::render;
use crate::run::World;
use crate::settings::Settings;

/// Puts the pending changesets to the release that is not out yet, as `extra.changesets`, where
/// preset or templates read them. With a package only those that name it.
///
/// # Errors
/// A changeset cannot be read.
pub fn put(
    world: &World<'_>,
    settings: &Settings,
    repository: &Repository,
    package: Option<&str>,
    releases: &mut Vec<Release>,
) -> Result<(), Failure> {
    let wants = world.inputs.preset.as_deref() == Some("changesets")
        || render::names_field(&settings.config, &["changesets"]);
    if !wants || !repository.root.join(".changeset").is_dir() {
        return Ok(());
    }
    let observed = launchway_versioning::observe(&repository.root)?;
    let pending: Vec<_> = observed
        .pending()
        .filter(|changeset| {
            package.is_none_or(|name| changeset.releases.iter().any(|release| release.name == name))
        })
        .collect();
    if pending.is_empty() {
        return Ok(());
    }
    let files: Vec<String> = pending.iter().map(|changeset| changeset.file()).collect();
    let commits = repository.git.in_dir(&observed.workspace.root).adding_commits(&files)?;
    let entries: Vec<Value> = pending
        .iter()
        .filter_map(|changeset| {
            let mut bumps = changeset.releases.iter();
            let bump = match package {
                Some(name) => bumps.find(|release| release.name == name)?.bump,
                None => bumps.map(|release| release.bump).max()?,
            };
            let packages: Vec<&str> =
                changeset.releases.iter().map(|release| release.name.as_str()).collect();
            Some(json!({
                "commit": commits.get(&changeset.file()),
                "packages": packages,
                "summary": changeset.summary,
                "type": bump.as_str(),
            }))
        })
        .collect();
    // The newest release is theirs as long as it has no version; else they begin one.
    if releases.first().is_none_or(|release| release.version.is_some()) {
        let previous = releases.first().map(|release| Box::new(release.as_previous(false)));
        let repository = Some(repository.root.to_string_lossy().into_owned());
        releases.insert(0, Release { previous, repository, ..Release::default() });
    }
    if let Some(newest) = releases.first_mut() {
        extend(&mut newest.extra, "changesets", Value::Array(entries));
    }
    Ok(())
}

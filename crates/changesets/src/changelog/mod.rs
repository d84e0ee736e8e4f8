//! Changelog text: the entry of one release, and where it goes in the file.

mod default;
mod github;
mod insert;

use std::collections::{BTreeMap, HashMap, HashSet};

use launchway_workspace::{Bump, DependencyKind, Package, Release, Workspace, WriteOptions};

use crate::error::ChangesetError;
use crate::js::js_trim;
use crate::plan::{Plan, PlannedRelease};
use crate::release::CommittedChangeset;

pub use default::DefaultGenerator;
pub use github::{
    Directives, GITHUB_MODULE, GithubAuthor, GithubCommit, GithubCommitPull, GithubGenerator,
    GithubPull,
};
pub use insert::insert_entry;

/// Who writes the lines of a changelog.
pub trait Generator {
    /// The line or lines of one changeset; empty text leaves it out.
    fn release_line(
        &self,
        changeset: &CommittedChangeset<'_>,
        bump: Bump,
    ) -> Result<String, ChangesetError>;

    /// The lines about dependencies that were released; empty text leaves them out.
    fn dependency_line(&self, request: &DependencyRequest<'_>) -> Result<String, ChangesetError>;
}

/// What the dependency lines of one release are made from.
#[derive(Clone, Debug)]
pub struct DependencyRequest<'a> {
    /// The release whose entry it is.
    pub release: &'a PlannedRelease,
    /// The changesets behind the dependencies, in reading order.
    pub changesets: Vec<&'a CommittedChangeset<'a>>,
    /// The dependencies that were released, in plan order.
    pub dependencies: Vec<&'a PlannedRelease>,
}

/// What one entry is made from: the plan's share of one release.
#[derive(Clone, Debug)]
pub struct EntryRequest<'a> {
    /// Changesets that name the package, with the bump they want, in reading order.
    pub lines: Vec<(&'a CommittedChangeset<'a>, Bump)>,
    /// Its dependencies.
    pub dependencies: DependencyRequest<'a>,
}

impl EntryRequest<'_> {
    /// Takes in what another release of the same folder and version has besides.
    pub(crate) fn join(&mut self, other: &Self) {
        for (changeset, bump) in &other.lines {
            match self
                .lines
                .iter_mut()
                .find(|(known, _)| known.changeset.id == changeset.changeset.id)
            {
                Some((_, known)) => *known = (*known).max(*bump),
                None => self.lines.push((changeset, *bump)),
            }
        }
        let mine = &mut self.dependencies;
        for changeset in &other.dependencies.changesets {
            if !mine.changesets.iter().any(|known| known.changeset.id == changeset.changeset.id) {
                mine.changesets.push(changeset);
            }
        }
        for release in &other.dependencies.dependencies {
            if !mine.dependencies.iter().any(|known| known.name == release.name) {
                mine.dependencies.push(release);
            }
        }
    }
}

/// What the entries of a plan are made from, in plan order; a release that changes no version has
/// none.
pub fn entry_requests<'a>(
    workspace: &Workspace,
    plan: &'a Plan,
    changesets: &'a [CommittedChangeset<'a>],
    options: &WriteOptions,
) -> Vec<EntryRequest<'a>> {
    let places = plan.places();
    let mut naming: HashMap<&str, Vec<(&CommittedChangeset<'_>, Bump)>> = HashMap::new();
    for changeset in changesets {
        for wanted in &changeset.changeset.releases {
            naming.entry(&wanted.name).or_default().push((changeset, wanted.bump));
        }
    }
    let bumped = plan.releases.iter().filter(|release| release.bump != Bump::None);
    bumped
        .filter_map(|release| {
            let package = workspace.package(&release.name)?;
            let dependencies = listed(workspace, package, plan, &places, options);
            let behind: HashSet<&str> = dependencies
                .iter()
                .flat_map(|release| release.changesets.iter().map(String::as_str))
                .collect();
            let lines = naming.get(release.name.as_str()).into_iter().flatten();
            Some(EntryRequest {
                lines: lines.filter(|(_, bump)| *bump != Bump::None).copied().collect(),
                dependencies: DependencyRequest {
                    release,
                    changesets: changesets
                        .iter()
                        .filter(|committed| behind.contains(committed.changeset.id.as_str()))
                        .collect(),
                    dependencies,
                },
            })
        })
        .collect()
}

/// The releases listed as updated dependencies, in plan order: only what users install counts.
fn listed<'a>(
    workspace: &Workspace,
    package: &Package,
    plan: &'a Plan,
    places: &HashMap<&str, usize>,
    options: &WriteOptions,
) -> Vec<&'a PlannedRelease> {
    let mut found = BTreeMap::new();
    for dependency in &package.dependencies {
        let Some(place) = places.get(dependency.name.as_str()) else { continue };
        let installed = matches!(dependency.kind, DependencyKind::Normal | DependencyKind::Peer);
        // `dependencies` comes before `peerDependencies` and decides alone.
        if installed && !dependency.range.is_empty() {
            found.entry(*place).or_insert(dependency);
        }
    }
    found
        .into_iter()
        .filter_map(|(place, dependency)| {
            let other = plan.releases.get(place)?;
            let release = Release {
                package: workspace.package(&other.name)?,
                bump: other.bump,
                old_version: &other.old_version,
                new_version: &other.new_version,
            };
            let counts = package.ecosystem.ranges().is_range(dependency)
                && package.ecosystem.ranges().is_updated(dependency, &release, options);
            counts.then_some(other)
        })
        .collect()
}

/// The entry of one release: heading, then major, minor and patch changes.
pub fn entry(
    request: &EntryRequest<'_>,
    generator: &dyn Generator,
) -> Result<String, ChangesetError> {
    let mut parts = vec![format!("## {}", request.dependencies.release.new_version)];
    for bump in [Bump::Major, Bump::Minor, Bump::Patch] {
        let mut lines = Vec::new();
        for (changeset, wanted) in &request.lines {
            if *wanted == bump {
                lines.push(generator.release_line(changeset, bump)?);
            }
        }
        if bump == Bump::Patch {
            lines.push(generator.dependency_line(&request.dependencies)?);
        }
        lines.retain(|line| !line.is_empty());
        if !lines.is_empty() {
            parts.push(section(bump, &lines));
        }
    }
    if parts.len() == 1 {
        parts.push("No changes in this release.".to_owned());
    }
    Ok(parts.join("\n\n"))
}

/// One section. Lines that begin or end with blank lines keep one blank line between them.
fn section(bump: Bump, lines: &[String]) -> String {
    let title = match bump {
        Bump::Major => "Major",
        Bump::Minor => "Minor",
        Bump::Patch | Bump::None => "Patch",
    };
    let mut text = format!("### {title} Changes");
    let mut newlines = 2;
    for line in lines {
        newlines += line.chars().take_while(|c| *c == '\n').count();
        text.push_str(if newlines >= 2 { "\n\n" } else { "\n" });
        text.push_str(js_trim(line));
        newlines = line.chars().rev().take_while(|c| *c == '\n').count();
    }
    text
}

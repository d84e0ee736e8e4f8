//! Changelog text: the entry of one release, and where it goes in the file.

mod default;
mod github;
mod insert;

use launchway_workspace::{Bump, Package, Release, Workspace, WriteOptions};

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

/// What the entry of one release is made from; `None` for a release that changes no version.
pub fn entry_request<'a>(
    workspace: &Workspace,
    plan: &'a Plan,
    changesets: &'a [CommittedChangeset<'a>],
    release: &'a PlannedRelease,
    options: &WriteOptions,
) -> Option<EntryRequest<'a>> {
    if release.bump == Bump::None {
        return None;
    }
    let package = workspace.package(&release.name)?;
    let lines = changesets
        .iter()
        .filter_map(|changeset| {
            let bump = changeset.changeset.bump_of(&release.name)?;
            (bump != Bump::None).then_some((changeset, bump))
        })
        .collect();
    let dependencies: Vec<&PlannedRelease> = plan
        .releases
        .iter()
        .filter(|other| is_listed(workspace, package, other, options))
        .collect();
    let behind = changesets
        .iter()
        .filter(|committed| {
            dependencies.iter().any(|release| release.changesets.contains(&committed.changeset.id))
        })
        .collect();
    Some(EntryRequest {
        lines,
        dependencies: DependencyRequest { release, changesets: behind, dependencies },
    })
}

/// Whether a released package is listed as an updated dependency: only what users install counts.
fn is_listed(
    workspace: &Workspace,
    package: &Package,
    other: &PlannedRelease,
    options: &WriteOptions,
) -> bool {
    use launchway_workspace::DependencyKind::{Normal, Peer};
    let on = |kind| {
        package
            .dependencies_on(&other.name)
            .find(move |dependency| dependency.kind == kind && !dependency.range.is_empty())
    };
    let (Some(dependency), Some(target)) =
        (on(Normal).or_else(|| on(Peer)), workspace.package(&other.name))
    else {
        return false;
    };
    let release = Release {
        package: target,
        bump: other.bump,
        old_version: &other.old_version,
        new_version: &other.new_version,
    };
    package.ecosystem.is_range(dependency)
        && package.ecosystem.is_updated(dependency, &release, options)
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

//! What is unpublished, and under which dist-tag it goes out.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use launchway_base::show_duration;
use launchway_workspace::{Package, Workspace, parse_version};

use crate::manager::expected_wait;
use crate::order::{CARGO, PYTHON, order};
use crate::{Credentials, Entry, Info, PackageManager, Plan, PublishError, QueryFailure};

/// More questions than this at once help nobody.
const QUESTIONS: usize = 40;
/// Every question is a process of its own, which mostly waits.
const QUESTIONS_PER_CORE: usize = 8;

/// What decides about a plan.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// A dist-tag for everything, instead of `latest`.
    pub tag: Option<String>,
    /// The tag of pre mode, also while it is being left; `None` outside of it.
    pub pre_tag: Option<String>,
    /// The configuration's `access`, for packages that do not say.
    pub access: String,
    /// Names of packages that are left out.
    pub ignore: Vec<String>,
    /// The configuration's `privatePackages.tag`.
    pub tag_private: bool,
    /// The configuration's `bumpVersionsWithWorkspaceProtocolOnly`.
    pub protocol_only: bool,
    /// Python's packages are only tagged: another job uploads them.
    pub python_elsewhere: bool,
}

impl PlanOptions {
    /// The version of a package that counts at all; `None` for one left out.
    fn version_of<'a>(&self, package: &'a Package) -> Option<&'a str> {
        package.version.as_deref().filter(|_| !self.ignore.contains(&package.name))
    }

    /// Whether somebody else publishes a package.
    fn is_elsewhere(&self, package: &Package) -> bool {
        self.python_elsewhere && package.ecosystem.id() == PYTHON
    }
}

/// What the registry said about a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The package.
    pub name: String,
    /// What is there.
    pub info: Info,
    /// Whether its registry is known to limit how much is published in a while.
    pub is_limited: bool,
}

/// How far a package got in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishedState {
    /// It is not there.
    Never,
    /// It is there.
    Published,
    /// All that is there are prereleases of the current pre mode.
    OnlyPre,
}

impl PublishedState {
    /// Reads it from what the registry said; `pre_tag` is the tag of pre mode.
    pub fn of(info: &Info, pre_tag: Option<&str>) -> Self {
        match (info, pre_tag) {
            (Info::Unpublished, _) => Self::Never,
            (Info::Published { versions, has_latest: true }, Some(tag))
                if versions.iter().all(|version| is_prerelease(version, tag)) =>
            {
                Self::OnlyPre
            }
            (Info::Published { .. }, _) => Self::Published,
        }
    }
}

fn is_prerelease(version: &str, tag: &str) -> bool {
    let is_number = tag.bytes().all(|byte| byte.is_ascii_digit());
    !is_number
        && parse_version(version).is_some_and(|version| version.pre.split('.').next() == Some(tag))
}

/// A plan with what is worth saying about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// The plan.
    pub plan: Plan,
    /// Packages the registry does not know.
    pub not_found: Vec<String>,
    /// Packages that go to `latest` in spite of pre mode, because they never had a normal release.
    pub first_as_latest: Vec<String>,
    /// How many packages are there in their current version.
    pub already_published: usize,
    /// Packages that depend on each other in a circle.
    pub cycles: Vec<Vec<String>>,
    /// How long publishing waits at least for rate limits that are known.
    pub wait: Duration,
}

impl PlanReport {
    /// What to tell people beforehand about waits for rate limits; `None` when none is expected.
    pub fn wait_notice(&self) -> Option<String> {
        let wait = show_duration(self.wait);
        (!self.wait.is_zero()).then(|| {
            format!(
                "publishing takes {wait} at least: the registry takes only so many crates in a while; what the time is not enough for is published when it is run again"
            )
        })
    }
}

/// Asks the registry about every public package, several at once, in package order.
///
/// All packages without a clear answer are named in one error.
pub async fn ask(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    options: &PlanOptions,
    credentials: &Credentials,
) -> Result<Vec<Asked>, PublishError> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let packages = workspace
        .packages
        .iter()
        .filter(|p| !p.private && !options.is_elsewhere(p) && options.version_of(p).is_some());
    let answers: Vec<_> = stream::iter(packages)
        .map(|package| async move { (package, manager.info(workspace, package).await) })
        .buffered(QUESTIONS.min(cores * QUESTIONS_PER_CORE))
        .collect()
        .await;
    let (mut asked, mut failures, mut own) = (Vec::new(), Vec::new(), None);
    for (package, answer) in answers {
        let name = package.name.clone();
        match answer? {
            Ok(info) => {
                asked.push(Asked { name, info, is_limited: manager.has_limits(package) });
            }
            Err(error) => {
                own = own.or_else(|| manager.credentials(package));
                failures.push(QueryFailure { package: name, error });
            }
        }
    }
    if failures.is_empty() {
        Ok(asked)
    } else {
        let credentials = own.unwrap_or_else(|| credentials.describe());
        Err(PublishError::Query { failures, credentials })
    }
}

/// The packages that get a tag and are not published from here, in package order: private ones, where
/// those are tagged, and those that another job publishes. The caller drops those that are tagged
/// already.
pub fn private_tags(workspace: &Workspace, options: &PlanOptions) -> Vec<Entry> {
    let is_tagged = |package: &&Package| {
        if package.private { options.tag_private } else { options.is_elsewhere(package) }
    };
    workspace
        .packages
        .iter()
        .filter(is_tagged)
        .filter_map(|package| {
            let version = options.version_of(package)?.to_owned();
            Some(Entry::TagOnly { name: package.name.clone(), version })
        })
        .collect()
}

/// The plan: what the registry lacks, and the private packages to tag, in dependency order.
pub fn make_plan(
    workspace: &Workspace,
    asked: &[Asked],
    untagged: Vec<Entry>,
    options: &PlanOptions,
) -> Result<PlanReport, PublishError> {
    let mut report = PlanReport::default();
    let mut entries = Vec::new();
    let (mut new, mut updates) = (0, 0);
    for Asked { name, info, is_limited } in asked {
        let package =
            workspace.package(name).ok_or_else(|| crate::order::unknown(workspace, name))?;
        let Some(version) = options.version_of(package) else { continue };
        let state = PublishedState::of(info, options.pre_tag.as_deref());
        if state == PublishedState::Never {
            report.not_found.push(name.clone());
        }
        if matches!(info, Info::Published { versions, .. } if versions.iter().any(|there| there == version))
        {
            report.already_published += 1;
            continue;
        }
        match state {
            PublishedState::Never => new += usize::from(*is_limited),
            _ => updates += usize::from(*is_limited),
        }
        if let id @ (CARGO | PYTHON) = package.ecosystem.id() {
            // Neither access nor dist-tags: all is public, and the newest version the newest.
            entries.push(Entry::Publish {
                name: name.clone(),
                version: version.to_owned(),
                access: String::new(),
                tag: String::new(),
                ecosystem: Some(id.to_owned()),
                tarball: None,
            });
            continue;
        }
        if options.pre_tag.is_some() && state == PublishedState::OnlyPre {
            report.first_as_latest.push(name.clone());
        }
        entries.push(Entry::Publish {
            name: name.clone(),
            version: version.to_owned(),
            access: package
                .publish
                .access
                .clone()
                .filter(|access| !access.is_empty())
                .unwrap_or_else(|| options.access.clone()),
            tag: dist_tag(state, options),
            ecosystem: None,
            tarball: None,
        });
    }
    entries.extend(untagged);
    let ordered = order(workspace, &entries, options.protocol_only)?;
    report.plan = Plan { chunks: ordered.chunks };
    report.cycles = ordered.cycles;
    report.wait = expected_wait(new, updates);
    Ok(report)
}

fn dist_tag(state: PublishedState, options: &PlanOptions) -> String {
    match (&options.tag, &options.pre_tag) {
        (Some(tag), _) if !tag.is_empty() => tag.clone(),
        (_, Some(tag)) if state != PublishedState::OnlyPre => tag.clone(),
        _ => "latest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(versions: &[&str], has_latest: bool) -> Info {
        Info::Published { versions: versions.iter().map(|v| (*v).to_owned()).collect(), has_latest }
    }

    #[test]
    fn only_prereleases_of_this_pre_mode_count_as_such() {
        use PublishedState::{Never, OnlyPre, Published};
        for (info, pre, state) in [
            (Info::Unpublished, Some("next"), Never),
            (there(&["1.0.0"], true), None, Published),
            (there(&["1.0.0-next.0"], true), None, Published),
            (there(&["1.0.0-next.0", "1.0.0-next.1"], true), Some("next"), OnlyPre),
            (there(&["1.0.0-next.0"], false), Some("next"), Published),
            (there(&["1.0.0-beta.0"], true), Some("next"), Published),
            (there(&["1.0.0-next.0", "0.9.0"], true), Some("next"), Published),
            (there(&["1.0.0-0"], true), Some("0"), Published),
            (there(&["not a version"], true), Some("next"), Published),
        ] {
            assert_eq!(PublishedState::of(&info, pre), state, "{info:?} {pre:?}");
        }
    }

    #[test]
    fn the_dist_tag_is_asked_for_or_from_pre_mode_or_latest() {
        use PublishedState::{Never, OnlyPre, Published};
        for (state, tag, pre, expected) in [
            (Published, None, None, "latest"),
            (Never, None, Some("next"), "next"),
            (Published, None, Some("next"), "next"),
            (OnlyPre, None, Some("next"), "latest"),
            (OnlyPre, Some("canary"), Some("next"), "canary"),
            (Never, Some(""), None, "latest"),
        ] {
            let options = PlanOptions {
                tag: tag.map(str::to_owned),
                pre_tag: pre.map(str::to_owned),
                ..PlanOptions::default()
            };
            assert_eq!(dist_tag(state, &options), expected, "{state:?} {tag:?} {pre:?}");
        }
    }
}

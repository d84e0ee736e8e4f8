//! Whether what was promised is there: tags, Releases and registry versions, looked up afresh.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use launchway_base::Failure;
use launchway_github::TagState;
use launchway_publish::PackageManager;
use launchway_runtime::{Markdown, Session};
use launchway_workspace::{Package, Workspace};

use crate::assets::lacking;
use crate::extras::Checksums;
use crate::ledger::look;
use crate::record::Promise;
use crate::registry::{self, Answer};
use crate::world::World;

/// How long is waited for lists and registries that lag behind what a run did.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// The first pause; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What a tag must name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Right {
    /// A commit that holds the record with this hash.
    Record(String),
    /// This commit.
    Commit(String),
    /// Whatever it names is right.
    #[default]
    Any,
}

/// What must be there of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The package; `None` when a script named none we know.
    pub package: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// Where the tag must be.
    pub right: Right,
    /// Whether the tag must have a published Release.
    pub release: bool,
    /// Globs that each must fit a file of the Release.
    pub assets: Vec<String>,
    /// Whether the version must be in its registry.
    pub registry: bool,
}

impl Expected {
    /// What a promise of a record with this hash means.
    pub fn of(promise: &Promise, blob: &str) -> Self {
        Self {
            package: Some(promise.name.clone()),
            version: Some(promise.version.clone()),
            tag: promise.tag.clone(),
            right: Right::Record(blob.to_owned()),
            release: promise.release,
            assets: promise.assets.clone(),
            registry: promise.registry.is_some(),
        }
    }

    fn label(&self) -> String {
        match (&self.package, &self.version, &self.tag) {
            (Some(package), Some(version), _) => format!("{package}@{version}"),
            (.., Some(tag)) => tag.clone(),
            _ => String::new(),
        }
    }
}

/// Something promised that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unkept {
    /// What, such as ``tag `a@1.0.0` ``.
    pub what: String,
    /// Why it counts as missing.
    pub why: String,
    /// Whether it may be there in a moment.
    pub may_lag: bool,
}

impl Unkept {
    /// One line for people.
    pub fn line(&self) -> String {
        format!("{}: {}", self.what, self.why)
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many tags are there.
    pub tags: usize,
    /// How many Releases are there.
    pub releases: usize,
    /// How many versions are in their registries.
    pub versions: usize,
    /// What is not there.
    pub missing: Vec<Unkept>,
}

impl Verified {
    /// What is there, for people: `2 tags, 2 Releases, 1 registry version`.
    pub fn counts(&self) -> String {
        let count = |n: usize, one: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {one}s")),
        };
        let parts: Vec<String> = [
            count(self.tags, "tag"),
            count(self.releases, "Release"),
            count(self.versions, "registry version"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    /// Lines of the summary.
    pub fn rows(&self) -> Vec<Vec<Markdown>> {
        self.missing
            .iter()
            .map(|one| vec![crate::plan::with_code(&one.what), Markdown::text(&one.why)])
            .collect()
    }
}

/// What is missing of one expectation, by what GitHub and the registry said. Pure.
pub fn judge(
    expected: &Expected,
    state: Option<&TagState>,
    answer: Option<&Answer>,
) -> Vec<Unkept> {
    let mut missing = Vec::new();
    let mut miss = |what: String, why: &str, may_lag: bool| {
        missing.push(Unkept { what, why: why.to_owned(), may_lag });
    };
    if let Some(tag) = &expected.tag {
        let state = state.cloned().unwrap_or_default();
        let what = format!("tag `{tag}`");
        match (&state.commit, &expected.right) {
            (None, _) => miss(what, "is not there", true),
            (Some(commit), Right::Commit(right)) if commit != right => {
                miss(what, &format!("is at {commit}, not at {right}; it was not moved"), false);
            }
            (Some(commit), Right::Record(blob)) if state.file.as_ref() != Some(blob) => {
                miss(
                    what,
                    &format!(
                        "is at {commit}, which is no commit of this release; it was not moved"
                    ),
                    false,
                );
            }
            _ => {}
        }
        if expected.release && state.release.is_none() {
            miss(format!("Release `{tag}`"), "is not there, or still a draft", true);
        }
    }
    if expected.registry {
        let what = format!("registry version `{}`", expected.label());
        match answer {
            Some(Answer::There) | None => {}
            Some(Answer::Missing | Answer::Unheard) => {
                miss(what, "the registry does not have it", true);
            }
            Some(Answer::Silent(why)) => {
                miss(what, &format!("the registry could not be asked: {why}"), true);
            }
        }
    }
    missing
}

/// Looks everything up, again and again within `patience` while something may just lag. Versions are
/// asked for only with a package manager.
pub async fn verify(
    session: &Session,
    world: &World,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    expected: &[Expected],
    patience: Duration,
) -> Result<Verified, Failure> {
    let started = Instant::now();
    let mut open: Vec<&Expected> = expected.iter().collect();
    let mut pause = PAUSE;
    loop {
        let missing = missing_of(world, workspace, manager, &open).await?;
        open = missing.iter().map(|(expected, _)| *expected).collect();
        let may_lag = missing.iter().flat_map(|(_, list)| list).any(|one| one.may_lag);
        let left = patience
            .saturating_sub(started.elapsed())
            .min(world.deadline.remaining().map_or(Duration::MAX, |left| left / 2));
        if !may_lag || left < pause {
            let missing: Vec<Unkept> = missing.into_iter().flat_map(|(_, list)| list).collect();
            return Ok(total(expected, manager.is_some(), missing));
        }
        session.say(&format!(
            "not seen yet: {}; asked again in {}",
            missing
                .iter()
                .flat_map(|(_, list)| list)
                .map(|one| one.what.as_str())
                .take(10)
                .collect::<Vec<_>>()
                .join(", "),
            launchway_base::show_duration(pause)
        ));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// One look: what is missing of each expectation that is not met.
async fn missing_of<'a>(
    world: &World,
    workspace: &Workspace,
    manager: Option<&dyn PackageManager>,
    expected: &[&'a Expected],
) -> Result<Vec<(&'a Expected, Vec<Unkept>)>, Failure> {
    let tags: Vec<String> = expected.iter().filter_map(|one| one.tag.clone()).collect();
    let states = look(world, workspace, &tags).await?;
    let answers = match manager {
        Some(manager) => answers(manager, workspace, expected).await,
        None => BTreeMap::new(),
    };
    let mut all = Vec::new();
    for one in expected {
        let state = one.tag.as_ref().and_then(|tag| states.get(tag));
        let mut missing = judge(one, state, answers.get(&one.label()));
        if state.is_some_and(|state| state.release.is_some()) {
            missing.extend(missing_assets(world, one).await?);
        }
        if !missing.is_empty() {
            all.push((*one, missing));
        }
    }
    Ok(all)
}

/// What a published Release lacks of its files.
pub async fn missing_assets(world: &World, expected: &Expected) -> Result<Vec<Unkept>, Failure> {
    let Some(tag) = expected.tag.as_ref().filter(|_| !expected.assets.is_empty()) else {
        return Ok(Vec::new());
    };
    let found = world.github()?.release_by_tag(&world.repo, tag).await?;
    let there = found.map(|release| release.assets).unwrap_or_default();
    let lacking = lacking(&expected.assets, &Checksums(None), &there);
    let what = format!("assets of Release `{tag}`");
    Ok(lacking.into_iter().map(|why| Unkept { what: what.clone(), why, may_lag: true }).collect())
}

async fn answers(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    expected: &[&Expected],
) -> BTreeMap<String, Answer> {
    let wanted = expected.iter().filter(|one| one.registry);
    let packages: Vec<(&Package, &str)> = wanted
        .filter_map(|one| {
            Some((workspace.package(one.package.as_deref()?)?, one.version.as_deref()?))
        })
        .collect();
    let answers = registry::ask(manager, workspace, &packages).await;
    let labels = packages.iter().map(|(package, version)| format!("{}@{version}", package.name));
    labels.zip(answers).collect()
}

fn total(expected: &[Expected], asked: bool, missing: Vec<Unkept>) -> Verified {
    let count = |is: fn(&Expected) -> bool, start: &str| {
        let wanted = expected.iter().filter(|one| is(one)).count();
        let lost = missing.iter().filter(|one| one.what.starts_with(start)).count();
        wanted.saturating_sub(lost)
    };
    Verified {
        tags: count(|one| one.tag.is_some(), "tag "),
        releases: count(|one| one.tag.is_some() && one.release, "Release "),
        versions: if asked { count(|one| one.registry, "registry ") } else { 0 },
        missing,
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;

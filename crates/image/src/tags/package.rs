//! The version of one package of a monorepo, from a tag, a release or what the release action
//! released. Pure.
//!
//! A tag is of a package when it is its name, one of `@`, `/`, `-`, `_`, and a version with or
//! without `v`; nothing stands between name and version, so `api-gateway-v1.2.3` is none of `api`.
//! The name is that of the package in full, or without its scope on either side: `@acme/api` has
//! `api-v1.2.3`, `api` has `@acme/api@1.2.3`. Folders are part of the name: `team/api/v1.2.3` is of
//! `team/api` alone. A plain `v1.2.3` is of no package, unless the release action says so.

use launchway_base::Failure;
use serde::Deserialize;

use crate::floating::Version;

/// What is known about the run besides its inputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The full reference: `GITHUB_REF`, or what `context: git` found.
    pub reference: &'a str,
    /// `release.tag_name` of the event's payload.
    pub release_tag: Option<&'a str>,
    /// More tags of the commit, for `context: git`.
    pub tags: &'a [String],
}

/// One entry of the outputs `published-packages` and `released-packages` of the release action.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The git tag, when there is one.
    #[serde(default)]
    pub tag: Option<String>,
}

/// The version of the package in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The version without `v`, to be used as if it were the git tag.
    pub version: String,
    /// The git tag it comes from.
    pub tag: Option<String>,
}

/// The version of the package, if this run has one, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `None` when nothing here is of the package.
    pub found: Option<Found>,
    /// A sentence.
    pub reason: String,
}

/// Reads `published-packages`; blank is none.
///
/// # Errors
/// No JSON list of objects with `name` and `version`.
pub fn published(json: &str) -> Result<Vec<Published>, Failure> {
    if json.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(json).map_err(|error| {
        Failure::input("`published-packages` is not a list of objects with `name` and `version`")
            .with_hint("hand on the output `released-packages` or `published-packages` of the release action as it is")
            .caused_by(error)
    })
}

/// Finds the version of `package`: what was published in this run, else the tag of the release,
/// else the tag of the run, else another tag of the commit (the highest).
///
/// # Errors
/// Two published packages could be meant, or what was published has no version.
pub fn find(facts: Facts<'_>, package: &str, published: &[Published]) -> Result<Answer, Failure> {
    if let Some(entry) = entry(package, published)? {
        let Some(version) = Version::parse(&entry.version) else {
            return Err(Failure::input(format!(
                "`published-packages` says `{}` of `{}`, which is not a version",
                entry.version, entry.name
            )));
        };
        return Ok(Answer {
            reason: format!("`{}` {version} was released in this run", entry.name),
            found: Some(Found { version: version.as_str().to_owned(), tag: entry.tag.clone() }),
        });
    }
    let known: Vec<&str> = published.iter().map(|entry| entry.name.as_str()).collect();
    let family = Family::Package { name: package, known: &known };
    let pushed = facts.reference.strip_prefix("refs/tags/");
    if let Some(tag) = facts.release_tag.or(pushed) {
        let refused = match family.version(tag) {
            Ok(version) => return Ok(of_tag(package, tag, &version)),
            Err(why) => why,
        };
        // `context: git` takes one tag of several at the commit; another may be of the package.
        return Ok(
            highest(family, facts.tags, package).unwrap_or(Answer { found: None, reason: refused })
        );
    }
    Ok(highest(family, facts.tags, package).unwrap_or_else(|| {
        let published =
            if published.is_empty() { "" } else { ", and `published-packages` lacks it" };
        let place = if facts.reference.is_empty() { "the run" } else { facts.reference };
        let reason = format!("{place} names no version of `{package}`{published}");
        Answer { found: None, reason }
    }))
}

fn highest(family: Family<'_>, tags: &[String], package: &str) -> Option<Answer> {
    let versions = tags.iter().filter_map(|tag| Some((family.version(tag).ok()?, tag)));
    let (version, tag) = versions.max_by(|(one, _), (other, _)| one.cmp(other))?;
    Some(of_tag(package, tag, &version))
}

fn of_tag(package: &str, tag: &str, version: &Version) -> Answer {
    Answer {
        reason: format!("the tag `{tag}` is {version} of `{package}`"),
        found: Some(Found { version: version.as_str().to_owned(), tag: Some(tag.to_owned()) }),
    }
}

/// The entry of a package: of exactly this name, else the only one of this name without scope.
fn entry<'a>(package: &str, published: &'a [Published]) -> Result<Option<&'a Published>, Failure> {
    if let Some(entry) = published.iter().find(|entry| entry.name == package) {
        return Ok(Some(entry));
    }
    let mut alike = published.iter().filter(|entry| is_short_for(package, &entry.name));
    match (alike.next(), alike.next()) {
        (Some(one), Some(other)) => Err(Failure::input(format!(
            "`package: {package}` could be `{}` or `{}`",
            one.name, other.name
        ))
        .with_hint("write the whole name")),
        (one, _) => Ok(one),
    }
}

/// Which tags hold versions to be compared with each other.
#[derive(Clone, Copy, Debug)]
pub enum Family<'a> {
    /// Versions with or without `v`.
    Plain,
    /// The versions of one package.
    Package {
        /// Its name.
        name: &'a str,
        /// Other packages as far as known; a tag is of the one it names best.
        known: &'a [&'a str],
    },
    /// Tags with a text of the user's around the version, which may have a `v`.
    Around {
        /// Before it.
        prefix: &'a str,
        /// Behind it.
        suffix: &'a str,
    },
}

impl Family<'_> {
    /// The version a tag names; else why it names none, as a sentence.
    pub fn version(&self, tag: &str) -> Result<Version, String> {
        let none = || format!("the tag `{tag}` names no version");
        match self {
            Self::Plain => Version::parse(tag).ok_or_else(none),
            Self::Around { prefix, suffix } => {
                let inner = tag.strip_prefix(prefix).and_then(|tag| tag.strip_suffix(suffix));
                inner.and_then(Version::parse).ok_or_else(none)
            }
            Self::Package { name, known } => of_package(tag, name, known),
        }
    }
}

fn of_package(tag: &str, name: &str, known: &[&str]) -> Result<Version, String> {
    let claim =
        Claim::of(name, tag).ok_or_else(|| format!("the tag `{tag}` is not of `{name}`"))?;
    let others = known.iter().filter(|other| **other != name && !is_short_for(name, other));
    let rival = others
        .filter_map(|other| Some((Claim::of(other, tag)?.rank, *other)))
        .filter(|(rank, _)| *rank >= claim.rank)
        .max();
    match rival {
        Some((rank, other)) if rank > claim.rank => {
            Err(format!("the tag `{tag}` is of `{other}`, not of `{name}`"))
        }
        Some((_, other)) => Err(format!("the tag `{tag}` could be of `{name}` or of `{other}`")),
        None => Ok(claim.version),
    }
}

/// A tag read as one of a package.
struct Claim {
    version: Version,
    /// How long the name in the tag is, and whether it is the package's in full.
    rank: (usize, bool),
}

impl Claim {
    fn of(package: &str, tag: &str) -> Option<Self> {
        // Git takes no `:` in a name.
        let full = package.replacen(':', "/", 1);
        let bare = short(package);
        let read = |name: &str, is_full| {
            let rest = tag.strip_prefix(name)?.strip_prefix(['@', '/', '-', '_'])?;
            Some(Self { version: Version::parse(rest)?, rank: (name.len(), is_full) })
        };
        let scoped = || {
            let scope = tag.strip_prefix('@')?.split('/').next()?;
            let is_bare = !scope.is_empty() && bare == package && !package.contains('/');
            is_bare.then(|| read(&format!("@{scope}/{package}"), false)).flatten()
        };
        if package.is_empty() {
            return None;
        }
        read(&full, true).or_else(|| read(bare, false)).or_else(scoped)
    }
}

/// A package's name without ecosystem (`cargo:`) and scope (`@acme/`).
fn short(name: &str) -> &str {
    let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
    bare.strip_prefix('@').and_then(|rest| rest.split_once('/')).map_or(bare, |(_, bare)| bare)
}

fn is_short_for(name: &str, full: &str) -> bool {
    name != full && short(full) == name
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;

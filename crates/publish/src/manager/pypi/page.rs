//! What an index says of a project: the files of its page, as JSON or as HTML. Pure.

use std::collections::BTreeSet;

use launchway_workspace::ecosystem::Python;
use serde_json::Value;

/// What a file of a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A source distribution.
    Source,
    /// A wheel.
    Wheel,
}

/// A file of an index. One that was yanked is there like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    /// Its address as the page has it, without the hash.
    pub(super) url: String,
    /// In hexadecimal, where the page tells it.
    pub(super) sha256: Option<String>,
}

/// What a file name of a project says: its kind and its version, as written there.
pub(super) fn of_file(name: &str, project: &str) -> Option<(Kind, String)> {
    let project = Python::normal_name(project);
    let is_own = |part: &str| Python::normal_name(part) == project;
    if let Some(stem) = name.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        let is_wheel = matches!(parts.len(), 5 | 6);
        let (own, version) = (parts.first()?, parts.get(1)?);
        return (is_wheel && is_own(own)).then(|| (Kind::Wheel, (*version).to_owned()));
    }
    let endings = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending))?;
    // Older back ends leave dashes in the name.
    let dashes = stem.match_indices('-').map(|(at, _)| at);
    let version = dashes.filter_map(|at| Some((stem.get(..at)?, stem.get(at + 1..)?)));
    let mut version = version.filter(|(own, _)| is_own(own)).map(|(_, version)| version);
    version
        .find(|version| version.starts_with(|c: char| c.is_ascii_digit()))
        .map(|version| (Kind::Source, version.to_owned()))
}

/// Whether a version as Python writes it is one of ours, which has semver.
pub(super) fn is_version(written: &str, version: &str) -> bool {
    written == version
        || Python::semver_of(written).is_some_and(|there| there == version)
        || Python::normal_version(version).is_some_and(|normal| normal == written)
}

/// The files of one version.
pub(super) fn of_version<'a>(files: &'a [File], project: &str, version: &str) -> Vec<&'a File> {
    let is_own = |file: &&File| {
        of_file(&file.name, project).is_some_and(|(_, written)| is_version(&written, version))
    };
    files.iter().filter(is_own).collect()
}

/// The versions that are there, as semver, and of `version` whether it is there whole: a file of every
/// kind the version before it has, and of both kinds where there is none before.
pub(super) fn versions(files: &[File], project: &str, version: &str) -> Vec<String> {
    let (mut own, mut others) = (BTreeSet::new(), Vec::<(semver_order::Key, Kind)>::new());
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (kind, written) in files.iter().filter_map(|file| of_file(&file.name, project)) {
        if is_version(&written, version) {
            own.insert(kind);
            continue;
        }
        let there = Python::semver_of(&written).unwrap_or(written);
        others.push((semver_order::key(&there), kind));
        found.insert(there);
    }
    let ours = semver_order::key(version);
    let before = others.iter().filter(|(key, _)| *key < ours).max_by(|a, b| a.0.cmp(&b.0));
    let wanted: BTreeSet<Kind> = match before {
        Some((newest, _)) => {
            others.iter().filter(|(key, _)| key == newest).map(|(_, kind)| *kind).collect()
        }
        None => BTreeSet::from([Kind::Source, Kind::Wheel]),
    };
    if !own.is_empty() && own.is_superset(&wanted) {
        found.insert(version.to_owned());
    }
    found.into_iter().collect()
}

/// Comparing versions of which some may be none.
mod semver_order {
    use launchway_workspace::parse_version;

    /// What is no version comes before all that are.
    pub(super) type Key = Option<semver::Version>;

    pub(super) fn key(version: &str) -> Key {
        parse_version(version)
    }
}

/// Reads a page. An error says why it is none: then nobody knows what is there.
pub(super) fn read(content_type: &str, body: &str) -> Result<Vec<File>, String> {
    if content_type.contains("json") { json(body) } else { html(body) }
}

fn json(body: &str) -> Result<Vec<File>, String> {
    let page: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let files = page.get("files").and_then(Value::as_array);
    let files = files.ok_or_else(|| "it has no list `files`".to_owned())?;
    let text = |file: &Value, key: &str| file.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(files
        .iter()
        .filter_map(|file| {
            let sha256 = file.pointer("/hashes/sha256").and_then(Value::as_str);
            Some(File {
                name: text(file, "filename")?,
                url: text(file, "url").unwrap_or_default(),
                sha256: sha256.map(str::to_lowercase),
            })
        })
        .collect())
}

fn html(body: &str) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut other_links = false;
    for (at, _) in body.match_indices(['<']) {
        let Some(tag) = body.get(at + 1..) else { continue };
        if !tag.get(..2).is_some_and(|start| {
            start.starts_with(['a', 'A']) && start.ends_with(|c: char| c.is_ascii_whitespace())
        }) {
            continue;
        }
        match href(tag).and_then(|href| file(&href)) {
            Some(file) => files.push(file),
            None => other_links = true,
        }
    }
    let lower = body.to_ascii_lowercase();
    // A page of an index has links to files and nothing to fill in or run.
    let is_other = other_links || lower.contains("<form") || lower.contains("<script");
    if files.is_empty() && (is_other || !lower.contains("<html")) {
        return Err("it is no page of a package index".to_owned());
    }
    Ok(files)
}

/// The target of a link whose tag begins the text.
fn href(tag: &str) -> Option<String> {
    let tag = tag.get(..tag.find('>')?)?;
    let at = tag.to_ascii_lowercase().find("href")?;
    let rest = tag.get(at + 4..)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next()?;
    let value = if matches!(quote, '"' | '\'') {
        rest.get(1..)?.split(quote).next()?
    } else {
        rest.split(|c: char| c.is_ascii_whitespace()).next()?
    };
    Some(value.replace("&amp;", "&").replace("&#x2B;", "+").replace("&#43;", "+"))
}

fn file(href: &str) -> Option<File> {
    let (url, fragment) = href.split_once('#').unwrap_or((href, ""));
    let path = url.split('?').next()?;
    let name = percent_decoded(path.rsplit('/').next()?)?;
    let is_file = [".whl", ".gz", ".zip", ".tgz", ".bz2", ".xz", ".egg", ".exe", ".msi", ".rpm"];
    is_file.iter().any(|ending| name.ends_with(ending)).then(|| File {
        name,
        url: url.to_owned(),
        sha256: fragment
            .split('&')
            .find_map(|part| part.strip_prefix("sha256="))
            .map(str::to_lowercase),
    })
}

fn percent_decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;

//! Keys that mean nothing, which git-cliff passes over in silence.

use std::path::Path;

use launchway_base::{Failure, Location, nearest};

use super::schema::Shape;
use super::tree::{Content, Node, Place};

/// How many keys one message names.
const MOST: usize = 5;

/// The characters of the user's that one message shows of a name or a reason.
const LONGEST: usize = 200;

/// What begins the variables that stand for keys, in lower case as the library reads them.
const PREFIX: &str = "git_cliff__";

/// A key that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stands, from the top: `git.commit_parsers.mesage`.
    pub path: String,
    /// Where its name begins.
    pub place: Place,
    /// What to do about it.
    pub hint: String,
}

/// Finds the keys that mean nothing, in their order.
pub fn unknown(tree: &Node) -> Vec<Unknown> {
    let mut found = Vec::new();
    for entry in tree.entries() {
        // The library takes a name with dots at the top for a path.
        let parts: Vec<&str> = entry.key.split('.').collect();
        match Shape::whole().at(parts.iter().copied()) {
            Some(shape) => walk(shape, &entry.value, &parts, &mut found),
            None => note(&mut found, &parts, entry.place),
        }
    }
    found
}

fn walk(shape: &Shape, node: &Node, path: &[&str], found: &mut Vec<Unknown>) {
    match &node.content {
        Content::List(list) => list.iter().for_each(|node| walk(shape, node, path, found)),
        Content::Table(entries) if matches!(shape, Shape::Table(_)) => {
            for entry in entries {
                let path: Vec<&str> = path.iter().copied().chain([entry.key.as_str()]).collect();
                match shape.get(&entry.key) {
                    Some(shape) => walk(shape.element(), &entry.value, &path, found),
                    None => note(found, &path, entry.place),
                }
            }
        }
        _ => {}
    }
}

fn note(found: &mut Vec<Unknown>, path: &[&str], place: Place) {
    // Nobody reads more hints than keys are named.
    let near = if found.len() < MOST { near(path) } else { None };
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it; `--allow-unknown-keys` passes over it".to_owned(),
    };
    found.push(Unknown { path: clipped(&path.join(".")), place, hint });
}

/// The name that was meant: one of the same table, else the same name in another one.
fn near(path: &[&str]) -> Option<String> {
    let known = |length: &usize| {
        path.get(..*length).is_some_and(|path| Shape::whole().at(path.iter().copied()).is_some())
    };
    let depth = (0..path.len()).rev().find(known)?;
    let key = *path.get(depth)?;
    let table = Shape::whole().at(path.get(..depth)?.iter().copied())?;
    if key.len() > LONGEST {
        return None;
    }
    let spelt = key.replace('-', "_").to_lowercase();
    if let Some(near) = nearest(&spelt, table.keys()) {
        return Some(near.to_owned());
    }
    let mut all = Vec::new();
    paths(Shape::whole(), "", &mut all);
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let names: Vec<String> = all.iter().map(|path| name(path)).collect();
    let near = nearest(&spelt, names.iter().map(String::as_str))?;
    all.into_iter().find(|path| name(path) == near)
}

/// The paths of all keys.
fn paths(shape: &Shape, path: &str, all: &mut Vec<String>) {
    for key in shape.keys() {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if let Some(shape) = shape.get(key) {
            paths(shape.element(), &path, all);
        }
        all.push(path);
    }
}

/// A text of the user's, in a length for messages.
pub fn clipped(text: &str) -> String {
    let text = text.lines().next().unwrap_or_default();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The error about unknown keys of a file, or `None` when there are none.
pub fn failure(unknown: &[Unknown], name: &str, file: Option<&str>, text: &str) -> Option<Failure> {
    let first = unknown.first()?;
    let line = |key: &Unknown| format!("`{}` in line {}", key.path, key.place.resolve(text).0);
    let mut others: Vec<String> = unknown.iter().take(MOST).skip(1).map(line).collect();
    others.extend(too_many(unknown).map(|more| format!("{more} more")));
    let others =
        if others.is_empty() { String::new() } else { format!(", and {}", others.join(", ")) };
    let message = format!("unknown key `{}` in {name}{others}", first.path);
    let failure = Failure::input(message).with_hint(first.hint.clone());
    Some(at(failure, first.place, file, text))
}

/// How many keys are too many to be named.
fn too_many(unknown: &[Unknown]) -> Option<usize> {
    unknown.len().checked_sub(MOST).filter(|more| *more > 0)
}

/// Adds a place to a failure about a file.
pub fn at(failure: Failure, place: Place, file: Option<&str>, text: &str) -> Failure {
    match file {
        Some(file) => failure.at(place.locate(file, text)),
        None => failure,
    }
}

/// What is said of unknown keys when they are allowed.
pub fn warnings(unknown: &[Unknown], name: &str, text: &str) -> Vec<String> {
    let mut said: Vec<String> = unknown
        .iter()
        .take(MOST)
        .map(|key| {
            let line = key.place.resolve(text).0;
            format!("unknown key `{}` in {name}, line {line}; {}", key.path, key.hint)
        })
        .collect();
    said.extend(too_many(unknown).map(|more| format!("{more} more unknown keys in {name}")));
    said
}

/// Warnings for environment variables that look like keys and are none.
pub fn environment(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    let judged = names.iter().filter_map(|name| {
        let lower = name.to_lowercase();
        let path: Vec<&str> = lower.strip_prefix(PREFIX)?.split("__").collect();
        if Shape::whole().at(path.iter().copied()).is_some() {
            return None;
        }
        let depth = path.len().saturating_sub(1);
        let near = near(&path).map(|near| {
            let beside = path.get(..depth).unwrap_or_default().iter().copied();
            if near.contains('.') {
                near
            } else {
                beside.chain([near.as_str()]).collect::<Vec<_>>().join(".")
            }
        });
        let hint = match near.as_deref().map(variable) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        Some(format!(
            "environment variable `{}` names no key of the configuration{hint}",
            clipped(name)
        ))
    });
    judged.collect()
}

/// The environment variable for a path of keys.
pub fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__")).to_uppercase()
}

/// A file as locations name it: seen from the working directory, with `/`.
pub fn shown(file: &Path, here: &Path) -> String {
    let file = file.strip_prefix(here).unwrap_or(file);
    file.to_string_lossy().replace('\\', "/")
}

/// The whole of a file.
pub fn whole(failure: Failure, file: Option<&str>) -> Failure {
    match file {
        Some(file) => failure.at(Location::file(file)),
        None => failure,
    }
}

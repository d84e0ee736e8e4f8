//! The filters that git-cliff adds to those of the template engine.
//!
//! `group_by` is the engine's own, done again: groups come sorted by their key, whatever order the
//! JSON library of this build keeps objects in.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use regex::Regex;
use semver::Version;
use serde_json::{Map, Value};
use tera::{Error, Result, Tera};

type Args = HashMap<String, Value>;

/// Adds the filters to an engine.
pub fn register(tera: &mut Tera) {
    tera.register_filter("upper_first", upper_first);
    tera.register_filter("split_regex", split_regex);
    tera.register_filter("replace_regex", replace_regex);
    tera.register_filter("find_regex", find_regex);
    tera.register_filter("commit_groups", commit_groups);
    tera.register_filter("group_by_scope", group_by_scope);
    tera.register_filter("group_by", group_by);
}

fn text<'a>(filter: &str, what: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| {
        Error::msg(format!(
            "Filter `{filter}` was called on an incorrect value: got `{value}` but expected a String ({what})"
        ))
    })
}

fn list<'a>(filter: &str, value: &'a Value) -> Result<&'a [Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| {
        Error::msg(format!(
            "Filter `{filter}` was called on an incorrect value: got `{value}` but expected an array"
        ))
    })
}

fn argument<'a>(filter: &str, name: &str, args: &'a Args) -> Result<&'a str> {
    match args.get(name) {
        Some(value) => text(filter, name, value),
        None => Err(Error::msg(format!("Filter `{filter}` expected an arg called `{name}`"))),
    }
}

/// Applies a regular expression, which is compiled once for each thread.
fn with_regex<R>(filter: &str, pattern: &str, apply: impl FnOnce(&Regex) -> R) -> Result<R> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    let known = KNOWN.with_borrow(|known| known.get(pattern).cloned());
    let regex = match known {
        Some(regex) => regex,
        None => {
            let regex = Regex::new(pattern).map_err(|error| {
                Error::msg(format!("Filter `{filter}` received an invalid regex pattern: {error}"))
            })?;
            KNOWN.with_borrow_mut(|known| known.insert(pattern.to_owned(), regex.clone()));
            regex
        }
    };
    Ok(apply(&regex))
}

/// Line ends and tabs can be written as in a string of other languages.
fn unescaped(pattern: &str) -> String {
    pattern.replace("\\n", "\n").replace("\\t", "\t")
}

fn upper_first(value: &Value, _: &Args) -> Result<Value> {
    let mut signs = text("upper_first", "value", value)?.chars();
    let upper: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    Ok((upper + signs.as_str()).into())
}

fn replace_regex(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "replace_regex";
    let value = text(NAME, "value", value)?;
    let (from, to) = (argument(NAME, "from", args)?, argument(NAME, "to", args)?);
    with_regex(NAME, from, |regex| regex.replace_all(value, to).into_owned().into())
}

fn find_regex(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "find_regex";
    let value = text(NAME, "value", value)?;
    let pattern = unescaped(argument(NAME, "pat", args)?);
    with_regex(NAME, &pattern, |regex| regex.find_iter(value).map(|found| found.as_str()).collect())
}

fn split_regex(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "split_regex";
    let value = text(NAME, "value", value)?;
    let pattern = unescaped(argument(NAME, "pat", args)?);
    with_regex(NAME, &pattern, |regex| regex.split(value).collect())
}

/// A value as the key of a group; `None` where there is none.
fn group_key(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(key) => Some(key.clone()),
        other => Some(other.to_string()),
    }
}

fn commit_groups(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "commit_groups";
    let mut groups: IndexMap<String, Vec<Value>> = IndexMap::new();
    for commit in list(NAME, value)? {
        if let Some(key) = group_key(commit.get("group")) {
            groups.entry(key).or_default().push(commit.clone());
        }
    }
    if let Some(wanted) = args.get("groups") {
        let mut places = HashMap::new();
        for (place, name) in list(NAME, wanted)?.iter().enumerate() {
            places.entry(text(NAME, "groups", name)?).or_insert(place);
        }
        let place = |name: &String| places.get(name.as_str()).copied().unwrap_or(usize::MAX);
        groups.sort_by(|one, _, other, _| place(one).cmp(&place(other)));
    }
    let entry = |(name, commits): (String, Vec<Value>)| {
        let fields = [("commits".to_owned(), commits.into()), ("group".to_owned(), name.into())];
        Value::Object(fields.into_iter().collect())
    };
    Ok(groups.into_iter().map(entry).collect())
}

fn sorted(groups: BTreeMap<String, Vec<Value>>) -> Value {
    let groups = groups.into_iter().map(|(key, values)| (key, values.into()));
    Value::Object(groups.collect::<Map<_, _>>())
}

fn group_by(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "group_by";
    let values = list(NAME, value)?;
    if values.is_empty() {
        return Ok(Map::new().into());
    }
    let Some(attribute) = args.get("attribute") else {
        return Err(Error::msg("The `group_by` filter has to have an `attribute` argument"));
    };
    let attribute = text(NAME, "attribute", attribute)?;
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for value in values {
        if let Some(key) = group_key(tera::dotted_pointer(value, attribute)) {
            groups.entry(key).or_default().push(value.clone());
        }
    }
    Ok(sorted(groups))
}

fn group_by_scope(value: &Value, args: &Args) -> Result<Value> {
    const NAME: &str = "group_by_scope";
    let releases = list(NAME, value)?;
    if releases.is_empty() {
        return Ok(Map::new().into());
    }
    let optional = |name| match args.get(name) {
        Some(_) => argument(NAME, name, args).map(Some),
        None => Ok(None),
    };
    let scope = optional("scope")?.unwrap_or("minor");
    if !["major", "minor", "patch"].contains(&scope) {
        return Err(Error::msg(
            "Filter `group_by_scope` expected `scope` to be `major`, `minor`, or `patch`",
        ));
    }
    let prefix = optional("prefix")?.unwrap_or_default();
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for release in releases {
        // What is not released yet has a key of its own.
        let key = match release.get("version") {
            Some(version) => group_key(Some(version)).unwrap_or_default(),
            None => continue,
        };
        let key = scoped(&key, prefix, scope).unwrap_or(key);
        groups.entry(key).or_default().push(release.clone());
    }
    Ok(sorted(groups))
}

/// The first parts of a version behind a prefix.
fn scoped(version: &str, prefix: &str, scope: &str) -> Option<String> {
    let version = Version::parse(version.strip_prefix(prefix)?).ok()?;
    let Version { major, minor, patch, .. } = version;
    Some(match scope {
        "major" => format!("{prefix}{major}"),
        "minor" => format!("{prefix}{major}.{minor}"),
        _ => format!("{prefix}{major}.{minor}.{patch}"),
    })
}

/// Objects with sorted keys, in which order templates walk through them.
pub fn sort_keys(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort_keys);
        }
        Value::Array(values) => values.iter_mut().for_each(sort_keys),
        _ => {}
    }
}

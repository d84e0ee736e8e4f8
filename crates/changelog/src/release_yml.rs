//! `.github/release.yml`: which pull requests GitHub's own release notes list, and where.
//!
//! The rules are GitHub's: what `changelog.exclude` names is left out; each other pull request
//! goes to the first category, in the order of the file, that has one of its labels or `*` and
//! does not exclude it. One that no category takes is left out, too.

use std::io::ErrorKind;
use std::path::Path;

use launchway_base::{Failure, Location, nearest};
use serde::Deserialize;
use serde_json::Value;

/// Where GitHub looks for the file, in this order.
pub const PATHS: [&str; 2] = [".github/release.yml", ".github/release.yaml"];

/// The part of the file that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseYml {
    exclude: Exclude,
    categories: Option<Vec<Category>>,
}

#[derive(Debug, Default, Deserialize)]
struct File {
    changelog: Option<Changelog>,
}

#[derive(Debug, Default, Deserialize)]
struct Changelog {
    exclude: Option<Exclude>,
    categories: Option<Vec<Category>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Exclude {
    labels: Option<Vec<String>>,
    authors: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Category {
    title: String,
    labels: Vec<String>,
    exclude: Option<Exclude>,
}

/// Pull requests under the headings of the notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assigned {
    /// Title and pull requests of each category that has any, in the order of the file; one
    /// without title when the file names no categories.
    pub categories: Vec<(Option<String>, Vec<Value>)>,
    /// All pull requests that are not excluded, in the order given.
    pub listed: Vec<Value>,
    /// Numbers of those that are not excluded and that no category takes.
    pub unlisted: Vec<u64>,
}

/// Reads the file of a repository; that of one without it says nothing. Also says which keys have
/// no meaning to GitHub, one sentence each.
///
/// # Errors
/// The file is there and cannot be read (exit 2), or is not what GitHub expects.
pub fn find(root: &Path) -> Result<(ReleaseYml, Vec<String>), Failure> {
    for path in PATHS {
        match launchway_base::read_file(&root.join(path)) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_invalid| {
                    Failure::input(format!("`{path}` is not UTF-8")).at(Location::file(path))
                })?;
                return ReleaseYml::parse(path, &text);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let failure = Failure::input(format!("cannot read `{path}`")).caused_by(error);
                return Err(failure.at(Location::file(path)));
            }
        }
    }
    Ok((ReleaseYml::default(), Vec::new()))
}

impl ReleaseYml {
    /// Reads the text of the file; `path` names it in messages. Also says which keys have no
    /// meaning to GitHub, one sentence each.
    ///
    /// # Errors
    /// Exit 2 with the line, when the text is not YAML or not of the shape GitHub describes.
    pub fn parse(path: &str, text: &str) -> Result<(Self, Vec<String>), Failure> {
        let invalid = |error: yaml_serde::Error| {
            let place = error.location();
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            let failure = Failure::input(format!("`{path}` is not what GitHub expects: {said}"))
                .with_hint("each category needs a `title` and a list of `labels`");
            failure.at(match place {
                Some(place) => Location::line(path, place.line()),
                None => Location::file(path),
            })
        };
        let file: Option<File> = yaml_serde::from_str(text).map_err(invalid)?;
        let shape: yaml_serde::Value = yaml_serde::from_str(text).map_err(invalid)?;
        let changelog = file.and_then(|file| file.changelog).unwrap_or_default();
        let read = Self {
            exclude: changelog.exclude.unwrap_or_default(),
            categories: changelog.categories,
        };
        Ok((read, unknown_keys(path, &shape)))
    }

    /// Assigns pull requests, objects with `number`, `author` and `labels`, to the categories.
    pub fn assign(&self, pulls: &[Value]) -> Assigned {
        let listed = pulls.iter().filter(|pull| !self.exclude.takes(pull)).cloned().collect();
        let mut assigned = Assigned { listed, ..Assigned::default() };
        let Some(categories) = self.categories.as_deref().filter(|all| !all.is_empty()) else {
            if !assigned.listed.is_empty() {
                assigned.categories.push((None, assigned.listed.clone()));
            }
            return assigned;
        };
        let mut lists: Vec<Vec<Value>> = vec![Vec::new(); categories.len()];
        for pull in &assigned.listed {
            let place = categories.iter().position(|category| category.takes(pull));
            match place.and_then(|place| lists.get_mut(place)) {
                Some(list) => list.push(pull.clone()),
                None => assigned
                    .unlisted
                    .push(pull.get("number").and_then(Value::as_u64).unwrap_or_default()),
            }
        }
        assigned.categories = categories
            .iter()
            .zip(lists)
            .filter(|(_, list)| !list.is_empty())
            .map(|(category, list)| (Some(category.title.clone()), list))
            .collect();
        assigned
    }
}

impl Category {
    fn takes(&self, pull: &Value) -> bool {
        let excluded = self.exclude.as_ref().is_some_and(|exclude| exclude.takes(pull));
        let wanted = self.labels.iter().any(|label| label == "*") || has_label(pull, &self.labels);
        wanted && !excluded
    }
}

impl Exclude {
    fn takes(&self, pull: &Value) -> bool {
        let author = pull.get("author").and_then(Value::as_str).unwrap_or_default();
        let authors = self.authors.as_deref().unwrap_or_default();
        let labels = self.labels.as_deref().unwrap_or_default();
        authors.iter().any(|name| login(name) == login(author)) || has_label(pull, labels)
    }
}

/// Labels are one whatever their case, as on GitHub.
fn has_label(pull: &Value, wanted: &[String]) -> bool {
    let labels = pull.get("labels").and_then(Value::as_array).into_iter().flatten();
    labels
        .filter_map(Value::as_str)
        .any(|label| wanted.iter().any(|wanted| wanted.to_lowercase() == label.to_lowercase()))
}

/// A login without case and without the `[bot]` that one of GitHub's interfaces adds.
fn login(name: &str) -> String {
    let name = name.trim_start_matches('@').to_lowercase();
    name.strip_suffix("[bot]").map(str::to_owned).unwrap_or(name)
}

fn unknown_keys(path: &str, shape: &yaml_serde::Value) -> Vec<String> {
    let mut said = Vec::new();
    let mut check = |object: Option<&yaml_serde::Value>, known: &[&str]| {
        let keys = object.and_then(yaml_serde::Value::as_mapping).into_iter().flatten();
        for key in keys.filter_map(|(key, _)| key.as_str()).filter(|key| !known.contains(key)) {
            let meant = nearest(key, known.iter().copied())
                .map(|known| format!("; did you mean `{known}`?"))
                .unwrap_or_default();
            said.push(format!("`{key}` in `{path}` means nothing to GitHub{meant}"));
        }
    };
    let excludes = ["labels", "authors"];
    check(Some(shape), &["changelog"]);
    let changelog = shape.get("changelog");
    check(changelog, &["exclude", "categories"]);
    check(changelog.and_then(|it| it.get("exclude")), &excludes);
    let categories = changelog.and_then(|it| it.get("categories"));
    for category in categories.and_then(yaml_serde::Value::as_sequence).into_iter().flatten() {
        check(Some(category), &["title", "labels", "exclude"]);
        check(category.get("exclude"), &excludes);
    }
    said
}

#[cfg(test)]
#[path = "release_yml_tests.rs"]
mod tests;

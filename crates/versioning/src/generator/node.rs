//! A changelog module of the project's own, run by `node`.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use launchway_base::Failure;
use launchway_changesets::changelog::{DependencyRequest, EntryRequest, Generator};
use launchway_changesets::{ChangesetError, CommittedChangeset, Module, Plan, PlannedRelease};
use launchway_workspace::Bump;
use serde::Deserialize;
use serde_json::{Value, json};

use super::GeneratorContext;
use crate::node;
use crate::observe::Repository;

const PURPOSE: node::Purpose = node::Purpose {
    what: "changelog generator",
    key: "changelog",
    without: "`@changesets/cli/changelog` or `@changesets/changelog-github`, which need no Node.js",
};

/// The answers of the module, in the order in which they will be asked for.
#[derive(Debug)]
struct Answers<'a> {
    module: &'a Module,
    lines: RefCell<HashMap<(String, Bump), VecDeque<String>>>,
    dependencies: HashMap<String, String>,
}

#[derive(Deserialize)]
struct EntryAnswer {
    lines: Vec<String>,
    dependencies: String,
}

pub(super) fn ask<'a>(
    module: &'a Module,
    plan: &Plan,
    requests: &[EntryRequest<'_>],
    changesets: &[CommittedChangeset<'_>],
    repository: &Repository,
    context: &GeneratorContext<'_>,
) -> Result<Box<dyn Generator + 'a>, Failure> {
    let job = job(plan, requests, changesets, repository);
    let answer = node::ask(module, PURPOSE, job, repository, context.env, context.deadline)?;
    let entries: Vec<EntryAnswer> = serde_json::from_value(answer).map_err(|error| {
        Failure::internal(format!("`{}` gave an answer of another form", module.name))
            .caused_by(error)
    })?;
    let mut answers = Answers { module, lines: RefCell::default(), dependencies: HashMap::new() };
    for (request, entry) in requests.iter().zip(entries) {
        let lines = answers.lines.get_mut();
        for ((changeset, bump), line) in request.lines.iter().zip(entry.lines) {
            lines.entry((changeset.changeset.id.clone(), *bump)).or_default().push_back(line);
        }
        answers.dependencies.insert(request.dependencies.release.name.clone(), entry.dependencies);
    }
    Ok(Box::new(answers))
}

/// Changesets, releases and what to ask of each, by position.
fn job(
    plan: &Plan,
    requests: &[EntryRequest<'_>],
    changesets: &[CommittedChangeset<'_>],
    repository: &Repository,
) -> Value {
    let place = |wanted: &CommittedChangeset<'_>| {
        changesets.iter().position(|known| known.changeset.id == wanted.changeset.id)
    };
    let release_place =
        |wanted: &PlannedRelease| plan.releases.iter().position(|known| known.name == wanted.name);
    let entries: Vec<Value> = requests
        .iter()
        .map(|request| {
            let dependencies = &request.dependencies;
            let lines: Vec<Value> = request
                .lines
                .iter()
                .map(|(changeset, bump)| json!([place(changeset), bump.as_str()]))
                .collect();
            let behind: Vec<_> = dependencies.changesets.iter().map(|c| place(c)).collect();
            let moved: Vec<_> =
                dependencies.dependencies.iter().map(|release| release_place(release)).collect();
            json!({ "lines": lines, "changesets": behind, "dependencies": moved })
        })
        .collect();
    let changesets: Vec<Value> = changesets
        .iter()
        .map(|committed| {
            let mut value = json!(committed.changeset);
            if let Some(value) = value.as_object_mut() {
                value.insert("commit".to_owned(), json!(committed.commit));
            }
            value
        })
        .collect();
    let releases: Vec<Value> =
        plan.releases.iter().map(|release| with_package(release, repository)).collect();
    json!({
        "task": "changelog",
        "changesets": changesets,
        "releases": releases,
        "entries": entries,
    })
}

/// A release with its package: folder, folder relative to the root, manifest.
fn with_package(release: &PlannedRelease, repository: &Repository) -> Value {
    let mut value = json!(release);
    let workspace = &repository.workspace;
    let (Some(fields), Some(package)) = (value.as_object_mut(), workspace.package(&release.name))
    else {
        return value;
    };
    let (dir, relative) = if package.dir.is_empty() {
        (workspace.root.clone(), ".".to_owned())
    } else {
        let parts = package.dir.split('/');
        let relative = parts.collect::<std::path::PathBuf>();
        (workspace.root.join(&relative), relative.display().to_string())
    };
    let manifest = repository.files.get(&package.manifest);
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    fields.insert("dir".to_owned(), json!(dir));
    fields.insert("relativeDir".to_owned(), json!(relative));
    fields.insert("packageJson".to_owned(), manifest.unwrap_or_default());
    value
}

impl Answers<'_> {
    fn missing(&self, about: &str) -> ChangesetError {
        ChangesetError::Generator {
            module: self.module.name.clone(),
            problem: format!("was not asked about {about}"),
            hint: None,
        }
    }
}

impl Generator for Answers<'_> {
    fn release_line(
        &self,
        changeset: &CommittedChangeset<'_>,
        bump: Bump,
    ) -> Result<String, ChangesetError> {
        let id = &changeset.changeset.id;
        let mut lines = self.lines.borrow_mut();
        let waiting = lines.get_mut(&(id.clone(), bump));
        // A changeset of several packages has one answer for each, in plan order.
        let line = waiting.and_then(|waiting| {
            if waiting.len() > 1 { waiting.pop_front() } else { waiting.front().cloned() }
        });
        line.ok_or_else(|| self.missing(id))
    }

    fn dependency_line(&self, request: &DependencyRequest<'_>) -> Result<String, ChangesetError> {
        let name = &request.release.name;
        self.dependencies.get(name).cloned().ok_or_else(|| self.missing(name))
    }
}
